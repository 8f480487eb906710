"""A cohort as a study folder that cBioPortal loads, by the formats of docs.cbioportal.org/file-formats.

No date of a patient is written: the portal shows what it is given. Genes have their symbols only; the portal looks
up their Entrez ids.
"""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from wes_biomarkers.contracts.clinical import CLINICAL
from wes_biomarkers.contracts.tables import COHORT_CLINICAL, TABLES
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.exporters.cbioportal_files import (
    UCSC,
    Exported,
    StudyNames,
    write_cases,
    write_data_meta,
    write_lines,
    write_meta,
)
from wes_biomarkers.io.exporters.cbioportal_genome import write_levels, write_mutations, write_segments
from wes_biomarkers.io.importers.results_folder import BUILDS

#: Words of survival status; the number before the colon is what counts.
STATUS: Mapping[str, tuple[str, str]] = {
    "os": ("0:LIVING", "1:DECEASED"),
    "pfs": ("0:CENSORED", "1:PROGRESSION"),
    "dfs": ("0:DiseaseFree", "1:Recurred/Progressed"),
}
#: Attributes the portal makes itself and refuses.
BANNED = ("MUTATION_COUNT", "FRACTION_GENOME_ALTERED")
#: Sample that stands for a patient without a sequenced tumour: the portal shows patients by their samples.
STAND_IN = "_not_sequenced"


def check_target(folder: Path, names: StudyNames) -> None:
    """Refuse a folder of other things, and an id the portal would refuse.

    Raises:
        InputError: naming which.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]+", names.study_id):
        raise InputError(f"study id {names.study_id!r} is not of letters, digits, _ and -", "Choose another.")
    is_study = (folder / "meta_study.txt").is_file()
    if folder.exists() and not (folder.is_dir() and (is_study or not any(folder.iterdir()))):
        remedy = "Choose another name; only the folder of a study is replaced."
        raise InputError([Fault("exists and is not the folder of a study", remedy, file=str(folder))])


def export_study(
    tables: Mapping[str, pd.DataFrame], build: str | None, folder: Path, names: StudyNames
) -> Exported:
    """Write a study: patients, samples, mutations, copy number, segments, case lists, and their meta files.

    Args:
        tables: the cohort's tables.
        build: its reference build; the portal takes human ones only.
        folder: where to; an earlier study there is replaced.
        names: what the portal shows.
    """
    done = Exported()
    genome = BUILDS.get(build or "")
    if folder.exists():
        shutil.rmtree(folder)
    (folder / "case_lists").mkdir(parents=True)
    study = {
        "type_of_cancer": names.cancer_type, "cancer_study_identifier": names.study_id, "name": names.name,
        "description": names.description, "add_global_case_list": "true",
    }  # fmt: skip
    if genome is None:
        done.left_out.append(f"reference genome {build}: cBioPortal knows GRCh37 and GRCh38 alone")
    else:
        study["reference_genome"] = UCSC[genome]
    write_meta(folder / "meta_study.txt", study)
    tumors = _tumors(tables)
    _write_patients(tables, folder, names, done)
    _write_samples(tables, tumors, folder, names, done)
    sequenced = tumors.loc[tumors["status"] == "ok", "tumor_sample_id"].tolist()
    if "variant" in tables:
        write_mutations(tables["variant"], tumors, genome or build or "", folder, names, done)
        write_cases(folder, names, "sequenced", "Samples with mutation data", sequenced)
    if "gene_copy" in tables and tables["gene_copy"]["call"].notna().any():
        write_levels(tables["gene_copy"], tumors, folder, names, done)
    if "segment" in tables and len(tables["segment"]) and genome is not None:
        write_segments(tables["segment"], tumors, genome, folder, names, done)
    return done


def _tumors(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The pairs, one a tumour: the first that went through."""
    columns = ["patient_id", "pair_id", "tumor_sample_id", "normal_sample_id", "specimen", "timepoint", "targets",
               "status"]  # fmt: skip
    if "pair" not in tables:
        return pd.DataFrame(columns=columns, dtype="object")
    pairs = tables["pair"][columns].sort_values(["status", "pair_id"], ascending=[False, True])
    return pairs.drop_duplicates("tumor_sample_id").sort_values("pair_id", ignore_index=True)


# --- clinical -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Attribute:
    """A column of a clinical file: its name, what it means, STRING or NUMBER, and its cells by row."""

    name: str
    doc: str
    datatype: str
    cells: list[str]


def _text(value: Any) -> str:
    """A cell, numbers as plain decimals; NA where unknown."""
    if value is None or pd.isna(value):
        return "NA"
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f").removesuffix(".0") if math.isfinite(value) else "NA"
    return " ".join(str(value).split()) or "NA"


def _attribute(name: str, values: pd.Series, doc: str) -> _Attribute:
    is_bool = pd.api.types.is_bool_dtype(values)
    is_number = pd.api.types.is_numeric_dtype(values) and not is_bool
    if is_bool:
        values = values.map({True: "TRUE", False: "FALSE"})
    kind = "BOOLEAN" if is_bool else "NUMBER" if is_number else "STRING"
    return _Attribute(name, doc, kind, [_text(value) for value in values])


