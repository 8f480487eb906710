"""The shape of a reference bundle: contigs, targets and the keys of `reference.json`."""

from __future__ import annotations

from dataclasses import dataclass

REFERENCE_SCHEMA = "wes_biomarkers.reference/1"
REFERENCE_JSON = "reference.json"

#: Extensions of the files `bwa index` writes beside the FASTA.
BWA_EXTENSIONS: tuple[str, ...] = ("amb", "ann", "bwt", "pac", "sa")

#: File keys every bundle has. Everything else is optional, and absent when not given.
REQUIRED_FILES: tuple[str, ...] = (
    "fasta",
    "fai",
    "dict",
    *(f"bwa_{extension}" for extension in BWA_EXTENSIONS),
)

#: Columns of the bundle's `transcripts` file.
TRANSCRIPT_COLUMNS: tuple[str, ...] = (
    "gene_id",
    "gene_name",
    "transcript_id",
    "biotype",
    "chosen",
    "mane",
    "cds_length",
    "protein_length",
)

#: Columns of the bundle's `domains` file; residues from 1, the end included.
DOMAIN_COLUMNS: tuple[str, ...] = ("transcript_id", "gene_name", "start", "end", "name", "source")


@dataclass(frozen=True)
class Contig:
    """One sequence of the genome and its length in bases."""

    name: str
    length: int


@dataclass(frozen=True)
class Target:
    """One capture kit: the key of its BED in `files`, its size in Mb and its number of merged intervals.

    `coding_mb` is the part of it in the bundle's callable coding sequence; None without an annotation.
    """

    bed: str
    mb: float
    n_interval: int
    coding_mb: float | None = None
