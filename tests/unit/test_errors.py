import json

import pytest

from wes_biomarkers import errors
from wes_biomarkers.errors import (
    ContractError,
    Fault,
    InputError,
    ReferenceMismatchError,
    ToolError,
    WesError,
)

FAULTS = [
    Fault("unknown role", "Use tumor or normal.", file="sheet.csv", row=3, column="role", value="tumour"),
    Fault("no such file", "Check the path.", file="a b.fastq.gz"),
]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError(FAULTS), 2),
        (ReferenceMismatchError("contig missing", "Use the same build."), 3),
        (ToolError("bwa failed"), 4),
        (ContractError("bad record"), 5),
        (WesError("base"), 5),
    ],
)
def test_exit_codes(error, code):
    assert error.exit_code == code
    assert error.as_dict()["exit_code"] == code
    assert error.as_dict()["error"] == type(error).__name__
    json.dumps(error.as_dict())


def test_the_codes_of_the_interface():
    names = (
        "OK",
        "CHECK_FAILED",
        "INPUT",
        "REFERENCE",
        "TOOL",
        "CONTRACT",
        "SOME_PAIRS_FAILED",
        "INTERRUPTED",
    )
    assert [getattr(errors, f"EXIT_{name}") for name in names] == [0, 1, 2, 3, 4, 5, 6, 130]


def test_every_fault_is_told_with_its_place():
    error = InputError(iter(FAULTS))
    assert str(error).splitlines() == [
        "sheet.csv, row 3, column role: unknown role ['tumour']. Use tumor or normal.",
        "a b.fastq.gz: no such file. Check the path.",
    ]
    assert [fault["rule"] for fault in error.as_dict()["faults"]] == ["unknown role", "no such file"]
    assert set(error.as_dict()["faults"][0]) == {"file", "row", "column", "value", "rule", "remedy"}


def test_a_fault_without_place_or_value():
    assert str(Fault("nothing to do", "Add a row.")) == "nothing to do. Add a row."


def test_one_sentence_is_one_fault():
    error = InputError("no samples", "Add one.")
    assert error.faults == (Fault("no samples", "Add one."),)


def test_control_characters_of_a_value_do_not_reach_the_terminal():
    assert "\x1b" not in str(Fault("bad", "Mend it.", value="\x1b[31m\n"))


def test_tool_error_shows_command_and_end_of_log():
    error = ToolError("bwa failed (exit code 1)", ["bwa", "mem", "x"], "line 1\nline 2\n")
    assert str(error).splitlines() == [
        "bwa failed (exit code 1)",
        "command: bwa mem x",
        "end of its log:",
        "line 1",
        "line 2",
    ]
    assert str(ToolError("gone")) == "gone"
