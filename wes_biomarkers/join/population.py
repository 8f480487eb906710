"""Who is counted: the steps from enrolment to a population with its endpoint, each loss with its reason."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from wes_biomarkers.contracts.clinical import CLINICAL
from wes_biomarkers.contracts.endpoints import Endpoint
from wes_biomarkers.contracts.plan import ARM_POPULATION, Analysis
from wes_biomarkers.contracts.validate import unknown_values
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.join.flow import Flow, unless
from wes_biomarkers.stats.endpoints import study_origin

#: Populations that exist only after allocation.
_ALLOCATED = ("randomized", "preference")


def column(clinical: pd.DataFrame, name: str) -> pd.Series:
    """A clinical column, all unknown where the table lacks it."""
    if name in clinical:
        return clinical[name]
    return unknown_values(CLINICAL.by_name[name], clinical.index)


def allocates(clinical: pd.DataFrame) -> bool:
    """Whether the study allocates arms after induction."""
    return study_origin(clinical) == "allocation"


def origin_name(clinical: pd.DataFrame, endpoint: Endpoint) -> str:
    """The day an endpoint counts from: a key of `_ORIGIN_DATES`, or `ready_made` if times were given.

    `undated` is an outcome given as such (a response, a highest grade) in a study that records no day it could count
    from.
    """
    given = clinical.get(f"{endpoint.name}_origin")
    if given is not None and set(given.dropna()) == {"ready_made"}:
        return "ready_made"
    if endpoint.phase == "induction":
        return "induction"
    if endpoint.population == "irradiated":
        return "radiotherapy"
    treated = endpoint.population == "treated" and column(clinical, "first_dose_date").notna().any()
    origin = "first_dose" if treated else study_origin(clinical)
    if origin == "induction" and column(clinical, "induction_start_date").isna().all():
        return "undated"
    return origin


#: Origin -> the column of its day; without a day, one that nobody has.
_ORIGIN_DATES = {
    "induction": "induction_start_date",
    "allocation": "allocation_date",
    "first_dose": "first_dose_date",
    "radiotherapy": "radiotherapy_start_date",
    "undated": "induction_start_date",
}


def origin_dates(clinical: pd.DataFrame, origin: str) -> pd.Series:
    """The day itself, by patient; missing where unknown. Of ready-made times it is the study's own origin."""
    return column(clinical, _ORIGIN_DATES[study_origin(clinical) if origin == "ready_made" else origin])


def is_allocated(clinical: pd.DataFrame) -> pd.Series:
    """Whether each patient was allocated, by chance or choice."""
    assignment = column(clinical, "assignment")
    dated = column(clinical, "allocation_date").notna()
    return (
        (assignment.isin(("randomized", "preference")) | dated) & (assignment != "not_allocated").fillna(True)
    ).astype(bool)


def compares_arms(analysis: Analysis) -> bool:
    """Whether an analysis compares what happens after allocation."""
    by_arm = analysis.question in ("predictive", "treatment", "preference")
    return by_arm or analysis.population in _ALLOCATED or analysis.population.startswith(ARM_POPULATION)


def enrol(patients: list[str], clinical: pd.DataFrame, endpoint: Endpoint, analysis: Analysis) -> Flow:
    """From everybody of the cohort to the analysis's population.

    Args:
        patients: ids of the cohort.
        clinical: its clinical table, indexed by patient id.
        endpoint: what is compared.
        analysis: its population.

    Raises:
        InputError: a population the study does not have.
    """
    flow = Flow.start("in the cohort", patients)
    flow.keep(
        "with a clinical row", unless(pd.Series(True, index=clinical.index), "no clinical row", flow.left)
    )
    if column(clinical, "induction_start_date").notna().any():
        started = column(clinical, "induction_start_date").notna() | is_allocated(clinical)
        flow.keep("started induction", unless(started, "induction not started, or its start unknown"))
    after = endpoint.phase == "after_allocation" or compares_arms(analysis)
    if after and allocates(clinical):
        flow.keep("allocated to an arm", _why_not_allocated(clinical))
    _narrow(flow, clinical, analysis)
    if analysis.level:
        member = clinical[analysis.subgroup].astype("string") == analysis.level
        flow.keep(
            f"{analysis.subgroup}: {analysis.level}",
            unless(member, f"another {analysis.subgroup}, or unknown"),
        )
    return flow


def levels_of(clinical: pd.DataFrame, subgroup: str) -> list[str]:
    """The levels of a clinical column, in order.

    Raises:
        InputError: no such column.
    """
    if subgroup not in clinical:
        raise InputError([Fault("the cohort has no such clinical column", "Choose another.", value=subgroup)])
    return sorted(set(clinical[subgroup].dropna().astype(str)))


def _why_not_allocated(clinical: pd.DataFrame) -> pd.Series:
    reason = pd.Series("never allocated", index=clinical.index, dtype=object)
    response = column(clinical, "induction_response")
    reason = reason.mask(response.isin(("SD", "PD", "NE")).fillna(False), "no response to induction")
    reason = reason.mask(response.isin(("CR", "PR")).fillna(False), "responded, but was not allocated")
    return reason.mask(is_allocated(clinical))


def _narrow(flow: Flow, clinical: pd.DataFrame, analysis: Analysis) -> None:
    population = analysis.population
    if population in _ALLOCATED:
        member = column(clinical, "assignment") == population
        if not member.fillna(False).any():
            raise InputError([Fault("no patient of this population", "Choose another.", value=population)])
        words = {"randomized": "allocated by randomisation", "preference": "allocated by own choice"}
        other = words["preference" if population == "randomized" else "randomized"]
        flow.keep(words[population], unless(member, other))
    if population.startswith(ARM_POPULATION):
        arm = population.removeprefix(ARM_POPULATION)
        if (
            analysis.arm_column not in clinical
            or not (clinical[analysis.arm_column] == arm).fillna(False).any()
        ):
            remedy = "Write the arm as the clinical table does."
            raise InputError([Fault("no patient of this arm", remedy, value=arm)])
        flow.keep(f"in arm {arm}", unless(clinical[analysis.arm_column] == arm, "in another arm"))


def sample_steps(tables: Mapping[str, pd.DataFrame], flow: Flow) -> None:
    """The steps of a feature that rests on sequencing: sampled, sequenced, passed quality control."""
    patient = tables["patient"].set_index("patient_id")
    flow.keep("with a tumour sample", unless(patient["n_tumor_sample"] > 0, "no tumour sample"))
    pairs = tables["pair"]
    _keep_known(
        flow, "sequenced", pairs.loc[pairs["status"] == "ok", "patient_id"], "sequencing or calling failed"
    )
    if "qc" in tables:
        qc = tables["qc"]
        passed = qc.loc[qc["status"] != "failed", "patient_id"]
        _keep_known(flow, "passed quality control", passed, "quality control failed")


def _keep_known(flow: Flow, name: str, ids: pd.Series, reason: str) -> None:
    known = pd.Index(ids.dropna().to_numpy(object)).unique()
    flow.keep(name, unless(pd.Series(True, index=known), reason, flow.left))
