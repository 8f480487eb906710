"""RECIST 1.1 (Eisenhauer 2009, doi:10.1016/j.ejca.2008.10.026) from the assessments of each visit.

A sequence ends with its first progression. Disease seen after CR is progression at that visit (footnote a of
table 3), so PR or SD after CR counts as PD. NE between a response and its confirmation is allowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wes_biomarkers.contracts.clinical import ASSESSMENT
from wes_biomarkers.contracts.validate import unknown_values
from wes_biomarkers.stats.endpoints import DAYS_PER_MONTH, never_allocated, origin_dates, study_origin

#: Sums are decimal numbers: 20 % of one is not always so in binary.
_ROUNDING = 1e-9


def _visit_column(assessments: pd.DataFrame, name: str) -> pd.Series:
    """A declared column of the visits, or all unknown where the table lacks it."""
    known = name in assessments
    return assessments[name] if known else unknown_values(ASSESSMENT.by_name[name], assessments.index)


@dataclass(frozen=True)
class ResponseRules:
    """What best response is made with; values and reasons in definitions/endpoints.toml.

    Attributes:
        confirmation_days: least days between a response and its confirmation.
        stable_days: least days from the origin to a visit without progression that makes stable disease.
    """

    confirmation_days: int
    stable_days: int


@dataclass(frozen=True)
class BestResponse:
    """Best response of a sequence of visits.

    Attributes:
        best_response: the best confirmed response, else the best unconfirmed one: CR, PR, SD, PD or NE; None
            without a visit, or where stable disease cannot be told for want of an origin.
        response_confirmed: whether `best_response` was confirmed; None unless it is CR or PR.
        best_overall_response: with confirmation required (table 3): unconfirmed CR or PR is SD, PD or NE.
        progression_day: day of the first progression, None if there is none.
        reappeared: that progression is a PR or SD after CR.
    """

    best_response: str | None
    response_confirmed: bool | None
    best_overall_response: str | None
    progression_day: int | None
    reappeared: bool = False


def until_progression(visits: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """The visits up to the first progression; PR or SD after CR is one.

    Args:
        visits: (day, response) in the order of days.
    """
    kept: list[tuple[int, str]] = []
    complete = False
    for day, response in visits:
        reappeared = complete and response in ("PR", "SD")
        kept.append((day, "PD" if reappeared else response))
        if kept[-1][1] == "PD":
            break
        complete = complete or response == "CR"
    return kept


def _confirmed(visits: Sequence[tuple[int, str]], response: str, days: int) -> bool:
    """Whether a response is followed, `days` or more later and with nothing worse but NE between, by itself or better."""
    same = ("CR",) if response == "CR" else ("PR", "CR")
    for index, (first, found) in enumerate(visits):
        if found != response:
            continue
        for day, later in visits[index + 1 :]:
            if later not in (*same, "NE"):
                break
            if later in same and day - first >= days:
                return True
    return False


def best_response(
    visits: Sequence[tuple[int, str]], rules: ResponseRules, *, origin_known: bool = True
) -> BestResponse:
    """Best overall response of one patient.

    Args:
        visits: (days since the origin, CR | PR | SD | PD | NE), in the order of days, after the origin.
        rules: least days of confirmation and of stable disease.
        origin_known: False if the days count from another day: stable disease then cannot be told from an early
            visit, and is unknown.
    """
    if not visits:
        return BestResponse(None, None, None, None)
    kept = until_progression(visits)
    progression = kept[-1][0] if kept[-1][1] == "PD" else None
    reappeared = kept[-1] != tuple(visits[len(kept) - 1])
    found = {response for _, response in kept}
    unresponsive: str | None = "PD" if progression is not None else "NE"
    free = [day for day, response in kept if response in ("CR", "PR", "SD")]
    if free and not origin_known:
        unresponsive = None
    elif free and free[-1] >= rules.stable_days:
        unresponsive = "SD"
    for response in ("CR", "PR"):
        if _confirmed(kept, response, rules.confirmation_days):
            return BestResponse(response, True, response, progression, reappeared)
    for response in ("CR", "PR"):
        if response in found:
            return BestResponse(response, False, unresponsive, progression, reappeared)
    return BestResponse(unresponsive, None, unresponsive, progression, reappeared)


def responses(assessments: pd.DataFrame, clinical: pd.DataFrame, rules: ResponseRules) -> pd.DataFrame:
    """What the visits after the origin say of each patient, on the index of the clinical table.

    Args:
        assessments: typed (contracts.clinical.ASSESSMENT). Visits on or before the origin, and those without a
            response, say nothing of the response.
        clinical: typed clinical table, one row a patient.
        rules: least days of confirmation and of stable disease.

    Returns:
        best_response, response_confirmed, best_overall_response, progression_date, reappeared (that progression is
        PR or SD after CR), last_assessment_date (the last visit with a response other than NE, before the origin or
        after). All missing or false for a patient never allocated in a study that allocates, but for the last.
    """
    origin = study_origin(clinical)
    starts = origin_dates(clinical, origin)
    unplaced = never_allocated(clinical)
    given = assessments.assign(response=_visit_column(assessments, "response"))
    given = given[given["response"].notna()].sort_values("assessment_date")
    adequate = given[given["response"] != "NE"].groupby("patient_id")["assessment_date"].max()
    visits: dict[str, list[tuple[int, str]]] = {}
    days = given["assessment_date"].to_numpy("datetime64[D]").astype("int64").tolist()
    for patient, day, response in zip(given["patient_id"], days, given["response"], strict=True):
        visits.setdefault(patient, []).append((day, response))
    known = starts.notna() & ~unplaced
    zeros = starts.to_numpy("datetime64[D]").astype("int64").tolist()
    found = []
    for patient, zero, has_origin in zip(clinical["patient_id"], zeros, known, strict=True):
        own = visits.get(patient, []) if has_origin or origin != "allocation" else []
        start = zero if has_origin else own[0][0] if own else 0
        after = [(day - start, response) for day, response in own if day > start or not has_origin]
        best = best_response(after, rules, origin_known=has_origin)
        day_of = None if best.progression_day is None else start + best.progression_day
        found.append(
            (best.best_response, best.response_confirmed, best.best_overall_response, day_of, best.reappeared)
        )
    columns = list(zip(*found, strict=True)) or [()] * 5
    series = {
        "best_response": pd.Series(columns[0], clinical.index, dtype="string"),
        "response_confirmed": pd.Series(columns[1], clinical.index, dtype="boolean"),
        "best_overall_response": pd.Series(columns[2], clinical.index, dtype="string"),
        "progression_date": pd.Series(_dates(columns[3]), clinical.index),
        "reappeared": pd.Series(columns[4], clinical.index, dtype="bool"),
    }
    return pd.DataFrame(series).assign(
        last_assessment_date=clinical["patient_id"].map(adequate).astype("datetime64[s]")
    )


def _dates(days: Sequence[int | None]) -> NDArray[np.datetime64]:
    """Days since 1970 as dates; pandas' own conversion of floats stumbles at random over missing ones."""
    known = [np.datetime64("NaT", "D") if day is None else np.datetime64(int(day), "D") for day in days]
    return np.array(known, dtype="datetime64[D]").astype("datetime64[s]")


