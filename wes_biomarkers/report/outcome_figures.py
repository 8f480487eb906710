"""Figures of the flow of patients, of adverse events and of proteins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from wes_biomarkers.contracts.association import ASSOCIATION
from wes_biomarkers.contracts.endpoints import ENDPOINTS
from wes_biomarkers.contracts.plan import Analysis
from wes_biomarkers.join.features import FeatureReader
from wes_biomarkers.join.frame import Join
from wes_biomarkers.join.population import column
from wes_biomarkers.plots.names import apart, spelled
from wes_biomarkers.plots.proteomics import detection_bars, level_ranges
from wes_biomarkers.plots.toxicity import SEVERE, grade_bars, term_bars
from wes_biomarkers.plots.words import p_text
from wes_biomarkers.report.association_figures import flow_picture, groups_of, incidence_of
from wes_biomarkers.report.figure import Figure

Tables = Mapping[str, pd.DataFrame]
#: Terms drawn, those most patients had, and proteins, those most often quantified.
N_TERM, N_PROTEIN = 15, 40
#: The feature and endpoint of the flow in a cohort's own section.
_FEATURE, _ENDPOINT = "tmb_per_mb", "os"


def flow_figures(tables: Tables, flags: Sequence[str]) -> list[Figure]:
    """From everybody to those in an analysis of burden and survival (REMARK, item 12); empty without either."""
    if "clinical" not in tables or "pair" not in tables:
        return []
    analysis = Analysis("", _ENDPOINT, (_FEATURE,))
    join = Join(tables)
    flow = join.with_feature(join.base(analysis), analysis, _FEATURE).flow
    title = "From the cohort to burden and overall survival"
    words = "; ".join(f"{step.n} {step.name}" for step in flow.steps)
    return [Figure("flow", flow_picture(flow, title, flags), f"Flow of patients: {words}.")]


def _arms(tables: Tables) -> pd.Series:
    """The arm assigned by patient id; `all patients` where the cohort has no arms."""
    clinical = tables["clinical"].set_index("patient_id")
    arms = column(clinical, "arm_assigned").astype("string")
    named = arms.map(apart(arms.dropna().unique(), spelled), na_action="ignore")
    return named if named.notna().any() else named.fillna("all patients")


def toxicity_figures(tables: Tables, flags: Sequence[str]) -> list[Figure]:
    """Worst grades by arm, terms by arm, and the cumulative incidence of a first severe event by arm."""
    if "clinical" not in tables:
        return []
    clinical, arms = tables["clinical"].set_index("patient_id"), _arms(tables)
    worst = column(clinical, "grade_any").astype("Float64")
    figures, tabled = [], []
    asked = arms.notna() & worst.notna()
    if asked.any():
        title = "Worst grade of any adverse event" + (" by arm assigned" if arms[asked].nunique() > 1 else "")
        shown = pd.DataFrame({"group": arms, "grade": worst})[
            column(clinical, "grade_any").notna() | arms.notna()
        ]
        severe = int((worst[asked] >= SEVERE).sum())
        text = f"{title}: grade {SEVERE} or more in {severe} of {int(asked.sum())} patients."
        note = f"the endpoint toxicity_grade_any: {ENDPOINTS['toxicity_grade_any'].rule}"
        figures.append(Figure("grades", grade_bars(shown, title, flags, (note,)), text))
        terms = term_counts(tables, arms[asked])
        if len(terms):
            n = terms["term"].nunique()
            title = "Adverse events by term" + (f", the {n} most frequent" if n == N_TERM else "")
            text = f"{title}: " + ", ".join(dict.fromkeys(terms["term"])) + "."
            tabled.append(Figure("terms", term_bars(terms, title, flags), text))
    return [*figures, *_incidence(tables, flags), *tabled]


def term_counts(tables: Tables, arms: pd.Series) -> pd.DataFrame:
    """term, group, n, n_any, n_severe of the `N_TERM` terms most of these patients had, the most frequent first.

    Args:
        tables: of the cohort; empty result without a table of worst grades.
        arms: group by patient id, of those asked for events.
    """
    columns = ["term", "group", "n", "n_any", "n_severe"]
    if "worst_grade" not in tables:
        return pd.DataFrame(columns=columns)
    worst = tables["worst_grade"]
    mine = worst[(worst["attribution"] == "any") & worst["patient_id"].isin(arms.index)]
    ranked = mine["term"].value_counts().rename_axis("term").reset_index(name="n_all")
    chosen = ranked.sort_values(["n_all", "term"], ascending=[False, True]).head(N_TERM)["term"]
    group = mine["patient_id"].map(arms)
    rows = []
    for term in chosen:
        for name, n in arms.value_counts().sort_index().items():
            had = mine[(mine["term"] == term) & (group == name)]
            rows.append((term, name, int(n), len(had), int((had["grade"] >= SEVERE).sum())))
    return pd.DataFrame(rows, columns=columns)


def _incidence(tables: Tables, flags: Sequence[str]) -> list[Figure]:
    """Cumulative incidence of the first severe event by arm; empty where no time is known."""
    from wes_biomarkers.stats.competing_risks import gray_test

    endpoint = ENDPOINTS["toxicity_time_any"]
    if not set(endpoint.columns) <= set(tables["clinical"].columns):
        return []
    analysis = Analysis("", endpoint.name, question="treatment")
    join = Join(tables)
    joined = join.without_feature(join.base(analysis))
    if joined.frame.empty:
        return []
    groups = groups_of(joined, analysis)
    if groups is None:
        groups = pd.Series("all patients", index=joined.frame.index, dtype="string")
    frame = joined.frame.loc[groups.index]
    test = (
        gray_test(frame["time"].to_numpy(float), frame["state"].to_numpy(int), list(groups))
        if groups.nunique() > 1
        else None
    )
    notes = (
        [f"Gray's test {p_text(test.p_value)}; exploratory"]
        if test is not None and test.p_value is not None
        else []
    )
    title = endpoint.title + (" by arm assigned" if groups.nunique() > 1 else "")
    none = pd.DataFrame(columns=ASSOCIATION.names)
    chart = incidence_of(joined, groups, title, analysis, none, notes=notes, flags=flags)
    n_event = int((frame["state"] == 1).sum())
    text = f"{title}: {n_event} of {len(frame)} patients. {' '.join(notes)}"
    return [Figure("incidence", chart, text)]


def protein_figures(tables: Tables, flags: Sequence[str]) -> list[Figure]:
    """How often each protein could be quantified, and where its baseline levels lie; empty without proteomics."""
    if "proteomics" not in tables or tables["proteomics"].empty:
        return []
    kept = tables["protein"][tables["protein"]["kept"].fillna(False).astype(bool)]
    ranked = kept.sort_values(["n_quantified", "protein"], ascending=[False, True], kind="stable")
    shown = ranked.head(N_PROTEIN)
    some = f"the {N_PROTEIN} of {len(kept)} proteins most often quantified" if len(kept) > N_PROTEIN else ""
    n = tables["proteomics_sample"]["sample_id"].nunique()
    title = f"Proteins in {n} samples"
    text = f"{len(kept)} proteins in {n} samples, quantified in {int(shown['n_quantified'].min())} to "
    text += f"{int(shown['n_quantified'].max())} of them."
    figures = [Figure("protein-detection", detection_bars(shown, title, flags, (some,)), text)]
    samples = FeatureReader(tables).proteomics_samples
    long = tables["proteomics"]
    base = long[long["sample_id"].isin(samples["sample_id"]) & (long["censored"].fillna("") == "")]
    levels = base.set_index("protein").loc[lambda found: found.index.isin(shown["protein"])].reset_index()
    order = {name: place for place, name in enumerate(shown["protein"])}
    levels = levels.sort_values("protein", key=lambda names: names.map(order), kind="stable")
    title = f"Levels at baseline, {levels['sample_id'].nunique()} samples"
    text = f"{title}: median, quartiles, and 10 to 90 %, of quantified values."
    return [
        *figures,
        Figure("protein-levels", level_ranges(levels, title, flags, ("quantified values only", some)), text),
    ]
