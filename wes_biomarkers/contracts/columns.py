"""Columns that several tables of a cohort share."""

from __future__ import annotations

from wes_biomarkers.contracts.schema import ID_PATTERN, Column


def patient_column(doc: str = "pseudonymous patient id") -> Column:
    """The patient's id."""
    return Column("patient_id", "string", doc, nullable=False, pattern=ID_PATTERN)


def pair_column() -> Column:
    """The pair's id."""
    return Column("pair_id", "string", "<tumor>_vs_<normal>", nullable=False)


def place_columns(
    first: str = "first base", after: str = "base after the last"
) -> tuple[Column, Column, Column]:
    """Contig, start and end, 0-based half-open."""
    return (
        Column("chrom", "string", "contig", nullable=False),
        Column("start", "int", f"{first}, 0-based", nullable=False, minimum=0),
        Column("end", "int", after, nullable=False, minimum=1),
    )


def fraction_column(name: str, doc: str) -> Column:
    """A number from 0 to 1."""
    return Column(name, "float", doc, unit="fraction", minimum=0, maximum=1)


def copy_columns(of: str = "in the tumour cells") -> tuple[Column, Column]:
    """Total and minor copies."""
    return (
        Column("total_cn", "int", f"copies {of}", minimum=0),
        Column("minor_cn", "int", "copies of the minor allele", minimum=0),
    )


def cell_fraction_column(of: str) -> Column:
    """The share of cells with a change."""
    return fraction_column("cell_fraction", f"share of all cells of the sample that carry {of} change")


def clonality_column(doc: str) -> Column:
    """The clonality call."""
    return Column("clonality", "string", doc, allowed=("clonal", "subclonal", "indeterminate"))
