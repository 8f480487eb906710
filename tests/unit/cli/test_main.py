import errno
import json
import subprocess
import sys
from types import SimpleNamespace

import click
import pytest

from wes_biomarkers import __version__
from wes_biomarkers.cli import main as cli_main
from wes_biomarkers.cli.main import COMMANDS, HIDDEN_COMMANDS, main
from wes_biomarkers.errors import (
    ContractError,
    Fault,
    InputError,
    ReferenceMismatchError,
    ToolError,
    WesError,
)

FAULT = Fault("unknown role", "Use tumor or normal.", file="sheet.csv", row=3, column="role", value="ä")


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs a command `boom` that raises or returns what is given; gives the exit code, stdout and stderr."""

    def run(outcome, *words):
        def callback():
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome

        monkeypatch.setitem(COMMANDS, "boom", "fails")
        module = SimpleNamespace(command=click.Command("boom", callback=callback))
        monkeypatch.setitem(sys.modules, "wes_biomarkers.cli.boom", module)
        with pytest.raises(SystemExit) as stop:
            main([*words, "boom"])
        return stop.value.code, *capsys.readouterr()

    return run


OUTCOMES = [
    (None, 0),
    (0, 0),
    (1, 1),
    (6, 6),
    (InputError([FAULT, FAULT]), 2),
    (ReferenceMismatchError([FAULT]), 3),
    (ToolError("bwa failed", ["bwa"], "log"), 4),
    (ContractError("bad record"), 5),
    (click.UsageError("no such option"), 2),
    (PermissionError(errno.EACCES, "Permission denied", "/x"), 2),
    (FileNotFoundError(errno.ENOENT, "No such file or directory", "/x"), 2),
    (IsADirectoryError(errno.EISDIR, "Is a directory", "/x"), 2),
    (NotADirectoryError(errno.ENOTDIR, "Not a directory", "/x"), 2),
    (OSError(errno.ENOSPC, "No space left on device", "/x"), 4),
    (OSError("something else"), 4),
    (KeyboardInterrupt(), 130),
    (click.exceptions.Abort(), 130),
]


def name_of(value):
    return type(value).__name__ if isinstance(value, BaseException) else str(value)


@pytest.mark.parametrize(("outcome", "code"), OUTCOMES, ids=name_of)
def test_exit_codes(run, outcome, code):
    found, out, err = run(outcome)
    assert found == code
    assert out == ""
    assert bool(err) == isinstance(outcome, BaseException)
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("outcome", "code"), [o for o in OUTCOMES if isinstance(o[0], WesError | OSError)], ids=name_of
)
@pytest.mark.parametrize("words", [("--error-format", "json"), ("--error-format=json",)], ids=len)
def test_errors_as_json(run, outcome, code, words):
    found, _, err = run(outcome, *words)
    error = json.loads(err)
    assert found == error["exit_code"] == code
    assert error["message"] and error["error"].endswith("Error")
    if code in (2, 3):
        assert all(
            set(fault) == {"file", "row", "column", "value", "rule", "remedy"} for fault in error["faults"]
        )
        assert len(error["faults"]) == (2 if isinstance(outcome, InputError) else 1)


def test_usage_error_as_json(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--error-format", "json", "nonsense"])
    error = json.loads(capsys.readouterr().err)
    assert (stop.value.code, error["exit_code"], error["error"]) == (2, 2, "UsageError")
    assert "nonsense" in error["message"]


def test_a_system_error_names_its_file_once(run):
    _, _, err = run(FileNotFoundError(errno.ENOENT, "No such file or directory", "/a b/x"))
    assert err == "InputError: /a b/x: no such file or folder. Check the path.\n"


def test_a_broken_pipe_that_is_not_stdout_is_an_error(monkeypatch, run):
    """Such as that of a program which ended while it was fed."""
    monkeypatch.setattr(cli_main, "_stdout_is_closed", lambda: False)
    code, _, _ = run(BrokenPipeError(errno.EPIPE, "Broken pipe"))
    assert code == 4


def test_a_reader_that_has_seen_enough():
    script = f"set -o pipefail; {sys.executable} -m wes_biomarkers schema | true"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_full_disk_is_a_tool_error():
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "wes_biomarkers", "schema"], stdout=full, stderr=subprocess.PIPE
        )
    assert done.returncode == 4
    assert b"No space left" in done.stderr and b"Traceback" not in done.stderr


def test_real_faults_through_a_real_command(tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--error-format", "json", "check", str(tmp_path / "none.csv")])
    error = json.loads(capsys.readouterr().err)
    assert stop.value.code == 2
    assert error["faults"][0]["file"].endswith("none.csv")


def test_version_and_help(capsys):
    for words, expected in ((["--version"], __version__), (["--help"], "Commands:"), (["-h"], "simulate")):
        with pytest.raises(SystemExit) as stop:
            main(words)
        assert stop.value.code == 0
        assert expected in capsys.readouterr().out


@pytest.mark.parametrize("name", [*COMMANDS, *HIDDEN_COMMANDS])
def test_every_command_is_there_and_helps(name, capsys):
    with pytest.raises(SystemExit) as stop:
        main([name, "--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith(f"Usage: wes-biomarkers {name} ")


def test_hidden_commands_are_not_listed(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    listed = [
        line.split()[0] for line in capsys.readouterr().out.split("Commands:")[1].splitlines() if line.strip()
    ]
    assert set(listed) >= set(COMMANDS) and not set(listed) & set(HIDDEN_COMMANDS)


def test_an_unforeseen_error_shows_no_data(monkeypatch, capsys):
    """A bug of ours ends with exit 5 and its place; its message may hold clinical values."""

    def broken(*_args, **_kwargs):
        raise ValueError("progressed on 2024-03-01")

    monkeypatch.setattr(cli_main.cli, "main", broken)
    with pytest.raises(SystemExit) as stop:
        cli_main.main(["schema"])
    assert stop.value.code == 5
    said = capsys.readouterr().err
    assert "ValueError" in said
    assert "2024" not in said
