"""Mutations, copy number of genes and segments of a cohort, as a cBioPortal study has them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from wes_biomarkers.features.consequence import short_protein_change
from wes_biomarkers.io.exporters.cbioportal_files import (
    UCSC,
    Exported,
    StudyNames,
    write_cases,
    write_data_meta,
    write_lines,
)
from wes_biomarkers.io.maf import maf_alleles, variant_classification

#: Chromosomes the portal knows.
CHROMOSOMES = (*map(str, range(1, 23)), "X", "Y", "MT")
#: Our calls of a gene's copy number -> the portal's levels.
LEVELS: Mapping[str, int] = {"amplification": 2, "gain": 1, "neutral": 0, "loss": -1, "deep_deletion": -2}

MUTATION_COLUMNS = (
    "Hugo_Symbol", "NCBI_Build", "Chromosome", "Start_Position", "End_Position", "Strand", "Variant_Classification",
    "Variant_Type", "Reference_Allele", "Tumor_Seq_Allele1", "Tumor_Seq_Allele2", "Tumor_Sample_Barcode",
    "Matched_Norm_Sample_Barcode", "Mutation_Status", "HGVSp_Short", "Transcript_ID", "Consequence", "FILTER", "t_depth",
    "t_ref_count", "t_alt_count", "n_depth", "n_ref_count", "n_alt_count", "gnomAD_AF",
)  # fmt: skip


def _chromosome(name: str) -> str:
    bare = name.removeprefix("chr")
    return "MT" if bare == "M" else bare


def _count(value: Any) -> str:
    return "" if pd.isna(value) else str(int(value))


def mutation_cells(row: Mapping[Any, Any], build: str, tumor: str, normal: Any) -> list[str]:
    """The cells of a call, in the order of `MUTATION_COLUMNS`.

    Args:
        row: a row of the table `variant`; an allele without a base may be `-`.
        build: NCBI_Build.
        tumor: sample id of the tumour.
        normal: of the normal; missing where unknown.
    """
    ref, alt = (str(row[name]).replace("-", "") for name in ("ref", "alt"))
    first, last, kind, before, after = maf_alleles(int(row["start"]), ref, alt)
    consequence, change = (
        None if pd.isna(row[name]) else str(row[name]) for name in ("consequence", "aa_change")
    )
    words = {
        name: "" if pd.isna(row[name]) else str(row[name]) for name in ("gene", "transcript_id", "filter")
    }
    t_ref = row["t_depth"] - row["t_alt"] if pd.notna(row["t_depth"]) and pd.notna(row["t_alt"]) else None
    n_ref = row["n_depth"] - row["n_alt"] if pd.notna(row["n_depth"]) and pd.notna(row["n_alt"]) else None
    return [
        words["gene"] or "Unknown", build, _chromosome(str(row["chrom"])), str(first), str(last), "+",
        variant_classification(consequence, kind, before, after), kind, before, before, after, tumor,
        "" if pd.isna(normal) else str(normal), "Somatic", short_protein_change(change) or "", words["transcript_id"],
        consequence or "", words["filter"] or ".", _count(row["t_depth"]), _count(t_ref), _count(row["t_alt"]),
        _count(row["n_depth"]), _count(n_ref), _count(row["n_alt"]),
        "" if pd.isna(row["population_af"]) else repr(float(row["population_af"])),
    ]  # fmt: skip


def write_mutations(
    variants: pd.DataFrame,
    tumors: pd.DataFrame,
    build: str,
    folder: Path,
    names: StudyNames,
    done: Exported,
) -> None:
    """The calls that passed, of every pair that stands for its tumour."""
    passed = variants[variants["is_pass"].fillna(False).astype(bool) & (variants["kind"] != "symbolic")]
    done.leave(len(variants) - len(passed), "mutations", "did not pass the caller's filters")
    rows = passed.merge(tumors[["pair_id", "tumor_sample_id", "normal_sample_id"]], on="pair_id")
    done.leave(len(passed) - len(rows), "mutations", "of a second pair of the same tumour")
    if build in UCSC:
        known = rows["chrom"].map(_chromosome).isin(CHROMOSOMES)
        done.leave(int((~known).sum()), "mutations", "on contigs the portal does not know")
        rows = rows[known]
    lines = [
        mutation_cells(row, build, row["tumor_sample_id"], row["normal_sample_id"])
        for row in rows.to_dict(orient="records")
    ]
    write_lines(folder / "data_mutations.txt", [MUTATION_COLUMNS, *lines])
    done.counts["n_mutation"] = len(lines)
    write_data_meta(folder, "mutations", names.study_id, "MUTATION_EXTENDED/MAF", {
        "stable_id": "mutations", "show_profile_in_analysis_tab": "true", "profile_name": "Mutations",
        "profile_description": "Somatic mutations by whole-exome sequencing",
        "data_filename": "data_mutations.txt"})  # fmt: skip


def write_levels(
    copies: pd.DataFrame, tumors: pd.DataFrame, folder: Path, names: StudyNames, done: Exported
) -> None:
    """Genes by tumours: -2 deep deletion, -1 loss, 0 neutral, 1 gain, 2 amplification, NA not measured."""
    rows = copies.merge(tumors[["pair_id", "tumor_sample_id"]], on="pair_id")
    wide = rows.assign(level=rows["call"].map(LEVELS)).pivot_table(
        index="gene", columns="tumor_sample_id", values="level", aggfunc="first", dropna=False
    )  # fmt: skip
    samples = [str(name) for name in wide.columns]
    lines = [
        [str(gene), *("NA" if pd.isna(value) else str(int(value)) for value in levels)]
        for gene, levels in zip(wide.index, wide.to_numpy(), strict=True)
    ]
    write_lines(folder / "data_cna.txt", [["Hugo_Symbol", *samples], *lines])
    done.counts["n_gene_copy"] = len(lines)
    write_data_meta(folder, "cna", names.study_id, "COPY_NUMBER_ALTERATION/DISCRETE", {
        "stable_id": "cna", "show_profile_in_analysis_tab": "true", "profile_name": "Copy number of genes",
        "profile_description": "-2 deep deletion, -1 loss, 0 neutral, 1 gain, 2 amplification",
        "data_filename": "data_cna.txt"})  # fmt: skip
    write_cases(folder, names, "cna", "Samples with copy number data", samples)
    sequenced = set(tumors.loc[tumors["status"] == "ok", "tumor_sample_id"])
    both = [name for name in samples if name in sequenced]
    write_cases(folder, names, "cnaseq", "Samples with mutation and copy number data", both)


def write_segments(
    segments: pd.DataFrame,
    tumors: pd.DataFrame,
    genome: str,
    folder: Path,
    names: StudyNames,
    done: Exported,
) -> None:
    """Segments with their log2 ratio, 0-based half-open as here."""
    rows = segments.merge(tumors[["pair_id", "tumor_sample_id"]], on="pair_id")
    known = rows["chrom"].map(_chromosome).isin(CHROMOSOMES[:-1])
    done.leave(int((~known).sum()), "segments", "on contigs the portal does not know")
    heading = ["ID", "chrom", "loc.start", "loc.end", "num.mark", "seg.mean"]
    lines = [
        [str(row["tumor_sample_id"]), _chromosome(str(row["chrom"])), str(row["start"]), str(row["end"]),
         str(row["n_bin"]), repr(float(row["log2"]))]
        for row in rows[known].to_dict(orient="records")
    ]  # fmt: skip
    file = f"data_cna_{UCSC[genome]}.seg"
    write_lines(folder / file, [heading, *lines])
    done.counts["n_segment"] = len(lines)
    write_data_meta(folder, f"cna_{UCSC[genome]}_seg", names.study_id, "COPY_NUMBER_ALTERATION/SEG", {
        "reference_genome_id": UCSC[genome], "description": "Segments with log2 ratio of tumour to normal",
        "data_filename": file})  # fmt: skip
