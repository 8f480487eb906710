"""The days of events that come back: what a model of their rate over time needs beside their number."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from wes_biomarkers.contracts.endpoints import Endpoint
from wes_biomarkers.io.endpoint_rules import read_endpoint_rules
from wes_biomarkers.stats.adverse_events import ToxicityRules, rated_events
from wes_biomarkers.stats.endpoints import DAYS_PER_MONTH, treatment_start

#: Column of a joined frame: the months of each patient's events, a tuple.
EVENT_MONTHS = "event_months"


def event_months(
    tables: Mapping[str, pd.DataFrame], endpoint: Endpoint, rules: ToxicityRules | None
) -> tuple[pd.Series, pd.Series]:
    """When each patient's events began, in months from the start of treatment.

    An event lies in its day: the k-th of m of a patient's day at (k / (m + 1)) of it, so that none is at the start.

    Args:
        tables: the cohort's.
        endpoint: a number of events, `toxicity_count_CAUSE`.
        rules: the cohort was built with; None: those of definitions/endpoints.toml.

    Returns:
        By patient id: a rising tuple of months, as many as the endpoint counts; and why there is none.
    """
    clinical = tables["clinical"]
    toxicity = tables.get("toxicity")
    patients = clinical["patient_id"]
    start = pd.Series(treatment_start(clinical).to_numpy(), index=patients.to_numpy())
    months: dict[str, list[float]] = {str(patient): [] for patient in patients}
    if toxicity is not None:
        counted = rated_events(toxicity, clinical, rules or read_endpoint_rules().toxicity)
        cause = endpoint.name.rsplit("_", 1)[1]
        sure = counted[cause].fillna(False).astype(bool) & toxicity["onset_date"].notna()
        days = (toxicity["onset_date"] - toxicity["patient_id"].map(start)).dt.days[sure]
        days = days.dropna()
        together = days.groupby([toxicity["patient_id"].loc[days.index], days])
        places = days + (together.cumcount() + 1) / (together.transform("size") + 1)
        for patient, place in zip(toxicity["patient_id"].loc[days.index], places, strict=True):
            months[str(patient)].append(float(place) / DAYS_PER_MONTH)
    found = pd.Series({name: tuple(sorted(own)) for name, own in months.items()}, dtype=object)
    number = pd.Series(clinical[endpoint.columns[0]].to_numpy(), index=patients.to_numpy())
    wrong = found.map(len).ne(number.astype("Float64")).fillna(True).astype(bool)
    reason = pd.Series("day of an event unknown", index=found.index, dtype=object).mask(~wrong)
    return found, reason
