"""Cohort tables from result folders and clinical tables: frames in, frames out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import pandas as pd

from wes_biomarkers import __version__
from wes_biomarkers.contracts.biomarkers import BIOMARKERS, VALUES, main_value
from wes_biomarkers.contracts.biomarkers.base import Biomarker
from wes_biomarkers.contracts.clinical import CLINICAL
from wes_biomarkers.contracts.record import Record
from wes_biomarkers.contracts.tables import FEATURE, PAIR, QC, SAMPLE, VARIANT
from wes_biomarkers.errors import Fault, InputError, ReferenceMismatchError
from wes_biomarkers.io.results import PairResult, StudyResult
from wes_biomarkers.join import Unmatched, conflicting_sex, join_clinical, match_patients

#: The definition id of features that come from the clinical table.
CLINICAL_DEFINITION = "clinical"


def _joined_flags(flags: Iterable[str]) -> str:
    return ";".join(sorted(flags))


def check_mixable(studies: Sequence[StudyResult]) -> None:
    """Refuse studies of different reference builds, or of one name but different sequence.

    Raises:
        ReferenceMismatchError: naming each folder with its build.
    """
    builds = {study.build for study in studies}
    sequences = {study.study["reference"].get("checksums", {}).get("fasta") for study in studies} - {None}
    if len(builds) <= 1 and len(sequences) <= 1:
        return
    remedy = "Build one cohort a reference, or add --allow-mixed."
    differ = "build" if len(builds) > 1 else "reference sequence under one build name"
    raise ReferenceMismatchError(
        Fault(f"made on {study.build}; the batches differ in {differ}", remedy, file=study.folder)
        for study in studies
    )


def check_pairs(studies: Sequence[StudyResult]) -> None:
    """Refuse a pair id or a differing sample that two folders share.

    Raises:
        InputError: listing each.
    """
    faults: list[Fault] = []
    pair_folders: dict[str, str] = {}
    samples: dict[str, tuple[dict[str, Any], str]] = {}
    for study in studies:
        for pair in study.pairs:
            pair_id = pair.row["pair_id"]
            if pair_id in pair_folders:
                rule = f"pair is also in {pair_folders[pair_id]}"
                faults.append(Fault(rule, "Give each pair once.", file=study.folder, value=pair_id))
            pair_folders.setdefault(pair_id, study.folder)
        for row in study.study["samples"]:
            own = _sample_row(row)
            known, folder = samples.setdefault(row["sample_id"], (own, study.folder))
            if known != own:
                remedy = "Mend the samplesheet of one run."
                rule = f"sample is described otherwise in {folder}"
                faults.append(Fault(rule, remedy, file=study.folder, value=row["sample_id"]))
    if faults:
        raise InputError(faults)


def _sample_row(row: Mapping[str, Any]) -> dict[str, Any]:
    data = {name: row.get(name) or None for name in SAMPLE.names}
    hla = row.get("hla")
    data["hla"] = (";".join(hla) if isinstance(hla, list) else hla) or None
    return data


def _frame(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(columns), dtype="object")


def assemble_samples(studies: Sequence[StudyResult]) -> pd.DataFrame:
    """The `sample` table: every sample once."""
    rows = {row["sample_id"]: _sample_row(row) for study in studies for row in study.study["samples"]}
    return _frame(rows.values(), SAMPLE.names)


def assemble_pairs(studies: Sequence[StudyResult]) -> pd.DataFrame:
    """The `pair` table, failed pairs included."""
    rows = [
        {name: pair.row.get(name) or None for name in PAIR.names} | {"build": study.build}
        for study in studies
        for pair in study.pairs
    ]
    return _frame(rows, PAIR.names)


def _wide_value(pair: PairResult, record: Record | None, biomarker: Biomarker) -> tuple[Any, str, str]:
    """(value, status, flags) of one wide column."""
    if pair.failed:
        return None, "failed", ""
    if record is None:
        return None, "not_requested", ""
    value, flags = record.values.get(biomarker.value), _joined_flags(record.flags)
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
    return _frame(rows, columns)


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
                "flags": _joined_flags(record.flags),
            }
            row |= {name: record.values.get(name) for name in QC.names if name not in row}
        elif pair.failed:
            row |= {"status": "failed", "reason": pair.row.get("reason") or "the pair failed"}
        else:
            row |= {"status": "not_requested", "reason": "the run wrote no quality record"}
        rows.append(row)
    return _frame(rows, QC.names)


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
            "flags": _joined_flags(record.flags),
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


def clinical_features(clinical: pd.DataFrame) -> Iterable[dict[str, Any]]:
    """The further numeric columns of a clinical table, as features of the patients under their own names."""
    for name in clinical.columns:
        if name in CLINICAL.by_name or not pd.api.types.is_float_dtype(clinical[name]):
            continue
        for patient, value in zip(clinical["patient_id"], clinical[name], strict=True):
            known = bool(pd.notna(value))
            yield {
                "patient_id": patient,
                "sample_id": "",
                "pair_id": "",
                "feature": name,
                "definition_id": CLINICAL_DEFINITION,
                "status": "ok" if known else "not_evaluable",
                "reason": None if known else "unknown in the clinical table",
                "flags": "",
                "name": name,
                "value": float(value) if known else None,
            }


def assemble_features(pairs: Iterable[PairResult], clinical: pd.DataFrame | None) -> pd.DataFrame:
    """The long `feature` table, of every record and of the clinical table's own numbers."""
    rows = [row for pair in pairs for record in pair.records for row in _feature_rows(record)]
    if clinical is not None:
        rows += clinical_features(clinical)
    return _frame(rows, FEATURE.names)


