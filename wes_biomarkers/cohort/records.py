"""The tables made from records: wide `biomarker`, `qc` and long `feature`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from wes_biomarkers.cohort.frames import frame_of, joined_flags
from wes_biomarkers.contracts.biomarkers import BIOMARKERS, VALUES, main_value
from wes_biomarkers.contracts.biomarkers.base import Biomarker
from wes_biomarkers.contracts.clinical import CLINICAL
from wes_biomarkers.contracts.record import Record
from wes_biomarkers.contracts.tables import FEATURE, QC
from wes_biomarkers.io.results import PairResult

#: The definition id of features that come from the clinical table.
CLINICAL_DEFINITION = "clinical"


def _wide_value(pair: PairResult, record: Record | None, biomarker: Biomarker) -> tuple[Any, str, str]:
    """(value, status, flags) of one wide column."""
    if pair.failed:
        return None, "failed", ""
    if record is None:
        return None, "not_requested", ""
    value, flags = record.values.get(biomarker.value), joined_flags(record.flags)
    if record.status == "ok":
        return value, "ok" if value is not None else "not_evaluable", flags
    if biomarker.evidence and record.status == "not_evaluable" and value is not None:
        return value, "ok", flags
    return None, record.status, flags


def assemble_biomarkers(pairs: Iterable[PairResult]) -> pd.DataFrame:
    """The wide `biomarker` table: one row a pair, each column with its status and flags."""
    rows = []
    for pair in pairs:
        row = {
            name: pair.row.get(name) or None for name in ("patient_id", "pair_id", "timepoint", "specimen")
        }
        records = {(record.feature, record.definition_id): record for record in pair.records}
        for biomarker in BIOMARKERS:
            record = records.get((biomarker.feature, biomarker.definition_id))
            names = [column.name for column in biomarker.columns()]
            row |= dict(zip(names, _wide_value(pair, record, biomarker), strict=True))
        rows.append(row)
    columns = ["patient_id", "pair_id", "timepoint", "specimen"]
    columns += [column.name for biomarker in BIOMARKERS for column in biomarker.columns()]
    return frame_of(rows, columns)


def assemble_qc(pairs: Iterable[PairResult]) -> pd.DataFrame:
    """The `qc` table: the quality record of each pair, or why there is none."""
    rows = []
    for pair in pairs:
        row: dict[str, Any] = {
            "patient_id": pair.row["patient_id"],
            "pair_id": pair.row["pair_id"],
            "flags": "",
        }
        record = next((record for record in pair.records if record.feature == "qc"), None)
        if record is not None:
            row |= {
                "status": record.status,
                "reason": record.reason or None,
                "flags": joined_flags(record.flags),
            }
            row |= {name: record.values.get(name) for name in QC.names if name not in row}
        elif pair.failed:
            row |= {"status": "failed", "reason": pair.row.get("reason") or "the pair failed"}
        else:
            row |= {"status": "not_requested", "reason": "the run wrote no quality record"}
        rows.append(row)
    return frame_of(rows, QC.names)


def _number_and_text(value: Any) -> tuple[float | None, str | None]:
    if value is None:
        return None, None
    if isinstance(value, bool | int | float):
        return float(value), None
    return None, value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _feature_rows(record: Record) -> Iterable[dict[str, Any]]:
    """One row a value; a record without values gives one row for its main value."""
    main = main_value(record.feature)
    values: Mapping[str, Any] = record.values or {main: None}
    for name, value in values.items():
        number, text = _number_and_text(value)
        declared = VALUES.get((record.feature, name))
        status, reason = record.status, record.reason or None
        if status == "ok" and value is None:
            status, reason = "not_evaluable", "the record gives no value"
        row = {
            "patient_id": record.patient_id,
            "sample_id": record.sample_id,
            "pair_id": record.pair_id,
            "feature": record.feature,
            "definition_id": record.definition_id,
            "status": status,
            "reason": reason,
            "flags": joined_flags(record.flags),
            "name": name,
            "value": number,
            "text": text,
            "unit": declared.unit if declared else None,
        }
        if name == main or len(values) == 1:
            low, high = record.ci or (None, None)
            row |= {
                "numerator": record.numerator,
                "denominator": record.denominator,
                "ci_low": low,
                "ci_high": high,
            }
        yield row


def clinical_features(clinical: pd.DataFrame) -> pd.DataFrame:
    """The further numeric columns of a clinical table, as features of the patients under their own names."""
    names = [
        name
        for name in clinical.columns
        if name not in CLINICAL.by_name and pd.api.types.is_float_dtype(clinical[name])
    ]
    values = clinical[names].to_numpy(np.float64).T.ravel()
    known, feature = ~np.isnan(values), np.repeat(np.asarray(names, dtype=object), len(clinical))
    same = {"sample_id": "", "pair_id": "", "definition_id": CLINICAL_DEFINITION, "flags": ""}
    return pd.DataFrame(
        {
            "patient_id": np.tile(clinical["patient_id"].to_numpy(object), len(names)),
            "feature": feature,
            "name": feature,
            "status": np.where(known, "ok", "not_evaluable").astype(object),
            "reason": pd.Series("unknown in the clinical table", index=range(len(known))).mask(known),
            "value": values,
            **same,
        }
    )


def assemble_features(pairs: Iterable[PairResult], clinical: pd.DataFrame | None) -> pd.DataFrame:
    """The long `feature` table, of every record and of the clinical table's own numbers."""
    rows = [row for pair in pairs for record in pair.records for row in _feature_rows(record)]
    found = frame_of(rows, FEATURE.names)
    if clinical is None:
        return found
    own = clinical_features(clinical).reindex(columns=list(FEATURE.names))
    return pd.concat([found, own], ignore_index=True) if len(found) else own
