"""The report's tables beside the charts of HLA and neoantigens: types of each patient, best candidates of each tumour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from wes_biomarkers.contracts.hla import LOCI
from wes_biomarkers.plots.labels import pair_labels
from wes_biomarkers.report.tables import number_text

Tables = Mapping[str, pd.DataFrame]
#: Candidates shown of each tumour.
N_CANDIDATE = 5
#: Tiers that are no candidates.
_NOT_SHOWN = ("poor", "unknown")


def hla_type_table(tables: Tables) -> dict[str, Any]:
    """HLA types, a row a pair: each locus with its alleles, the lost ones marked, and how sure the typing is.

    Loci that no pair has types of are left out; `rows` is empty where the cohort has no types.
    """
    if "hla" not in tables or tables["hla"].empty:
        return {"loci": [], "rows": []}
    types, wide = tables["hla"], tables["biomarker"]
    labels = pair_labels(wide)
    lost = _lost_alleles(tables)
    typed = set(types.loc[types["allele_1"].notna(), "locus"])
    loci = [locus for locus in LOCI if locus in typed]
    derived = wide.set_index("pair_id")
    rows = []
    for pair_id, label in labels.items():
        mine = {str(row["locus"]): row for _, row in types[types["pair_id"] == pair_id].iterrows()}
        if not mine:
            continue
        sources = {str(row["source"]) for row in mine.values() if pd.notna(row["source"])}
        rows.append(
            {
                "label": label,
                "cells": [_type_cell(mine.get(locus), lost.get((pair_id, locus))) for locus in loci],
                "hed": _number(derived.at[pair_id, "hed"]),
                "homozygous": _number(derived.at[pair_id, "n_hla_homozygous"]),
                "source": ", ".join(sorted(sources)),
            }
        )
    return {"loci": loci, "rows": rows}


def _lost_alleles(tables: Tables) -> dict[tuple[str, str], str]:
    if "hla_loh" not in tables:
        return {}
    lost = tables["hla_loh"][tables["hla_loh"]["state"] == "loss"]
    return {
        (str(pair), str(locus)): str(allele)
        for pair, locus, allele in zip(lost["pair_id"], lost["locus"], lost["lost_allele"], strict=True)
    }


def _type_cell(row: pd.Series[Any] | None, lost: str | None) -> dict[str, Any]:
    """A locus: its alleles, each with whether the tumour lost it; the reason where there is none."""
    if row is None:
        return {"alleles": [], "low": False, "reason": "not typed"}
    alleles = [str(row[name]) for name in ("allele_1", "allele_2") if pd.notna(row[name])]
    reason = str(row["reason"]) if pd.notna(row["reason"]) else ""
    shown = [{"name": allele, "lost": allele == lost} for allele in alleles]
    return {"alleles": shown, "low": _text(row["confidence"]) == "low", "reason": reason}


def candidate_table(tables: Tables) -> list[dict[str, Any]]:
    """The best class I candidates of each pair, at most `N_CANDIDATE`; none of those that bind poorly."""
    if "neoantigen" not in tables or tables["neoantigen"].empty:
        return []
    table = tables["neoantigen"]
    shown = table[(table["mhc_class"] == "I") & ~table["tier"].isin(_NOT_SHOWN)].sort_values("rank")
    best = dict(iter(shown.groupby("pair_id").head(N_CANDIDATE).groupby("pair_id")))
    return [
        {
            "label": label,
            "rank": int(row["rank"]),
            "gene": _text(row["gene"]),
            "change": _text(row["protein_change"]),
            "peptide": _text(row["peptide"]),
            "wildtype": _text(row["wildtype"]),
            "allele": _text(row["allele"]),
            "rank_pct": _number(row["rank_pct"]),
            "rank_wt_pct": _number(row["rank_wt_pct"]),
            "ccf": _number(row["ccf"]),
            "tier": _text(row["tier"]).replace("_", " "),
            "reason": _text(row["tier_reason"]),
        }
        for pair_id, label in pair_labels(tables["biomarker"]).items()
        if pair_id in best
        for _, row in best[pair_id].iterrows()
    ]


def _number(value: Any) -> str:
    return "" if pd.isna(value) else number_text(float(value))


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)
