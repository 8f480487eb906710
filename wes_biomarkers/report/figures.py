"""The report's charts, each with what it says in words for those who cannot see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from wes_biomarkers.join.samples import choose_samples
from wes_biomarkers.plots.quality import coverage_by_pair
from wes_biomarkers.plots.survival import counted, kaplan_meier_chart, time_ticks
from wes_biomarkers.plots.theme import split_flags
from wes_biomarkers.plots.tmb import tmb_by_patient, tmb_by_response, tmb_group
from wes_biomarkers.plots.words import p_text
from wes_biomarkers.report import biomarker_figures as charts
from wes_biomarkers.report.course_figures import course_charts
from wes_biomarkers.report.figure import Figure
from wes_biomarkers.report.outcome_figures import flow_figures, protein_figures, toxicity_figures
from wes_biomarkers.stats.groups import mann_whitney
from wes_biomarkers.stats.survival import KaplanMeier, at_risk, kaplan_meier, log_rank, pooled

#: The definition the wide tmb_* columns are made with.
TMB_DEFINITION = "wes_nonsyn"

_ORIGINS = {
    "allocation": "from allocation",
    "first_dose": "from first dose",
    "induction": "from induction start",
    "ready_made": "as given",
}

_ENDPOINTS = {"os": "Overall survival", "pfs": "Progression-free survival"}


def _tmb_details(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The interval and reason of each pair's burden, from the long table; a failed pair's own reason."""
    long = tables["feature"]
    mine = long[(long["feature"] == "tmb") & (long["definition_id"] == TMB_DEFINITION)]
    mine = mine[mine["name"] == "tmb_per_mb"][["pair_id", "reason", "ci_low", "ci_high"]]
    pairs = tables["pair"][["pair_id", "reason"]].rename(columns={"reason": "pair_reason"})
    merged = pairs.merge(mine, on="pair_id", how="left")
    merged["reason"] = merged["reason"].fillna(merged.pop("pair_reason"))
    return merged


def _tmb_figure(tables: Mapping[str, pd.DataFrame], cutoff: float | None, always: Sequence[str]) -> Figure:
    pairs = tables["biomarker"].merge(_tmb_details(tables), on="pair_id", how="left")
    known = pairs[pairs["tmb_per_mb_status"] == "ok"]
    text = f"Tumour mutational burden of {len(known)} of {len(pairs)} pairs"
    if len(known):
        text += f", from {known['tmb_per_mb'].min():.1f} to {known['tmb_per_mb'].max():.1f} mutations per Mb"
    text += f"; {int(known['tmb_high'].fillna(False).sum())} are high."
    flags = (*always, *split_flags(pairs["tmb_per_mb_flags"]))
    return Figure("tmb-patient", tmb_by_patient(pairs, cutoff, TMB_DEFINITION, flags), text)


