"""The truth of a simulated trial as files: truth.json and its tables; positions 0-based."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Any

from wes_biomarkers.io.files import write_json
from wes_biomarkers.simulate.consequence import consequence_of
from wes_biomarkers.simulate.copies import segment_at
from wes_biomarkers.simulate.hla_family import HLA_CONTIG
from wes_biomarkers.simulate.hla_genes import locus_of
from wes_biomarkers.simulate.layout import write_table
from wes_biomarkers.simulate.plan import Patient, Trial
from wes_biomarkers.simulate.reads import AlleleCounts
from wes_biomarkers.simulate.tumors import TumorSample

TRUTH_SCHEMA = "wes_biomarkers.truth/2"
VARIANT_COLUMNS = (
    "pair_id", "patient_id", "chrom", "pos", "ref", "alt", "kind", "gene", "consequence", "clone", "parent",
    "timing", "multiplicity", "total_cn", "minor_cn", "ccf", "purity", "expected_vaf", "signature",
    "n_ref", "n_alt", "n_ref_normal", "n_alt_normal",
)  # fmt: skip
GERMLINE_COLUMNS = ("patient_id", "chrom", "pos", "ref", "alt", "kind", "n_copy", "population_af", "listed")
PURITY_COLUMNS = (
    "pair_id", "patient_id", "sample_id", "timepoint", "purity", "ploidy", "wgd", "clone", "parent",
    "prevalence", "ccf",
)  # fmt: skip
SEGMENT_COLUMNS = (
    "pair_id", "patient_id", "chrom", "start", "end", "total_cn", "minor_cn", "clone", "ccf",
    "base_total_cn", "base_minor_cn",
)  # fmt: skip
MICROSATELLITE_COLUMNS = (
    "patient_id", "chrom", "start", "end", "motif", "n_repeat", "unstable", "shift_1", "shift_2",
)  # fmt: skip
SIGNATURE_COLUMNS = ("pair_id", "patient_id", "signature", "n_snv", "exposure")
HLA_COLUMNS = ("patient_id", "locus", "allele_1", "allele_2")
HLA_LOH_COLUMNS = (
    "pair_id",
    "patient_id",
    "locus",
    "allele_1",
    "allele_2",
    "cn_1",
    "cn_2",
    "state",
    "lost_allele",
)
GENE_COLUMNS = ("pair_id", "patient_id", "gene", "gene_id", "event", "n_stop", "total_cn", "minor_cn")


def write_truth(trial: Trial, counts: Mapping[str, AlleleCounts], in_clinic: Set[str], folder: Path) -> None:
    """truth.json and the tables beside it, in a folder that is there.

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
    repeats = (row for patient in trial.patients for row in _microsatellite_rows(trial, patient))
    write_table(folder / "microsatellites.tsv", MICROSATELLITE_COLUMNS, repeats)
    types = (row for patient in trial.patients for row in _hla_rows(patient))
    write_table(folder / "hla.tsv", HLA_COLUMNS, types)
    for name, columns, rows_of in (
        ("hla_loh", HLA_LOH_COLUMNS, _hla_loh_rows),
        ("purity", PURITY_COLUMNS, _purity_rows),
        ("segments", SEGMENT_COLUMNS, _segment_rows),
        ("signatures", SIGNATURE_COLUMNS, _signature_rows),
        ("genes", GENE_COLUMNS, _gene_rows),
    ):
        rows = (row for patient, sample in pairs for row in rows_of(patient, sample))
        write_table(folder / f"{name}.tsv", columns, rows)


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
    msi = "high" if patient.tumor.shifted else "stable"
    return {**ids, "clinical": in_clinic, "msi_class": msi, "pairs": pairs}


def _variant_rows(
    trial: Trial, patient: Patient, sample: TumorSample, counts: Mapping[str, AlleleCounts]
) -> Iterator[tuple[Any, ...]]:
    tumor = patient.tumor
    for item in tumor.variants:
        v = item.variant
        place = (patient.pair_id(sample), patient.patient_id, v.contig, v.pos, v.ref, v.alt, v.kind)
        origin = (item.clone, item.parent + 1, "early" if item.early else "late")
        copies = tumor.copies(v.contig, v.pos, item.clone)
        state = (tumor.multiplicity(item, item.clone), sum(copies), min(copies))
        ccf, vaf = tumor.carrying_fraction(item, sample), tumor.expected_vaf(item, sample)
        reads = (*counts[sample.sample_id][v], *counts[patient.normal_id][v])
        measured = (ccf, sample.purity, vaf, item.signature, *reads)
        yield (*place, *consequence_of(trial.genome, v), *origin, *state, *measured)


