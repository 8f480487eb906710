"""Planted variants: where they may lie, and what bcftools makes of their form and consequence."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.simulate.consequence import NONSYNONYMOUS, consequence_of
from wes_biomarkers.simulate.layout import write_reference
from wes_biomarkers.simulate.parameters import Parameters, PopulationParameters, TumorParameters
from wes_biomarkers.simulate.plan import Trial, plan_trial
from wes_biomarkers.simulate.streams import stream
from wes_biomarkers.simulate.variants import Variant, make_germline, random_indel

CSQ_NONSYNONYMOUS = {
    "missense", "stop_gained", "stop_lost", "start_lost", "frameshift", "inframe_deletion",
    "inframe_insertion", "splice_donor", "splice_acceptor", "inframe_altering",
}  # fmt: skip


def _in_targets(trial: Trial, variant: Variant, edge: int) -> bool:
    spans = trial.genome.targets[variant.contig]
    return any(span.start + edge <= variant.pos and variant.end <= span.end - edge for span in spans)


def test_somatic_variants_keep_their_distances(default_trial: Trial) -> None:
    rules = default_trial.parameters.tumor
    inherited = {site.variant for site in default_trial.sites}
    for patient in default_trial.patients:
        planted = [item.variant for item in patient.tumor.variants]
        for first, second in pairwise(sorted(planted)):
            assert first.contig != second.contig or second.pos - first.end >= rules.min_distance - 1
        near = inherited | {genotype.variant for genotype in patient.germline}
        by_place = {(v.contig, v.pos + i) for v in near for i in range(len(v.ref))}
        for variant in planted:
            around = range(variant.pos - rules.germline_distance, variant.end + rules.germline_distance)
            assert not by_place & {(variant.contig, pos) for pos in around}
            assert _in_targets(default_trial, variant, edge=0)
            assert default_trial.genome.contigs[variant.contig][variant.pos : variant.end] == variant.ref


def test_the_trial_has_what_the_demonstration_shows(default_trial: Trial) -> None:
    assert len(default_trial.patients) == 8
    kinds = [[item.variant.kind for item in p.tumor.variants] for p in default_trial.patients]
    assert max(one.count("snv") for one in kinds) > 50
    assert all({"snv", "indel"} <= set(one) for one in kinds)
    assert any("mnv" in one for one in kinds)
    assert [len(p.tumor.samples) for p in default_trial.patients].count(2) == 1
    vafs = [p.tumor.expected_vaf(v, s) for p in default_trial.patients for s in p.tumor.samples
            for v in p.tumor.variants]  # fmt: skip
    assert 0 < min(v for v in vafs if v) <= 0.06 and max(vafs) >= 0.6
    sizes = [
        abs(len(v.variant.ref) - len(v.variant.alt)) for p in default_trial.patients for v in p.tumor.variants
    ]
    assert max(sizes) <= default_trial.parameters.tumor.max_indel


def test_clones_add_up(default_trial: Trial) -> None:
    for patient in default_trial.patients:
        for sample in patient.tumor.samples:
            assert sum(sample.prevalence.values()) == pytest.approx(1)
            fractions = {
                c.name: patient.tumor.cancer_cell_fraction(c.name, sample) for c in patient.tumor.clones
            }
            assert fractions["A"] == pytest.approx(1)
            for clone in patient.tumor.clones:
                assert not clone.parent or fractions[clone.name] <= fractions[clone.parent]


def test_germline_follows_the_population(default_trial: Trial) -> None:
    common = [site for site in default_trial.sites if site.frequency >= 0.2]
    wanted = sum(site.frequency for site in common) / len(common)
    variants = {site.variant for site in common}
    n_copy = [
        sum(len(g.copies) for g in make_germline(default_trial.genome, list(default_trial.sites),
                                                 PopulationParameters(n_private=0), 3, f"X{i}")
            if g.variant in variants)
        for i in range(10)
    ]  # fmt: skip
    assert sum(n_copy) / (20 * len(common)) == pytest.approx(wanted, abs=0.01)


def test_a_patient_does_not_depend_on_how_many_there_are(tiny_parameters: Parameters) -> None:
    few, more = plan_trial(tiny_parameters), plan_trial(replace(tiny_parameters, n_patient=4))
    assert few.patients == more.patients[:2]


def test_too_many_variants_are_refused(tiny_parameters: Parameters) -> None:
    crowded = replace(tiny_parameters, tumor=TumorParameters(n_snv=(500, 500)))
    with pytest.raises(InputError, match="do not hold"):
        plan_trial(crowded)


@pytest.fixture(scope="module")
def reference(default_trial: Trial, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("genome") / "reference"
    write_reference(default_trial.genome, default_trial.sites, folder)
    subprocess.run(["samtools", "faidx", folder / "genome.fa"], check=True)
    return folder


def _vcf(trial: Trial, variants: list[Variant]) -> str:
    contigs = [f"##contig=<ID={name},length={len(bases)}>" for name, bases in trial.genome.contigs.items()]
    lines = ["##fileformat=VCFv4.2", *contigs, "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    lines += [f"{v.contig}\t{v.pos + 1}\t{i}\t{v.ref}\t{v.alt}\t.\t.\t." for i, v in enumerate(variants)]
    return "\n".join(lines) + "\n"


def test_variants_are_in_the_normal_form_of_bcftools(default_trial: Trial, reference: Path) -> None:
    rng = stream(1, "test")
    variants = [item.variant for p in default_trial.patients for item in p.tumor.variants]
    variants += [site.variant for site in default_trial.sites]
    for contig, sequence in default_trial.genome.contigs.items():
        for pos in rng.integers(200, len(sequence) - 200, size=400).tolist():
            variants.append(random_indel(rng, contig, sequence, pos, 15))
    variants = sorted({v for v in variants if v.ref != v.alt})
    command = ["bcftools", "norm", "-f", str(reference / "genome.fa"), "-"]
    done = subprocess.run(
        command, input=_vcf(default_trial, variants), capture_output=True, text=True, check=True
    )
    rows = [line.split("\t") for line in done.stdout.splitlines() if not line.startswith("#")]
    assert sorted(Variant(r[0], int(r[1]) - 1, r[3], r[4]) for r in rows) == variants


def test_consequences_agree_with_bcftools_csq(default_trial: Trial, reference: Path) -> None:
    wanted: dict[Variant, str] = {}
    rng = stream(2, "test")
    for patient in default_trial.patients:
        for item in patient.tumor.variants:
            wanted[item.variant] = consequence_of(default_trial.genome, item.variant)[1]
    for gene in default_trial.genome.genes[::4]:
        sequence = default_trial.genome.contigs[gene.contig]
        for part in gene.transcripts[0].coding:
            for pos in (part.start - 2, part.start, part.end - 1, part.end + 1, (part.start + part.end) // 2):
                alt = "ACGT".replace(sequence[pos], "")[int(rng.integers(3))]
                variant = Variant(gene.contig, pos, sequence[pos], alt)
                wanted[variant] = consequence_of(default_trial.genome, variant)[1]
    variants = sorted(wanted)
    command = ["bcftools", "csq", "--local-csq", "-f", str(reference / "genome.fa"), "-g",
               str(reference / "genes.gff3"), "-"]  # fmt: skip
    done = subprocess.run(
        command, input=_vcf(default_trial, variants), capture_output=True, text=True, check=True
    )
    n_compared = 0
    for line in done.stdout.splitlines():
        if line.startswith("#"):
            continue
        fields = line.split("\t")
        variant = Variant(fields[0], int(fields[1]) - 1, fields[3], fields[4])
        entries = (
            [e.split("|") for e in fields[7].removeprefix("BCSQ=").split(",")] if "BCSQ" in fields[7] else []
        )
        mane = {term for e in entries if len(e) > 2 and e[2].endswith(".1") for term in e[0].split("&")}
        theirs = bool(mane & CSQ_NONSYNONYMOUS)
        assert theirs == (wanted[variant] in NONSYNONYMOUS), (line, wanted[variant])
        # csq 1.16 names doublets over two codons and indels in the start codon otherwise, of the same class.
        named = wanted[variant] in ("missense", "synonymous", "stop_gained", "frameshift")
        if len(mane) == 1 and named and variant.kind == "snv":
            assert {term.replace("stop_retained", "synonymous") for term in mane} == {wanted[variant]}, line
            n_compared += 1
    assert n_compared > 100
