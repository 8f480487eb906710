"""What the report's tables and figures of fact say, from the cohort's tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pandas as pd

from wes_biomarkers.contracts.biomarkers import main_value
from wes_biomarkers.contracts.record import FLAGS
from wes_biomarkers.features.tmb import Definition
from wes_biomarkers.io.cohort_folder import Cohort
from wes_biomarkers.report.tables import number_text, split

#: How each status is shown.
STATUS_WORDS = {
    "ok": "ok",
    "not_evaluable": "not evaluable",
    "not_requested": "not requested",
    "failed": "failed",
}

#: How endpoints and comparisons on the page are made, for the reader.
METHODS: tuple[tuple[str, str], ...] = (
    (
        "Tumour mutational burden",
        "Counted mutations divided by callable coding bases in Mb, with the exact Poisson 95 % interval. "
        "Callable: tumour depth at least 20 and normal depth at least 10 inside the capture target.",
    ),
    (
        "HLA loss",
        "The tumour's reads of one allele are too few for a copy in its cells, judged beside the normal's reads. "
        "“For review”: the reads and the copy number of the region do not agree, or cannot decide.",
    ),
    (
        "Neoantigens",
        "Variants of which a peptide is predicted to bind an HLA molecule of the patient. A prediction: most "
        "predicted binders are never seen by a T cell. Class I where nothing is said.",
    ),
    (
        "Which sample stands for a patient",
        "For outcomes, the tumour at the time point “baseline”; tissue before FFPE before plasma before "
        "urine. Later samples are never used: whoever has one has lived to give it.",
    ),
    (
        "Objective response",
        "Confirmed CR or PR by RECIST 1.1; NE counts as non-response. Response to induction and response "
        "after allocation are different endpoints with different populations.",
    ),
    (
        "Overall survival",
        "Origin to death, censored at the last day known alive. Patients never allocated have no survival "
        "after allocation. One month is 30.4375 days.",
    ),
    (
        "Progression-free survival",
        "Origin to the first of progression and death, censored at the last adequate tumour assessment.",
    ),
    (
        "Comparisons",
        "Mann-Whitney and log-rank tests, two-sided, not adjusted for anything: exploratory. A difference in "
        "outcome by burden does not show that burden predicts the benefit of a treatment.",
    ),
    (
        "Not evaluable",
        "A value the data cannot support is shown as such with its reason, never as a number. An empty value "
        "is never 0.",
    ),
)


def flag_text(code: str) -> str:
    """A flag as words."""
    return code.replace("_", " ").replace(" mb", " Mb").replace(" af", " AF").replace(" vaf", " VAF")


def used_flags(tables: Mapping[str, pd.DataFrame]) -> list[tuple[str, str]]:
    """Every flag some value carries, with its meaning."""
    used = {code for flags in tables["feature"]["flags"] for code in split(flags)}
    return [(flag, FLAGS[flag]) for flag in FLAGS if flag in used]


def _count(part: int, whole: int) -> str:
    return f"{part} / {whole}"


def key_figures(tables: Mapping[str, pd.DataFrame], counts: Mapping[str, int]) -> list[dict[str, str]]:
    """The few numbers at the head of the page."""
    figures = [{"value": str(counts["n_patient"]), "label": "patients", "note": ""}]
    if "biomarker" in tables:
        wide = tables["biomarker"]
        ok = wide[wide["tmb_per_mb_status"] == "ok"]
        failed = counts["n_failed_pair"]
        figures += [
            {
                "value": str(counts["n_pair"]),
                "label": "tumour-normal pairs",
                "note": f"{failed} failed" if failed else "none failed",
            },
            {
                "value": _count(len(ok), len(wide)),
                "label": "pairs with a TMB",
                "note": f"median {number_text(float(ok['tmb_per_mb'].median()))} per Mb"
                if len(ok)
                else "none evaluable",
            },
            {
                "value": _count(int(ok["tmb_high"].fillna(False).sum()), int(ok["tmb_high"].notna().sum())),
                "label": "TMB high",
                "note": "of those evaluable",
            },
        ]
    if "clinical" in tables:
        clinical = tables["clinical"]
        response, death = clinical["objective_response"].dropna(), clinical["os_event"].dropna()
        if len(response):
            figures.append(
                {
                    "value": _count(int(response.sum()), len(response)),
                    "label": "objective responses",
                    "note": "confirmed, NE as no",
                }
            )
        if len(death):
            figures.append(
                {
                    "value": _count(int(death.sum()), len(death)),
                    "label": "deaths",
                    "note": "of those followed from the origin",
                }
            )
    return figures


def _survival_step(
    tables: Mapping[str, pd.DataFrame], n_outcome: int | None, lost: list[dict[str, str]]
) -> dict[str, Any]:
    counts = Counter(patient["reason"] for patient in lost)
    return {
        "value": (n_outcome or len(tables["clinical"])) - len(lost),
        "label": "in the survival charts" + (", whatever their burden" if n_outcome == 0 else ""),
        "lost": ", ".join(_lost(n, why) for why, n in sorted(counts.items())),
    }


def flow(
    cohort: Cohort, n_outcome: int | None, lost_to_survival: list[dict[str, str]]
) -> list[dict[str, Any]]:
    """From patients to those in the survival charts, with how many were lost at each step and why.

    Args:
        cohort: as read from its folder.
        n_outcome: patients with a baseline burden and a clinical row; None without either table.
        lost_to_survival: patients whom no survival chart holds, each with `patient` and `reason`.
    """
    counts, tables = cohort.manifest["counts"], cohort.tables
    patient = tables["patient"]
    steps: list[dict[str, Any]] = [
        {
            "value": counts["n_patient"],
            "label": "patients",
            "lost": f"{counts['n_excluded_patient']} ids excluded" if counts["n_excluded_patient"] else "",
        },
    ]
    if "pair" in tables:
        both = int(((patient["n_pair"] > 0) & patient["has_clinical"]).sum())
        wide = tables["biomarker"]
        n_ok = int((wide["tmb_per_mb_status"] == "ok").sum())
        sequenced = counts["n_sequenced_patient"]
        steps += [
            {
                "value": sequenced,
                "label": "sequenced patients",
                "lost": _lost(counts["n_patient"] - sequenced, "without samples"),
            },
            {"value": counts["n_pair"], "label": f"pairs of {counts['n_sample']} samples", "lost": ""},
            {
                "value": n_ok,
                "label": "pairs with a TMB",
                "lost": ", ".join(
                    text
                    for text in (
                        _lost(counts["n_failed_pair"], "failed"),
                        _lost(counts["n_pair"] - counts["n_failed_pair"] - n_ok, "not evaluable"),
                    )
                    if text
                ),
            },
        ]
        if "clinical" in tables:
            steps.append(
                {
                    "value": both,
                    "label": "sequenced, with a clinical row",
                    "lost": _lost(sequenced - both, "without a clinical row"),
                }
            )
    elif "clinical" in tables:
        steps.append({"value": counts["n_clinical_patient"], "label": "with a clinical row", "lost": ""})
    if n_outcome is not None:
        steps.append({"value": n_outcome, "label": "with baseline TMB and clinical row", "lost": ""})
    if "clinical" in tables:
        steps.append(_survival_step(tables, n_outcome, lost_to_survival))
    return steps


def _lost(n: int, why: str) -> str:
    return f"{n} {why}" if n else ""


_DOCS = {"qc": "Coverage, duplicates and contamination", "clinical": "A number of the clinical table"}
_FILTER_WORDS = {
    "min_vaf": "VAF >= {:g}",
    "min_depth": "depth >= {:g}",
    "min_alt_reads": "alt reads >= {:g}",
    "max_normal_alt_reads": "normal alt reads <= {:g}",
    "max_population_af": "population AF <= {:g}",
}


def filters_text(definition: Definition) -> str:
    """The thresholds of a definition of burden in words."""
    words = ["PASS"] if definition.filters.require_pass else []
    for name, form in _FILTER_WORDS.items():
        threshold = getattr(definition.filters, name)
        if threshold is not None:
            words.append(form.format(threshold))
    if definition.high_per_mb is not None:
        words.append(f"high >= {definition.high_per_mb:g} per Mb")
    return ", ".join(words)


def definitions_used(
    tables: Mapping[str, pd.DataFrame], definitions: Mapping[str, Definition]
) -> list[dict[str, Any]]:
    """Each feature's definitions with their meaning, filters, and how many values have each status."""
    long = tables["feature"]
    main = long[long["name"] == long["feature"].map(main_value)]
    used = []
    for (feature, name), rows in main.groupby(["feature", "definition_id"]):
        known = definitions.get(str(name)) if feature == "tmb" else None
        counts = rows["status"].value_counts()
        used.append(
            {
                "feature": feature,
                "definition": name,
                "doc": known.doc if known else _DOCS.get(str(name), ""),
                "filters": filters_text(known) if known else "",
                "statuses": [(status, int(counts[status])) for status in STATUS_WORDS if status in counts],
            }
        )
    return used
