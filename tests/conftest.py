"""Fixtures shared by all tests: where the real data lies, and a small genome with genes on both strands."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CODONS = [a + b + c for a in "ACGT" for b in "ACGT" for c in "ACGT" if a + b + c not in ("TAA", "TAG", "TGA")]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data: $WES_BIOMARKERS_REAL_DATA, else ../shared/data beside the repository."""
    folder = Path(os.environ.get("WES_BIOMARKERS_REAL_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}: set WES_BIOMARKERS_REAL_DATA")
    return folder


@dataclass(frozen=True)
class ToyGene:
    """Exons and coding segments (stop codon within) in genomic order, 0-based half-open."""

    name: str
    contig: str
    strand: str
    exons: tuple[tuple[int, int], ...]
    cds: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class ToyGenome:
    """Two contigs, one gene on each strand of the first; sequences by name."""

    contigs: dict[str, str]
    genes: tuple[ToyGene, ...]

    def write_fasta(self, path: Path, width: int = 50) -> Path:
        lines = []
        for name, bases in self.contigs.items():
            lines.append(f">{name} toy")
            lines += [bases[i : i + width] for i in range(0, len(bases), width)]
        path.write_text("\n".join(lines) + "\n")
        return path


_COMPLEMENT = str.maketrans("ACGT", "TGCA")


@pytest.fixture(scope="session")
def toy_genome() -> ToyGenome:
    """4 kb; each gene has four exons that cut codons, and 30 bases of UTR in the first and the last."""
    rng = random.Random(7)
    contigs = {"toy1": rng.choices("ACGT", k=3000), "toy2": rng.choices("ACGT", k=1000)}
    genes = []
    for name, strand, start in (("FWD", "+", 300), ("REV", "-", 1700)):
        coding = "ATG" + "".join(rng.choices(CODONS, k=78)) + "TAA"
        spliced = "".join(rng.choices("ACGT", k=30)) + coding + "".join(rng.choices("ACGT", k=30))
        lengths, at, pieces, exons = [70, 91, 52, 87], start, [], []
        if strand == "-":
            spliced, lengths = spliced.translate(_COMPLEMENT)[::-1], lengths[::-1]
        donor, acceptor = ("GT", "AG") if strand == "+" else ("CT", "AC")
        for index, length in enumerate(lengths):
            exons.append((at, at + length))
            pieces.append((at, spliced[sum(lengths[:index]) : sum(lengths[: index + 1])]))
            if index < len(lengths) - 1:
                intron = donor + "".join(rng.choices("ACGT", k=76)) + acceptor
                pieces.append((at + length, intron))
                at += length + len(intron)
        for position, bases in pieces:
            contigs["toy1"][position : position + len(bases)] = bases
        cds = [list(exon) for exon in exons]
        cds[0][0] += 30
        cds[-1][1] -= 30
        genes.append(ToyGene(name, "toy1", strand, tuple(exons), tuple((a, b) for a, b in cds)))
    return ToyGenome({name: "".join(bases) for name, bases in contigs.items()}, tuple(genes))


def _stop_codon(gene: ToyGene) -> tuple[int, int]:
    """Where it lies (within one exon here)."""
    return (
        (gene.cds[-1][1] - 3, gene.cds[-1][1]) if gene.strand == "+" else (gene.cds[0][0], gene.cds[0][0] + 3)
    )


def _phases(gene: ToyGene, segments: list[tuple[int, int]]) -> dict[tuple[int, int], int]:
    done, phases = 0, {}
    for start, end in segments if gene.strand == "+" else segments[::-1]:
        phases[start, end] = -done % 3
        done += end - start
    return phases


def ensembl_gff3(gene: ToyGene) -> list[str]:
    def row(kind: str, start: int, end: int, phase: object, text: str) -> str:
        return f"{gene.contig}\ttest\t{kind}\t{start + 1}\t{end}\t.\t{gene.strand}\t{phase}\t{text}"

    low, high = gene.exons[0][0], gene.exons[-1][1]
    g, t = f"G_{gene.name}", f"T_{gene.name}"
    lines = [
        row("gene", low, high, ".", f"ID=gene:{g};Name={gene.name};biotype=protein_coding"),
        row(
            "mRNA",
            low,
            high,
            ".",
            f"ID=transcript:{t};Parent=gene:{g};biotype=protein_coding;tag=basic,MANE_Select",
        ),
    ]
    lines += [row("exon", a, b, ".", f"Parent=transcript:{t}") for a, b in gene.exons]
    phases = _phases(gene, list(gene.cds))
    return lines + [row("CDS", a, b, phases[a, b], f"ID=CDS:P;Parent=transcript:{t}") for a, b in gene.cds]


def ncbi_gff3(gene: ToyGene) -> list[str]:
    def row(kind: str, start: int, end: int, phase: object, text: str) -> str:
        return f"{gene.contig}\tRefSeq\t{kind}\t{start + 1}\t{end}\t.\t{gene.strand}\t{phase}\t{text}"

    low, high = gene.exons[0][0], gene.exons[-1][1]
    g, t = f"gene-G_{gene.name}", f"rna-T_{gene.name}"
    phases = _phases(gene, list(gene.cds))
    lines = [row("CDS", a, b, phases[a, b], f"ID=cds-NP_1.1;Parent={t};tag=MANE Select") for a, b in gene.cds]
    lines += [row("exon", a, b, ".", f"ID=exon-{t}-{a};Parent={t}") for a, b in gene.exons]
    lines.append(
        row("mRNA", low, high, ".", f"ID={t};Parent={g};Name=T_{gene.name};gene={gene.name};tag=MANE Select")
    )
    lines.append(
        row(
            "gene",
            low,
            high,
            ".",
            f"ID={g};Dbxref=HGNC:1,x;Name={gene.name};gbkey=Gene;gene_biotype=protein_coding",
        )
    )
    return lines  # children before their parents, as a sort may leave them


def gencode_gtf(gene: ToyGene, *, plain: bool = False) -> list[str]:
    def row(kind: str, start: int, end: int, phase: object) -> str:
        text = f'gene_id "G_{gene.name}"; transcript_id "T_{gene.name}";'
        if not plain:
            text += f' gene_type "protein_coding"; gene_name "{gene.name}"; transcript_type "protein_coding";'
            text += ' level 2; tag "basic"; tag "MANE_Select";'
        if kind == "gene":
            text = text.replace(f' transcript_id "T_{gene.name}";', "")
        return f"{gene.contig}\tHAVANA\t{kind}\t{start + 1}\t{end}\t.\t{gene.strand}\t{phase}\t{text}"

    low, high = gene.exons[0][0], gene.exons[-1][1]
    stop = _stop_codon(gene)
    coding = []
    for a, b in gene.cds:  # GTF: the stop codon is outside
        a, b = (stop[1] if a == stop[0] else a), (stop[0] if b == stop[1] else b)
        coding.append((a, b))
    phases = _phases(gene, coding)
    lines = [] if plain else [row("gene", low, high, "."), row("transcript", low, high, ".")]
    lines += [row("exon", a, b, ".") for a, b in gene.exons]
    lines += [row("CDS", a, b, phases[a, b]) for a, b in coding]
    return [*lines, row("stop_codon", *stop, 0)]


DIALECTS = {
    "ensembl_gff3": ensembl_gff3,
    "ncbi_gff3": ncbi_gff3,
    "gencode_gtf": gencode_gtf,
    "plain_gtf": lambda gene: gencode_gtf(gene, plain=True),
}


@pytest.fixture(params=list(DIALECTS))
def dialect(request: pytest.FixtureRequest) -> str:
    """Each make of annotation in turn."""
    return str(request.param)


@pytest.fixture
def write_annotation_file(toy_genome: ToyGenome):
    """Writes the toy genes in one dialect; extra lines go at the end."""

    def write(path: Path, dialect: str = "ensembl_gff3", extra: tuple[str, ...] = ()) -> Path:
        lines = [line for gene in toy_genome.genes for line in DIALECTS[dialect](gene)]
        path.write_text("\n".join(["#comment", *lines, *extra]) + "\n")
        return path

    return write
