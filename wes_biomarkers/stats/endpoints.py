"""Endpoints from a clinical table's dates: survival, response, durable benefit.

Origins. In a study that allocates (any row has an assignment or an allocation date), endpoints after
allocation belong to the allocated alone and count from `allocation_date`; patients never allocated have none,
and none is moved to an earlier origin. Survival from the start of induction is a column of its own: compared
by arm it would be left-truncated at allocation. In a study without allocation the origin is the first dose,
or the start of induction where no first dose is recorded at all. `os_origin` and `pfs_origin` name it.
"""

from __future__ import annotations

import pandas as pd

from wes_biomarkers.contracts.clinical import CLINICAL
from wes_biomarkers.contracts.validate import unknown_values

#: Mean length of a month of the Gregorian calendar, in days: 365.25 / 12.
DAYS_PER_MONTH = 30.4375

#: Days without progression or death that count as durable benefit (six months).
DURABLE_BENEFIT_DAYS = 183

#: Ready-made months may be rounded by so much.
_ROUNDING_MONTHS = 0.1

#: Days on which a patient was seen alive.
_SEEN_ALIVE = ("last_contact_date", "last_assessment_date", "progression_date")


def clinical_column(clinical: pd.DataFrame, name: str) -> pd.Series:
    """A declared column, or all unknown where the table lacks it."""
    return clinical[name] if name in clinical else unknown_values(CLINICAL.by_name[name], clinical.index)


def _latest(clinical: pd.DataFrame, names: tuple[str, ...]) -> pd.Series:
    return pd.concat([clinical_column(clinical, name) for name in names], axis=1).max(axis=1)


def study_origin(clinical: pd.DataFrame) -> str:
    """The origin the study's endpoints count from: `allocation`, `first_dose` or `induction`."""
    if (
        clinical_column(clinical, "allocation_date").notna().any()
        or clinical_column(clinical, "assignment").notna().any()
    ):
        return "allocation"
    return "first_dose" if clinical_column(clinical, "first_dose_date").notna().any() else "induction"


def never_allocated(clinical: pd.DataFrame) -> pd.Series:
    """Whether each patient is `not_allocated`."""
    return (clinical_column(clinical, "assignment") == "not_allocated").fillna(False).astype(bool)


def origin_dates(clinical: pd.DataFrame, origin: str) -> pd.Series:
    """The day of each patient's origin, one of `study_origin`; missing for the never allocated."""
    column = {
        "allocation": "allocation_date",
        "first_dose": "first_dose_date",
        "induction": "induction_start_date",
    }
    dates = clinical_column(clinical, column[origin])
    return dates.mask(never_allocated(clinical)) if origin == "allocation" else dates


def treatment_start(clinical: pd.DataFrame) -> pd.Series:
    """The day from which adverse events count: the first dose; where the study records none, its origin."""
    first_dose = clinical_column(clinical, "first_dose_date")
    if first_dose.notna().any():
        return (
            first_dose.mask(never_allocated(clinical))
            if study_origin(clinical) == "allocation"
            else first_dose
        )
    return origin_dates(clinical, study_origin(clinical))


def last_known_alive(clinical: pd.DataFrame) -> pd.Series:
    """The last day of contact, of an assessment or of progression: who is examined is alive."""
    return _latest(clinical, _SEEN_ALIVE)


def months_and_event(origin: pd.Series, event: pd.Series, censored: pd.Series) -> pd.DataFrame:
    """Time to an event or to censoring.

    Args:
        origin: first day, by patient.
        event: day of the event; missing where none was seen.
        censored: last day without the event; missing where unknown.

    Returns:
        `months` (days / 30.4375) and `event`, both missing where the origin is unknown, neither an event nor
        a censoring day is known, or the last known day lies before the origin: nothing was seen after it.
    """
    days = (event.fillna(censored) - origin).dt.days.astype("float64")
    days = days.where(days >= 0)
    occurred = event.notna().astype("boolean").mask(days.isna())
    return pd.DataFrame({"months": days / DAYS_PER_MONTH, "event": occurred})


_NO_ORIGIN = {
    "allocation": "without a date of allocation",
    "first_dose": "without a first dose",
    "induction": "without a start of induction",
}


def why_no_survival(clinical: pd.DataFrame) -> pd.Series:
    """Why a patient whose survival is unknown has none, in words, on the table's index."""
    origin = study_origin(clinical)
    why = pd.Series("without follow-up after the origin", index=clinical.index, dtype="string")
    why = why.mask(origin_dates(clinical, origin).isna(), _NO_ORIGIN[origin])
    if origin == "allocation":
        why = why.mask(never_allocated(clinical), "never allocated")
    return why


def _with_ready_made(clinical: pd.DataFrame, derived: pd.DataFrame, kind: str, origin: str) -> pd.DataFrame:
    """The table's own months and event where it has them, the derived ones elsewhere; and the origin."""
    months, event = clinical_column(clinical, f"{kind}_months"), clinical_column(clinical, f"{kind}_event")
    given = months.notna()
    name = pd.Series(origin, index=clinical.index, dtype="string").where(derived["months"].notna())
    return pd.DataFrame(
        {
            f"{kind}_months": months.where(given, derived["months"]),
            f"{kind}_event": event.where(given, derived["event"]).astype("boolean"),
            f"{kind}_origin": name.mask(given, "ready_made"),
        }
    )


