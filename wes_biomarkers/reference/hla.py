"""The HLA part of a bundle: allele sequences with their exons, and where HLA reads lie in the genome."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path

from wes_biomarkers.contracts.hla import LOCI, SYNTHETIC_PREFIX
from wes_biomarkers.contracts.reference import Contig
from wes_biomarkers.features.gene_model import Transcript
from wes_biomarkers.io.files import write_text
from wes_biomarkers.io.hla_reference import licence_files, read_hla_reference, write_hla_reference

#: Bases added on either side of a gene: reads reach beyond exons, and the first and last ones are untranslated.
PADDING = 1000

_NOTE = "hla: IMGT/HLA sequences are under their own licence (CC BY-ND): pass them on unchanged and named"
_NO_REGION = (
    "hla: no gene of the genome is known as HLA: only unmapped reads and HLA contigs are looked through"
)

#: Lengths of chromosome 6, by which a whole one is told from a piece.
_CHROMOSOME_6 = {"GRCh37": 171115067, "GRCh38": 170805979}
#: Contigs that are HLA alleles, and other haplotypes of chromosome 6 (GRCh38's ALT, UCSC's hap, NCBI's HSCHR6).
_HLA_CONTIG = re.compile(r"HLA-|HSCHR6_|(chr)?6_.*_(alt|hap\d+)$", re.IGNORECASE)

Region = tuple[str, int, int, str]


def build_hla(
    folder: Path, root: Path, build: str, contigs: Sequence[Contig], transcripts: Iterable[Transcript]
) -> tuple[dict[str, Path], list[str]]:
    """Read HLA's files of `folder` and write those of the bundle at `root`.

    Returns:
        The files by their keys (`hla_regions` only where the genome's HLA genes are known), and notes.

    Raises:
        InputError: as `read_hla_reference`.
    """
    reference = read_hla_reference(folder)
    files = write_hla_reference(reference, root)
    regions = hla_regions(build, contigs, transcripts)
    if regions:
        files["hla_regions"] = root / "hla" / "regions.bed"
        write_text(files["hla_regions"], "".join("\t".join(map(str, region)) + "\n" for region in regions))
    for source in licence_files(folder):
        files[f"hla_{source.name}"] = Path(shutil.copyfile(source, root / "hla" / source.name))
    release = f" of IMGT/HLA {reference.release}" if reference.release else ""
    notes = [f"hla: {len(reference.alleles)} alleles{release}", *reference.notes]
    if not all(allele.synthetic for allele in reference.alleles):
        notes.append(_NOTE)
    return files, notes if regions else [*notes, _NO_REGION]


def hla_regions(build: str, contigs: Sequence[Contig], transcripts: Iterable[Transcript]) -> list[Region]:
    """Where reads of HLA genes lie: contig, start, end (0-based half-open), names; sorted and merged.

    The genes that the annotation calls HLA-... or as an invented family's, those of a known build, and every
    contig that is an HLA allele or another haplotype of chromosome 6.
    """
    genes = [*_annotated(transcripts), *_known(build, contigs)]
    lengths = {contig.name: contig.length for contig in contigs}
    padded = [
        (contig, max(0, start - PADDING), min(lengths[contig], end + PADDING), gene)
        for contig, start, end, gene in genes
    ]
    padded += [(c.name, 0, c.length, "haplotype") for c in contigs if _HLA_CONTIG.match(c.name)]
    order = {contig.name: index for index, contig in enumerate(contigs)}
    merged: list[Region] = []
    for contig, start, end, gene in sorted(padded, key=lambda region: (order[region[0]], *region[1:])):
        if merged and merged[-1][0] == contig and start <= merged[-1][2]:
            _, first, last, names = merged[-1]
            names = names if gene in names.split(",") else f"{names},{gene}"
            merged[-1] = (contig, first, max(last, end), names)
        else:
            merged.append((contig, start, end, gene))
    return merged


def _annotated(transcripts: Iterable[Transcript]) -> list[Region]:
    """The transcripts of genes that the annotation calls HLA's, real or invented."""
    synthetic = {SYNTHETIC_PREFIX + locus for locus in LOCI}
    return [
        (t.contig, t.start, t.end, t.gene_name.removeprefix("HLA-"))
        for t in transcripts
        if t.gene_name.startswith("HLA-") or t.gene_name in synthetic
    ]


def _known(build: str, contigs: Sequence[Contig]) -> list[Region]:
    """The genes of a known build, where the genome holds the whole of chromosome 6."""
    length = _CHROMOSOME_6.get(build)
    name = next((c.name for c in contigs if c.length == length and c.name in ("6", "chr6")), None)
    if name is None:
        return []
    text = resources.files("wes_biomarkers.definitions").joinpath("hla_genes.tsv").read_text("utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line.startswith(f"{build}\t"))
    return [(name, int(start), int(end), gene) for _, gene, start, end in rows]
