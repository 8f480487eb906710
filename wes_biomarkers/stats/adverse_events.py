"""Endpoints from adverse events: which events count, the worst grade, the first of high grade, their number.

An event counts if it starts from the first dose to `window_days` after the last dose, or to
`extended_window_days` if it is serious or immune-related. Whether an event counts is true, false or unknown
(no onset, unknown attribution), and an endpoint is unknown wherever the answer would change it. A study without
any first dose counts from allocation, else from the start of induction; without any such day, or without any
onset, it has no window and all recorded events count.

A number of events stands beside a time of exposure, so it has one window alone (`rated_events`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import pandas as pd

from wes_biomarkers.contracts.clinical import ATTRIBUTIONS, TOXICITY
from wes_biomarkers.contracts.validate import unknown_values
from wes_biomarkers.stats.endpoints import (
    DAYS_PER_MONTH,
    clinical_column,
    last_known_alive,
    never_allocated,
    study_origin,
    treatment_start,
)

HIGH_GRADE = 3
RADIATION_GRADE = 2


@dataclass(frozen=True)
class ToxicityRules:
    """What is counted; values and reasons in definitions/endpoints.toml.

    Attributes:
        window_days: days after the last dose in which an event that starts is counted.
        extended_window_days: the same for a serious or immune-related event.
        radiation_window_days: days after the last fraction for radiation pneumonitis and oesophagitis.
        progression_competes: the study stops collecting events at progression.
        radiation_terms: terms of events that radiotherapy causes.
    """

    window_days: int
    extended_window_days: int
    radiation_window_days: int
    progression_competes: bool
    radiation_terms: tuple[str, ...]


def _event_column(toxicity: pd.DataFrame, name: str) -> pd.Series:
    """A declared column of the events, or all unknown where the table lacks it."""
    return toxicity[name] if name in toxicity else unknown_values(TOXICITY.by_name[name], toxicity.index)


def _of_patients(toxicity: pd.DataFrame, clinical: pd.DataFrame, dates: pd.Series) -> pd.Series:
    """A date of each event's patient, on the index of the events."""
    known = pd.Series(dates.to_numpy(), index=clinical["patient_id"].to_numpy())
    return toxicity["patient_id"].map(known).astype("datetime64[s]")


def _before(left: pd.Series, right: pd.Series) -> pd.Series:
    """left < right, unknown where either is."""
    return (left < right).astype("boolean").mask(left.isna() | right.isna())


def _days(n: int) -> pd.Timedelta:
    return pd.Timedelta(days=n)


def has_windows(clinical: pd.DataFrame, toxicity: pd.DataFrame) -> bool:
    """Whether the study knows any start of treatment and any onset."""
    return bool(
        treatment_start(clinical).notna().any() and _event_column(toxicity, "onset_date").notna().any()
    )


def counted_events(toxicity: pd.DataFrame, clinical: pd.DataFrame, rules: ToxicityRules) -> pd.DataFrame:
    """Whether each event counts, by attribution: `any`, `related` and `immune`, true, false or unknown.

    Args:
        toxicity: typed events (contracts.clinical.TOXICITY).
        clinical: typed clinical table, one row a patient.
        rules: the windows.

    Returns:
        Three nullable boolean columns on the index of the events.
    """
    immune = _event_column(toxicity, "immune_related").astype("boolean")
    serious = _event_column(toxicity, "serious").astype("boolean")
    within = pd.Series(True, index=toxicity.index, dtype="boolean")
    if has_windows(clinical, toxicity):
        onset = _event_column(toxicity, "onset_date")
        start = _of_patients(toxicity, clinical, treatment_start(clinical))
        last = _of_patients(toxicity, clinical, clinical_column(clinical, "last_dose_date"))
        over_before = _before(onset.fillna(_event_column(toxicity, "resolved_date")), start)
        too_early = over_before.mask(onset.isna() & ~over_before.fillna(False).astype(bool))
        extended = _recorded(serious) | _recorded(immune)
        late = _before(last + _days(rules.window_days), onset).mask(last.isna(), False)
        too_late = _before(last + _days(rules.extended_window_days), onset).mask(last.isna(), False)
        within = ~too_early & ~too_late & (~late | extended)
    related = _event_column(toxicity, "treatment_related").astype("boolean")
    return pd.DataFrame({"any": within, "related": within & related, "immune": within & immune})


def rated_events(toxicity: pd.DataFrame, clinical: pd.DataFrame, rules: ToxicityRules) -> pd.DataFrame:
    """Whether each event belongs to the number that is compared by time of exposure; arguments as `counted_events`.

    A rate needs events and time of the same window: `window_days` for events of any cause and treatment-related ones,
    however serious; `extended_window_days` for immune-related ones, which all have it.
    """
    own = {"immune": rules, "any": replace(rules, extended_window_days=rules.window_days)}
    counted = {name: counted_events(toxicity, clinical, each) for name, each in own.items()}
    return counted["any"].assign(immune=counted["immune"]["immune"])


