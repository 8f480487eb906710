"""JSON schemas of the tables a user gives, in the array-of-rows shape sample sheet validators read."""

from __future__ import annotations

from typing import Any

from wes_biomarkers.contracts.clinical import ASSESSMENT, CLINICAL, TOXICITY
from wes_biomarkers.contracts.proteomics import PROTEOMICS_SAMPLE_INPUT
from wes_biomarkers.contracts.samplesheet import SAMPLESHEET
from wes_biomarkers.contracts.schema import Column, Table

#: The user's tables, each with a generated schema in conf/schemas.
INPUT_TABLES: tuple[Table, ...] = (SAMPLESHEET, CLINICAL, TOXICITY, ASSESSMENT, PROTEOMICS_SAMPLE_INPUT)

_TYPES = {"string": "string", "int": "integer", "float": "number", "bool": "boolean", "date": "string"}


def column_schema(column: Column) -> dict[str, Any]:
    """The JSON schema of one cell. An unknown cell is an absent key."""
    text = column.doc if column.unit is None else f"{column.doc} ({column.unit})"
    schema: dict[str, Any] = {"type": _TYPES[column.dtype], "description": text}
    if column.dtype == "date":
        schema["format"] = "date"
    if column.allowed is not None:
        schema["enum"] = list(column.allowed)
    if column.pattern is not None:
        schema["pattern"] = column.pattern
    if column.minimum is not None:
        schema["minimum"] = column.minimum
    if column.maximum is not None:
        schema["maximum"] = column.maximum
    return schema


def table_schema(table: Table) -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of a table as an array of row objects."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": table.name,
        "description": table.doc,
        "type": "array",
        "items": {
            "type": "object",
            "properties": {column.name: column_schema(column) for column in table.columns},
            "required": [column.name for column in table.columns if not column.nullable],
            "additionalProperties": table.open_ended,
        },
    }
