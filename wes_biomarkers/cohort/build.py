"""Every table of a cohort at once, and its manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import pandas as pd

from wes_biomarkers import __version__
from wes_biomarkers.cohort.calls import assemble_signatures, gather
from wes_biomarkers.cohort.entities import (
    assemble_pairs,
    assemble_patients,
    assemble_samples,
    check_mixable,
    check_pairs,
)
from wes_biomarkers.cohort.proteins import assemble_proteins
from wes_biomarkers.cohort.records import assemble_biomarkers, assemble_features, assemble_qc
from wes_biomarkers.contracts.tables import VARIANT
from wes_biomarkers.io.endpoint_rules import EndpointRules, read_endpoint_rules
from wes_biomarkers.io.results import TABLE_FILES, StudyResult
from wes_biomarkers.join.clinical import (
    Unmatched,
    conflicting_assessments,
    conflicting_sex,
    join_clinical,
    match_patients,
)
from wes_biomarkers.stats.adverse_events import counted_events, worst_grades
from wes_biomarkers.stats.recist import with_target_change


def assemble_cohort(
    studies: Sequence[StudyResult],
    clinical: pd.DataFrame | None = None,
    toxicity: pd.DataFrame | None = None,
    assessments: pd.DataFrame | None = None,
    *,
    rules: EndpointRules | None = None,
    allow_mixed: bool = False,
) -> tuple[dict[str, pd.DataFrame], Unmatched]:
    """Every table of a cohort, not yet conformed to its contract, and the ids that matched nothing.

    Raises:
        ReferenceMismatchError: when the studies' builds differ and `allow_mixed` is not set.
        InputError: on a pair given twice, samples that contradict, or no common patient.
    """
    if not allow_mixed:
        check_mixable(studies)
    check_pairs(studies)
    samples, pairs = assemble_samples(studies), assemble_pairs(studies)
    results = [pair for study in studies for pair in study.pairs]
    tables = {"patient": assemble_patients(samples, pairs, clinical)}
    if studies:
        tables |= {
            "sample": samples,
            "pair": pairs,
            "biomarker": assemble_biomarkers(results),
            "qc": assemble_qc(results),
            "variant": (variant := gather(results, VARIANT)),
            **assemble_proteins(studies, variant),
            **{table.name: gather(results, table) for table in TABLE_FILES.values()},
            "signature": assemble_signatures(results),
        }
    tables["feature"] = assemble_features(results, clinical)
    unmatched = Unmatched()
    if clinical is not None:
        if studies:
            unmatched = match_patients(samples["patient_id"], clinical["patient_id"])
        rules = rules or read_endpoint_rules()
        tables["clinical"] = join_clinical(clinical, toxicity, assessments, rules)
        tables |= assemble_course(clinical, toxicity, assessments, rules)
    if toxicity is not None:
        tables["toxicity"] = toxicity
    strangers = (
        set() if toxicity is None else set(toxicity["patient_id"]) - set(tables["patient"]["patient_id"])
    )
    return tables, replace(
        unmatched,
        toxicity_without_patient=tuple(sorted(strangers)),
        conflicting_sex=() if clinical is None else conflicting_sex(samples, clinical),
        **(
            {}
            if clinical is None or assessments is None or rules is None
            else conflicting_assessments(clinical, assessments, rules)
        ),
    )


def assemble_course(
    clinical: pd.DataFrame,
    toxicity: pd.DataFrame | None,
    assessments: pd.DataFrame | None,
    rules: EndpointRules,
) -> dict[str, pd.DataFrame]:
    """The tables `worst_grade` and `assessment`, of what was given."""
    tables = {}
    if toxicity is not None:
        tables["worst_grade"] = worst_grades(toxicity, counted_events(toxicity, clinical, rules.toxicity))
    if assessments is not None:
        tables["assessment"] = with_target_change(assessments, clinical)
    return tables


def _versions(studies: Sequence[StudyResult]) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for study in studies:
        for tool, version in study.study["tools"].items():
            found.setdefault(tool, set()).add(str(version))
    return {tool: ", ".join(sorted(versions)) for tool, versions in sorted(found.items())}


def assemble_manifest(
    studies: Sequence[StudyResult],
    tables: Mapping[str, pd.DataFrame],
    unmatched: Unmatched,
    inputs: Mapping[str, str],
    n_excluded: int,
) -> dict[str, Any]:
    """cohort.json without its list of tables: builds, versions, inputs' checksums, flow, unmatched ids."""
    builds = sorted({study.build for study in studies})
    pairs = tables.get("pair")
    n_failed = 0 if pairs is None else int((pairs["status"] == "failed").sum())
    clinical = tables.get("clinical")
    return {
        "code_version": __version__,
        "build": builds[0] if len(builds) == 1 else None,
        "builds": builds,
        "synthetic": any(bool(study.study["reference"].get("synthetic")) for study in studies),
        "tools": _versions(studies),
        "studies": [
            {
                "digest": study.digest,
                "reference": dict(study.study["reference"]),
                "parameters": dict(study.study["parameters"]),
                "n_pair": len(study.pairs),
            }
            for study in sorted(studies, key=lambda study: study.digest)
        ],
        "inputs": dict(sorted(inputs.items())),
        "counts": {
            "n_patient": len(tables["patient"]),
            "n_sequenced_patient": int(tables["sample"]["patient_id"].nunique()) if "sample" in tables else 0,
            "n_clinical_patient": 0 if clinical is None else len(clinical),
            "n_sample": len(tables["sample"]) if "sample" in tables else 0,
            "n_pair": 0 if pairs is None else len(pairs),
            "n_failed_pair": n_failed,
            "n_excluded_patient": n_excluded,
        },
        "unmatched": {name: list(ids) for name, ids in asdict(unmatched).items()},
    }
