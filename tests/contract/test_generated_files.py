"""What is generated from the declarations is up to date, and the declarations hold together."""

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from wes_biomarkers.contracts.biomarkers import BIOMARKERS, VALUES
from wes_biomarkers.contracts.dictionary import described_tables, generated_files
from wes_biomarkers.contracts.json_schema import INPUT_TABLES, table_schema
from wes_biomarkers.contracts.tables import TABLES

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", generated_files())
def test_generated_file_is_fresh(name):
    found = (ROOT / name).read_text(encoding="utf-8")
    assert found == generated_files()[name], "run `wes-biomarkers schema --write .`"


@pytest.mark.parametrize("table", INPUT_TABLES, ids=lambda table: table.name)
def test_schemas_are_valid_and_refuse(table):
    schema = table_schema(table)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    assert list(validator.iter_errors([{}])), "required columns are required"
    assert list(validator.iter_errors([{"patient_id": "a b"}]))


@pytest.mark.parametrize("table", described_tables().values(), ids=lambda table: table.name)
def test_tables_hold_together(table):
    assert len(set(table.names)) == len(table.names)
    assert set(table.key) <= set(table.names)
    for column in table.columns:
        assert column.doc and column.name == column.name.lower()


def test_every_evaluable_column_has_status_and_flags():
    names = TABLES["biomarker"].names
    for biomarker in BIOMARKERS:
        name = biomarker.column.name
        assert {name, f"{name}_status", f"{name}_flags"} <= set(names)
        assert (biomarker.feature, biomarker.value) in VALUES


def test_a_feature_has_one_main_value():
    for feature in {feature for feature, _ in VALUES}:
        assert sum(value.main for (name, _), value in VALUES.items() if name == feature) == 1
