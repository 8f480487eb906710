"""Every picture is drawn by one public function: tables in, a chart out, the same each time, the tables untouched."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from gallery import CHARTS

import wes_biomarkers.plots
from wes_biomarkers.contracts.hla import parse_allele
from wes_biomarkers.contracts.record import Record
from wes_biomarkers.features.hla_types import LocusType
from wes_biomarkers.features.segments import COLUMNS, Segments
from wes_biomarkers.io.cohort_folder import read_cohort
from wes_biomarkers.plots.labels import pair_labels
from wes_biomarkers.plots.words import explained

#: Modules of parts that charts are made of, and the one that writes them.
PARTS = {"scale", "theme", "lines", "steps", "words", "labels", "save"}


def chart_functions() -> dict[str, Callable[..., Any]]:
    """Name -> public function of plots/ that returns a whole chart."""
    found = {}
    for info in pkgutil.iter_modules(wes_biomarkers.plots.__path__):
        if info.name in PARTS:
            continue
        module = importlib.import_module(f"wes_biomarkers.plots.{info.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            returned = str(inspect.signature(function).return_annotation)
            if (
                function.__module__ == module.__name__
                and not name.startswith("_")
                and returned.startswith("alt.")
            ):
                found[name] = function
    return found


FUNCTIONS = chart_functions()
IN_GALLERY = {name for draw in CHARTS.values() for name in draw.__code__.co_names} & set(FUNCTIONS)
F = ("synthetic",)
SITE = {"chrom": "1", "start": 100, "end": 112, "unit": "A", "n_unit": 12, "depth_tumor": 60, "depth_normal": 60, "p": 1e-9,
        "q": 1e-8, "shift": 0.5, "evaluable": True, "unstable": True, "imbalance": False, "lengths_tumor": {12: 30, 9: 30},
        "lengths_normal": {12: 60}}  # fmt: skip


def frame(columns: str, *rows: tuple[Any, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns.split())


MUTATIONS = frame(
    "pair_id chrom start ref alt ccf clonality cluster change",
    *(
        ("A", "1", at, "A", "C", 0.2 + at / 10, "clonal" if at > 5 else "subclonal", 1.0, None)
        for at in range(8)
    ),
    *(("B", "1", at, "A", "C", 0.9, "clonal", 1.0, "kept") for at in range(4)),
)
CANDIDATES = frame("mhc_class rank tier gene peptide allele rank_pct rank_wt_pct",
                   ("I", 1.0, "top", "G1", "A" * 9, "A*02:01", 0.1, 20.0),
                   ("II", 1.0, "candidate", "G2", "C" * 15, "DRB1*01:01", 0.9, np.nan))  # fmt: skip
COPIES = "cn_1 cn_1_low cn_1_high cn_2 cn_2_low cn_2_high"
LOCI = frame(f"pair_id locus allele_1 allele_2 state lost_allele {COPIES} p_value reason",
             ("T", "A", "A*01:01", "A*02:01", "loss", "A*01:01", 0.0, 0.0, 0.2, 1.0, 0.8, 1.3, 1e-9, ""))  # fmt: skip
SITES = frame("pair_id locus allele position n_read_tumor n_read_normal copies",
              ("T", "A", "A*01:01", 90, 9, 50, 0.1), ("T", "A", "A*02:01", 90, 90, 50, 1.1))  # fmt: skip
PROTEIN = frame("patient_id group timepoint value censored", ("A", "x", "baseline", 1.0, ""), ("A", "x", "w6", 2.0, ""),
                ("B", "y", "baseline", 3.0, "below"))  # fmt: skip
BURDEN = frame(
    "patient_id tmb_per_mb group response",
    *((f"P{i}", i * 1.5, ("non-responders", "responders")[i % 2], "PR") for i in range(10)),
)
DEFINED = frame("pair_id definition_id tmb_per_mb", ("A", "wes_nonsyn", 4.0), ("A", "wes_all", 6.0))
RECORD = Record(patient_id="P", pair_id="T", feature="signatures", definition_id="id83", status="ok",
                values={"counts": [1] * 83, "signature": ["ID1"], "exposure": [0.97], "cosine": 0.95})  # fmt: skip
WHERE = {"chrom": ["1", "1"], "start": [0, 60], "end": [50, 90]}
SEGMENTS = Segments.of({name: np.ones(2) for name in COLUMNS} | WHERE)
A = (parse_allele("A*01:01"), parse_allele("A*02:01"))
TYPES = {"A": LocusType("A", *A, 90, 40, 35, 15, margin=3.0, confidence="high")}
STEPS = frame("group time estimate ci_low ci_high", ("a", 0.0, 1.0, 1.0, 1.0), ("a", 5.0, 0.6, 0.4, 0.8))
BINS = frame("x0 x1 y0 y1 n", (0, 1, 0, 1, 5), (1, 2, 0, 1, 9))

#: Name of a function -> its arguments, of those the gallery does not draw.
CASES: dict[str, tuple[Any, ...]] = {
    "ccf_histogram": (MUTATIONS, "A", F),
    "ccf_between": (MUTATIONS, ("A", "B"), ("baseline", "week 12"), F),
    "copies_profile": (
        frame("chrom start end log2 total_cn minor_cn", ("1", 0, 50, 0.1, 2, 1), ("2", 0, 90, 0.6, 3, 1)),
        "A",
        F,
    ),
    "genome_profile": (SEGMENTS, None, None, (), F),
    "support_chart": (TYPES, "P", F),
    "hla_loh_panels": (LOCI, SITES, "P", F),
    "site_lengths": (SITE,),
    "msi_of_pair": ([SITE], "P", ("score",), F),
    "ranked_candidates": (CANDIDATES, "P", F),
    "protein_by_group": (PROTEIN, "IL6", ("baseline", "w6"), F),
    "mutation_spectrum": ([1] * 96, "SBS", "P", F),
    "record_spectra": ([RECORD],),
    "shades_chart": (BINS, explained("Two numbers", F), "x", "y"),
    "survival_chart": (STEPS, {"a": [5, 2]}, [0.0, 5.0], explained("Survival", F), {"a": "a: 5 patients"}),
    "tmb_by_response": (BURDEN, "Burden by response", ("note",), F, 10.0),
    "tmb_by_definition": (DEFINED, F),
}
#: Likewise, of the tables of a cohort.
OF_COHORT: dict[str, Callable[[dict[str, pd.DataFrame]], tuple[Any, ...]]] = {
    "cohort_heat_map": lambda tables: (tables["segment"], pair_labels(tables["biomarker"]), F),
    "loss_by_pair": lambda tables: (
        LOCI.assign(pair_id=tables["biomarker"]["pair_id"].iloc[0]),
        tables["biomarker"],
        F,
    ),
    "msi_by_pair": lambda tables: (tables["biomarker"].assign(ci_low=0.0, ci_high=1.0), 10.0, 3.5, F),
    "burden_by_pair": lambda tables: (tables["biomarker"], F),
    "coverage_by_pair": lambda tables: (tables["qc"], F),
    "exposures_by_patient": lambda tables: (tables["biomarker"], F),
    "tmb_by_patient": lambda tables: (
        tables["biomarker"].assign(ci_low=0.0, ci_high=9.0, reason=None),
        10.0,
        "wes_nonsyn",
        F,
    ),
}


def drawn(chart: Any) -> str:
    return json.dumps(chart.to_dict(validate=False), sort_keys=True)


def snapshot(arguments: tuple[Any, ...]) -> list[Any]:
    return [value.copy(deep=True) if isinstance(value, pd.DataFrame) else value for value in arguments]


def check(name: str, arguments: tuple[Any, ...]) -> None:
    before = snapshot(arguments)
    first = drawn(FUNCTIONS[name](*arguments))
    assert drawn(FUNCTIONS[name](*arguments)) == first
    for was, value in zip(before, arguments, strict=True):
        if isinstance(value, pd.DataFrame):
            pd.testing.assert_frame_equal(value, was)


def test_every_public_chart_has_a_case():
    assert set(FUNCTIONS) == IN_GALLERY | set(CASES) | set(OF_COHORT)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_chart_takes_no_file(name):
    signature = inspect.signature(FUNCTIONS[name])
    assert not [each for each in signature.parameters.values() if "Path" in str(each.annotation)]


@pytest.mark.parametrize("name", sorted(CHARTS))
def test_a_chart_of_the_gallery_is_the_same_each_time(name):
    assert drawn(CHARTS[name]()) == drawn(CHARTS[name]())


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_chart_is_the_same_each_time(name):
    check(name, CASES[name])


@pytest.mark.parametrize("name", sorted(OF_COHORT))
def test_a_chart_of_a_cohort_is_the_same_each_time(name, trial):
    tables = read_cohort(trial).tables
    few = set(tables["pair"]["pair_id"].head(8))
    check(name, OF_COHORT[name]({name: table[table["pair_id"].isin(few)].copy() for name, table in tables.items()
                                 if "pair_id" in table}))  # fmt: skip
