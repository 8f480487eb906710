"""`wes-biomarkers run` with a stand-in for Nextflow that writes what a run would leave."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from wes_biomarkers import launch, software
from wes_biomarkers.cli.main import main

DEADLINE = 120.0
TRACE = "process\ttag\tname\tstatus\texit\tworkdir\n"
FAKE = """#!/bin/sh
if [ "$1" = -v ]; then echo "nextflow version 25.04.4.5940"; exit 0; fi
for word; do printf '%s\\n' "$word"; done > "$FAKE_FOLDER/arguments"
. "$FAKE_FOLDER/behaviour"
"""


def study_of(**status):
    pairs = [
        {"pair_id": name, "status": s, "reason": "" if s == "ok" else "calling failed"}
        for name, s in status.items()
    ]
    return json.dumps({"pairs": pairs})


def fastq(path, mate):
    reads = "".join(
        f"@A00:7:HX:1:{sum(map(ord, path.name[:2]))}:{n}:9 {mate}\nACGT{'AC'[mate - 1]}\n+\nFFFFF\n"
        for n in range(3)
    )
    path.write_bytes(gzip.compress(reads.encode()))


@pytest.fixture
def site(tmp_path, bundle_of, monkeypatch):
    """A sheet of one pair, a bundle, and a stand-in whose behaviour is one good pair."""
    monkeypatch.setenv("FAKE_FOLDER", str(tmp_path))
    monkeypatch.setenv("WES_BIOMARKERS_NEXTFLOW", str(tmp_path / "nextflow"))
    software._users_nextflow.cache_clear()
    (tmp_path / "nextflow").write_text(FAKE)
    (tmp_path / "nextflow").chmod(0o755)
    (tmp_path / "data").mkdir()
    rows = ["patient_id,sample_id,role,fastq_1,fastq_2"]
    for sample, role in (("N1", "normal"), ("T1", "tumor")):
        for mate in (1, 2):
            fastq(tmp_path / "data" / f"{sample}_{mate}.fastq.gz", mate)
        rows.append(f"P1,{sample},{role},{sample}_1.fastq.gz,{sample}_2.fastq.gz")
    (tmp_path / "data" / "sheet.csv").write_text("\n".join(rows) + "\n")
    bundle_of()
    behave(tmp_path, study=study_of(T1_vs_N1="ok"))
    yield tmp_path
    software._users_nextflow.cache_clear()


def behave(site, *lines, study=None, trace=""):
    """What the stand-in does, in the output folder's run folder."""
    text = list(lines)
    if trace:
        (site / "trace").write_text(TRACE + trace)
        text.insert(0, 'cp "$FAKE_FOLDER/trace" ../pipeline_info/trace.tsv')
    if study:
        (site / "study").write_text(study)
        text.insert(0, 'cp "$FAKE_FOLDER/study" ../study.json')
    (site / "behaviour").write_text("\n".join(text) + "\n")


def words_of(site, *words):
    given = [
        "--input",
        site / "data" / "sheet.csv",
        "--reference",
        site / "reference",
        "--outdir",
        site / "out",
    ]
    return ["run", *map(str, [*given, *words])]


@pytest.fixture
def run(site, capsys):
    def run(*words, before=()):
        with pytest.raises(SystemExit) as stop:
            main([*before, *words_of(site, *words)])
        return stop.value.code, capsys.readouterr().err

    return run


def arguments(site):
    return (site / "arguments").read_text().splitlines()


def after(words, name):
    return words[words.index(name) + 1]


