import json

import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.io.parameters import (
    Parameter,
    check_parameters,
    format_params_config,
    read_parameters,
    read_params_file,
)


@pytest.fixture
def schema(tmp_path):
    """A small schema of two groups."""
    properties = {
        "input": {"type": "string", "format": "file-path", "description": "sheet"},
        "mode": {"type": "string", "enum": ["a", "b"], "default": "a", "description": "how"},
    }
    limits = {"max_cpus": {"type": "integer", "minimum": 1, "default": 4, "description": "processors"}}
    data = {
        "$defs": {
            "io": {"title": "In and out", "properties": properties, "required": ["input"]},
            "limits": {"title": "Limits", "properties": limits},
        },
        "allOf": [{"$ref": "#/$defs/io"}, {"$ref": "#/$defs/limits"}],
    }
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(data))
    return path


def faults_of(schema, values, source="params.yaml"):
    with pytest.raises(InputError) as caught:
        check_parameters(schema, values, source)
    return caught.value.faults


def test_read(schema):
    assert read_parameters(schema) == [
        Parameter("input", "string", "sheet", None, "file-path", None, "In and out", True),
        Parameter("mode", "string", "how", "a", None, ("a", "b"), "In and out", False),
        Parameter("max_cpus", "integer", "processors", 4, None, None, "Limits", False),
    ]


def test_config_text():
    parameters = [
        Parameter(str(index), "", "", default)
        for index, default in enumerate([None, True, 2, 0.5, "x y", ""])
    ]
    lines = format_params_config(parameters).splitlines()
    assert [line.split(" = ")[1] for line in lines if " = " in line] == [
        "null",
        "true",
        "2",
        "0.5",
        "'x y'",
        "''",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [("p.yaml", "input: a b.csv\nmax_cpus: 2\n"), ("p.json", '{"input": "a b.csv", "max_cpus": 2}'),
     ("p.yml", "\ufeffinput: 'a b.csv'\r\nmax_cpus: 2\r\n")],
)  # fmt: skip
def test_params_file(tmp_path, name, text):
    (tmp_path / name).write_text(text, newline="")
    assert read_params_file(tmp_path / name) == {"input": "a b.csv", "max_cpus": 2}


def test_empty_params_file_is_no_parameters(tmp_path):
    (tmp_path / "p.yaml").write_text("# nothing\n")
    assert read_params_file(tmp_path / "p.yaml") == {}


@pytest.mark.parametrize(
    ("text", "words"), [("a: [1", "not YAML or JSON"), ("- a\n- b\n", "holds no names and values")]
)
def test_bad_params_file(tmp_path, text, words):
    (tmp_path / "p.yaml").write_text(text)
    with pytest.raises(InputError, match=words):
        read_params_file(tmp_path / "p.yaml")


def test_objects_of_python_are_not_made(tmp_path):
    (tmp_path / "p.yaml").write_text("input: !!python/object/apply:os.getcwd []\n")
    with pytest.raises(InputError):
        read_params_file(tmp_path / "p.yaml")


def test_good_values_pass(schema):
    check_parameters(schema, {"input": "x", "mode": "b", "max_cpus": 1}, "test")


def test_every_fault_at_once(schema):
    faults = faults_of(schema, {"mode": "c", "max_cpus": 0, "max_cpu": 3, "elephant": 1})
    assert [(f.column, f.file) for f in faults[:2]] == [
        ("max_cpu", "params.yaml"),
        ("elephant", "params.yaml"),
    ]
    assert faults[0].remedy == "Did you mean max_cpus?"
    assert "--help" in faults[1].remedy
    assert {f.column for f in faults[2:]} == {None, "mode", "max_cpus"}
    assert any("'input' is a required property" in f.rule for f in faults)


@pytest.mark.parametrize("value", ["2", 1.5, True, None])
def test_wrong_type(schema, value):
    assert [f.column for f in faults_of(schema, {"input": "x", "max_cpus": value})] == ["max_cpus"]
