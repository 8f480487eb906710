"""Variants as a MAF: the core columns of the GDC's mutation annotation format, version 2.4."""

from __future__ import annotations

import gzip
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wes_biomarkers.features.consequence import short_protein_change
from wes_biomarkers.io.files import atomic_path
from wes_biomarkers.io.vcf import VariantSet

MAF_COLUMNS: tuple[str, ...] = (
    "Hugo_Symbol", "Entrez_Gene_Id", "Center", "NCBI_Build", "Chromosome", "Start_Position", "End_Position",
    "Strand", "Variant_Classification", "Variant_Type", "Reference_Allele", "Tumor_Seq_Allele1",
    "Tumor_Seq_Allele2", "Tumor_Sample_Barcode", "Matched_Norm_Sample_Barcode", "HGVSp_Short",
    "Transcript_ID", "Consequence", "FILTER", "t_depth", "t_ref_count", "t_alt_count", "n_depth",
    "n_ref_count", "n_alt_count",
)  # fmt: skip

_CLASSIFICATION: Mapping[str, str] = {
    "splice_acceptor_variant": "Splice_Site",
    "splice_donor_variant": "Splice_Site",
    "transcript_ablation": "Splice_Site",
    "exon_loss_variant": "Splice_Site",
    "stop_gained": "Nonsense_Mutation",
    "stop_lost": "Nonstop_Mutation",
    "start_lost": "Translation_Start_Site",
    "initiator_codon_variant": "Translation_Start_Site",
    "missense_variant": "Missense_Mutation",
    "rare_amino_acid_variant": "Missense_Mutation",
    "coding_sequence_variant": "Missense_Mutation",
    "splice_region_variant": "Splice_Region",
    "splice_donor_5th_base_variant": "Splice_Region",
    "splice_donor_region_variant": "Splice_Region",
    "splice_polypyrimidine_tract_variant": "Splice_Region",
    "synonymous_variant": "Silent",
    "stop_retained_variant": "Silent",
    "start_retained_variant": "Silent",
    "incomplete_terminal_codon_variant": "Silent",
    "NMD_transcript_variant": "Silent",
    "mature_miRNA_variant": "RNA",
    "non_coding_transcript_exon_variant": "RNA",
    "non_coding_transcript_variant": "RNA",
    "5_prime_UTR_variant": "5'UTR",
    "5_prime_UTR_premature_start_codon_gain_variant": "5'UTR",
    "3_prime_UTR_variant": "3'UTR",
    "intron_variant": "Intron",
    "upstream_gene_variant": "5'Flank",
    "downstream_gene_variant": "3'Flank",
    "intergenic_variant": "IGR",
    "regulatory_region_variant": "IGR",
    "TF_binding_site_variant": "IGR",
}


def maf_alleles(start: int, ref: str, alt: str) -> tuple[int, int, str, str, str]:
    """(Start_Position, End_Position, Variant_Type, Reference_Allele, Tumor_Seq_Allele2) of a VCF's alleles.

    `start` is 0-based; a MAF counts from 1 and includes the end. Bases shared at the front are dropped. An
    insertion is placed on the two bases it lies between.

    >>> maf_alleles(9, "A", "ACC"), maf_alleles(9, "AT", "A")
    ((10, 11, 'INS', '-', 'CC'), (11, 11, 'DEL', 'T', '-'))
    """
    shared = 0
    while shared < min(len(ref), len(alt)) and ref[shared] == alt[shared] and len(ref) != len(alt):
        shared += 1
    ref, alt, first = ref[shared:], alt[shared:], start + shared + 1
    if not ref:
        return first - 1, first, "INS", "-", alt
    last = first + len(ref) - 1
    if len(ref) == len(alt):
        kind = {1: "SNP", 2: "DNP", 3: "TNP"}.get(len(ref), "ONP")
    else:
        kind = "INS" if len(alt) > len(ref) else "DEL"
    return first, last, kind, ref, alt or "-"


def variant_classification(consequence: str | None, kind: str, ref: str, alt: str) -> str:
    """The MAF class of a Sequence Ontology term; `kind` is the Variant_Type."""
    side = "Ins" if kind == "INS" else "Del"
    shift = sum(base.isalpha() for base in alt) - sum(base.isalpha() for base in ref)
    if consequence == "frameshift_variant":
        return f"Frame_Shift_{side}" if kind in ("INS", "DEL") else "Missense_Mutation"
    if consequence == "protein_altering_variant" and shift % 3:
        return f"Frame_Shift_{side}"
    if consequence is not None and ("inframe" in consequence or consequence == "protein_altering_variant"):
        return f"In_Frame_{side}" if kind in ("INS", "DEL") else "Missense_Mutation"
    return _CLASSIFICATION.get(consequence or "", "Targeted_Region" if consequence else "Unknown")


def write_maf(variants: VariantSet, path: Path | str, tumor: str, normal: str, build: str) -> None:
    """Write every variant with a sequence allele to `path` (gzip), atomically, without name or time in it.

    Args:
        variants: as `read_variants` gives them.
        path: the file to write.
        tumor: Tumor_Sample_Barcode.
        normal: Matched_Norm_Sample_Barcode; empty without a normal.
        build: NCBI_Build, the name of the reference.
    """
    columns = variants.columns
    names = list(columns)
    lines = ["#version 2.4", "\t".join(MAF_COLUMNS)]
    for values in zip(*(columns[name] for name in names), strict=True):
        row = dict(zip(names, values, strict=True))
        if row["kind"] != "symbolic":
            cells = _cells(row) | {
                "NCBI_Build": build,
                "Tumor_Sample_Barcode": tumor,
                "Matched_Norm_Sample_Barcode": normal,
            }
            lines.append("\t".join(cells.get(name, "") for name in MAF_COLUMNS))
    text = "\n".join(lines) + "\n"
    with (
        atomic_path(path) as temporary,
        open(temporary, "wb") as raw,
        gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as zipped,
    ):
        zipped.write(text.encode())


def _cells(row: Mapping[str, Any]) -> dict[str, str]:
    first, last, kind, ref, alt = maf_alleles(int(row["start"]), row["ref"], row["alt"])
    return {
        "Hugo_Symbol": row["gene"] or "Unknown",
        "Chromosome": row["chrom"],
        "Start_Position": str(first),
        "End_Position": str(last),
        "Strand": "+",
        "Variant_Classification": variant_classification(row["consequence"], kind, ref, alt),
        "Variant_Type": kind,
        "Reference_Allele": ref,
        "Tumor_Seq_Allele1": ref,
        "Tumor_Seq_Allele2": alt,
        "HGVSp_Short": short_protein_change(row["aa_change"]) or "",
        "Transcript_ID": row["transcript_id"] or "",
        "Consequence": row["consequence"] or "",
        "FILTER": row["filter"] or ".",
        "t_depth": _count(row["t_depth"]),
        "t_ref_count": _count(row["t_ref"]),
        "t_alt_count": _count(row["t_alt"]),
        "n_depth": _count(row["n_depth"]),
        "n_ref_count": _count(row["n_ref"]),
        "n_alt_count": _count(row["n_alt"]),
    }


def _count(value: float) -> str:
    return "" if math.isnan(value) else str(round(value))
