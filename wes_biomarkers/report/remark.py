"""The REMARK checklist of a tumour-marker study, filled from the data, the plan and what was run.

Items after McShane 2005 (J Natl Cancer Inst 97:1180) and Altman 2012 (BMC Med 10:51), in our own words. What software
cannot know is left for the authors and says so.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from wes_biomarkers.associate.run import Answer
from wes_biomarkers.contracts.association import ASSOCIATION_FLAGS
from wes_biomarkers.contracts.endpoints import ENDPOINTS
from wes_biomarkers.contracts.plan import Analysis, Plan
from wes_biomarkers.join.flow import Flow
from wes_biomarkers.join.frame import Join
from wes_biomarkers.join.samples import DEFAULT_RULE, PROTEOMICS_RULE

_AUTHORS = "*For the authors: the data do not say.*"


def remark_checklist(join: Join, plan: Plan, found: Answer) -> str:
    """The checklist as Markdown, one heading an item, the same for the same cohort and plan."""
    analyses = plan.analyses
    items = [
        ("1. Marker, objectives, hypotheses", _objectives(plan)),
        ("2. Patients and treatment", _patients(join)),
        ("3. Treatment and how it was chosen", _treatment(join)),
        ("4. Specimens", _specimens(analyses)),
        ("5. Assay", "Definitions of each value are in the cohort's `feature` table (`definition_id`); the methods of "
                     "the workflow are in its report."),
        ("6. Design: cases, follow-up", _follow_up(join, analyses)),
        ("7. Endpoints", _endpoints(analyses)),
        ("8. Candidate variables", _candidates(analyses, found.table)),
        ("9. Sample size", f"{_AUTHORS} docs/power.md shows how to state detectable effects."),
        ("10. Statistical methods", _methods(found.table)),
        ("11. Handling of marker values", _handling(analyses)),
        ("12. Flow of patients", _flows(found)),
        ("13. Basic characteristics", _characteristics(join)),
        ("14. Marker and standard variables", "Adjusted effects are in item 16; the relation between variables is in "
                                              "the cohort's tables."),
        ("15. Univariable results", _results(found.table, adjusted=False)),
        ("16. Multivariable results", _results(found.table, adjusted=True)),
        ("17. Effects with intervals for all, significant or not", _everything(found.table)),
        ("18. Checks of assumptions, sensitivity", _checks(found.table)),
        ("19. Interpretation and limits", _limits(found.table)),
        ("20. Implications", _AUTHORS),
    ]  # fmt: skip
    head = "# REMARK checklist\n\nFilled from the data by wes-biomarkers. "
    head += (
        f"Plan: {plan.title or 'untitled'} (`{plan.plan_id}`, SHA-256 `{plan.sha256}`)."
        if plan.prespecified
        else "No plan was given: everything here is exploratory."
    )
    return head + "\n\n" + "\n\n".join(f"## {title}\n\n{text}" for title, text in items) + "\n"


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines) if lines else "None."


def _objectives(plan: Plan) -> str:
    lines = [
        f"{a.name}: {a.question}, endpoint {a.endpoint}, {len(a.features)} features"
        + (f" ({', '.join(a.features[:5])}{' ...' if len(a.features) > 5 else ''})" if a.features else "")
        for a in plan.analyses
    ]
    return _bullets(lines)


def _patients(join: Join) -> str:
    clinical = join.clinical
    parts = [f"{len(join.tables['patient'])} patients, {len(clinical)} with a clinical row."]
    for name in ("site", "histology", "stage"):
        if name in clinical:
            counts = clinical[name].value_counts()
            parts.append(f"{name}: " + ", ".join(f"{level} {n}" for level, n in counts.items()) + ".")
    return " ".join(parts) + f" Inclusion and exclusion criteria: {_AUTHORS}"


def _treatment(join: Join) -> str:
    clinical = join.clinical
    if "arm_assigned" not in clinical:
        return _AUTHORS
    if "assignment" not in clinical:
        counts = clinical["arm_assigned"].value_counts()
        return ", ".join(f"{arm} {n}" for arm, n in counts.items()) + f". How arms were allocated: {_AUTHORS}"
    table = pd.crosstab(clinical["arm_assigned"], clinical["assignment"])
    return _bullets(
        [f"{arm}: " + ", ".join(f"{n} {how}" for how, n in row.items()) for arm, row in table.iterrows()]
    )


def _specimens(analyses: Sequence[Analysis]) -> str:
    rules: dict[tuple[str, ...], str] = {}
    for analysis in analyses:
        for name in analysis.features:
            is_protein = name.startswith("protein")
            rule = analysis.sample_rule or (PROTEOMICS_RULE if is_protein else DEFAULT_RULE)
            rules.setdefault(
                rule, "of proteins" if is_protein and not analysis.sample_rule else "of a patient"
            )
    lines = [f"The sample {whose} is the first of: {', '.join(rule)}." for rule, whose in rules.items()]
    return " ".join(lines) + " Other samples never stand in." if lines else "No analysis has a feature."


def _follow_up(join: Join, analyses: Sequence[Analysis]) -> str:
    lines = []
    for endpoint in dict.fromkeys(analysis.endpoint for analysis in analyses):
        declared = ENDPOINTS[endpoint]
        if declared.kind != "survival" or not set(declared.columns) <= set(join.clinical.columns):
            continue
        months, event = (join.clinical[name] for name in declared.columns)
        known = months.notna() & event.notna()
        if known.any():
            from wes_biomarkers.stats.survival import kaplan_meier

            reverse = kaplan_meier(months[known].to_numpy(float), (~event[known].astype(bool)).to_numpy(bool))
            median = "not reached" if reverse.median is None else f"{reverse.median:.1f} months"
            lines.append(f"{endpoint}: {int(known.sum())} patients, {int(event[known].sum())} events; median follow-up "
                         f"{median} (reverse Kaplan-Meier)")  # fmt: skip
    return _bullets(lines)


def _endpoints(analyses: Sequence[Analysis]) -> str:
    names = dict.fromkeys(analysis.endpoint for analysis in analyses)
    return _bullets([f"{name}: {ENDPOINTS[name].rule}" for name in names])


def _candidates(analyses: Sequence[Analysis], table: pd.DataFrame) -> str:
    lines = []
    for a in analyses:
        used = table.loc[table["analysis"] == a.name, "adjust"].dropna()
        names = dict.fromkeys((*a.adjust, *(name for text in used for name in text.split(";"))))
        lines.append(
            f"{a.name}: adjusted for {', '.join(names) or 'nothing'}; strata {', '.join(a.strata) or 'none'}; "
            f"centre {a.center or 'not in the model'}"
        )
    return _bullets(lines)


def _methods(table: pd.DataFrame) -> str:
    methods = sorted(set(table["method"]) - {"none"})
    families = table.dropna(subset="adjustment").groupby("family")["adjustment"].agg(["first", "size"])
    lines = ["estimators: " + ", ".join(methods)] if methods else []
    lines += [f"family {name}: {int(row['size'])} tests, {row['first']}" for name, row in families.iterrows()]
    return _bullets(lines)


def _handling(analyses: Sequence[Analysis]) -> str:
    lines = []
    for analysis in analyses:
        cut = analysis.cutpoint
        if cut is None:
            lines.append(f"{analysis.name}: numbers as they are, {analysis.scale.replace('_', ' ')}")
        else:
            at = f" {cut.value:g}" if cut.value is not None else ""
            lines.append(f"{analysis.name}: cut, {cut.kind.replace('_', ' ')}{at}")
    return (
        _bullets(lines) + "\n\nMissing values are never filled in but in multivariable models, which say so."
    )


def _flow_line(name: tuple[str, str], flow: Flow) -> str:
    steps = "; ".join(
        f"{step.n} {step.name}"
        + (f" ({', '.join(f'{n} {why}' for why, n in step.lost)})" if step.lost else "")
        for step in flow.steps
    )
    return f"{' / '.join(word for word in name if word)}: {steps}"


def _flows(found: Answer) -> str:
    return _bullets([_flow_line(name, joined.flow) for name, joined in found.frames.items()])


def _characteristics(join: Join) -> str:
    clinical, lines = join.clinical, []
    for name in ("age", "sex", "ecog", "pdl1_cps"):
        if name not in clinical:
            continue
        known = clinical[name].dropna()
        missing = len(clinical) - len(known)
        if name in ("sex", "ecog"):
            words = ", ".join(f"{level} {n}" for level, n in known.value_counts().sort_index().items())
        elif len(known):
            low, middle, high = known.astype(float).quantile([0.25, 0.5, 0.75])
            words = f"median {middle:g}, quartiles {low:g} to {high:g}"
        else:
            words = "unknown in all"
        lines.append(f"{name}: {words}; unknown {missing}")
    return _bullets(lines)


def _results(table: pd.DataFrame, *, adjusted: bool) -> str:
    rows = table[(table["adjust"].notna() == adjusted) & (table["status"] == "ok") & table["effect"].notna()]
    return f"{len(rows)} effects, in the association table." if len(rows) else "None."


def _everything(table: pd.DataFrame) -> str:
    counts = table["status"].value_counts()
    return (
        f"{int(counts.get('ok', 0))} effects estimated, {int(counts.get('not_evaluable', 0))} not evaluable, "
        f"{int(counts.get('refused', 0))} refused; the table holds all of them with their reasons."
    )


def _flag_counts(table: pd.DataFrame) -> dict[str, int]:
    counts: dict[str, int] = {}
    for text in table["flags"].dropna():
        for code in filter(None, str(text).split(";")):
            counts[code] = counts.get(code, 0) + 1
    return counts


def _checks(table: pd.DataFrame) -> str:
    counts = _flag_counts(table)
    told = (
        "non_proportional_hazards",
        "few_events",
        "separation",
        "firth",
        "unbalanced_weights",
        "unknown_as_zero",
    )
    return _bullets([f"{counts[code]} effects: {ASSOCIATION_FLAGS[code]}" for code in told if code in counts])


def _limits(table: pd.DataFrame) -> str:
    counts = _flag_counts(table)
    told = ("exploratory", "observational_treatment", "arm_specific", "data_driven_cutpoint", "landmark",
            "left_truncated", "responders_by_survival", "feature_after_origin")  # fmt: skip
    return _bullets([f"{counts[code]} effects: {ASSOCIATION_FLAGS[code]}" for code in told if code in counts])