def response_columns(response: pd.Series, confirmed: pd.Series) -> pd.DataFrame:
    """Objective response by RECIST 1.1 best response, in three readings.

    `objective_response`: confirmed CR or PR; an unconfirmed one is no, one of unknown confirmation is
    unknown; NE is no. `_unconfirmed`: CR or PR, confirmed or not. `_evaluable`: as the first, NE unknown.
    """
    responded = response.isin(("CR", "PR")).astype("boolean").mask(response.isna())
    settled = responded & confirmed.astype("boolean")
    return pd.DataFrame(
        {
            "objective_response": settled,
            "objective_response_unconfirmed": responded,
            "objective_response_evaluable": settled.mask((response == "NE").fillna(False).astype(bool)),
        }
    )


def durable_benefit(response: pd.Series, pfs_months: pd.Series, pfs_event: pd.Series) -> pd.Series:
    """CR, PR or SD and 183 days without progression or death; either one earlier, or PD, is no.

    Censored earlier, or free of events that long with a response NE or unknown: unknown.
    """
    days = (pfs_months * DAYS_PER_MONTH).round()
    long = (days >= DURABLE_BENEFIT_DAYS).astype("boolean").mask(days.isna()).fillna(False)
    event = pfs_event.fillna(False)
    result = pd.Series(pd.NA, index=response.index, dtype="boolean")
    result = result.mask((long & response.isin(("CR", "PR", "SD"))).astype(bool), True)
    early = (event & ~long) | (response == "PD").fillna(False)
    return result.mask(early.astype(bool), False)


def highest_grade(clinical: pd.DataFrame, toxicity: pd.DataFrame) -> pd.Series:
    """Each patient's worst CTCAE grade over all recorded events, any cause, no time window.

    A ready-made `highest_toxicity_grade` is kept. No event: 0 where `toxicity_assessed`, else unknown.
    """
    worst = clinical["patient_id"].map(toxicity.groupby("patient_id")["grade"].max()).astype("Int64")
    assessed = clinical_column(clinical, "toxicity_assessed").fillna(False).astype(bool)
    worst = worst.mask(worst.isna() & assessed, 0)
    return clinical_column(clinical, "highest_toxicity_grade").fillna(worst).rename("highest_toxicity_grade")


def derive_endpoints(clinical: pd.DataFrame) -> pd.DataFrame:
    """The endpoint columns of a typed clinical table, one row a patient, on its index.

    Overall survival: origin to death, censored at the last day known alive. Progression-free survival: origin
    to the first of progression and death, censored at the last adequate assessment. Ready-made months and
    events are kept and named so by their origin. Progression-free survival from dates that is longer than a
    ready-made survival is unknown. What cannot be known is missing, never 0.

    Returns:
        os_months, os_event, os_origin, pfs_months, pfs_event, pfs_origin, os_induction_months,
        os_induction_event, os_induction_entry_months, induction_objective_response, the three
        `objective_response*`, durable_benefit.
    """
    origin = study_origin(clinical)
    start = origin_dates(clinical, origin)
    death, seen = clinical_column(clinical, "death_date"), last_known_alive(clinical)
    progression = clinical_column(clinical, "progression_date")
    first_event = pd.concat([progression, death], axis=1).min(axis=1)
    survival = _with_ready_made(clinical, months_and_event(start, death, seen), "os", origin)
    free = months_and_event(start, first_event, clinical_column(clinical, "last_assessment_date"))
    progression_free = _with_ready_made(clinical, free, "pfs", origin)
    longer = progression_free["pfs_months"] > survival["os_months"] + _ROUNDING_MONTHS
    progression_free = progression_free.mask(longer & (progression_free["pfs_origin"] != "ready_made"))
    induction = months_and_event(clinical_column(clinical, "induction_start_date"), death, seen)
    allocation = clinical_column(clinical, "allocation_date").mask(never_allocated(clinical))
    entry = months_and_event(clinical_column(clinical, "induction_start_date"), allocation, allocation)[
        "months"
    ]
    response = clinical_column(clinical, "best_response")
    induction_response = clinical_column(clinical, "induction_response")
    induction_responded = (
        induction_response.isin(("CR", "PR")).astype("boolean").mask(induction_response.isna())
    )
    return pd.concat(
        [
            survival,
            progression_free,
            induction.rename(columns={"months": "os_induction_months", "event": "os_induction_event"}),
            entry.rename("os_induction_entry_months"),
            induction_responded.rename("induction_objective_response"),
            response_columns(response, clinical_column(clinical, "response_confirmed")),
            durable_benefit(response, progression_free["pfs_months"], progression_free["pfs_event"]).rename(
                "durable_benefit"
            ),
        ],
        axis=1,
    )
