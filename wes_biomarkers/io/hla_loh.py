"""HLA loss as a table, `hla_loh.tsv`, and its thresholds."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import fields
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from wes_biomarkers.features.hla_allele_reads import AssignRules
from wes_biomarkers.features.hla_loh import LocusLoh, Rules
from wes_biomarkers.io.files import write_text

if TYPE_CHECKING:
    import pandas as pd

#: Columns in their order; one row a locus, unknown is an empty cell.
COLUMNS: tuple[str, ...] = (
    *("pair_id", "locus", "allele_1", "allele_2", "n_site"),
    *("n_read_tumor_1", "n_read_tumor_2", "n_read_normal_1", "n_read_normal_2"),
    *("cn_1", "cn_1_low", "cn_1_high", "cn_2", "cn_2_low", "cn_2_high"),
    *("p_value", "total_cn", "state", "lost_allele", "reason"),
)
#: Columns of the table of places where two alleles differ: one row a place and allele. `position` is 0-based in the
#: coding sequence of allele 1; reads are pairs over it; `copies` is what the place alone would give.
SITE_COLUMNS: tuple[str, ...] = (
    *("pair_id", "locus", "allele", "position", "n_read_tumor", "n_read_normal", "copies"),
)
SiteRow = tuple[str, str, str, int, int, int, float]


def read_rules() -> tuple[Rules, AssignRules, int]:
    """The thresholds of definitions/hla_loh.toml: of the call, of reads, and the least quality of a base."""
    source = resources.files("wes_biomarkers.definitions").joinpath("hla_loh.toml")
    values = {key: entry["value"] for key, entry in tomllib.loads(source.read_text(encoding="utf-8")).items()}
    call = Rules(**{field.name: values[field.name] for field in fields(Rules)})
    assign = AssignRules(**{field.name: values[field.name] for field in fields(AssignRules)})
    return call, assign, int(values["min_base_quality"])


def row_of(pair_id: str, judged: LocusLoh) -> tuple[object, ...]:
    """The cells of one locus in the order of `COLUMNS`; None where unknown."""
    locus = judged.locus
    reads = [None] * 5 if locus.reads is None else [locus.reads.tumor.shape[1], *locus.reads.totals]
    copies = (
        [None] * 6 if judged.copies is None else [n for c in judged.copies for n in (c.value, c.low, c.high)]
    )
    known = (judged.p_value, judged.total_cn, judged.state, judged.lost_allele, judged.reason)
    return (pair_id, locus.locus, locus.allele_1, locus.allele_2, *reads, *copies, *known)


def write_hla_loh(path: Path | str, pair_id: str, loci: Sequence[LocusLoh]) -> None:
    """Write the loci of a pair as TSV; copies and p-values have four digits."""
    rows = ["\t".join(map(_cell, row_of(pair_id, judged))) for judged in loci]
    write_text(path, "\n".join(["\t".join(COLUMNS), *rows]) + "\n")


def write_hla_sites(path: Path | str, sites: Sequence[SiteRow]) -> None:
    """Write what each place where two alleles differ shows, as TSV, for plots."""
    rows = ["\t".join("" if cell != cell else _cell(cell) for cell in row) for row in sites]
    write_text(path, "\n".join(["\t".join(SITE_COLUMNS), *rows]) + "\n")


def read_frame(path: Path | str) -> pd.DataFrame:
    """A written table of loci or of places, for plots; an empty cell is missing."""
    import pandas as pd

    return pd.read_csv(path, sep="\t")


def _cell(value: object) -> str:
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