class TestStart:
    def test_what_nextflow_is_given(self, site, run, monkeypatch):
        monkeypatch.chdir(site / "data")
        code, err = run("--no-bqsr", "--tmb-min-callable-mb", "0.05", "--stub", "--", "-with-tower")
        words = arguments(site)
        assert code == 0
        assert "1 of 1 pairs done" in err and str(site / "out" / "report" / "index.html") in err
        assert after(words, "-profile") == "local,system"
        assert after(words, "run") == str(launch.pipeline_root())
        assert after(words, "-work-dir") == str(site / "out" / ".nextflow-run" / "work")
        assert "-resume" not in words
        assert words[-2:] == ["-stub-run", "-with-tower"]
        parameters = json.loads((site / "out" / "pipeline_info" / "params.json").read_text())
        assert parameters == launch.machine_limits() | {
            "input": str(site / "data" / "sheet.csv"),
            "reference": str(site / "reference"),
            "outdir": str(site / "out"),
            "bqsr": False,
            "tmb_min_callable_mb": 0.05,
        }

    def test_a_scheduler_has_limits_of_its_own(self, site, run):
        code, _ = run("--profile", "slurm,singularity", "--queue", "long")
        parameters = json.loads((site / "out" / "pipeline_info" / "params.json").read_text())
        assert code == 0
        assert "max_cpus" not in parameters and parameters["queue"] == "long"

    def test_command_line_wins_over_params_file(self, site, run):
        (site / "p.yaml").write_text("shard_mb: 2\nmin_depth_tumor: 15\nmax_cpus: 1\n")
        code, _ = run("--params-file", site / "p.yaml", "--shard-mb", "3")
        parameters = json.loads((site / "out" / "pipeline_info" / "params.json").read_text())
        assert code == 0
        assert [parameters[name] for name in ("shard_mb", "min_depth_tumor", "max_cpus")] == [3, 15, 1]

    def test_relative_paths_become_absolute(self, site, run, monkeypatch):
        monkeypatch.chdir(site)
        (site / "ids.txt").write_text("P9\n")
        code, _ = run("--exclude", "ids.txt")
        parameters = json.loads((site / "out" / "pipeline_info" / "params.json").read_text())
        assert (code, parameters["exclude"]) == (0, str(site / "ids.txt"))

    def test_a_sheet_apart_from_its_data(self, site, run):
        (site / "sheets").mkdir()
        (site / "data" / "sheet.csv").rename(site / "sheets" / "sheet.csv")
        assert run("--input", site / "sheets" / "sheet.csv")[0] == 2
        assert run("--input", site / "sheets" / "sheet.csv", "--input-base", site / "data")[0] == 0

    def test_resume_only_after_an_earlier_session(self, site, run):
        assert run("--resume")[0] == 0
        assert "-resume" not in arguments(site)
        history = site / "out" / ".nextflow-run" / ".nextflow" / "history"
        history.parent.mkdir()
        history.touch()
        assert run("--resume")[0] == 0
        assert "-resume" in arguments(site)


class TestRefusedBeforeTheStart:
    def refused(self, site, run, *words, code=2):
        found, err = run(*words)
        assert found == code
        assert not (site / "arguments").exists(), "Nextflow was not started"
        return err

    def test_unknown_parameter_of_a_file(self, site, run):
        (site / "p.yaml").write_text("min_dept_tumor: 3\nmax_cpus: many\n")
        err = self.refused(site, run, "--params-file", site / "p.yaml")
        assert "unknown parameter" in err and "Did you mean min_depth_tumor?" in err
        assert "max_cpus" in err, "all faults at once"
        assert not (site / "out").exists()

    def test_unknown_option(self, site, run):
        assert "--min-depth-tumor" in self.refused(site, run, "--min-dept-tumor", "3")

    def test_missing_parameters(self, site, capsys):
        with pytest.raises(SystemExit) as stop:
            main(["--error-format", "json", "run", "--outdir", str(site / "out")])
        error = json.loads(capsys.readouterr().err)
        assert (stop.value.code, len(error["faults"])) == (2, 2)
        assert {fault["rule"].split("'")[1] for fault in error["faults"]} == {"input", "reference"}

    @pytest.mark.parametrize("profile", ["nonsense", "local,slurm", "docker,conda"])
    def test_profile(self, site, run, profile):
        assert "not a profile" in self.refused(site, run, "--profile", profile)
        assert not (site / "out").exists()

    def test_a_site_brings_its_own_profile(self, site, run):
        assert run("--profile", "ours", "--", "-c", "site.config")[0] == 0

    def test_bad_sheet(self, site, run):
        (site / "data" / "T1_2.fastq.gz").unlink()
        assert "T1_2.fastq.gz" in self.refused(site, run)
        assert not (site / "out").exists()

    def test_missing_list_of_excluded_patients(self, site, run):
        assert "none.txt" in self.refused(site, run, "--exclude", site / "none.txt")
        assert not (site / "out").exists()

    def test_results_of_another_run(self, site, run):
        (site / "out").mkdir()
        (site / "out" / "study.json").write_text("{}")
        assert "--resume" in self.refused(site, run)

    def test_while_another_run_goes_on(self, site, run):
        launch.prepare_outdir(site / "out", False)
        with launch.locked(site / "out"):
            assert "another run is going on" in self.refused(site, run)
        assert not (site / "out" / "pipeline_info" / "params.json").exists(), (
            "the other's files are left alone"
        )

    def test_no_nextflow(self, site, run, monkeypatch):
        monkeypatch.setenv("WES_BIOMARKERS_NEXTFLOW", str(site / "none"))
        software._users_nextflow.cache_clear()
        assert "is not a Nextflow" in self.refused(site, run, code=4)


