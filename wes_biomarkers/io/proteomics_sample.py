"""Reading what goes with a proteomics file: its sample sheet, and the settings of its processing."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from wes_biomarkers.contracts.likely_ids import likely_counterparts
from wes_biomarkers.contracts.proteomics import PROTEOMICS_SAMPLE_INPUT
from wes_biomarkers.contracts.validate import PANDAS_DTYPES, unknown_values
from wes_biomarkers.contracts.values import parse_column
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.features.proteomics import CHOICES, Settings
from wes_biomarkers.io.files import packaged_text, read_text
from wes_biomarkers.io.sheet import read_rows


def read_proteomics_samples(path: Path | str, *, today: date | None = None) -> pd.DataFrame:
    """The sample sheet with typed columns; an unknown time point is `baseline`, further columns are left out.

    Args:
        path: CSV, TSV or XLSX.
        today: no sample may be collected after it; not checked without.

    Raises:
        InputError: every fault by row and column, never with a date.
    """
    file, sheet = str(path), read_rows(path)
    rows, known = sheet.row_numbers, {name.strip().lower(): name for name in sheet.columns}
    faults: list[Fault] = []
    data: dict[str, pd.Series] = {}
    for column in PROTEOMICS_SAMPLE_INPUT.columns:
        if column.name in sheet.columns:
            values, bad = parse_column([row[column.name] for row in sheet.rows], column, file=file, rows=rows)
            data[column.name] = pd.Series(values, index=rows, dtype=PANDAS_DTYPES[column.dtype])
            faults += bad
        elif column.name in known:
            remedy = f"Write {column.name}."
            faults.append(
                Fault("heading is not spelled as declared", remedy, file=file, column=known[column.name])
            )
        elif not column.nullable:
            remedy = f"Head a column {column.name}."
            faults.append(Fault("required column is absent", remedy, file=file, column=column.name))
        else:
            data[column.name] = unknown_values(column, pd.Index(rows))
    frame = pd.DataFrame(data)
    if "sample_id" in frame:
        twice = frame["sample_id"].notna() & frame["sample_id"].duplicated()
        faults += [Fault("given twice", "Keep one row a sample.", file=file, row=int(row), column="sample_id")
                   for row in frame.index[twice]]  # fmt: skip
    if "collection_date" in frame and today is not None:
        late = frame.index[frame["collection_date"] > pd.Timestamp(today)]
        faults += [Fault("in the future", "Mend the date.", file=file, row=int(row), column="collection_date")
                   for row in late]  # fmt: skip
    if faults:
        raise InputError(sorted(faults, key=lambda fault: fault.row or 0))
    frame["timepoint"] = frame["timepoint"].fillna("baseline")
    return frame.reset_index(drop=True)


def patient_faults(ids: Iterable[str], known: Iterable[str], file: str) -> list[Fault]:
    """A fault for each patient id of the sheet that is one of the study's but for what people type differently."""
    ours = set(known)
    return [
        Fault(
            "differs from a patient's id only in case, leading zeros or separators",
            f"Is it {patient}? If so, write the same id in both.",
            file=file,
            column="patient_id",
            value=name,
        )
        for name, patient in likely_counterparts(set(ids) - ours, ours).items()
    ]


def read_settings(path: Path | str | None = None) -> Settings:
    """The settings of definitions/proteomics.toml, changed by those of a user's TOML file (`max_missing = 0.3`).

    Raises:
        InputError: every unknown setting and every value that is not allowed.
    """
    table = tomllib.loads(packaged_text("proteomics.toml"))
    defaults = Settings(**{field.name: table[field.name]["value"] for field in fields(Settings)})
    if path is None:
        return defaults
    try:
        own = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise InputError([Fault(f"not valid TOML: {error}", "Mend it there.", file=str(path))]) from error
    faults = []
    for name, value in own.items():
        if problem := _problem(name, value, vars(defaults)):
            faults.append(Fault(*problem, file=str(path), column=name, value=str(value)))
    if faults:
        raise InputError(faults)
    return replace(defaults, **own)


def _problem(name: str, value: Any, known: dict[str, Any]) -> tuple[str, str] | None:
    """What is wrong with a setting, and the remedy."""
    if name not in known:
        return "unknown setting", f"Known: {', '.join(known)}."
    if name == "max_missing":
        right = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
        return None if right else ("is not a share", "Give a number from 0 to 1.")
    if name in CHOICES and value not in CHOICES[name]:
        return "is not an allowed value", f"Give one of {', '.join(CHOICES[name])}."
    return None if isinstance(value, str) and value else ("is not a word", "Give a name in quotes.")