def assemble_variants(pairs: Iterable[PairResult]) -> pd.DataFrame:
    """The `variant` table: all calls of all pairs.

    Normalising can bring two records of a pair to one allele: the passing one, then the deeper, is kept.
    """
    frames = [pair.variants for pair in pairs if pair.variants is not None and len(pair.variants)]
    if not frames:
        return pd.DataFrame(columns=list(VARIANT.names), dtype="object")
    calls = pd.concat(frames, ignore_index=True)
    best = calls.sort_values(["is_pass", "t_depth"], ascending=False, kind="stable")
    return best.drop_duplicates(list(VARIANT.key)).sort_index()


def assemble_patients(
    samples: pd.DataFrame, pairs: pd.DataFrame, clinical: pd.DataFrame | None
) -> pd.DataFrame:
    """The `patient` table: whoever has a sample or a clinical row."""
    described = set() if clinical is None else set(clinical["patient_id"])
    sexes: dict[str, str] = {}
    for source in (clinical, samples):  # the samplesheet has the last word
        if source is not None and "sex" in source:
            known = source[source["sex"].isin(("female", "male"))]
            sexes |= dict(zip(known["patient_id"], known["sex"], strict=True))
    n_tumor = samples.loc[samples["role"] == "tumor", "patient_id"].value_counts()
    n_pair = pairs["patient_id"].value_counts()
    rows = [
        {
            "patient_id": patient,
            "sex": sexes.get(patient),
            "n_tumor_sample": int(n_tumor.get(patient, 0)),
            "n_pair": int(n_pair.get(patient, 0)),
            "has_clinical": patient in described,
        }
        for patient in sorted(set(samples["patient_id"]) | described)
    ]
    return _frame(rows, ("patient_id", "sex", "n_tumor_sample", "n_pair", "has_clinical"))


