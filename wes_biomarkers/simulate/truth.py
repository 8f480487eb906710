"""The truth of a simulated trial as files: truth.json and its tables; positions 0-based."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Any

from wes_biomarkers.io.files import write_json
from wes_biomarkers.simulate.consequence import consequence_of
from wes_biomarkers.simulate.layout import write_table
from wes_biomarkers.simulate.plan import Patient, Trial
from wes_biomarkers.simulate.reads import AlleleCounts
from wes_biomarkers.simulate.tumors import TumorSample

TRUTH_SCHEMA = "wes_biomarkers.truth/1"
VARIANT_COLUMNS = (
    "pair_id", "patient_id", "chrom", "pos", "ref", "alt", "kind", "gene", "consequence", "clone",
    "n_copy", "ccf", "purity", "expected_vaf", "n_ref", "n_alt", "n_ref_normal", "n_alt_normal",
)  # fmt: skip
GERMLINE_COLUMNS = ("patient_id", "chrom", "pos", "ref", "alt", "kind", "n_copy", "population_af", "listed")
PURITY_COLUMNS = (
    "pair_id",
    "patient_id",
    "sample_id",
    "timepoint",
    "purity",
    "clone",
    "parent",
    "prevalence",
    "ccf",
)


def write_truth(trial: Trial, counts: Mapping[str, AlleleCounts], in_clinic: Set[str], folder: Path) -> None:
    """truth.json, variants.tsv, germline.tsv and purity.tsv in a folder that is there.

    `counts`: fragments that show each allele, by sample id. `in_clinic`: patients of the clinical table.
    """
    truth = {
        "schema": TRUTH_SCHEMA,
        "level": "reads",
        "build": trial.genome.build,
        "seed": trial.parameters.seed,
        "parameters": trial.parameters.as_dict(),
        "patients": [_patient(patient, patient.patient_id in in_clinic) for patient in trial.patients],
    }
    write_json(folder / "truth.json", truth)
    pairs = [(patient, sample) for patient in trial.patients for sample in patient.tumor.samples]
    variants = (row for patient, sample in pairs for row in _variant_rows(trial, patient, sample, counts))
    write_table(folder / "variants.tsv", VARIANT_COLUMNS, variants)
    germline = (row for patient in trial.patients for row in _germline_rows(patient))
    write_table(folder / "germline.tsv", GERMLINE_COLUMNS, germline)
    purity = (row for patient, sample in pairs for row in _purity_rows(patient, sample))
    write_table(folder / "purity.tsv", PURITY_COLUMNS, purity)


def _patient(patient: Patient, in_clinic: bool) -> dict[str, Any]:
    pairs = [
        {
            "pair_id": patient.pair_id(sample),
            "tumor_sample_id": sample.sample_id,
            "timepoint": sample.timepoint,
        }
        for sample in patient.tumor.samples
    ]
    ids = {"patient_id": patient.patient_id, "normal_sample_id": patient.normal_id}
    return {**ids, "clinical": in_clinic, "pairs": pairs}


def _variant_rows(
    trial: Trial, patient: Patient, sample: TumorSample, counts: Mapping[str, AlleleCounts]
) -> Iterator[tuple[Any, ...]]:
    tumor = patient.tumor
    for item in tumor.variants:
        v = item.variant
        place = (patient.pair_id(sample), patient.patient_id, v.contig, v.pos, v.ref, v.alt, v.kind)
        ccf = tumor.cancer_cell_fraction(item.clone, sample)
        origin = (item.clone, len(item.copies), ccf, sample.purity, tumor.expected_vaf(item, sample))
        reads = (*counts[sample.sample_id][v], *counts[patient.normal_id][v])
        yield (*place, *consequence_of(trial.genome, v), *origin, *reads)


def _germline_rows(patient: Patient) -> Iterator[tuple[Any, ...]]:
    for g in patient.germline:
        v = g.variant
        place = (patient.patient_id, v.contig, v.pos, v.ref, v.alt, v.kind)
        yield (*place, len(g.copies), g.frequency, int(g.listed))


def _purity_rows(patient: Patient, sample: TumorSample) -> Iterator[tuple[Any, ...]]:
    ids = (patient.pair_id(sample), patient.patient_id, sample.sample_id, sample.timepoint, sample.purity)
    for clone in patient.tumor.clones:
        ccf = patient.tumor.cancer_cell_fraction(clone.name, sample)
        yield (*ids, clone.name, clone.parent, sample.prevalence[clone.name], ccf)
