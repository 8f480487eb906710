"""Every chart of outcomes once, from invented data: what docs/pictures.md shows and the tests of plots look at.

`python tests/support/gallery.py [name ...]` writes docs/img/chart-NAME.png.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from wes_biomarkers.plots.clonality import followed_chart
from wes_biomarkers.plots.cooccurrence import cooccurrence_chart
from wes_biomarkers.plots.decision_curve import decision_curve_chart
from wes_biomarkers.plots.flow import FlowStep, flow_chart
from wes_biomarkers.plots.forest import forest
from wes_biomarkers.plots.incidence import incidence_chart
from wes_biomarkers.plots.lesions import lesion_chart
from wes_biomarkers.plots.lollipop import lollipop_chart
from wes_biomarkers.plots.missing import missing_chart
from wes_biomarkers.plots.oncoprint import oncoprint_chart
from wes_biomarkers.plots.percentile import percentile_chart
from wes_biomarkers.plots.proteomics import detection_bars, level_ranges
from wes_biomarkers.plots.rates import rates_chart
from wes_biomarkers.plots.roc import calibration_chart, roc_chart
from wes_biomarkers.plots.scatter import scatter_chart
from wes_biomarkers.plots.signatures import exposure_bars
from wes_biomarkers.plots.spread import quartiles, spread_chart
from wes_biomarkers.plots.survival import kaplan_meier_chart, time_ticks
from wes_biomarkers.plots.swimmer import swimmer
from wes_biomarkers.plots.timeline import timeline_chart
from wes_biomarkers.plots.toxicity import grade_bars, term_bars
from wes_biomarkers.plots.treatment_effect import predictiveness_chart, sliding_window_chart
from wes_biomarkers.plots.volcano import volcano
from wes_biomarkers.plots.waterfall import spider, waterfall
from wes_biomarkers.plots.words import explained
from wes_biomarkers.stats.survival import at_risk, kaplan_meier

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "img"
INVENTED = ("synthetic",)
GENES = [
    "TP53",
    "CDKN2A",
    "NFE2L2",
    "PIK3CA",
    "KMT2D",
    "NOTCH1",
    "FAT1",
    "EP300",
    "RB1",
    "PTEN",
    "AJUBA",
    "ZNF750",
]


def volcano_rows() -> pd.DataFrame:
    """4,000 features, of which a dozen genes have effects."""
    random = np.random.default_rng(1)
    error = random.uniform(0.12, 0.4, 4000)
    log_effect = random.normal(0, error)
    z = log_effect / error
    names = [f"protein {index}" for index in range(4000)]
    for index, gene in enumerate(GENES):
        names[index], log_effect[index] = gene, (-1) ** index * (0.9 - 0.03 * index)
        z[index] = log_effect[index] / 0.14
    from scipy.stats import norm

    p_value = 2 * norm.sf(np.abs(z))
    from wes_biomarkers.stats.multiplicity import benjamini_hochberg

    return pd.DataFrame(
        {
            "feature": names,
            "effect": np.exp(log_effect),
            "p_value": p_value,
            "q_value": benjamini_hochberg(list(p_value)),
        }
    )


def draw_volcano() -> Any:
    return volcano(
        volcano_rows(), "Overall survival from allocation, all patients", (*INVENTED, "exploratory")
    )


def follow_ups() -> dict[str, tuple[list[float], list[bool]]]:
    random = np.random.default_rng(3)
    found = {}
    for name, mean, n in (
        ("TMB high, radiotherapy", 40, 48), ("TMB low, radiotherapy", 24, 52),
        ("TMB high, no radiotherapy", 20, 47), ("TMB low, no radiotherapy", 17, 53),
    ):  # fmt: skip
        event, last = random.exponential(mean, n), random.uniform(8, 36, n)
        found[name] = (np.minimum(event, last).round(1).tolist(), (event <= last).tolist())
    return found


def draw_survival() -> Any:
    data = follow_ups()
    ticks = time_ticks(36)
    risk = {name: at_risk(times, ticks) for name, (times, _) in data.items()}
    curves = {name: kaplan_meier(*values) for name, values in data.items()}
    notes = ("log-rank p = 0.004; interaction TMB × radiotherapy p = 0.21", "cut at 10 per Mb, prespecified")
    return kaplan_meier_chart(
        curves, risk, ticks, "Overall survival from allocation by TMB and arm", notes,
        (*INVENTED, "landmark"), "months from the landmark (3 months after allocation)",
    )  # fmt: skip


def draw_survival_two() -> Any:
    data = dict(list(follow_ups().items())[:2])
    ticks = time_ticks(36)
    risk = {name: at_risk(times, ticks) for name, (times, _) in data.items()}
    curves = {name: kaplan_meier(*values) for name, values in data.items()}
    notes = ("log-rank p = 0.012; hazard ratio 0.55 (0.34 to 0.89)",)
    return kaplan_meier_chart(curves, risk, ticks, "Overall survival from allocation by TMB", notes, INVENTED)


def incidence_rows() -> pd.DataFrame:
    rows = []
    for group, rate, dead in (("radiotherapy", 0.35, 0.22), ("no radiotherapy", 0.18, 0.3)):
        for time in np.linspace(0, 24, 49):
            grown = 1 - np.exp(-time / 7)
            value = rate * grown
            rows.append((group, "event", time, value, max(0.0, value - 0.09 * grown), value + 0.1 * grown))
            rows.append((group, "competing", time, dead * (1 - np.exp(-time / 14)), None, None))
    return pd.DataFrame(rows, columns=["group", "state", "time", "estimate", "ci_low", "ci_high"])


def draw_incidence() -> Any:
    notes = (
        "Gray's test p = 0.031; subdistribution hazard ratio 1.84 (1.06 to 3.20)",
        "dotted: death before any such event",
    )
    title = explained("First adverse event of grade 3 or more, from allocation", INVENTED, *notes, width=540)
    words = {
        "radiotherapy": "radiotherapy: 98 patients, 34 events",
        "no radiotherapy": "no radiotherapy: 102 patients, 18 events",
    }
    risk = {"radiotherapy": [98, 61, 47, 30, 12], "no radiotherapy": [102, 80, 62, 41, 20]}
    return incidence_chart(incidence_rows(), risk, [0, 6, 12, 18, 24], title, words)


def forest_rows() -> pd.DataFrame:
    rows = [
        ("TMB (per sd)", "all patients", 200, 110, 0.81, 0.66, 0.99, 0.041, 0.034, ""),
        ("TMB (per sd)", "radiotherapy", 98, 48, 0.62, 0.44, 0.87, 0.006, 0.034, ""),
        ("TMB (per sd)", "no radiotherapy", 102, 62, 0.97, 0.75, 1.26, 0.83, 0.034, ""),
        ("HLA loss", "all patients", 176, 95, 1.34, 0.89, 2.02, 0.16, 0.62, ""),
        ("HLA loss", "radiotherapy", 86, 41, 1.49, 0.8, 2.77, 0.21, 0.62, ""),
        ("HLA loss", "no radiotherapy", 90, 54, 1.2, 0.3, 9.4, 0.51, 0.62, ""),
        ("POLE mutated", "all patients", 200, 110, None, None, None, None, None, "1 patient has it"),
    ]
    names = [
        "group",
        "label",
        "n",
        "n_event",
        "effect",
        "ci_low",
        "ci_high",
        "p_value",
        "p_interaction",
        "reason",
    ]
    return pd.DataFrame(rows, columns=names)


def draw_forest() -> Any:
    return forest(
        forest_rows(), "Overall survival from allocation: biomarkers and radiotherapy",
        (*INVENTED, "arm_specific"), favours=("longer survival", "shorter survival"),
    )  # fmt: skip


def draw_forest_subgroups() -> Any:
    rows = [
        ("all patients", 200, 110, 0.78, 0.54, 1.13, 0.19), ("TMB high", 95, 45, 0.55, 0.31, 0.97, 0.04),
        ("TMB low", 105, 65, 1.02, 0.63, 1.65, 0.93), ("PD-L1 CPS ≥ 10", 88, 44, 0.7, 0.39, 1.25, 0.23),
        ("PD-L1 CPS < 10", 112, 66, 0.84, 0.52, 1.36, 0.48),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["label", "n", "n_event", "effect", "ci_low", "ci_high", "p_value"])
    frame["group"] = ["", "TMB", "TMB", "PD-L1", "PD-L1"]
    frame["p_interaction"] = [None, 0.11, 0.11, 0.65, 0.65]
    return forest(frame, "Radiotherapy or none, by subgroup: overall survival", (*INVENTED, "exploratory"),
                  favours=("radiotherapy better", "worse"))  # fmt: skip


def draw_waterfall() -> Any:
    random = np.random.default_rng(7)
    change = np.concatenate([random.normal(-55, 22, 22), random.normal(-5, 12, 14), random.normal(45, 40, 9)])
    change = np.clip(change, -100, 160)
    response = np.where(change <= -95, "CR", np.where(change <= -30, "PR", np.where(change < 20, "SD", "PD")))
    frame = pd.DataFrame(
        {"patient_id": [f"P{at:03d}" for at in range(45)], "best_change": change, "response": response}
    )
    frame.loc[40, "best_change"] = 143.0
    frame.loc[0, ["best_change", "response"]] = [np.nan, "NE"]
    return waterfall(frame, "Best change of target lesions after allocation", INVENTED)


def draw_spider() -> Any:
    random = np.random.default_rng(8)
    rows = []
    for at in range(30):
        slope = random.normal(-14, 14)
        response = "PR" if slope < -12 else "SD" if slope < 4 else "PD"
        change = 0.0
        for visit in range(random.integers(3, 8)):
            rows.append((f"P{at:02d}", visit * 2.0, max(change, -100.0), response))
            change += slope * 0.85**visit + random.normal(0, 4) + (6 if visit > 3 else 0)
    frame = pd.DataFrame(rows, columns=["patient_id", "months", "change", "response"])
    return spider(frame, "Change of target lesions from the baseline before allocation", INVENTED)


def draw_swimmer() -> Any:
    random = np.random.default_rng(9)
    phases, events = [], []
    for at in range(26):
        patient, start = f"P{at:02d}", random.uniform(2.5, 3.5)
        end = start + random.exponential(11) + 1
        arm = "PD-1 + radiotherapy" if at % 2 else "PD-1"
        phases += [(patient, "induction", 0.0, start), (patient, arm, start, end)]
        events.append((patient, start, "allocation"))
        if random.random() < 0.6:
            events.append((patient, start + 1.8, "response"))
        kind = random.choice(["progression", "death", "ongoing"])
        events.append((patient, end, kind))
    return swimmer(
        pd.DataFrame(phases, columns=["patient_id", "phase", "start", "end"]),
        pd.DataFrame(events, columns=["patient_id", "months", "event"]),
        "Time on treatment from the start of induction", INVENTED,
    )  # fmt: skip


def draw_roc() -> Any:
    random = np.random.default_rng(10)
    outcome = random.random(150) < 0.4
    rows = []
    for name, strength in (("TMB", 0.5), ("TMB + HLA + age", 1.1)):
        score = random.normal(0, 1, 150) + strength * outcome
        order = np.argsort(-score)
        hit = outcome[order]
        rows += [
            (name, fpr, tpr)
            for fpr, tpr in zip(
                [0, *np.cumsum(~hit) / (~hit).sum()], [0, *np.cumsum(hit) / hit.sum()], strict=True
            )
        ]
    frame = pd.DataFrame(rows, columns=["group", "false_positive_rate", "true_positive_rate"])
    words = {
        "TMB": "TMB: AUC 0.65 (0.56 to 0.74)",
        "TMB + HLA + age": "TMB + HLA + age: AUC 0.77 (0.69 to 0.84)",
    }
    return roc_chart(
        frame, words, "Confirmed response", (*INVENTED, "exploratory"), ["difference of AUC p = 0.03"]
    )


def draw_calibration() -> Any:
    frame = pd.DataFrame(
        [(0.1, 0.12, 0.05, 0.24, 40), (0.25, 0.2, 0.1, 0.34, 41), (0.42, 0.46, 0.32, 0.6, 39), (0.6, 0.55, 0.4, 0.7, 40),
         (0.83, 0.75, 0.6, 0.86, 40)], columns=["predicted", "observed", "ci_low", "ci_high", "n"])  # fmt: skip
    return calibration_chart(
        frame, "Confirmed response", INVENTED, ["intercept -0.04, slope 0.88, Brier score 0.191"]
    )


def draw_decision_curve() -> Any:
    random = np.random.default_rng(11)
    linear = random.normal(0, 1.2, 600) - 0.5
    outcome = random.random(600) < 1 / (1 + np.exp(-linear))
    weak = 1 / (1 + np.exp(-(0.3 * linear - 0.45 + random.normal(0, 0.4, 600))))
    rows = []
    for threshold in np.arange(0.05, 0.71, 0.01):
        odds = threshold / (1 - threshold)
        for name, risk in (
            ("TMB + HLA + age", 1 / (1 + np.exp(-linear))),
            ("TMB", weak),
            ("treat all", np.ones(600)),
        ):
            acted = risk >= threshold
            rows.append((name, threshold, (acted & outcome).mean() - odds * (acted & ~outcome).mean()))
        rows.append(("treat none", threshold, 0.0))
    frame = pd.DataFrame(rows, columns=["strategy", "threshold", "net_benefit"])
    return decision_curve_chart(frame, "Treating those likely to respond", INVENTED)


def draw_sliding_window() -> Any:
    centre = np.linspace(1.5, 22, 15)
    log = 0.25 - 0.045 * centre + 0.05 * np.sin(centre)
    width = 0.38 + 0.008 * (centre - 9)
    frame = pd.DataFrame({"centre": centre, "effect": np.exp(log), "ci_low": np.exp(log - width),
                          "ci_high": np.exp(log + width),
                          "n": 60})  # fmt: skip
    return sliding_window_chart(
        frame, "Radiotherapy or none, overall survival", (*INVENTED, "exploratory"), feature="mutations per Mb",
        overall=0.86, notes=["one effect in all windows: permutation p = 0.08"],
    )  # fmt: skip


def draw_predictiveness() -> Any:
    share = np.linspace(0, 100, 41)
    rows = []
    for name, start, slope in (("no radiotherapy", 0.62, -0.08), ("radiotherapy", 0.66, -0.38)):
        for at in share:
            risk = start + slope * at / 100
            rows.append(
                (name, at, risk, risk - 0.1 - 0.04 * abs(at - 50) / 50, risk + 0.1 + 0.04 * abs(at - 50) / 50)
            )
    frame = pd.DataFrame(rows, columns=["group", "percentile", "risk", "ci_low", "ci_high"])
    return predictiveness_chart(frame, "Death within 24 months of allocation, by arm", INVENTED, feature="mutational burden",
                                notes=["interaction p = 0.034"])  # fmt: skip


def flow_steps() -> tuple[list[FlowStep], dict[str, list[FlowStep]]]:
    steps = [
        FlowStep("enrolled", 240, {"withdrew before induction": 6}),
        FlowStep(
            "started induction", 234, {"progressed during induction": 21, "died": 5, "declined allocation": 8}
        ),
        FlowStep("allocated", 200),
    ]
    arms = {
        "radiotherapy": [FlowStep("allocated", 98, {"no tumour sample": 7}),
                         FlowStep("sequenced", 91, {"failed quality control": 3}), FlowStep("analysed", 88)],
        "no radiotherapy": [FlowStep("allocated", 102, {"no tumour sample": 11, "normal is another patient's": 1}),
                            FlowStep("sequenced", 90, {"failed quality control": 2}), FlowStep("analysed", 88)],
    }  # fmt: skip
    return steps, arms


def draw_flow() -> Any:
    steps, arms = flow_steps()
    return flow_chart(steps, "Patients from enrolment to analysis of overall survival", INVENTED, arms)


def draw_missing() -> Any:
    rows = [("mutational burden", "known", 176), ("mutational burden", "no sample", 18), ("mutational burden", "failed", 6),
            ("HLA loss", "known", 151), ("HLA loss", "no sample", 18), ("HLA loss", "purity unknown", 31),
            ("PD-L1 CPS", "known", 188), ("PD-L1 CPS", "not tested", 12)]  # fmt: skip
    return missing_chart(
        pd.DataFrame(rows, columns=["feature", "state", "n"]), "Features of 200 allocated patients", INVENTED
    )


def draw_grades() -> Any:
    random = np.random.default_rng(12)
    shares = {
        "immunotherapy": (0.3, 0.25, 0.25, 0.15, 0.05),
        "with radiotherapy": (0.2, 0.2, 0.25, 0.22, 0.13),
    }
    rows = [
        (arm, grade)
        for arm, share in shares.items()
        for grade in [*random.choice([0, 1, 2, 3, 4], 90, p=share).tolist(), None]
    ]
    frame = pd.DataFrame(rows, columns=["group", "grade"])
    return grade_bars(frame, "Worst grade of any adverse event by arm", INVENTED)


def draw_terms() -> Any:
    counts = {"fatigue": (31, 6, 36, 11), "rash": (28, 9, 22, 4), "pneumonitis": (9, 2, 21, 9), "colitis": (8, 3, 9, 2),
              "oesophagitis": (0, 0, 17, 5)}  # fmt: skip
    rows = [
        (term, arm, 90, *pair)
        for term, (a, b, c, d) in counts.items()
        for arm, pair in (("immunotherapy", (a, b)), ("with radiotherapy", (c, d)))
    ]
    frame = pd.DataFrame(rows, columns=["term", "group", "n", "n_any", "n_severe"])
    return term_bars(frame, "Adverse events by term", INVENTED)


def draw_timeline() -> Any:
    spans = [
        ("Induction", "Induction", -110, 0, False, ""),
        ("Treatment", "Treatment", 4, 250, False, "Immunotherapy"),
        ("Radiotherapy", "Radiotherapy", 10, 45, False, ""),
        ("Rash", "grade 2", 60, 85, False, "immune-related"),
        ("Pneumonitis", "grade 3", 170, 260, True, "immune-related, serious"),
    ]
    marks = [
        *(("Events", kind, day, "") for kind, day in (("allocation", 0), ("progression", 380), ("last contact", 500))),
        *(("Assessments", kind, day, words)
          for kind, day, words in (("SD", 55, "-12 %"), ("PR", 120, "-41 %"), ("PR", 230, "-55 %"), ("PD", 380, "+24 %"))),
        *((f"{kind.capitalize()}s", kind, day, "")
          for kind, day in (("tumour sample", -125), ("normal sample", -120), ("tumour sample", 385))),
    ]  # fmt: skip
    return timeline_chart(
        pd.DataFrame(spans, columns=["lane", "kind", "start", "end", "open", "words"]),
        pd.DataFrame(marks, columns=["lane", "kind", "day", "words"]),
        "Course of a patient",
        INVENTED,
        origin="allocation",
    )


def draw_percentile() -> Any:
    rows = [("tmb per mb", 91.0, "14.2 mutations/Mb"), ("msi score", 48.0, "0.3 %"), ("loh fraction", 63.0, "0.21"),
            ("clonal fraction", 22.0, "0.55"), ("n neoantigen", 88.0, "61"), ("hed", 7.0, "3.9")]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["label", "percentile", "words"]).assign(n_known=180)
    return percentile_chart(frame, "A patient among the cohort", INVENTED, ("of 180 patients",))


def draw_exposures() -> Any:
    rows = [
        ("SBS1", 0.18, 0.11, 0.24),
        ("SBS4", 0.41, 0.3, 0.5),
        ("SBS5", 0.29, 0.16, 0.4),
        ("SBS13", 0.12, None, None),
    ]
    frame = pd.DataFrame(rows, columns=["signature", "exposure", "exposure_low", "exposure_high"])
    return exposure_bars(frame, "Signatures of substitutions", INVENTED, ("241 mutations",))


def draw_lollipop() -> Any:
    rows = [("p.R175H", "missense_variant", 175, "missense", 9), ("p.R248Q", "missense_variant", 248, "missense", 7),
            ("p.R273H", "missense_variant", 273, "missense", 11), ("p.R213*", "stop_gained", 213, "truncating", 6),
            ("p.E285K", "missense_variant", 285, "missense", 3), ("p.P72R", "inframe_deletion", 72, "other", 2),
            ("140TYG>140IGN*", "frameshift_variant", 140, "truncating", 2)]  # fmt: skip
    changes = pd.DataFrame(rows, columns=["change", "consequence", "position", "kind", "n"])
    parts = [("activation", 6, 60), ("DNA binding", 102, 292), ("tetramer", 325, 356)]
    domains = pd.DataFrame(parts, columns=["name", "start", "end"])
    return lollipop_chart(
        changes, domains, "Mutations of TP53", INVENTED, ("180 patients",), length=393, width=700
    )


def _altered() -> pd.DataFrame:
    """Which of the genes are altered in which of 120 tumours; shape (genes, tumours)."""
    random = np.random.default_rng(4)
    shares = [0.7, 0.4, 0.3, 0.3, 0.2, 0.2, 0.15, 0.1, 0.1, 0.08, 0.05, 0.05]
    found = pd.DataFrame(random.random((len(GENES), 120)) < np.array(shares)[:, None], index=GENES)
    found.loc["NFE2L2"] &= ~found.loc["CDKN2A"]
    return found


def draw_cooccurrence() -> Any:
    altered, rows = _altered(), []
    for at, first in enumerate(GENES):
        for second in GENES[at + 1 :]:
            a, b = altered.loc[first], altered.loc[second]
            rows.append(
                (first, second, (a & b).sum(), (a & ~b).sum(), (~a & b).sum(), (~a & ~b).sum(), 1.0, 0.5)
            )
    names = ["gene_a", "gene_b", "n_both", "n_a_only", "n_b_only", "n_neither", "odds_ratio", "p_value"]
    apart = {"CDKN2A", "NFE2L2"}
    pairs = pd.DataFrame(rows, columns=names)
    pairs["q_value"] = [
        0.001 if {a, b} == apart else 0.6 for a, b in zip(pairs["gene_a"], pairs["gene_b"], strict=True)
    ]
    return cooccurrence_chart(pairs, "Genes together or apart in 120 tumours", INVENTED, width=620)


def draw_oncoprint() -> Any:
    altered, random = _altered().iloc[:, :40], np.random.default_rng(5)
    kinds = ("truncating", "hotspot", "other", "amplification", "deep_deletion", "truncating;loh")
    hits = [
        (gene, f"P{place}", kinds[int(random.integers(len(kinds)))])
        for gene in GENES for place in np.flatnonzero(altered.loc[gene])
    ]  # fmt: skip
    tumours = pd.DataFrame({"tumour": [f"P{place}" for place in range(40)], "arm": random.choice(["a", "b"], 40),
                            "tmb_per_mb": random.gamma(2, 3, 40).round(1)})  # fmt: skip
    genes = pd.DataFrame({"gene": GENES, "n_altered": altered.sum(axis=1).to_numpy(), "n_known": 40})
    return oncoprint_chart(
        pd.DataFrame([*hits, ("RB1", "P3", "not_evaluable")], columns=["gene", "tumour", "kinds"]),
        tumours, genes, "Alterations by patient", INVENTED,
        tracks={"arm": "Arm", "tmb_per_mb": "TMB per Mb, mutations/Mb"}, sort="arm", width=770,
    )  # fmt: skip


def draw_lesions() -> Any:
    rows = [(0, None, 0.0), (55, "SD", -12.0), (120, "PR", -41.0), (230, "PR", -55.0), (380, "PD", -22.0)]
    visits = pd.DataFrame(rows, columns=["day", "response", "change_percent"])
    return lesion_chart(visits, "Target lesions of a patient", INVENTED, origin="allocation", width=620)


def draw_followed() -> Any:
    rows = [("2024-01-05", "Baseline, plasma", 40, 40, 0.21), ("2024-03-02", "Week 8, plasma", 40, 22, 0.03),
            ("2024-09-20", "Progression, plasma", 40, 38, 0.17)]  # fmt: skip
    samples = pd.DataFrame(rows, columns=["label", "words", "n", "n_shared", "mean_vaf"])
    return followed_chart(samples, "Mutations of a patient over time", INVENTED)


def draw_detection() -> Any:
    rows = [("IL6", 150, 45, 0, 5), ("CXCL9", 190, 8, 0, 2), ("CRP", 160, 0, 38, 2), ("IL17A", 60, 138, 0, 2)]
    frame = pd.DataFrame(rows, columns=["protein", "n_quantified", "n_below", "n_above", "n_missing"])
    return detection_bars(frame, "Proteins in 200 samples", INVENTED)


def draw_levels() -> Any:
    random = np.random.default_rng(14)
    parts = [
        pd.DataFrame({"protein": name, "value": random.normal(mean, spread, 120)})
        for name, mean, spread in (("CXCL9", 6.2, 1.1), ("CRP", 9.0, 1.6), ("IL6", 3.9, 1.2))
    ]
    return level_ranges(pd.concat(parts, ignore_index=True), "Levels at baseline, 120 samples", INVENTED)


def burdens() -> pd.DataFrame:
    """Burden, PD-L1 and response of 160 patients."""
    random = np.random.default_rng(4)
    group = np.where(random.random(160) < 0.4, "yes", "no")
    value = random.lognormal(1.3, 0.7, 160) * np.where(group == "yes", 1.5, 1.0)
    cps = np.round(random.lognormal(2.2, 1.0, 160)).clip(1, 100)
    return pd.DataFrame({"group": group, "value": value, "x": value, "y": cps})


def draw_spread() -> Any:
    points = burdens()
    title = explained("Objective response by burden", INVENTED, "Mann-Whitney p < 0.001")
    boxes = quartiles(points["value"], points["group"])
    return spread_chart(points, boxes, title, "mutations per Mb", x_title="objective response")


def draw_rates() -> Any:
    rows = [("stage III", 60, 31, 0.517, 0.393, 0.639), ("stage IVA", 55, 19, 0.345, 0.233, 0.477),
            ("stage IVB", 24, 5, 0.208, 0.092, 0.405)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["group", "n", "n_event", "rate", "ci_low", "ci_high"])
    return rates_chart(frame, explained("Objective response by stage", INVENTED), "objective response")


def draw_scatter() -> Any:
    title = explained("PD-L1 against burden", INVENTED, "Spearman 0.04, p = 0.61")
    return scatter_chart(burdens(), title, "mutations per Mb", "PD-L1 CPS")


CHARTS: Mapping[str, Callable[[], Any]] = {
    "volcano": draw_volcano,
    "survival": draw_survival,
    "survival-two": draw_survival_two,
    "incidence": draw_incidence,
    "forest": draw_forest,
    "forest-subgroups": draw_forest_subgroups,
    "waterfall": draw_waterfall,
    "spider": draw_spider,
    "swimmer": draw_swimmer,
    "roc": draw_roc,
    "calibration": draw_calibration,
    "decision-curve": draw_decision_curve,
    "sliding-window": draw_sliding_window,
    "predictiveness": draw_predictiveness,
    "flow": draw_flow,
    "missing": draw_missing,
    "grades": draw_grades,
    "terms": draw_terms,
    "timeline": draw_timeline,
    "percentile": draw_percentile,
    "exposures": draw_exposures,
    "lesions": draw_lesions,
    "followed": draw_followed,
    "oncoprint": draw_oncoprint,
    "lollipop": draw_lollipop,
    "cooccurrence": draw_cooccurrence,
    "detection": draw_detection,
    "levels": draw_levels,
    "spread": draw_spread,
    "rates": draw_rates,
    "scatter": draw_scatter,
}


def main(folder: Path, names: list[str]) -> None:
    import vl_convert

    from wes_biomarkers.plots.theme import themed

    for name in names or CHARTS:
        spec = themed(CHARTS[name]()).to_dict()
        (folder / f"chart-{name}.png").write_bytes(vl_convert.vegalite_to_png(spec, scale=1.4))


if __name__ == "__main__":
    main(IMAGES, sys.argv[1:])
