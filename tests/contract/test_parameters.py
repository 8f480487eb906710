"""nextflow_schema.json owns the run parameters: what is made from it is fresh, and each one is used."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from wes_biomarkers.io.parameters import check_parameters, format_params_config, read_parameters

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "nextflow_schema.json"
PARAMETERS = read_parameters(SCHEMA)
GIVEN = {"input": "sheet.csv", "reference": "ref", "outdir": "out"}
#: Nextflow's own settings made of parameters, beside the pipeline's files.
USERS = [ROOT / "main.nf", ROOT / "nextflow.config", *sorted((ROOT / "conf").rglob("*.config"))]

by_name = pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda parameter: parameter.name)


def test_params_config_is_fresh():
    found = (ROOT / "conf" / "params.config").read_text(encoding="utf-8")
    assert found == format_params_config(PARAMETERS), "write format_params_config(...) to conf/params.config"


def test_schema_is_valid_and_reaches_every_group():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert [entry["$ref"] for entry in schema["allOf"]] == [f"#/$defs/{name}" for name in schema["$defs"]]
    names = [parameter.name for parameter in PARAMETERS]
    assert len(set(names)) == len(names)


@by_name
def test_a_parameter_is_described_and_its_default_is_allowed(parameter):
    assert parameter.name == parameter.name.lower() and parameter.description
    assert not parameter.description.endswith("."), "a phrase, as --help shows it"
    if parameter.default is not None:
        check_parameters(SCHEMA, GIVEN | {parameter.name: parameter.default}, "test")


@by_name
def test_a_parameter_is_used(parameter):
    texts = [path.read_text(encoding="utf-8") for path in USERS if path.name != "params.config"]
    assert any(re.search(rf"\bparams\.{parameter.name}\b", text) for text in texts)


def test_nothing_uses_an_undeclared_parameter():
    names = {parameter.name for parameter in PARAMETERS}
    for path in [*USERS, *(ROOT / "pipelines").rglob("*.nf")]:
        assert set(re.findall(r"\bparams\.(\w+)", path.read_text(encoding="utf-8"))) - {"config"} <= names, (
            path
        )


def test_schemas_of_input_files_exist():
    text = SCHEMA.read_text(encoding="utf-8")
    schemas = re.findall(r'"schema": "([^"]+)"', text)
    assert len(schemas) == 5
    assert all((ROOT / name).is_file() for name in schemas)


def test_command_line_has_an_option_for_each_parameter():
    from wes_biomarkers.cli.run import command

    options = {option.name for option in command.params}
    assert {parameter.name for parameter in PARAMETERS} <= options


def test_definition_and_pipeline_agree_on_callable_depths():
    from wes_biomarkers.features.callable import MIN_DEPTH_NORMAL, MIN_DEPTH_TUMOR

    defaults = {parameter.name: parameter.default for parameter in PARAMETERS}
    assert (defaults["min_depth_tumor"], defaults["min_depth_normal"]) == (MIN_DEPTH_TUMOR, MIN_DEPTH_NORMAL)