def assemble_cohort(
    studies: Sequence[StudyResult],
    clinical: pd.DataFrame | None = None,
    toxicity: pd.DataFrame | None = None,
    *,
    allow_mixed: bool = False,
) -> tuple[dict[str, pd.DataFrame], Unmatched]:
    """Every table of a cohort, not yet conformed to its contract, and the ids that matched nothing.

    Raises:
        ReferenceMismatchError: when the studies' builds differ and `allow_mixed` is not set.
        InputError: on a pair given twice, samples that contradict, or no common patient.
    """
    if not allow_mixed:
        check_mixable(studies)
    check_pairs(studies)
    samples, pairs = assemble_samples(studies), assemble_pairs(studies)
    results = [pair for study in studies for pair in study.pairs]
    tables = {"patient": assemble_patients(samples, pairs, clinical)}
    if studies:
        tables |= {
            "sample": samples,
            "pair": pairs,
            "biomarker": assemble_biomarkers(results),
            "qc": assemble_qc(results),
            "variant": assemble_variants(results),
        }
    tables["feature"] = assemble_features(results, clinical)
    unmatched = Unmatched()
    if clinical is not None:
        if studies:
            unmatched = match_patients(samples["patient_id"], clinical["patient_id"])
        tables["clinical"] = join_clinical(clinical, toxicity)
    if toxicity is not None:
        tables["toxicity"] = toxicity
    strangers = (
        set() if toxicity is None else set(toxicity["patient_id"]) - set(tables["patient"]["patient_id"])
    )
    return tables, replace(
        unmatched,
        toxicity_without_patient=tuple(sorted(strangers)),
        conflicting_sex=() if clinical is None else conflicting_sex(samples, clinical),
    )


def _versions(studies: Sequence[StudyResult]) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for study in studies:
        for tool, version in study.study["tools"].items():
            found.setdefault(tool, set()).add(str(version))
    return {tool: ", ".join(sorted(versions)) for tool, versions in sorted(found.items())}


def assemble_manifest(
    studies: Sequence[StudyResult],
    tables: Mapping[str, pd.DataFrame],
    unmatched: Unmatched,
    inputs: Mapping[str, str],
    n_excluded: int,
) -> dict[str, Any]:
    """cohort.json without its list of tables: builds, versions, inputs' checksums, flow, unmatched ids."""
    builds = sorted({study.build for study in studies})
    pairs = tables.get("pair")
    n_failed = 0 if pairs is None else int((pairs["status"] == "failed").sum())
    clinical = tables.get("clinical")
    return {
        "code_version": __version__,
        "build": builds[0] if len(builds) == 1 else None,
        "builds": builds,
        "synthetic": any(bool(study.study["reference"].get("synthetic")) for study in studies),
        "tools": _versions(studies),
        "studies": [
            {
                "digest": study.digest,
                "reference": dict(study.study["reference"]),
                "parameters": dict(study.study["parameters"]),
                "n_pair": len(study.pairs),
            }
            for study in sorted(studies, key=lambda study: study.digest)
        ],
        "inputs": dict(sorted(inputs.items())),
        "counts": {
            "n_patient": len(tables["patient"]),
            "n_sequenced_patient": int(tables["sample"]["patient_id"].nunique()) if "sample" in tables else 0,
            "n_clinical_patient": 0 if clinical is None else len(clinical),
            "n_sample": len(tables["sample"]) if "sample" in tables else 0,
            "n_pair": 0 if pairs is None else len(pairs),
            "n_failed_pair": n_failed,
            "n_excluded_patient": n_excluded,
        },
        "unmatched": {name: list(ids) for name, ids in asdict(unmatched).items()},
    }


#: Specimens in the order in which one stands for a patient.
_SPECIMEN_ORDER = ("tissue", "ffpe", "plasma", "urine")


def baseline_pairs(biomarker: pd.DataFrame) -> pd.DataFrame:
    """One pair a patient for comparisons with outcome.

    It is of the time point `baseline`: tissue before FFPE before plasma before urine, then by pair id. Later
    time points never stand in: whoever has one has lived to give it. The choice does not look at values.
    """
    frame = biomarker[biomarker["timepoint"].fillna("baseline") == "baseline"]
    rank = frame["specimen"].map({name: index for index, name in enumerate(_SPECIMEN_ORDER)})
    order = frame.assign(_rank=rank.fillna(len(_SPECIMEN_ORDER))).sort_values(
        ["patient_id", "_rank", "pair_id"]
    )
    return order.drop(columns="_rank").drop_duplicates("patient_id").reset_index(drop=True)