def _recorded(answers: pd.Series) -> pd.Series:
    """The answers; all false where the study never asked."""
    return answers if answers.notna().any() else answers.fillna(False)


def worst_grades(toxicity: pd.DataFrame, counted: pd.DataFrame) -> pd.DataFrame:
    """Each patient's worst CTCAE grade of each term and attribution, of the events that surely count.

    Args:
        toxicity: typed events.
        counted: what `counted_events` says of them.

    Returns:
        patient_id, term, attribution (`any`, `related`, `immune`), grade; sorted. No row: no such event.
    """
    parts = []
    for attribution in ATTRIBUTIONS:
        events = toxicity[counted[attribution].fillna(False).astype(bool)]
        worst = events.groupby(["patient_id", "term"], as_index=False)["grade"].max()
        parts.append(worst.assign(attribution=attribution))
    table: pd.DataFrame = pd.concat(parts, ignore_index=True)[["patient_id", "term", "attribution", "grade"]]
    return table.sort_values(["patient_id", "term", "attribution"], ignore_index=True)


@dataclass(frozen=True)
class _Patients:
    """What the events are judged against: patients' ids and days, on the index of the clinical table.

    `window_end` ends the extended window, `ordinary_end` that of events neither serious nor immune-related.
    """

    ids: pd.Series
    start: pd.Series
    window_end: pd.Series
    ordinary_end: pd.Series
    seen: pd.Series
    competing: pd.Series


def _patients(clinical: pd.DataFrame, rules: ToxicityRules) -> _Patients:
    death = clinical_column(clinical, "death_date")
    last_dose = clinical_column(clinical, "last_dose_date")
    competing = death
    if rules.progression_competes:
        competing = pd.concat([death, clinical_column(clinical, "progression_date")], axis=1).min(axis=1)
    return _Patients(
        ids=clinical["patient_id"],
        start=treatment_start(clinical),
        window_end=last_dose + _days(rules.extended_window_days),
        ordinary_end=last_dose + _days(rules.window_days),
        seen=death.fillna(last_known_alive(clinical)).fillna(last_dose),
        competing=competing,
    )


def _earlier(*dates: pd.Series) -> pd.Series:
    """The earliest known of the dates."""
    return pd.concat(dates, axis=1).min(axis=1).astype("datetime64[s]")


def _months(start: pd.Series, end: pd.Series) -> pd.Series:
    days = (end - start).dt.days.astype("float64")
    return days.where(days >= 0) / DAYS_PER_MONTH


def _grades(toxicity: pd.DataFrame, counted: pd.Series, ids: pd.Series) -> tuple[pd.Series, pd.Series]:
    """(worst grade of the events that surely count, worst of those that may), 0 for none, by patient."""
    sure, maybe = counted.fillna(False).astype(bool), counted.fillna(True).astype(bool)
    worst = [
        ids.map(toxicity[chosen].groupby("patient_id")["grade"].max()).fillna(0).astype("Int64")
        for chosen in (sure, maybe)
    ]
    return worst[0], worst[1]


def _time_to_high_grade(toxicity: pd.DataFrame, counted: pd.Series, patients: _Patients) -> pd.DataFrame:
    """Months from the start of treatment to the first high-grade event, and the state that ended them.

    Follow-up ends with the longest window, death or the last contact. Unknown where an event of unknown day or
    attribution may have been the first.
    """
    high = toxicity["grade"] >= HIGH_GRADE
    onset = _event_column(toxicity, "onset_date")
    sure = (high & counted.fillna(False)).astype(bool) & onset.notna()
    maybe = (high & counted.fillna(True)).astype(bool) & ~sure
    ids = patients.ids

    def first(chosen: pd.Series, days: pd.Series) -> pd.Series:
        found = days[chosen].groupby(toxicity.loc[chosen, "patient_id"]).min()
        return ids.map(found).astype("datetime64[s]")

    event = first(sure, onset)
    unsure = first(maybe, onset.fillna(pd.Timestamp("1678-01-01")))
    stopped = patients.competing.where(~(patients.competing > patients.window_end))
    happened = event.notna() & ~(stopped < event)
    end = event.where(happened, _earlier(patients.window_end, patients.seen, stopped))
    end = end.mask(patients.seen.isna() & stopped.isna() & ~happened)
    months = _months(patients.start, end).mask(unsure.notna() & ~(happened & (unsure >= event)))
    state = pd.Series("censored", index=ids.index, dtype="string")
    state = state.mask(stopped.notna(), "competing").mask(happened, "event")
    return pd.DataFrame({"months": months, "state": state.mask(months.isna())})


def _number(toxicity: pd.DataFrame, counted: pd.Series, ids: pd.Series) -> pd.Series:
    """Events that count, unknown where one may or may not."""
    sure, maybe = counted.fillna(False).astype(bool), counted.fillna(True).astype(bool)
    n_sure, n_maybe = (
        ids.map(toxicity.loc[chosen, "patient_id"].value_counts()).fillna(0).astype("Int64")
        for chosen in (sure, maybe)
    )
    return n_sure.where(n_sure == n_maybe)


