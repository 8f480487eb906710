"""The report's charts, each with what it says in words for those who cannot see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from wes_biomarkers.cohort import baseline_pairs
from wes_biomarkers.plots.quality import coverage_by_pair
from wes_biomarkers.plots.survival import kaplan_meier_chart, time_ticks
from wes_biomarkers.plots.theme import split_flags, themed
from wes_biomarkers.plots.tmb import tmb_by_patient, tmb_by_response, tmb_group
from wes_biomarkers.stats.groups import mann_whitney
from wes_biomarkers.stats.survival import KaplanMeier, at_risk, kaplan_meier, log_rank

#: The definition the wide tmb_* columns are made with.
TMB_DEFINITION = "wes_nonsyn"

_ORIGINS = {
    "allocation": "from allocation",
    "first_dose": "from first dose",
    "induction": "from induction start",
    "ready_made": "as given",
}


@dataclass(frozen=True)
class Figure:
    """A chart (Vega-Lite, as JSON types), its text alternative, and a caption below it."""

    name: str
    spec: Mapping[str, Any]
    alt: str
    caption: str = ""


def _figure(name: str, chart: Any, alt: str, caption: str = "") -> Figure:
    return Figure(name, themed(chart).to_dict(), alt, caption)


def p_text(p_value: float) -> str:
    """A p value as a reader wants it."""
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}" if p_value < 0.1 else f"p = {p_value:.2f}"


def _tmb_details(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The interval and reason of each pair's burden, from the long table; a failed pair's own reason."""
    long = tables["feature"]
    mine = long[(long["feature"] == "tmb") & (long["definition_id"] == TMB_DEFINITION)]
    mine = mine[mine["name"] == "tmb_per_mb"][["pair_id", "reason", "ci_low", "ci_high"]]
    pairs = tables["pair"][["pair_id", "reason"]].rename(columns={"reason": "pair_reason"})
    merged = pairs.merge(mine, on="pair_id", how="left")
    merged["reason"] = merged["reason"].fillna(merged.pop("pair_reason"))
    return merged


def _tmb_figure(tables: Mapping[str, pd.DataFrame], cutoff: float | None) -> Figure:
    pairs = tables["biomarker"].merge(_tmb_details(tables), on="pair_id", how="left")
    known = pairs[pairs["tmb_per_mb_status"] == "ok"]
    text = f"Tumour mutational burden of {len(known)} of {len(pairs)} pairs"
    if len(known):
        text += f", from {known['tmb_per_mb'].min():.1f} to {known['tmb_per_mb'].max():.1f} mutations per Mb"
    text += f"; {int(known['tmb_high'].fillna(False).sum())} are high."
    return _figure("tmb-patient", tmb_by_patient(pairs, cutoff, TMB_DEFINITION), text)


