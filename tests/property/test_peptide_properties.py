"""Peptides of constructed genes against a brute-force translation of both haplotypes, written independently."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from wes_biomarkers.features.gene_model import Transcript
from wes_biomarkers.neoantigens.haplotypes import SplicedTranscript
from wes_biomarkers.neoantigens.peptides import PeptideRules
from wes_biomarkers.neoantigens.phase import Phase, Variant
from wes_biomarkers.neoantigens.transcript_peptides import transcript_peptides

BASES = "TCAG"
CODE = dict(
    zip(
        (a + b + c for a in BASES for b in BASES for c in BASES),
        "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG",
        strict=True,
    )
)
SENSE = [codon for codon, residue in CODE.items() if residue != "*"]
PAIR = {"A": "T", "C": "G", "G": "C", "T": "A"}
LENGTHS = (8, 9, 10, 11, 15)


def turned(bases: str) -> str:
    return "".join(PAIR[base] for base in reversed(bases))


class Gene:
    """A gene of one strand with introns and untranslated ends in a genome of its own."""

    def __init__(self, seed: int, strand: str) -> None:
        rng = random.Random(seed)
        coding = (
            "ATG" + "".join(rng.choices(SENSE, k=rng.randint(25, 45))) + rng.choice(("TAA", "TAG", "TGA"))
        )
        head, tail = ("".join(rng.choices("ACGT", k=rng.randint(6, 20))) for _ in range(2))
        tail += "".join(rng.choices("ACGT", k=90))
        spliced = head + coding + tail
        cuts = sorted(rng.sample(range(len(head) + 4, len(head) + len(coding) - 4), rng.randint(1, 3)))
        exons = [spliced[a:b] for a, b in zip([0, *cuts], [*cuts, len(spliced)], strict=True)]
        coding_at = range(len(head), len(head) + len(coding))
        if strand == "-":
            exons = [turned(exon) for exon in reversed(exons)]
            coding_at = range(len(spliced) - coding_at.stop, len(spliced) - coding_at.start)
        genome, self.exons, at, self.cds = "".join(rng.choices("ACGT", k=30)), [], 0, []
        for exon in exons:
            first = len(genome)
            genome += exon
            self.exons.append((first, first + len(exon)))
            low, high = max(coding_at.start, at), min(coding_at.stop, at + len(exon))
            if low < high:
                self.cds.append((first + low - at, first + high - at))
            at += len(exon)
            genome += "".join(rng.choices("ACGT", k=30))
        self.genome, self.strand = genome, strand
        self.model = Transcript(
            "T1",
            "G1",
            "GENE",
            "protein_coding",
            "protein_coding",
            "c",
            strand,
            tuple(self.exons),
            tuple(self.cds),
        )
        #: place in the genome of the first base of the start codon
        self.first = self.cds[0][0] if strand == "+" else self.cds[-1][1] - 1

    def variants(self, rng: random.Random) -> list[tuple]:
        """Up to six variants within exons, two bases apart at least; VCF style, indels with their anchor."""
        found, taken = [], set()
        for _ in range(rng.randint(1, 6)):
            exon = rng.choice(self.exons)
            kind = rng.choice(("snv", "snv", "mnv", "ins", "del", "complex"))
            if exon[1] - exon[0] < 4:
                continue
            start = rng.randrange(exon[0] + 1, exon[1] - 1)
            size = {"snv": 1, "mnv": 2, "ins": 1, "del": 1 + rng.randint(1, 7), "complex": 3}[kind]
            if start + size >= exon[1] or taken & set(range(start - 2, start + size + 2)):
                continue
            ref = self.genome[start : start + size]
            if kind in ("snv", "mnv"):
                alt = "".join(rng.choice([b for b in "ACGT" if b != base]) for base in ref)
            elif kind == "ins":
                alt = ref + "".join(rng.choices("ACGT", k=rng.randint(1, 7)))
            else:
                alt = ref[0] if kind == "del" else "".join(rng.choices("ACGT", k=rng.randint(1, 6)))
            if alt != ref:
                taken |= set(range(start, start + size))
                found.append(("c", start, ref, alt))
        return sorted(found)

    def protein(self, variants) -> str | None:
        """Brute force: replace in the genome base by base, splice, walk codon by codon; None without a stop.

        Cell by cell, in the direction of transcription; what is inserted stands in the cell before it, so that the
        start codon's own cell is where reading begins.
        """
        step = 1 if self.strand == "+" else -1
        own = str if self.strand == "+" else turned
        cells = [own(base) for base in self.genome]
        for _, start, ref, alt in variants:
            assert self.genome[start : start + len(ref)] == ref
            while ref and alt and ref[-1] == alt[-1]:
                ref, alt = ref[:-1], alt[:-1]
            while ref and alt and ref[0] == alt[0]:
                start, ref, alt = start + 1, ref[1:], alt[1:]
            places = list(range(start, start + len(ref)))[::step]
            alt = own(alt)
            if not places:
                cells[start - 1 if step == 1 else start] += alt
            for at, place in enumerate(places):
                cells[place] = alt[at : at + 1] if at < len(places) - 1 else alt[at:]
        order = [at for exon in self.exons for at in range(*exon)][::step]
        mrna = "".join(cells[at] for at in order[order.index(self.first) :])
        if mrna[:3] != "ATG":
            at = mrna.find("ATG")
            if at < 0:
                return None
            mrna = mrna[at:]
        protein = ""
        for at in range(0, len(mrna) - 2, 3):
            residue = CODE[mrna[at : at + 3]]
            if residue == "*":
                return protein
            protein += residue
        return None


def pieces(protein: str | None) -> set[str]:
    return {(protein or "")[at : at + k] for k in LENGTHS for at in range(len(protein or "") - k + 1)}


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from("+-"))
def test_peptides_are_those_of_a_brute_force_translation_of_both_haplotypes(seed, strand):
    rng = random.Random(seed)
    gene = Gene(seed, strand)
    keys = gene.variants(rng)
    somatic = {key: rng.random() < 0.6 for key in keys}
    side = {key: rng.choice((0, 1) if somatic[key] else (0, 1, 2)) for key in keys}  # 2: both haplotypes
    variants = [Variant(key, somatic[key], side[key] == 2) for key in keys]
    phase = Phase([{key: ("set", side[key]) for key in keys if side[key] < 2}])
    transcript = SplicedTranscript(gene.model, lambda start, end: gene.genome[start:end])
    made = transcript_peptides(transcript, variants, phase, PeptideRules())

    def on(haplotype, keep) -> str | None:
        return gene.protein([key for key in keys if side[key] in (haplotype, 2) and keep(key)])

    for variant in variants:
        if not variant.is_somatic:
            continue
        own = side[variant.key]
        tumor = on(own, lambda key: True)
        wild = on(own, lambda key: not somatic[key])
        other = on(1 - own, lambda key: not somatic[key])
        lacking = on(own, lambda key, it=variant.key: key != it)
        expected = set()
        if tumor is not None and wild is not None:
            expected = pieces(tumor) - pieces(lacking) - pieces(wild) - pieces(other)
        ours = [peptide for peptide in made.peptides if peptide.variant == variant.key]
        assert {peptide.sequence for peptide in ours} == expected
        assert len(ours) == len(expected)
        if not expected:
            assert any(skip.variant == variant.key for skip in made.skipped)
        for peptide in ours:
            end = peptide.protein_start + len(peptide.sequence)
            assert tumor[peptide.protein_start : end] == peptide.sequence
            needed = {
                key
                for key in keys
                if side[key] in (own, 2) and key != variant.key
                and peptide.sequence not in (on(own, lambda k, it=key: k != it) or "")
            }  # fmt: skip
            assert set(peptide.neighbours) == needed
            assert peptide.phase in ("single", "phased") and (not needed or peptide.phase == "phased")
            if peptide.wildtype is not None:
                assert peptide.wildtype in wild and len(peptide.wildtype) == len(peptide.sequence)
                differs = [a != b for a, b in zip(peptide.wildtype, peptide.sequence, strict=True)]
                assert [at for at, is_other in enumerate(differs) if is_other] == list(peptide.changed)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from("+-"))
def test_substitutions_keep_the_place_of_the_wild_type(seed, strand):
    rng = random.Random(seed)
    gene = Gene(seed, strand)
    at_start = range(gene.first - 4, gene.first + 5)
    keys = [key for key in gene.variants(rng) if len(key[2]) == len(key[3]) and key[1] not in at_start]
    variants = [Variant(key, True) for key in keys]
    phase = Phase([dict.fromkeys(keys, ("set", 0))])
    transcript = SplicedTranscript(gene.model, lambda start, end: gene.genome[start:end])
    wild = gene.protein([])
    for peptide in transcript_peptides(transcript, variants, phase, PeptideRules()).peptides:
        assert peptide.frame == 0
        end = peptide.protein_start + len(peptide.sequence)
        if end <= len(wild):
            assert peptide.wildtype == wild[peptide.protein_start : end]