def radiation_grade2(toxicity: pd.DataFrame, clinical: pd.DataFrame, rules: ToxicityRules) -> pd.Series:
    """Pneumonitis or oesophagitis of grade 2 or more from the first fraction to the window after the last one.

    Unknown without radiotherapy, and where an event of unknown onset, or radiotherapy of unknown end, leaves it
    open. The caller masks patients who were not asked for events.
    """
    start = clinical_column(clinical, "radiotherapy_start_date")
    end = clinical_column(clinical, "radiotherapy_end_date")
    terms = {_folded_term(term) for term in rules.radiation_terms}
    events = toxicity[toxicity["term"].map(_folded_term).isin(terms) & (toxicity["grade"] >= RADIATION_GRADE)]
    onset = _event_column(events, "onset_date")
    first, last = (_of_patients(events, clinical, dates) for dates in (start, end))
    window = _days(rules.radiation_window_days)
    late = _before(last + window, onset)
    late = late.mask(last.isna() & (onset <= first + window), False)
    counts = ~_before(onset, first) & ~late
    ids = clinical["patient_id"]
    sure, maybe = (
        ids.isin(events.loc[counts.fillna(unknown).astype(bool), "patient_id"]) for unknown in (False, True)
    )
    return sure.astype("boolean").mask(sure != maybe).mask(start.isna())


def _folded_term(term: str) -> str:
    return re.sub(r"[^a-z]+", " ", str(term).lower().replace("oe", "e")).strip()


def _exposure_months(patients: _Patients, cause: str) -> pd.Series:
    """Start of treatment to the end of the window of `rated_events`, death or the end of follow-up."""
    window_end = patients.window_end if cause == "immune" else patients.ordinary_end
    followed = _earlier(window_end, patients.seen, patients.competing).mask(patients.seen.isna())
    return _months(patients.start, followed)


def _attributed(
    toxicity: pd.DataFrame, counted: pd.DataFrame, rated: pd.DataFrame, patients: _Patients
) -> dict[str, pd.Series]:
    """The six columns of each attribution, for all patients alike."""
    columns: dict[str, pd.Series] = {}
    for cause in ATTRIBUTIONS:
        sure, maybe = _grades(toxicity, counted[cause], patients.ids)
        high = (sure >= HIGH_GRADE).astype("boolean")
        time = _time_to_high_grade(toxicity, counted[cause], patients)
        columns |= {
            f"grade_{cause}": sure.where(sure == maybe),
            f"high_grade_{cause}": high.mask(~high & (maybe >= HIGH_GRADE)),
            f"high_grade_{cause}_months": time["months"],
            f"high_grade_{cause}_state": time["state"],
            f"n_event_{cause}": _number(toxicity, rated[cause], patients.ids),
            f"exposure_{cause}_months": _exposure_months(patients, cause),
        }
    return columns


def _known_where(known: pd.Series, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame, all missing in the other rows."""
    return pd.DataFrame({name: frame[name].where(known) for name in frame}, index=frame.index)


def toxicity_endpoints(
    clinical: pd.DataFrame, toxicity: pd.DataFrame | None, rules: ToxicityRules
) -> pd.DataFrame:
    """The toxicity columns of contracts.endpoints, one row a patient, on the index of the clinical table.

    Known only for patients who were treated and asked: with a start of treatment where the study has any, not
    `not_allocated` in a study that allocates, and with an event row or `toxicity_assessed`. A ready-made
    `highest_toxicity_grade` is taken for `grade_any` and `high_grade_any` where the study has no windows, and
    where they leave a patient unknown.
    """
    given = toxicity if toxicity is not None else pd.DataFrame(
        {column.name: unknown_values(column, pd.RangeIndex(0)) for column in TOXICITY.columns}
    )  # fmt: skip
    patients = _patients(clinical, rules)
    counted = counted_events(given, clinical, rules)
    rated = rated_events(given, clinical, rules)
    result = pd.DataFrame(_attributed(given, counted, rated, patients), index=clinical.index)
    result["radiation_grade2"] = radiation_grade2(given, clinical, rules)
    asked = patients.ids.isin(given["patient_id"]) | (
        clinical_column(clinical, "toxicity_assessed").fillna(False).astype(bool) & (toxicity is not None)
    )
    treated = patients.start.notna() | bool(patients.start.isna().all())
    radiation = result.pop("radiation_grade2").where(asked)
    result = _known_where(asked & treated, result).assign(radiation_grade2=radiation)
    ready = clinical_column(clinical, "highest_toxicity_grade").astype("Int64")
    grade, high = result["grade_any"], result["high_grade_any"]
    ready_high = (ready >= HIGH_GRADE).astype("boolean")
    if has_windows(clinical, given):
        result["grade_any"], result["high_grade_any"] = grade.fillna(ready), high.fillna(ready_high)
    else:
        result["grade_any"], result["high_grade_any"] = ready.fillna(grade), ready_high.fillna(high)
    if study_origin(clinical) == "allocation":
        result = _known_where(~never_allocated(clinical), result)
    return result
