import json

import pytest
from click.testing import CliRunner

from wes_biomarkers import software
from wes_biomarkers.cli.doctor import command
from wes_biomarkers.cli.main import cli


def found(status: str, required: bool = True) -> software.Found:
    return software.Found(
        name="samtools",
        required=required,
        minimum="1.13",
        purpose="alignment",
        status=status,
        remedy="Run bin/setup",
    )


@pytest.mark.parametrize(
    ("finding", "code"), [(found("ok"), 0), (found("missing"), 4), (found("missing", required=False), 0)]
)
def test_exit_code_says_whether_the_pipeline_can_run(monkeypatch, finding, code):
    monkeypatch.setattr(software, "find_tools", lambda profile: [finding])
    monkeypatch.setattr(software, "find_packages", list)
    assert command.main([], standalone_mode=False) == code


def test_table_and_json_say_the_same(monkeypatch):
    monkeypatch.setattr(software, "find_tools", lambda profile: [found("too old")])
    monkeypatch.setattr(software, "find_packages", list)
    runner = CliRunner()
    table = runner.invoke(cli, ["doctor"], standalone_mode=False)
    assert (
        "samtools" in table.output
        and "Run bin/setup" in table.output
        and "not ready: samtools too old" in table.output
    )
    assert table.return_value == 4
    data = json.loads(
        runner.invoke(cli, ["doctor", "--json", "--profile", "docker"], standalone_mode=False).output
    )
    assert (data["ok"], data["profile"], data["tools"][0]["status"]) == (False, "local,docker", "too old")
    assert data["machine"]["cores"] >= 1 and data["machine"]["disk_free_gb"] > 0


def test_a_reference_that_is_none_is_an_input_error(monkeypatch, tmp_path):
    monkeypatch.setattr(software, "find_tools", lambda profile: [found("ok")])
    monkeypatch.setattr(software, "find_packages", list)
    result = CliRunner().invoke(cli, ["doctor", "--reference", str(tmp_path)], standalone_mode=False)
    assert getattr(result.exception, "exit_code", None) == 2
    assert "samtools" in result.output
