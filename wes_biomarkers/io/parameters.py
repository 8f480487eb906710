"""Run parameters: declared once in nextflow_schema.json, read here for the command line and for checking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.files import read_json, read_text


@dataclass(frozen=True)
class Parameter:
    """One run parameter as its schema says."""

    name: str
    type: str
    description: str
    default: Any = None
    format: str | None = None
    choices: tuple[str, ...] | None = None
    group: str = ""
    required: bool = False


def read_parameters(schema: Path) -> list[Parameter]:
    """The parameters of a nextflow_schema.json, in its order."""
    parameters = []
    for group in read_json(schema)["$defs"].values():
        for name, entry in group["properties"].items():
            parameters.append(
                Parameter(
                    name,
                    entry["type"],
                    entry["description"],
                    entry.get("default"),
                    entry.get("format"),
                    tuple(entry["enum"]) if "enum" in entry else None,
                    group["title"],
                    name in group.get("required", ()),
                )
            )
    return parameters


def format_params_config(parameters: list[Parameter]) -> str:
    """The text of conf/params.config: every parameter with its default."""

    def literal(value: Any) -> str:
        """A value as Groovy writes it."""
        if value is None:
            return "null"
        return str(value).lower() if isinstance(value, bool) else repr(value)

    lines = [f"    {parameter.name} = {literal(parameter.default)}" for parameter in parameters]
    return "\n".join(["// Generated from nextflow_schema.json.", "params {", *lines, "}"]) + "\n"


def read_params_file(path: Path) -> dict[str, Any]:
    """Parameters from a YAML or JSON file.

    Raises:
        InputError: not such a file, or not a mapping of names to values.
    """
    import yaml

    try:
        data = yaml.safe_load(read_text(path))
    except yaml.YAMLError as error:
        raise InputError([Fault(f"not YAML or JSON: {error}", "Mend it.", file=str(path))]) from error
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise InputError([Fault("holds no names and values", "Write `name: value` lines.", file=str(path))])
    return data


def check_parameters(schema: Path, values: Mapping[str, Any], source: str) -> None:
    """Refuse unknown parameters and values of the wrong type or range, all at once.

    Raises:
        InputError: every fault.
    """
    import difflib

    from jsonschema import Draft202012Validator

    known = {parameter.name for parameter in read_parameters(schema)}
    faults = []
    for name in values:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            remedy = f"Did you mean {near[0]}?" if near else "`wes-biomarkers run --help` lists them."
            faults.append(Fault("unknown parameter", remedy, file=source, column=name))
    for error in Draft202012Validator(read_json(schema)).iter_errors(dict(values)):
        column = str(error.path[0]) if error.path else None
        faults.append(Fault(error.message, "See `wes-biomarkers run --help`.", file=source, column=column))
    if faults:
        raise InputError(faults)