def _germline_rows(patient: Patient) -> Iterator[tuple[Any, ...]]:
    for g in patient.germline:
        v = g.variant
        place = (patient.patient_id, v.contig, v.pos, v.ref, v.alt, v.kind)
        yield (*place, len(g.copies), g.frequency, int(g.listed))


def _microsatellite_rows(trial: Trial, patient: Patient) -> Iterator[tuple[Any, ...]]:
    shifts = {(item.contig, item.tract.span.start): item.shifts for item in patient.tumor.shifted}
    for gene in trial.genome.genes:
        for tract in gene.tracts:
            start, end = tract.span.start, tract.span.end
            shift = shifts.get((gene.contig, start), (0, 0))
            place = (patient.patient_id, gene.contig, start, end, tract.motif, tract.n_repeat)
            yield (*place, int(shift != (0, 0)), *shift)


def _hla_rows(patient: Patient) -> Iterator[tuple[str, ...]]:
    for symbol, (first, second) in patient.hla.items():
        yield patient.patient_id, locus_of(symbol), first.two_field, second.two_field


def _hla_loh_rows(patient: Patient, sample: TumorSample) -> Iterator[tuple[Any, ...]]:
    """Copies of each parent's allele in the cancer cells; `loss` of one where none is left."""
    copies = next(s for s in patient.tumor.segments if s.contig == HLA_CONTIG).copies
    for locus, *alleles in (row[1:] for row in _hla_rows(patient)):
        lost = [allele for allele, n in zip(alleles, copies, strict=True) if n == 0]
        state = "homozygous" if len(set(alleles)) == 1 else "loss" if lost else "kept"
        ids = (patient.pair_id(sample), patient.patient_id, locus)
        yield (*ids, *alleles, *copies, state, ";".join(lost) if state == "loss" else "")


def _purity_rows(patient: Patient, sample: TumorSample) -> Iterator[tuple[Any, ...]]:
    tumor = patient.tumor
    ids = (patient.pair_id(sample), patient.patient_id, sample.sample_id, sample.timepoint)
    whole = (sample.purity, tumor.ploidy(sample), int(tumor.doubled))
    for clone in tumor.clones:
        ccf = tumor.cancer_cell_fraction(clone.name, sample)
        yield (*ids, *whole, clone.name, clone.parent, sample.prevalence[clone.name], ccf)


def _segment_rows(patient: Patient, sample: TumorSample) -> Iterator[tuple[Any, ...]]:
    for s in patient.tumor.segments:
        ids = (patient.pair_id(sample), patient.patient_id, s.contig, s.start, s.end)
        ccf = patient.tumor.cancer_cell_fraction(s.clone, sample)
        yield (*ids, sum(s.copies), min(s.copies), s.clone, ccf, sum(s.base), min(s.base))


def _signature_rows(patient: Patient, sample: TumorSample) -> Iterator[tuple[Any, ...]]:
    """The SNVs that each signature drew, among those some cancer cell of the sample carries."""
    drawn = Counter(
        item.signature
        for item in patient.tumor.variants
        if item.signature and patient.tumor.carrying_fraction(item, sample) > 0
    )
    for signature, n_snv in sorted(drawn.items()):
        exposure = round(n_snv / drawn.total(), 6)
        yield (patient.pair_id(sample), patient.patient_id, signature, n_snv, exposure)


def _gene_rows(patient: Patient, sample: TumorSample) -> Iterator[tuple[Any, ...]]:
    tumor = patient.tumor
    for driver in tumor.drivers:
        n_stop = sum(item.driver == driver.symbol for item in tumor.variants)
        copies = segment_at(tumor.segments, driver.contig, driver.pos).copies
        ids = (patient.pair_id(sample), patient.patient_id, driver.symbol, driver.gene_id, driver.event)
        yield (*ids, n_stop, sum(copies), min(copies))
