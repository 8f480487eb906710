"""The invented HLA family: its files judged with Biopython, its alleles counted base by base."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from Bio import SeqIO
from Bio.Seq import Seq

from wes_biomarkers.errors import InputError
from wes_biomarkers.io.samplesheet import read_study
from wes_biomarkers.simulate.genes import gff3_lines
from wes_biomarkers.simulate.hla_family import GAP, HLA_CONTIG, FamilyLocus, make_family
from wes_biomarkers.simulate.hla_files import LENT, write_hla
from wes_biomarkers.simulate.parameters import HlaParameters, Parameters, check_parameters
from wes_biomarkers.simulate.plan import Trial, make_mixture, plan_trial
from wes_biomarkers.simulate.trial import draw_sample, simulate_reads

GENES = ("SIMA", "SIMB", "SIMC", "SIMDRB1")
LENGTHS = {"SIMA": (73, 270, 276, 276), "SIMDRB1": (100, 270, 282, 111)}
#: Coding bases of exons 2 and 3, or 2, in a whole allele.
ANTIGEN = {"SIMA": (73, 619), "SIMB": (73, 619), "SIMC": (73, 619), "SIMDRB1": (100, 370)}
READ = 100


@pytest.fixture(scope="module")
def folder(default_trial: Trial, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("family") / "hla"
    write_hla(default_trial.family, out)
    return out


def _entries(folder: Path, gene: str, kind: str) -> dict[str, str]:
    """Bases by full name."""
    records = SeqIO.parse(folder / f"{gene}_{kind}.fasta", "fasta")
    return {record.description.split()[1]: str(record.seq) for record in records}


def _two_field(name: str) -> str:
    return ":".join(name.split(":")[:2])


def _distance(one: str, other: str) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


def test_names_are_never_real_and_sorted(folder: Path) -> None:
    for gene in GENES:
        names = list(_entries(folder, gene, "nuc"))
        assert names == sorted(names)
        assert all(re.fullmatch(rf"{gene}\*\d\d(:\d\d){{1,3}}", name) for name in names)
        assert 12 <= len({_two_field(name) for name in names}) <= 20
        assert {name.count(":") for name in names} == {1, 2, 3}
    headings = [
        line for path in folder.glob("*.fasta") for line in path.read_text().splitlines() if ">" in line
    ]
    assert all(re.fullmatch(r">SIM:SIM\d{5} \S+ \d+ bp", line) for line in headings)


@pytest.mark.parametrize("gene", GENES)
def test_alleles_are_proteins_of_their_own(folder: Path, gene: str) -> None:
    start, end = ANTIGEN[gene]
    proteins: dict[str, str] = {}
    antigen: dict[str, str] = {}
    coding = _entries(folder, gene, "nuc")
    for name, bases in coding.items():
        if len(bases) == end - start:
            assert name == list(coding)[-1]
            inside = bases[-start % 3 :]
            assert "*" not in Seq(inside[: len(inside) // 3 * 3]).translate()
            antigen[_two_field(name)] = bases
            continue
        protein = str(Seq(bases).translate())
        assert protein.startswith("M") and protein.index("*") == len(protein) - 1
        assert proteins.setdefault(_two_field(name), protein) == protein, "a synonym has another protein"
        antigen.setdefault(_two_field(name), bases[start:end])
    assert len(set(proteins.values())) == len(proteins)
    assert len(set(antigen.values())) == len(antigen)


@pytest.mark.parametrize("gene", GENES)
def test_groups_are_farther_apart_than_their_alleles(folder: Path, gene: str) -> None:
    start, end = ANTIGEN[gene]
    found: dict[bool, list[float]] = {True: [], False: []}
    whole = {n: b for n, b in _entries(folder, gene, "nuc").items() if len(b) > end}
    for one, other in combinations(whole, 2):
        share = _distance(whole[one][start:end], whole[other][start:end]) / (end - start)
        if _two_field(one) != _two_field(other):
            found[one.split(":")[0] == other.split(":")[0]].append(share)
    assert 0.03 <= np.mean(found[False]) <= 0.05 and min(found[False]) > 0.01
    # three residues, and a synonymous base
    assert min(found[True]) > 0 and max(found[True]) <= 4 / 270


def test_paralogues_are_related_and_reads_are_nearest_to_their_own_gene(folder: Path) -> None:
    genomic = {gene: _entries(folder, gene, "gen") for gene in GENES[:3]}
    reference = {gene: entries[f"{gene}*01:01:01:01"] for gene, entries in genomic.items()}
    for one, other in combinations(reference.values(), 2):
        assert 0.85 <= 1 - _distance(one, other) / len(one) <= 0.92
    for gene, entries in genomic.items():
        others_here = [text for name, text in reference.items() if name != gene]
        for bases in entries.values():
            for place, (new, old) in enumerate(zip(bases, reference[gene], strict=True)):
                assert new == old or new not in {text[place] for text in others_here}
            for start in range(0, len(bases) - READ, 20):
                own = _distance(bases[start : start + READ], reference[gene][start : start + READ])
                others = [
                    _distance(bases[start : start + READ], text[start : start + READ]) for text in others_here
                ]
                assert own <= 10 and min(others) - own >= 5


def test_exons_are_as_long_as_said(default_trial: Trial, folder: Path) -> None:
    table = [line.split("\t") for line in (folder / "exon_lengths.tsv").read_text().splitlines()]
    assert [row[0] for row in table] == ["locus", "A", "B", "C", "DRB1"]
    lengths = {f"SIM{row[0]}": tuple(map(int, row[1:])) for row in table[1:]}
    for locus in default_trial.family.loci:
        rows = [line.split("\t") for line in gff3_lines(locus.gene)]
        coding = [int(row[4]) - int(row[3]) + 1 for row in rows if row[2] == "CDS"]
        assert tuple(coding) == lengths[locus.gene.symbol]
        assert lengths[locus.gene.symbol][:4] == LENGTHS.get(locus.gene.symbol, LENGTHS["SIMA"])
        assert f"Name={locus.gene.symbol};" in rows[0][8]


def test_every_allele_borrows_from_a_real_one_of_its_locus(folder: Path) -> None:
    first, *rows = (folder / "borrowed_weights.tsv").read_text().splitlines()
    assert first.startswith("# Invented alleles") and rows[0] == "allele\tborrowed_allele"
    lent = dict(row.split("\t") for row in rows[1:])
    assert lent.keys() == {_two_field(name) for gene in GENES for name in _entries(folder, gene, "nuc")}
    for own, real in lent.items():
        locus, name = real.split("*")
        assert own.startswith(f"SIM{locus}*") and name in LENT[locus].split()


def _strand_gene(trial: Trial, index: int, parent: int, locus: FamilyLocus) -> str:
    mixture = make_mixture(trial.genome, trial.patients[index], None)
    strand = next(s for s in mixture[0].strands if s.parent == parent)
    bases = strand.haplotypes[HLA_CONTIG].sequence[locus.gene.span.start : locus.gene.span.end]
    return bases if locus.gene.strand > 0 else str(Seq(bases).reverse_complement())


def test_both_copies_of_a_patient_are_his_alleles(default_trial: Trial, folder: Path) -> None:
    for index, patient in enumerate(default_trial.patients[:3]):
        for locus in default_trial.family.loci:
            entries = _entries(folder, locus.gene.symbol, "gen")
            for parent, allele in enumerate(patient.hla[locus.gene.symbol]):
                assert (
                    allele.carried
                    and _strand_gene(default_trial, index, parent, locus) == entries[allele.name]
                )


def test_types_loss_and_sheet_are_as_planned(default_trial: Trial) -> None:
    planned = default_trial.parameters.hla
    for index, patient in enumerate(default_trial.patients):
        alike = {gene for gene, (one, other) in patient.hla.items() if one == other}
        assert alike == set(planned.homozygous[index].split())
        copies = {patient.tumor.copies(HLA_CONTIG, GAP, clone.name) for clone in patient.tumor.clones}
        base = (2, 2) if patient.tumor.doubled else (1, 1)
        assert copies == {planned.copies_of(index) or base}
    assert any(planned.homozygous) and "1:0" in planned.copies


def test_the_family_moves_nothing_else(default_trial: Trial) -> None:
    other = plan_trial(replace(Parameters(), hla=HlaParameters(n_group=4, exon_spacing=20, copies=())))
    for one, two in zip(default_trial.patients, other.patients, strict=True):
        assert one.tumor.variants == two.tumor.variants
        assert one.tumor.segments[:-1] == two.tumor.segments[:-1]
        assert all(item.variant.contig != HLA_CONTIG for item in one.tumor.variants)
        rest = [[g for g in p.germline if g.variant.contig != HLA_CONTIG] for p in (one, two)]
        assert rest[0] == rest[1]
    assert make_family(HlaParameters(), 1, 72) == default_trial.family
    assert make_family(HlaParameters(), 2, 72).sequence != default_trial.family.sequence


def test_every_variant_of_a_patient_is_in_the_resources(default_trial: Trial) -> None:
    listed = {site.variant: site.frequency for site in default_trial.sites if site.listed}
    carried = [g for p in default_trial.patients for g in p.germline if g.variant.contig == HLA_CONTIG]
    assert carried and all(listed[g.variant] == g.frequency > 0 for g in carried)


def test_depth_of_the_family_is_that_of_the_rest_times_its_copies(default_trial: Trial) -> None:
    genome, patient = default_trial.genome, default_trial.patients[0]
    share = {}
    for sample in (None, patient.tumor.samples[0]):
        mixture = make_mixture(genome, patient, sample)
        fragments = draw_sample(
            np.random.default_rng(3), default_trial.parameters, genome, mixture, "X", 60.0
        )
        share[sample is None] = np.mean(fragments.contig == list(genome.contigs).index(HLA_CONTIG))
    size = [sum(s.end - s.start for s in spans) for spans in genome.targets.values()]
    assert share[True] == pytest.approx(size[-1] / sum(size), rel=0.2)
    sample = patient.tumor.samples[0]
    # one copy in the cancer cells, two elsewhere; the rest of the tumour by its ploidy
    ratio = (sample.purity + 2 * (1 - sample.purity)) / (
        sample.purity * patient.tumor.ploidy(sample) + 2 * (1 - sample.purity)
    )
    assert share[False] / share[True] == pytest.approx(ratio, rel=0.1)


def test_truth_and_sheet_tell_the_types(tiny_parameters: Parameters, tmp_path: Path) -> None:
    few = replace(tiny_parameters, reads=replace(tiny_parameters.reads, depth_tumor=2.0, depth_normal=2.0))
    simulate_reads(few, tmp_path / "trial", n_process=1)
    rows = [line.split("\t") for line in (tmp_path / "trial/truth/hla.tsv").read_text().splitlines()]
    assert rows[0] == ["patient_id", "locus", "allele_1", "allele_2"] and len(rows) == 1 + 2 * 4
    loss = [line.split("\t") for line in (tmp_path / "trial/truth/hla_loh.tsv").read_text().splitlines()]
    assert {row[7]: row[8] != "" for row in loss[1:] if row[1] == "P01"} == {"loss": True}
    assert all(row[8] == row[4] for row in loss[1:] if row[7] == "loss"), "P01 keeps the first parent's"
    assert [row[7] for row in loss if row[1] == "P02" and row[2] == "C"] == ["homozygous"]
    study = read_study(tmp_path / "trial/samplesheet.csv")
    given = {sample.sample_id: sample.hla for sample in study.samples if sample.hla}
    assert given == {"P02_N": tuple(name for row in rows if row[0] == "P02" for name in row[2:])}


def test_numbers_no_family_can_be_made_from_are_refused() -> None:
    wrong = HlaParameters(n_group=2, exon_spacing=1, copies=("1:x",))
    with pytest.raises(InputError) as caught:
        check_parameters(Parameters(hla=wrong))
    assert [fault.column for fault in caught.value.faults] == [
        "hla.n_group, hla.n_per_group",
        "hla.exon_spacing, hla.other_spacing",
        "hla.copies",
    ]
