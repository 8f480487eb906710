"""`bcftools csq` on the bundle's annotation: each SNV of two genes against Biopython's translation."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from Bio.Seq import Seq

from wes_biomarkers.contracts.reference import Contig
from wes_biomarkers.io.annotation import read_annotation
from wes_biomarkers.io.gene_tables import write_annotation

SPLICE = {"splice_donor", "splice_acceptor"}


def expected_class(toy_genome, gene, position: int, alternative: str) -> str:
    """The consequence of one SNV in or two bases beside a coding segment, from translation alone."""
    bases = toy_genome.contigs[gene.contig]
    for start, end in gene.cds:
        if start <= position < end:
            break
    else:
        at_start = any(start - 2 <= position < start for start, _ in gene.cds)
        return "splice_acceptor" if at_start == (gene.strand == "+") else "splice_donor"
    mutated = bases[:position] + alternative + bases[position + 1 :]
    proteins = []
    for sequence in (bases, mutated):
        spliced = Seq("".join(sequence[start:end] for start, end in gene.cds))
        proteins.append(str((spliced if gene.strand == "+" else spliced.reverse_complement()).translate()))
    before, after = proteins
    if after[0] != "M":
        return "start_lost"
    if before == after:
        return "stop_retained" if is_stop_codon(gene, position) else "synonymous"
    if not after.endswith("*"):
        return "stop_lost"
    return "stop_gained" if "*" in after[:-1] else "missense"


def is_stop_codon(gene, position: int) -> bool:
    return position >= gene.cds[-1][1] - 3 if gene.strand == "+" else position < gene.cds[0][0] + 3


def positions_of(gene):
    """Coding bases and the two intronic ones at each inner end of a coding segment."""
    for index, (start, end) in enumerate(gene.cds):
        yield from range(start - 2 * (index > 0), end + 2 * (index < len(gene.cds) - 1))


def run_csq(fasta: Path, gff3: Path, vcf: Path) -> dict[tuple[int, str], list[str]]:
    command = ["bcftools", "csq", "--local-csq", "-f", fasta, "-g", gff3, "-Ov", vcf]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = {}
    for line in done.stdout.splitlines():
        if not line.startswith("#"):
            _, position, _, _, alternative, _, _, info = line.split("\t")[:8]
            found[int(position) - 1, alternative] = info.removeprefix("BCSQ=").split(",")
    return found


@pytest.fixture
def normalised(tmp_path, toy_genome, dialect, write_annotation_file):
    contigs = [Contig(name, len(bases)) for name, bases in toy_genome.contigs.items()]
    annotation = read_annotation(
        write_annotation_file(tmp_path / "genes", dialect), {contig.name: contig.length for contig in contigs}
    )
    write_annotation(tmp_path / "a.gff3.gz", annotation.transcripts, contigs)
    fasta = toy_genome.write_fasta(tmp_path / "genome.fa")
    subprocess.run(["samtools", "faidx", fasta], check=True)
    return fasta, tmp_path / "a.gff3.gz"


def write_vcf(path: Path, toy_genome, records) -> Path:
    lines = ["##fileformat=VCFv4.2"]
    lines += [f"##contig=<ID={name},length={len(bases)}>" for name, bases in toy_genome.contigs.items()]
    lines.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO")
    lines += [f"toy1\t{position + 1}\t.\t{ref}\t{alt}\t.\t.\t." for position, ref, alt in sorted(records)]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_every_snv_of_both_genes(tmp_path, toy_genome, normalised):
    fasta, gff3 = normalised
    expected = {}
    for gene in toy_genome.genes:
        for position in positions_of(gene):
            for alternative in set("ACGT") - {toy_genome.contigs["toy1"][position]}:
                expected[position, alternative] = (
                    gene,
                    expected_class(toy_genome, gene, position, alternative),
                )
    assert len(expected) == 2 * 3 * (240 + 12)
    bases = toy_genome.contigs["toy1"]
    vcf = write_vcf(tmp_path / "all.vcf", toy_genome, [(p, bases[p], alt) for p, alt in expected])
    found = run_csq(fasta, gff3, vcf)
    wrong = []
    for (position, alternative), (gene, consequence) in expected.items():
        entries = [entry.split("|") for entry in found[position, alternative]]
        terms = {term for entry in entries for term in entry[0].split("&")}  # splice_region has its own entry
        if consequence not in terms or terms - {consequence, "splice_region"}:
            wrong.append((gene.name, position, alternative, consequence, entries))
        assert all(entry[2:4] == [f"T_{gene.name}", "protein_coding"] for entry in entries)
        assert all(entry[4] == gene.strand for entry in entries if len(entry) > 4)
    assert wrong == []
    assert {consequence for _, consequence in expected.values()} >= SPLICE | {
        "stop_gained",
        "stop_lost",
        "start_lost",
        "missense",
        "synonymous",
    }


def test_indels_by_their_length(tmp_path, toy_genome, normalised):
    fasta, gff3 = normalised
    bases = toy_genome.contigs["toy1"]
    records, classes = [], {}
    for gene in toy_genome.genes:
        middle = sum(gene.cds[1]) // 2
        for shift, (length, consequence) in enumerate(((1, "frameshift"), (3, "inframe_deletion"))):
            at = middle + 8 * shift
            records.append((at, bases[at : at + length + 1], bases[at]))
            classes[at] = consequence
    found = run_csq(fasta, gff3, write_vcf(tmp_path / "indels.vcf", toy_genome, records))
    for (position, _), entries in found.items():
        assert classes[position] in entries[0].split("|")[0].split("&")
    assert len(found) == len(records)
