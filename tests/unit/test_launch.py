import errno
import io
import os
import signal
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace

import pytest

from wes_biomarkers import launch
from wes_biomarkers.errors import InputError, ToolError

DEADLINE = 90.0


def wait_until(holds, what):
    """Wait for something that another process does; only a hang fails by time."""
    end = time.monotonic() + DEADLINE
    while not holds():
        assert time.monotonic() < end, f"{what} did not happen"
        time.sleep(0.02)


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


class TestPipelineRoot:
    def test_the_checkout(self, monkeypatch):
        monkeypatch.delenv("WES_BIOMARKERS_PIPELINE", raising=False)
        assert (launch.pipeline_root() / "nextflow.config").is_file()

    def test_another_place(self, monkeypatch, tmp_path):
        monkeypatch.setenv("WES_BIOMARKERS_PIPELINE", str(tmp_path))
        with pytest.raises(ToolError, match=r"no main\.nf"):
            launch.pipeline_root()
        (tmp_path / "main.nf").touch()
        assert launch.pipeline_root() == tmp_path


class TestPrepareOutdir:
    def refusal(self, outdir, resume=False):
        with pytest.raises(InputError) as caught:
            launch.prepare_outdir(outdir, resume)
        (fault,) = caught.value.faults
        assert fault.file == str(outdir)
        return fault.rule

    def test_makes_it_and_leaves_no_probe(self, tmp_path):
        launch.prepare_outdir(tmp_path / "a" / "b", False)
        assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["pipeline_info"]

    def test_a_file_in_its_place(self, tmp_path):
        (tmp_path / "out").write_text("x")
        assert self.refusal(tmp_path / "out") == "is not a folder"
        assert self.refusal(tmp_path / "out" / "below") == "is not a folder"
        assert (tmp_path / "out").read_text() == "x"

    def test_results_of_another_run_need_resume(self, tmp_path):
        (tmp_path / "study.json").write_text("{}")
        assert self.refusal(tmp_path) == "already holds results"
        launch.prepare_outdir(tmp_path, True)

    @pytest.mark.parametrize(
        ("code", "rule"),
        [
            (errno.EACCES, "no permission to write"),
            (errno.EPERM, "no permission to write"),
            (errno.EROFS, "no permission to write"),
            (errno.ENOSPC, "no space left"),
            (errno.EDQUOT, "no space left"),
            (errno.ENAMETOOLONG, f"cannot be made ({os.strerror(errno.ENAMETOOLONG)})"),
        ],
    )
    @pytest.mark.parametrize("step", ["mkdir", "probe"])
    def test_refused_by_the_system(self, tmp_path, monkeypatch, code, rule, step):
        def refuse(*_arguments, **_options):
            raise OSError(code, os.strerror(code), "out")

        target = Path if step == "mkdir" else launch.tempfile
        monkeypatch.setattr(target, "mkdir" if step == "mkdir" else "TemporaryFile", refuse)
        assert self.refusal(tmp_path) == rule

    def test_little_space(self, tmp_path, monkeypatch):
        usage = namedtuple("usage", "total used free")
        monkeypatch.setattr(launch.shutil, "disk_usage", lambda _: usage(1, 1, launch.MIN_FREE_BYTES - 1))
        assert self.refusal(tmp_path) == "only 1023 MiB free, 1024 needed to start"
        monkeypatch.setattr(launch.shutil, "disk_usage", lambda _: usage(1, 1, launch.MIN_FREE_BYTES))
        launch.prepare_outdir(tmp_path, False)