def _write_clinical(folder: Path, name: str, attributes: Sequence[_Attribute]) -> None:
    """A data file with its four lines of description."""
    described = [
        [attribute.name.replace("_", " ").capitalize() for attribute in attributes],
        [" ".join(attribute.doc.split()) or attribute.name for attribute in attributes],
        [attribute.datatype for attribute in attributes],
        ["1" for _ in attributes],
    ]
    heads = [["#" + cells[0], *cells[1:]] for cells in described]
    rows = zip(*(attribute.cells for attribute in attributes), strict=True)
    heading = [attribute.name for attribute in attributes]
    write_lines(folder / f"data_{name}.txt", [*heads, heading, *rows])


def _write_patients(
    tables: Mapping[str, pd.DataFrame], folder: Path, names: StudyNames, done: Exported
) -> None:
    patients = tables["patient"][["patient_id", "sex"]]
    clinical = tables.get("clinical")
    frame = patients if clinical is None else patients[["patient_id"]].merge(
        clinical.drop(columns="sex", errors="ignore").merge(patients, on="patient_id"), on="patient_id", how="left"
    )  # fmt: skip
    dates = [name for name in frame if pd.api.types.is_datetime64_any_dtype(frame[name])]
    n_date = sum(bool(frame[name].notna().any()) for name in dates)
    done.leave(n_date, "columns of dates", "a patient's dates are not given to a portal")
    attributes = [_Attribute("PATIENT_ID", "Patient", "STRING", frame["patient_id"].tolist())]
    for name in map(str, frame.columns):
        if name == "patient_id" or name in dates or not frame[name].notna().any():
            continue
        kind = name.removesuffix("_event")
        doc = COHORT_CLINICAL.by_name[name].doc if name in COHORT_CLINICAL.by_name else name
        if kind != name and f"{kind}_months" in frame:
            attributes.append(_status(kind, frame[name], doc))
        elif (attribute := _attribute(name.upper(), frame[name], doc)).name not in BANNED:
            attributes.append(attribute)
    done.counts["n_patient"] = len(frame)
    if len(attributes) == 1:
        return  # the file is optional: the samples name their patients
    _write_clinical(folder, "clinical_patient", attributes)
    data = {"data_filename": "data_clinical_patient.txt"}
    write_data_meta(folder, "clinical_patient", names.study_id, "CLINICAL/PATIENT_ATTRIBUTES", data)


def _status(kind: str, events: pd.Series, doc: str) -> _Attribute:
    """An event column as the portal's survival status."""
    no, yes = STATUS.get(kind, ("0:CENSORED", "1:EVENT"))
    words = {True: yes, False: no, "true": yes, "false": no}
    return _Attribute(f"{kind.upper()}_STATUS", doc, "STRING", [
        "NA" if pd.isna(value) else words[value] for value in events.tolist()])  # fmt: skip


def _write_samples(
    tables: Mapping[str, pd.DataFrame],
    tumors: pd.DataFrame,
    folder: Path,
    names: StudyNames,
    done: Exported,
) -> None:
    """Tumours with their biomarkers, and a stand-in for each patient without one."""
    without = sorted(set(tables["patient"]["patient_id"]) - set(tumors["patient_id"]))
    done.counts |= {"n_sample": len(tumors), "n_stand_in": len(without)}
    frame = tumors.rename(columns={"normal_sample_id": "matched_normal"})
    if "biomarker" in tables:
        biomarkers = tables["biomarker"].drop(
            columns=["patient_id", "timepoint", "specimen"], errors="ignore"
        )
        told = [name for name in biomarkers if not str(name).endswith(("_status", "_flags"))]
        frame = frame.merge(biomarkers[told], on="pair_id", how="left")
    blank = {"patient_id": without, "tumor_sample_id": [patient + STAND_IN for patient in without]}
    frame = pd.concat([frame, pd.DataFrame(blank)], ignore_index=True) if without else frame
    attributes = [
        _Attribute("PATIENT_ID", "Patient", "STRING", frame["patient_id"].tolist()),
        _Attribute("SAMPLE_ID", "Sample", "STRING", frame["tumor_sample_id"].tolist()),
        _Attribute("SEQUENCED", "The tumour was sequenced and went through", "STRING",
                   ["Yes" if word == "ok" else "No" for word in frame["status"].fillna("")]),
    ]  # fmt: skip
    docs = {column.name: column.doc for column in TABLES["biomarker"].columns}
    skipped = {"patient_id", "tumor_sample_id", "status", "pair_id"}
    for name in map(str, frame.columns):
        if name in skipped or name.upper() in BANNED or not frame[name].notna().any():
            continue
        if name in CLINICAL.by_name:
            continue  # an attribute belongs to the patient or to the sample
        attributes.append(_attribute(name.upper(), frame[name], docs.get(name, name)))
    _write_clinical(folder, "clinical_sample", attributes)
    data = {"data_filename": "data_clinical_sample.txt"}
    write_data_meta(folder, "clinical_sample", names.study_id, "CLINICAL/SAMPLE_ATTRIBUTES", data)
