"""Pictures of the pages Genes and Patient; those of genes each of an answer as it goes out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from wes_biomarkers.plots.cooccurrence import cooccurrence_chart
from wes_biomarkers.plots.lollipop import lollipop_chart
from wes_biomarkers.plots.names import label
from wes_biomarkers.plots.oncoprint import oncoprint_chart
from wes_biomarkers.report.patient_charts import patient_charts
from wes_biomarkers.serve.pages.genes import hits_of

Found = Mapping[str, Any]
#: Width in pixels of a plot across the page.
WHOLE = 900
#: Width of an oncoprint, names and shares included.
PRINT = 1180
_CHANGE = ("change", "consequence", "position", "kind", "n")
_PAIR = (
    "gene_a",
    "gene_b",
    "n_both",
    "n_a_only",
    "n_b_only",
    "n_neither",
    "odds_ratio",
    "p_value",
    "q_value",
)


def oncoprint(found: Found) -> Any | None:
    """What is altered in whom; None without single patients."""
    if not found["patients"] or not found["genes"]:
        return None
    tumours = pd.DataFrame({"tumour": found["patients"]})
    tracks = {}
    for each in found["tracks"]:
        values = pd.Series(each["values"], dtype=object)
        tumours[each["name"]] = pd.to_numeric(values) if each["dtype"] == "number" else values
        tracks[each["name"]] = ", ".join(filter(None, (label(each["name"]), each["unit"])))
    hits = hits_of(found).rename(columns={"patient_id": "tumour"})
    genes = _frame(found["genes"], ("gene", "n_altered", "n_known"))
    return oncoprint_chart(
        hits, tumours, genes, "Alterations by patient", found.get("flags", ()), tracks=tracks, sort=found["sort"],
        width=PRINT,
    )  # fmt: skip


def lollipop(found: Found) -> Any | None:
    """A gene's mutations along its protein; None where none has a residue."""
    changes = _frame(found["positions"], _CHANGE)
    if not changes[["position", "n"]].notna().all(axis=1).any():
        return None
    domains = _frame(found["domains"], ("name", "start", "end"))
    title, counted = f"Mutations of {found['gene']}", f"{found['n_patient']} sequenced patients"
    return lollipop_chart(
        changes, domains, title, found.get("flags", ()), (counted,), length=found["length"], width=WHOLE
    )


def cooccurrence(found: Found) -> Any | None:
    """Pairs of genes by their odds ratio; None where none can be compared."""
    pairs = _frame(found["pairs"], _PAIR)
    if pairs["p_value"].isna().all():
        return None
    flags = ("exploratory", *found.get("flags", ()))
    return cooccurrence_chart(pairs, f"Genes together or apart in {found['n']} patients", flags, width=WHOLE)


def patient(found: Found, tables: Mapping[str, pd.DataFrame], flags: tuple[str, ...]) -> dict[str, Any]:
    """A patient's pictures by kind; those of a pair by kind and pair."""
    charts: dict[str, Any] = {}
    for each in patient_charts(found, tables, flags, WHOLE):
        if each.pair_id is None:
            charts[each.kind] = each.chart
        else:
            charts.setdefault(each.kind, {})[each.pair_id] = each.chart
    return charts


def _frame(rows: Any, columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        [[row[name] for name in columns] for row in rows], columns=list(columns), dtype=object
    )