class TestEnd:
    def test_one_failed_pair_of_two(self, site, run):
        (site / ".command.err").write_text("out of luck\n")
        trace = f"CALL:GATK_MUTECT2\tT2_vs_N1\tCALL:GATK_MUTECT2 (T2_vs_N1)\tFAILED\t3\t{site}\n"
        behave(site, study=study_of(T1_vs_N1="ok", T2_vs_N1="failed"), trace=trace)
        code, err = run()
        assert code == 6
        assert "failed: GATK_MUTECT2 (T2_vs_N1), exit 3\nout of luck" in err
        assert "failed pair: T2_vs_N1: calling failed" in err
        assert "1 of 2 pairs done" in err
        failures = (site / "out" / "pipeline_info" / "failures.tsv").read_text().splitlines()
        assert failures[1] == "GATK_MUTECT2\tT2_vs_N1\t3\tout of luck"

    def test_every_pair_failed(self, site, run):
        behave(site, study=study_of(T1_vs_N1="failed"))
        code, err = run()
        assert code == 4 and "every pair failed" in err

    def test_nextflow_failed(self, site, run):
        (site / ".command.err").write_text("bad table\n")
        trace = f"COHORT:WES_COHORT\t-\tCOHORT:WES_COHORT\tFAILED\t2\t{site}\n"
        behave(site, "echo 'ERROR ~ stopped'", "exit 1", trace=trace)
        code, err = run(before=("--error-format", "json", "--quiet"))
        error = json.loads(err[err.index("{") :])
        assert code == error["exit_code"] == 4
        assert "WES_COHORT (-), exit 2:\nbad table" in error["message"] and "--resume" in error["message"]

    def test_nextflow_failed_before_any_task(self, site, run):
        behave(site, "echo 'Unknown config attribute'", "exit 1")
        code, err = run()
        assert code == 4 and "Unknown config attribute" in err

    def test_quiet(self, run):
        assert run(before=("--quiet",)) == (0, "")


def wait_for(path):
    end = time.monotonic() + DEADLINE
    while not path.exists():
        assert time.monotonic() < end, f"{path.name} did not come"
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(site, number, run):
    behave(site, "trap 'kill $!; touch ../stopped; exit 143' TERM", "sleep 60 &", "touch ../started", "wait")
    process = subprocess.Popen(
        [sys.executable, "-m", "wes_biomarkers", *words_of(site)],
        env=dict(os.environ),
        stderr=subprocess.PIPE,
        text=True,
        # A shell that starts the tests in the background has them ignore SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    wait_for(site / "out" / "started")
    process.send_signal(number)
    _, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == 130
    assert "interrupted" in err and "Traceback" not in err
    assert (site / "out" / "stopped").exists(), "Nextflow was asked to stop and waited for"
    behave(site, study=study_of(T1_vs_N1="ok"))
    assert run("--resume")[0] == 0, "the folder is free again"