def outcome_frame(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Baseline burden beside the clinical columns: one row a patient with both, burden known."""
    base = baseline_pairs(tables["biomarker"])
    known = base[(base["tmb_per_mb_status"] == "ok") & base["tmb_per_mb"].notna()]
    return known.merge(tables["clinical"], on="patient_id", how="inner", suffixes=("", "_clinical"))


def _response_figure(
    name: str, frame: pd.DataFrame, columns: tuple[str, str], title: str, cutoff: float | None
) -> Figure | None:
    group_column, response_column = columns
    known = frame[frame[group_column].notna()]
    if known.empty:
        return None
    responded = known[group_column].astype(bool)
    shown = pd.DataFrame(
        {
            "patient_id": known["patient_id"],
            "tmb_per_mb": known["tmb_per_mb"],
            "group": responded.map({True: "responders", False: "non-responders"}),
            "response": known[response_column].fillna("unknown"),
        }
    )
    test = mann_whitney(list(known.loc[responded, "tmb_per_mb"]), list(known.loc[~responded, "tmb_per_mb"]))
    if test.p_value is None or test.auc is None:
        note = f"comparison not evaluable: {test.reason}"
    else:
        note = f"Mann-Whitney {p_text(test.p_value)}, AUC {test.auc:.2f}; exploratory"
    chart = tmb_by_response(shown, title, (note,), split_flags(known["tmb_per_mb_flags"]), cutoff)
    text = f"{title}: {test.n_first} responders, {test.n_second} non-responders; {note}."
    return _figure(
        name, chart, text, "NE counts as non-response. Box: quartiles, drawn from four patients on."
    )


def _response_figures(frame: pd.DataFrame, cutoff: float | None) -> list[Figure]:
    confirmed = (
        "objective_response"
        if frame["objective_response"].notna().any()
        else "objective_response_unconfirmed"
    )
    word = "confirmed" if confirmed == "objective_response" else "unconfirmed"
    wanted = (
        (
            "tmb-induction",
            ("induction_objective_response", "induction_response"),
            "TMB by induction response",
        ),
        ("tmb-response", (confirmed, "best_response"), f"TMB by {word} response after allocation"),
    )
    if not (frame["os_origin"].fillna("") == "allocation").any():
        wanted = (wanted[0], (*wanted[1][:2], f"TMB by {word} best response"))
    figures = (_response_figure(name, frame, columns, title, cutoff) for name, columns, title in wanted)
    return [figure for figure in figures if figure is not None]


def _groups(frame: pd.DataFrame, by_tmb: bool) -> dict[str, pd.DataFrame]:
    if not by_tmb:
        return {"all patients": frame}
    label = frame["tmb_high"].map(tmb_group)
    return {f"TMB {name}": frame[label == name] for name in ("high", "low") if (label == name).any()}


def _survival_figure(frame: pd.DataFrame, kind: str, title: str, by_tmb: bool) -> Figure | None:
    known = frame[frame[f"{kind}_months"].notna() & frame[f"{kind}_event"].notna()]
    groups = _groups(known, by_tmb)
    if known.empty or not groups:
        return None
    data = {
        name: (list(group[f"{kind}_months"].astype(float)), list(group[f"{kind}_event"].astype(bool)))
        for name, group in groups.items()
    }
    curves: dict[str, KaplanMeier] = {name: kaplan_meier(*values) for name, values in data.items()}
    ticks = time_ticks(max(max(times) for times, _ in data.values()))
    risk = {name: at_risk(times, ticks) for name, (times, _) in data.items()}
    note = ""
    if by_tmb:
        test = log_rank(data)
        note = (
            f"log-rank {p_text(test.p_value)}; exploratory"
            if test.p_value is not None
            else f"comparison not evaluable: {test.reason}"
        )
    origins = [
        _ORIGINS.get(str(origin), str(origin)) for origin in sorted(set(known[f"{kind}_origin"].dropna()))
    ]
    full = f"{title} {' / '.join(origins)}" + (" by TMB" if by_tmb else "")
    flags = split_flags(known["tmb_per_mb_flags"]) if by_tmb else ()
    medians = "; ".join(
        f"{name}: {curve.n} patients, {curve.n_event} events, median "
        + ("not reached" if curve.median is None else f"{curve.median:.1f} months")
        for name, curve in curves.items()
    )
    chart = kaplan_meier_chart(curves, risk, ticks, full, (note,), flags)
    return _figure(f"km-{kind}", chart, f"Kaplan-Meier curves. {full}. {medians}. {note}", f"{medians}.")


def assemble_figures(tables: Mapping[str, pd.DataFrame], cutoff: float | None) -> dict[str, list[Figure]]:
    """The charts by section (quality, burden, response, survival); a section without data has none."""
    figures: dict[str, list[Figure]] = {"quality": [], "burden": [], "response": [], "survival": []}
    if "pair" in tables:
        text = f"Mean coverage of tumour and normal in {len(tables['qc'])} pairs."
        figures["quality"].append(_figure("coverage", coverage_by_pair(tables["qc"]), text))
        figures["burden"].append(_tmb_figure(tables, cutoff))
    if "clinical" not in tables:
        return figures
    by_tmb = "pair" in tables
    frame = outcome_frame(tables) if by_tmb else tables["clinical"]
    if by_tmb:
        figures["response"] = _response_figures(frame, cutoff)
    for kind, title in (("os", "Overall survival"), ("pfs", "Progression-free survival")):
        figure = _survival_figure(frame, kind, title, by_tmb)
        if figure is not None:
            figures["survival"].append(figure)
    return figures
