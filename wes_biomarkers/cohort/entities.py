"""The tables of patients, samples and pairs, and what batches must agree on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from wes_biomarkers.cohort.frames import frame_of
from wes_biomarkers.contracts.tables import PAIR, SAMPLE
from wes_biomarkers.errors import Fault, InputError, ReferenceMismatchError
from wes_biomarkers.io.results import StudyResult


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


def assemble_samples(studies: Sequence[StudyResult]) -> pd.DataFrame:
    """The `sample` table: every sample once."""
    rows = {row["sample_id"]: _sample_row(row) for study in studies for row in study.study["samples"]}
    return frame_of(rows.values(), SAMPLE.names)


def assemble_pairs(studies: Sequence[StudyResult]) -> pd.DataFrame:
    """The `pair` table, failed pairs included."""
    rows = [
        {name: pair.row.get(name) or None for name in PAIR.names} | {"build": study.build}
        for study in studies
        for pair in study.pairs
    ]
    return frame_of(rows, PAIR.names)


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
    return frame_of(rows, ("patient_id", "sex", "n_tumor_sample", "n_pair", "has_clinical"))
