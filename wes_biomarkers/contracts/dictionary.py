"""The data dictionary, from the declarations."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from wes_biomarkers.contracts.endpoints import ENDPOINTS, POPULATIONS, Endpoint
from wes_biomarkers.contracts.json_schema import INPUT_TABLES, table_schema
from wes_biomarkers.contracts.record import FLAGS, RECORD_SCHEMA
from wes_biomarkers.contracts.schema import Column, Table
from wes_biomarkers.contracts.tables import TABLES

_STATUS_DOC = {
    "ok": "measured and usable",
    "not_evaluable": "tried, but the data cannot support a value; the reason says why",
    "not_requested": "not computed in this run",
    "failed": "a step failed; the reason names it",
}


def described_tables() -> dict[str, Table]:
    """Every table a user can ask about: the cohort's, and inputs as `input.<name>` where names clash."""
    tables = dict(TABLES)
    for table in INPUT_TABLES:
        tables[table.name if table.name not in tables else f"input.{table.name}"] = table
    return tables


def constraint(column: Column) -> str:
    """What a value must satisfy, in a few words."""
    parts = []
    if column.allowed is not None:
        parts.append(" | ".join(column.allowed))
    if column.minimum is not None and column.maximum is not None:
        parts.append(f"{column.minimum:g} to {column.maximum:g}")
    elif column.minimum is not None:
        parts.append(f">= {column.minimum:g}")
    elif column.maximum is not None:
        parts.append(f"<= {column.maximum:g}")
    if not column.nullable:
        parts.append("required")
    return "; ".join(parts)


def table_text(name: str, table: Table) -> str:
    """One table as plain text."""
    lines = [f"{name} (version {table.version}), key: {', '.join(table.key)}", f"  {table.doc}"]
    width = max(len(column.name) for column in table.columns)
    for column in table.columns:
        unit = f" [{column.unit}]" if column.unit else ""
        rule = f" ({constraint(column)})" if constraint(column) else ""
        lines.append(f"  {column.name:<{width}}  {column.dtype:<6}  {column.doc}{unit}{rule}")
    if table.open_ended:
        lines.append("  and any further columns")
    return "\n".join(lines)


def table_markdown(name: str, table: Table) -> str:
    """One table as a Markdown section."""
    lines = [
        f"## {name}",
        "",
        f"{table.doc} Version {table.version}; key: {', '.join(table.key)}.",
        "",
        "| column | type | unit | values | meaning |",
        "|---|---|---|---|---|",
    ]
    for column in table.columns:
        cells = (f"`{column.name}`", column.dtype, column.unit or "", constraint(column), column.doc)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    if table.open_ended:
        lines += ["", "Further columns are kept as they are."]
    return "\n".join(lines)


def table_json(table: Table) -> dict[str, Any]:
    """One table as JSON types: its declaration and its row schema."""
    return {
        "name": table.name,
        "version": table.version,
        "key": list(table.key),
        "schema": table_schema(table),
    }


def _endpoint_cells(endpoint: Endpoint) -> tuple[str, ...]:
    columns = ", ".join(f"`{column}`" for column in endpoint.columns)
    rule = f"{endpoint.rule}; {endpoint.source}" if endpoint.source else endpoint.rule
    return (f"`{endpoint.name}`", endpoint.kind, columns, endpoint.origin,
            POPULATIONS[endpoint.population], rule)  # fmt: skip


def endpoints_markdown() -> str:
    """Every endpoint with its columns, origin, population and rule, as a Markdown section."""
    lines = [
        "## Endpoints",
        "",
        "Columns of the table `clinical`. One month is 30.4375 days.",
        "",
        "| endpoint | kind | columns | counts from | population | rule |",
        "|---|---|---|---|---|---|",
    ]
    lines += [f"| {' | '.join(_endpoint_cells(endpoint))} |" for endpoint in ENDPOINTS.values()]
    return "\n".join(lines)


def endpoints_text() -> str:
    """Every endpoint as plain text."""
    return (
        "\n\n".join(
            f"{endpoint.name} ({endpoint.kind}): {', '.join(endpoint.columns)}\n"
            f"  rule: {endpoint.rule}{f'; {endpoint.source}' if endpoint.source else ''}\n"
            f"  counts from: {endpoint.origin}\n"
            f"  population: {POPULATIONS[endpoint.population]}"
            for endpoint in ENDPOINTS.values()
        )
        + "\n"
    )


def dictionary_text(names: Iterable[str]) -> str:
    """The named tables as plain text."""
    tables = described_tables()
    return "\n\n".join(table_text(name, tables[name]) for name in names) + "\n"


def dictionary_json(names: Iterable[str]) -> str:
    """The named tables as JSON."""
    tables = described_tables()
    return json.dumps({name: table_json(tables[name]) for name in names}, indent=2, ensure_ascii=False) + "\n"


def dictionary_markdown(names: Iterable[str] | None = None) -> str:
    """The named tables, or the whole dictionary with statuses and flags, as Markdown."""
    tables = described_tables()
    if names is not None:
        return "\n\n".join(table_markdown(name, tables[name]) for name in names) + "\n"
    parts = [
        "# Data dictionary",
        "Generated by `wes-biomarkers schema --write .` from wes_biomarkers/contracts; do not edit.\n\n"
        "An unknown value is empty in TSV and null in Parquet; a 0 is always measured. Coordinates are "
        "0-based and half-open. Dates are ISO 8601. Tables named `input.` are those a user gives.",
        "## Statuses\n\n| status | meaning |\n|---|---|\n"
        + "\n".join(f"| `{status}` | {doc} |" for status, doc in _STATUS_DOC.items()),
        "## Flags\n\n| flag | meaning |\n|---|---|\n"
        + "\n".join(f"| `{flag}` | {doc} |" for flag, doc in FLAGS.items()),
        endpoints_markdown(),
        *(table_markdown(name, table) for name, table in tables.items()),
        f"## Records\n\nEach `records/<feature>.json` is a list of envelopes of schema `{RECORD_SCHEMA}`: "
        "patient_id, sample_id, pair_id, feature, definition_id, status, reason, flags, values, numerator, "
        "denominator, ci, provenance.",
    ]
    return "\n\n".join(parts) + "\n"


def generated_files() -> dict[str, str]:
    """Every generated file of the project, by its path below the project's root."""
    files = {
        f"conf/schemas/{table.name}.json": json.dumps(table_schema(table), indent=2, ensure_ascii=False)
        + "\n"
        for table in INPUT_TABLES
    }
    return files | {"docs/data-dictionary.md": dictionary_markdown()}