def with_target_change(assessments: pd.DataFrame, clinical: pd.DataFrame) -> pd.DataFrame:
    """The assessments with months since the origin and the change of the target lesions, in order of visits.

    The baseline is the last visit with a sum on or before the origin, else the first visit with a sum if it has no
    response; without either the changes are unknown, and so is the change from a sum of 0.

    Returns:
        The table with assessment_months, target_change_percent and target_change_nadir_percent (since the smallest
        earlier sum from the baseline on; RECIST 1.1 counts progression from it).
    """
    table = assessments.sort_values(["patient_id", "assessment_date"], ignore_index=True)
    origins = pd.Series(
        origin_dates(clinical, study_origin(clinical)).to_numpy(), index=clinical["patient_id"].to_numpy()
    )
    start = table["patient_id"].map(origins).astype("datetime64[s]")
    sums = _visit_column(table, "target_sum_mm").astype("float64")
    measured = sums.notna()
    before = measured & (table["assessment_date"] <= start)
    first = (
        measured & ~table["patient_id"].where(measured).duplicated() & _visit_column(table, "response").isna()
    )
    position = pd.Series(table.index, index=table.index, dtype="float64")
    patient = table["patient_id"]
    last_before = position.where(before).groupby(patient).transform("max")
    baseline_at = last_before.fillna(position.where(first).groupby(patient).transform("min"))
    baseline = sums.where(position == baseline_at).groupby(patient).transform("max")
    after = position > baseline_at
    since = sums.where(position >= baseline_at)
    smallest = since.groupby(patient).cummin().groupby(patient).ffill()
    nadir = smallest.groupby(patient).shift()
    return table.assign(
        assessment_months=(table["assessment_date"] - start).dt.days / DAYS_PER_MONTH,
        target_change_percent=_percent_change(sums, baseline).where(after),
        target_change_nadir_percent=_percent_change(sums, nadir).where(after),
    )


def grew_without_progression(table: pd.DataFrame) -> pd.Series:
    """Visits of `with_target_change` whose target lesions grew by 20 % and 5 mm since their smallest sum, which is
    progression, though the response says CR, PR or SD."""
    percent = table["target_change_nadir_percent"]
    growth = _visit_column(table, "target_sum_mm") * percent / (100 + percent)
    grew = (percent >= 20 - _ROUNDING) & (growth >= 5 - _ROUNDING)
    return grew & _visit_column(table, "response").isin(("CR", "PR", "SD"))


def _percent_change(value: pd.Series, reference: pd.Series) -> pd.Series:
    return (100 * (value - reference) / reference).where(reference > 0)
