"""Named views over the cohort's tables, for questions asked again and again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from wes_biomarkers.join.samples import BASELINE, DEFAULT_RULE


@dataclass(frozen=True)
class View:
    """A named view.

    Attributes:
        name: as SQL calls it.
        doc: what a row is.
        needs: tables it is made of; a cohort without one has no such view.
        sql: its SELECT.
    """

    name: str
    doc: str
    needs: tuple[str, ...]
    sql: str


def _rank() -> str:
    """The place of a pair in the rule for samples, as SQL; NULL where the rule does not name it."""
    cases = " ".join(f"WHEN '{choice}' THEN {place}" for place, choice in enumerate(DEFAULT_RULE))
    return f"CASE coalesce(p.timepoint, '{BASELINE}') || ' ' || coalesce(p.specimen, '') {cases} END"


VIEWS: tuple[View, ...] = (
    View(
        "baseline_pair",
        "the pair that stands for a patient: baseline tissue before FFPE, plasma and urine, as everywhere",
        ("pair", "sample"),
        f"""
        SELECT patient_id, pair_id FROM (
            SELECT p.patient_id, p.pair_id, row_number() OVER (
                PARTITION BY p.patient_id ORDER BY {_rank()}, s.collection_date NULLS LAST, p.pair_id
            ) AS place
            FROM pair p LEFT JOIN sample s ON s.sample_id = p.tumor_sample_id WHERE {_rank()} IS NOT NULL
        ) WHERE place = 1
        """,
    ),
    View(
        "patient_biomarker",
        "a patient: clinical columns, and the biomarkers of the pair that stands for them (empty without one)",
        ("patient", "pair", "sample", "biomarker", "clinical"),
        """
        SELECT p.patient_id, p.n_tumor_sample, c.* EXCLUDE (patient_id), b.* EXCLUDE (patient_id)
        FROM patient p
        LEFT JOIN clinical c USING (patient_id)
        LEFT JOIN baseline_pair USING (patient_id)
        LEFT JOIN biomarker b USING (pair_id)
        """,
    ),
    View(
        "patient_biomarker",
        "a patient: clinical columns (the cohort has no biomarkers)",
        ("patient", "clinical"),
        """
        SELECT p.patient_id, p.n_tumor_sample, c.* EXCLUDE (patient_id)
        FROM patient p LEFT JOIN clinical c USING (patient_id)
        """,
    ),
    View(
        "patient_biomarker",
        "a patient: the biomarkers of the pair that stands for them (the cohort has no clinical table)",
        ("patient", "pair", "sample", "biomarker"),
        """
        SELECT p.patient_id, p.n_tumor_sample, p.sex, b.* EXCLUDE (patient_id)
        FROM patient p
        LEFT JOIN baseline_pair USING (patient_id)
        LEFT JOIN biomarker b USING (pair_id)
        """,
    ),
    View(
        "patient_biomarker",
        "a patient (the cohort has neither biomarkers nor a clinical table)",
        ("patient",),
        "SELECT patient_id, n_tumor_sample, sex FROM patient",
    ),
    View(
        "variant_clinical",
        "a somatic call beside what happened to the patient",
        ("variant", "clinical"),
        """
        SELECT v.*, c.arm_assigned, c.assignment, c.best_response, c.objective_response, c.os_months, c.os_event,
               c.pfs_months, c.pfs_event
        FROM variant v LEFT JOIN clinical c USING (patient_id)
        """,
    ),
    View(
        "gene_clinical",
        "a gene's status in the pair that stands for a patient, beside what happened to the patient",
        ("gene", "pair", "sample", "clinical"),
        """
        SELECT g.*, c.arm_assigned, c.assignment, c.best_response, c.objective_response, c.os_months, c.os_event,
               c.pfs_months, c.pfs_event
        FROM gene g JOIN baseline_pair USING (patient_id, pair_id) LEFT JOIN clinical c USING (patient_id)
        """,
    ),
    View(
        "gene_frequency",
        "a gene: in how many patients it is altered, unaltered or unknown, by the pair that stands for them",
        ("gene", "pair", "sample"),
        """
        SELECT gene, count(*) FILTER (status IN ('altered', 'biallelic')) AS n_altered,
               count(*) FILTER (status = 'unaltered') AS n_unaltered,
               count(*) FILTER (status NOT IN ('altered', 'biallelic', 'unaltered')) AS n_unknown
        FROM gene JOIN baseline_pair USING (patient_id, pair_id) GROUP BY gene ORDER BY n_altered DESC, gene
        """,
    ),
    View(
        "toxicity_clinical",
        "an adverse event beside the patient's arm",
        ("toxicity", "clinical"),
        """
        SELECT t.*, c.arm_assigned, c.arm_received, c.assignment
        FROM toxicity t LEFT JOIN clinical c USING (patient_id)
        """,
    ),
)


def views_of(tables: Collection[str], columns: Collection[str]) -> list[View]:
    """The views a cohort can have: all tables there, and of the clinical columns those a view names.

    Of views of one name, the first that the cohort can have.
    """
    named = ("arm_assigned", "assignment", "best_response", "arm_received", "objective_response", "os_months",
             "os_event", "pfs_months", "pfs_event")  # fmt: skip
    found: dict[str, View] = {}
    for view in VIEWS:
        lacking = [name for name in named if f"c.{name}" in view.sql and name not in columns]
        if set(view.needs) <= set(tables) and not lacking:
            found.setdefault(view.name, view)
    return list(found.values())