def outcome_frame(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Baseline burden beside the clinical columns: one row a patient with both, burden known."""
    base = choose_samples(tables["biomarker"], "pair_id")
    known = base[(base["tmb_per_mb_status"] == "ok") & base["tmb_per_mb"].notna()]
    return known.merge(tables["clinical"], on="patient_id", how="inner", suffixes=("", "_clinical"))


def _response_figure(
    name: str, title: str, shown: pd.DataFrame, flags: Sequence[str], cutoff: float | None
) -> Figure:
    """Burden by response; `shown` has patient_id, tmb_per_mb, responded (bool), response."""
    values, responded = shown["tmb_per_mb"], shown["responded"]
    test = mann_whitney(list(values[responded]), list(values[~responded]))
    if test.p_value is None or test.auc is None:
        note = f"comparison not evaluable: {test.reason}"
    else:
        note = f"Mann-Whitney {p_text(test.p_value)}, AUC {test.auc:.2f}; exploratory"
    groups = responded.map({True: "responders", False: "non-responders"})
    chart = tmb_by_response(shown.assign(group=groups), title, (note,), flags, cutoff)
    text = f"{title}: {test.n_first} responders, {test.n_second} non-responders; {note}."
    caption = "NE counts as non-response. Box: quartiles, drawn from four patients on."
    return Figure(name, chart, text, caption)


def _response_figures(frame: pd.DataFrame, cutoff: float | None, always: Sequence[str]) -> list[Figure]:
    confirmed = frame["objective_response"].notna().any()
    after = " after allocation" if (frame["os_origin"] == "allocation").any() else ""
    wanted = (
        ("tmb-induction", "TMB by induction response", "induction_objective_response", "induction_response"),
        (
            "tmb-response",
            f"TMB by {'confirmed' if confirmed else 'unconfirmed'} best response{after}",
            "objective_response" if confirmed else "objective_response_unconfirmed",
            "best_response",
        ),
    )
    figures = []
    for name, title, group, response in wanted:
        known = frame[frame[group].notna()]
        if known.empty:
            continue
        shown = known[["patient_id", "tmb_per_mb"]].assign(
            responded=known[group].astype(bool), response=known[response].fillna("unknown")
        )
        flags = (*always, *split_flags(known["tmb_per_mb_flags"]))
        figures.append(_response_figure(name, title, shown, flags, cutoff))
    return figures


def _groups(frame: pd.DataFrame, by_tmb: bool) -> dict[str, pd.DataFrame]:
    if not by_tmb:
        return {"all patients": frame} if len(frame) else {}
    label = frame["tmb_high"].map(tmb_group)
    return {f"TMB {name}": frame[label == name] for name in ("high", "low") if (label == name).any()}


def _comparison(data: Mapping[str, tuple[list[float], list[bool]]]) -> str:
    test = log_rank(*pooled(data))
    if test.p_value is None:
        return f"comparison not evaluable: {test.reason}"
    return f"log-rank {p_text(test.p_value)}; exploratory"


def _medians(curves: Mapping[str, KaplanMeier]) -> str:
    return "; ".join(
        f"{name}: {counted(curve)}, median "
        + ("not reached" if curve.median is None else f"{curve.median:.1f} months")
        for name, curve in curves.items()
    )


def _survival_figure(frame: pd.DataFrame, kind: str, by_tmb: bool, always: Sequence[str]) -> Figure | None:
    known = frame[frame[f"{kind}_months"].notna() & frame[f"{kind}_event"].notna()]
    data = {
        name: (list(group[f"{kind}_months"].astype(float)), list(group[f"{kind}_event"].astype(bool)))
        for name, group in _groups(known, by_tmb).items()
    }
    if not data:
        return None
    curves = {name: kaplan_meier(*values) for name, values in data.items()}
    ticks = time_ticks(max(max(times) for times, _ in data.values()))
    risk = {name: at_risk(times, ticks) for name, (times, _) in data.items()}
    note = _comparison(data) if by_tmb else ""
    origins = " / ".join(_ORIGINS[origin] for origin in sorted(set(known[f"{kind}_origin"].dropna())))
    title = f"{_ENDPOINTS[kind]} {origins}" + (" by TMB" if by_tmb else "")
    flags = (*always, *(split_flags(known["tmb_per_mb_flags"]) if by_tmb else ()))
    chart = kaplan_meier_chart(curves, risk, ticks, title, (note,), flags)
    text = f"Kaplan-Meier curves. {title}. {_medians(curves)}. {note}"
    return Figure(f"km-{kind}", chart, text, f"{_medians(curves)}.")


#: Section -> the wide column that tells whether it was asked for, its title, and its chart.
BIOMARKER_SECTIONS: Mapping[str, tuple[str, str, Callable[..., charts.Chart]]] = {
    "msi": ("msi_score", "Microsatellite instability", charts.msi_chart),
    "signatures": ("sbs_clock", "Mutational signatures", charts.signature_chart),
    "copy-number": ("fga_log2", "Copy number", charts.copy_number_chart),
    "drivers": ("n_driver", "Drivers", charts.driver_chart),
    "hla": ("hed", "HLA", charts.hla_chart),
    "neoantigens": ("n_neoantigen", "Neoantigens", charts.neoantigen_chart),
}


#: Sections of outcomes, in their order.
OUTCOME_SECTIONS = ("response", "survival", "course", "toxicity", "proteins")


def assemble_figures(
    tables: Mapping[str, pd.DataFrame],
    cutoff: float | None,
    definitions: Sequence[str],
    parameters: Mapping[str, Any],
    is_synthetic: bool,
) -> dict[str, list[Figure]]:
    """The charts by section (quality, flow, burden, one a biomarker, those of outcomes); one without data has none.

    `definitions` of burden in the order shown; `parameters` of the run.
    Survival is shown by burden where any patient has one at baseline, else of all patients together.
    """
    sections = ("quality", "flow", "burden", *BIOMARKER_SECTIONS, *OUTCOME_SECTIONS)
    figures: dict[str, list[Figure]] = {name: [] for name in sections}
    always = ("synthetic",) if is_synthetic else ()
    if "pair" in tables:
        text = f"Mean coverage of tumour and normal in {len(tables['qc'])} pairs."
        flags = (*always, *split_flags(tables["qc"]["flags"]))
        figures["quality"].append(Figure("coverage", coverage_by_pair(tables["qc"], flags), text))
        figures["burden"].append(_tmb_figure(tables, cutoff, always))
        long = tables["feature"]
        if long.loc[long["name"] == "tmb_per_mb", "value"].notna().any():
            chart = charts.tmb_definitions_chart(tables, definitions, always)
            figures["burden"].append(Figure("tmb-definitions", *chart))
        for name, (column, _, chart_of) in BIOMARKER_SECTIONS.items():
            if set(tables["biomarker"][f"{column}_status"]) - {"not_requested", "failed"}:
                figures[name].append(Figure(name, *chart_of(tables, parameters, always)))
    if "clinical" not in tables:
        return figures
    frame = outcome_frame(tables) if "pair" in tables else tables["clinical"].head(0)
    by_tmb = not frame.empty
    if by_tmb:
        figures["response"] = _response_figures(frame, cutoff, always)
    for kind in _ENDPOINTS:
        figure = _survival_figure(frame if by_tmb else tables["clinical"], kind, by_tmb, always)
        if figure is not None:
            figures["survival"].append(figure)
    figures["flow"] = flow_figures(tables, always)
    figures["course"] = [
        Figure(name, chart, words) for name, (chart, words) in course_charts(tables, always).items()
    ]
    figures["toxicity"] = toxicity_figures(tables, always)
    figures["proteins"] = protein_figures(tables, always)
    return figures