_HOLD = """
import sys, time
from pathlib import Path
from types import SimpleNamespace
from wes_biomarkers import launch
with launch.locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


class TestLock:
    def test_held_by_another_process(self, tmp_path):
        holder = subprocess.Popen(
            [sys.executable, "-c", _HOLD, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(InputError, match="another run is going on"), launch.locked(tmp_path):
            pytest.fail("both hold it")
        holder.kill()
        holder.communicate()
        with launch.locked(tmp_path):
            pass

    def test_a_child_that_inherits_it_holds_it_too(self, tmp_path):
        with launch.locked(tmp_path) as descriptor:
            child = subprocess.Popen(["sleep", "60"], pass_fds=(descriptor,))
        try:
            with pytest.raises(InputError, match="another run"), launch.locked(tmp_path):
                pytest.fail("the child should hold it")
        finally:
            child.kill()
            child.wait()
        with launch.locked(tmp_path):
            pass

    def test_given_back_after_an_error(self, tmp_path):
        with pytest.raises(KeyError), launch.locked(tmp_path):
            raise KeyError
        with launch.locked(tmp_path):
            pass


_PARENT = """
import subprocess, sys, time
from wes_biomarkers import launch
child = subprocess.Popen(["sleep", "120"], stdout=subprocess.DEVNULL, preexec_fn=launch._die_with_parent)
print(child.pid, flush=True)
time.sleep(120)
"""


def test_a_child_ends_with_its_killed_parent():
    parent = subprocess.Popen([sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    assert is_running(child)
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    try:
        wait_until(lambda: not is_running(child), "the end of the child")
    finally:
        if is_running(child):
            os.kill(child, signal.SIGKILL)


class TestRunNextflow:
    def run(self, outdir, program, report=lambda _: None):
        (outdir / "pipeline_info").mkdir(exist_ok=True)
        with launch.locked(outdir) as lock:
            command = [sys.executable, "-c", program]
            return launch.run_nextflow(command, dict(os.environ), outdir, lock, report)

    def test_lines_are_passed_on_and_kept(self, tmp_path):
        lines = []
        program = "import os, sys\nprint('one', flush=True)\nprint(os.getcwd(), file=sys.stderr)\nsys.exit(3)"
        assert self.run(tmp_path, program, lines.append) == 3
        assert lines == ["one\n", f"{tmp_path / launch.RUN_FOLDER}\n"]
        assert (tmp_path / "pipeline_info" / "nextflow.out").read_text() == "".join(lines)

    def test_the_child_holds_the_lock_too(self, tmp_path):
        """So that a run whose launcher was killed is not joined by a second one before it has ended."""
        (tmp_path / "pipeline_info").mkdir()
        with launch.locked(tmp_path) as lock:
            command = [sys.executable, "-c", f"import os; os.fstat({lock})"]
            assert launch.run_nextflow(command, dict(os.environ), tmp_path, lock, lambda _: None) == 0

    def test_bytes_that_are_not_text_do_not_stop_it(self, tmp_path):
        lines = []
        assert self.run(tmp_path, r"import sys; sys.stdout.buffer.write(b'\xff\n')", lines.append) == 0
        assert lines == ["\ufffd\n"]

    def test_failures_of_an_earlier_run_are_forgotten(self, tmp_path):
        (tmp_path / "pipeline_info").mkdir()
        (tmp_path / "pipeline_info" / "trace.tsv").write_text(TRACE_HEAD + trace_row(status="FAILED"))
        assert len(launch.read_failures(tmp_path)) == 1
        self.run(tmp_path, "")
        assert launch.read_failures(tmp_path) == []

    def test_interrupted_the_child_is_asked_to_stop_and_waited_for(self, tmp_path):
        program = (
            "import signal, sys, time, pathlib\n"
            "def stop(*_): pathlib.Path('stopped').touch(); sys.exit(143)\n"
            "signal.signal(signal.SIGTERM, stop)\nprint('ready', flush=True)\ntime.sleep(120)"
        )

        def interrupt(_line):
            signal.raise_signal(signal.SIGTERM)

        before = signal.getsignal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            self.run(tmp_path, program, interrupt)
        assert (tmp_path / launch.RUN_FOLDER / "stopped").exists()
        assert signal.getsignal(signal.SIGTERM) is before
        with launch.locked(tmp_path):
            pass


TRACE_HEAD = "task_id\thash\tprocess\ttag\tname\tstatus\texit\tattempt\tworkdir\n"


def trace_row(process="CALL:GATK_MUTECT2", tag="T1_vs_N1", status="COMPLETED", code="0", workdir="/nowhere"):
    return f"1\tab/cd\t{process}\t{tag}\t{process} ({tag})\t{status}\t{code}\t1\t{workdir}\n"


class TestFailures:
    def trace(self, tmp_path, *rows):
        (tmp_path / "pipeline_info").mkdir(exist_ok=True)
        (tmp_path / "pipeline_info" / "trace.tsv").write_text(TRACE_HEAD + "".join(rows))
        return launch.read_failures(tmp_path)

    def test_no_trace(self, tmp_path):
        assert launch.read_failures(tmp_path) == []

    def test_what_failed_for_good_with_the_end_of_its_log(self, tmp_path):
        work = tmp_path / "work"
        work.mkdir()
        (work / ".command.err").write_text("\n".join(f"line {number}" for number in range(20)) + "\n\n")
        failures = self.trace(
            tmp_path,
            trace_row(tag="T1_vs_N1", status="FAILED", code="137", workdir=work),
            trace_row(tag="T1_vs_N1", status="COMPLETED"),
            trace_row(tag="T2_vs_N1", status="FAILED", code="1", workdir=work),
            trace_row(tag="T3_vs_N1", status="FAILED", code="137", workdir=work),
            trace_row(tag="T3_vs_N1", status="FAILED", code="2", workdir=work),
            trace_row(tag="T4_vs_N1", status="CACHED"),
            trace_row(tag="T5_vs_N1", status="ABORTED", code="-"),
        )
        assert [(f.process, f.tag, f.exit_code) for f in failures] == [
            ("GATK_MUTECT2", "T2_vs_N1", "1"),
            ("GATK_MUTECT2", "T3_vs_N1", "2"),
        ]
        assert failures[0].log_tail == "\n".join(f"line {number}" for number in range(12, 20))

    def test_without_a_log(self, tmp_path):
        assert [f.log_tail for f in self.trace(tmp_path, trace_row(status="FAILED", code="1"))] == [""]

    def test_stdout_where_stderr_said_nothing(self, tmp_path):
        (tmp_path / ".command.err").write_text("\n  \n")
        (tmp_path / ".command.log").write_bytes(b"caf\xe9\n")
        (failure,) = self.trace(tmp_path, trace_row(status="FAILED", code="1", workdir=tmp_path))
        assert failure.log_tail == "caf\ufffd"

    def test_a_trace_cut_off_in_the_middle(self, tmp_path):
        cut = trace_row(tag="T2_vs_N1", status="FAILED", code="1").split("\t1\t1\t")[0]
        assert [f.tag for f in self.trace(tmp_path, trace_row(status="FAILED"), cut)] == ["T1_vs_N1"]

    def test_written_as_one_line_each(self, tmp_path):
        (tmp_path / "pipeline_info").mkdir()
        failures = [
            launch.FailedTask("BWA_MEM", "S1.L1", "1", "first\tcell\r\nsecond"),
            launch.FailedTask("X", "-", "2", ""),
        ]
        launch.write_failures(tmp_path, failures)
        rows = (tmp_path / "pipeline_info" / "failures.tsv").read_text().split("\n")
        assert rows == ["process\ttag\texit\tlog", "BWA_MEM\tS1.L1\t1\tfirst cell | second", "X\t-\t2\t", ""]


class Terminal(io.StringIO):
    def isatty(self):
        return True


LINES = [
    "N E X T F L O W  ~  version 25.04.4\n",
    "[ab/123456] Submitted process > FASTQ_ALIGN:BWA_MEM (S1.L1)\n",
    "[ab/123457] Submitted process > FASTQ_ALIGN:BWA_MEM (S2.L1)\n",
    "[cd/123458] Cached process > RESOLVE_PAIRS:WES_RESOLVE (sheet.csv)\n",
    "WARN: something odd\n",
    "[ab/123457] NOTE: Process `X` terminated with an error exit status (1) -- Error is ignored\n",
]


class TestProgress:
    def show(self, out, quiet=False):
        progress = launch.Progress(out, quiet)
        for line in LINES:
            progress.line(line)
        progress.close()
        return out.getvalue()

    def test_not_a_terminal(self):
        text = self.show(io.StringIO())
        assert "\r" not in text and "\x1b" not in text
        assert [line.strip().split(" s  ")[-1] for line in text.splitlines()] == [
            "WARN: something odd",
            "3 tasks, 1 kept",
        ]

    def test_a_line_now_and_then(self, monkeypatch):
        monkeypatch.setattr(launch.Progress, "_EVERY_SECONDS", 0.0)
        text = self.show(io.StringIO())
        assert "1 tasks started; now BWA_MEM (1)" in text
        assert "3 tasks started, 1 kept from before; now WES_RESOLVE (1)" in text

    def test_terminal(self):
        text = self.show(Terminal())
        assert "2 tasks started; now BWA_MEM (2)" in text
        assert text.endswith("\r\x1b[K" + text.rsplit("\x1b[K", 1)[1]) and "3 tasks, 1 kept" in text

    @pytest.mark.parametrize("out", [io.StringIO, Terminal])
    def test_quiet(self, out):
        assert self.show(out(), quiet=True) == "WARN: something odd\n"


class TestMachine:
    def test_within_this_machine(self):
        limits = launch.machine_limits()
        assert 1 <= limits["max_cpus"] <= (os.cpu_count() or 1)
        number, unit = limits["max_memory"].split()
        assert (
            unit == "MB"
            and 1 <= int(number) <= os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
        )

    def test_a_control_group_may_have_less(self, monkeypatch):
        given = {"/sys/fs/cgroup/memory.max": f"{512 << 20}\n"}
        monkeypatch.setattr(Path, "read_text", lambda self, *_: given.get(str(self), "max\n"))
        assert launch.machine_limits()["max_memory"] == "512 MB"

    def test_limits_are_parameters_the_schema_takes(self):
        from wes_biomarkers.io.parameters import check_parameters

        needed = {"input": "a", "reference": "b", "outdir": "c"}
        check_parameters(
            launch.pipeline_root() / "nextflow_schema.json", needed | launch.machine_limits(), "x"
        )


def test_failed_pairs(tmp_path):
    pairs = [{"pair_id": "A", "status": "ok"}, {"pair_id": "B", "status": "failed"}]
    launch.write_json(tmp_path / "study.json", {"pairs": pairs})
    assert launch.failed_pairs(tmp_path) == ([pairs[1]], 2)


def test_earlier_session(tmp_path):
    assert not launch.has_earlier_session(tmp_path)
    (tmp_path / launch.RUN_FOLDER / ".nextflow").mkdir(parents=True)
    (tmp_path / launch.RUN_FOLDER / ".nextflow" / "history").touch()
    assert launch.has_earlier_session(tmp_path)


def test_a_full_disk_ends_the_run(tmp_path, monkeypatch):
    """Failed tasks of one pair are passed over; when the disk is full there is nothing to pass over to."""
    monkeypatch.setattr(launch, "_LOOK_SECONDS", 0.05)
    monkeypatch.setattr(
        launch.shutil, "disk_usage", lambda _path: SimpleNamespace(free=launch.FULL_BYTES - 1)
    )
    (tmp_path / "pipeline_info").mkdir()
    with launch.locked(tmp_path) as lock, pytest.raises(ToolError, match="is full"):
        launch.run_nextflow(["sleep", "60"], dict(os.environ), tmp_path, lock, lambda _line: None)


def test_log_tail_is_not_a_stack_trace(tmp_path):
    frames = "".join(f"\tat org.tool.Main.step{n}(Main.java:{n})\n" for n in range(20))
    (tmp_path / ".command.err").write_text("starting\nSomeException: index is of another file\n" + frames)
    assert launch._log_tail(tmp_path).endswith("SomeException: index is of another file")
