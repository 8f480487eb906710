"""Whatever the dates, endpoints keep their order; and the curve is the product-limit estimate."""

from datetime import date, timedelta

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from wes_biomarkers.stats.endpoints import derive_endpoints
from wes_biomarkers.stats.survival import kaplan_meier

START = date(2020, 1, 1)
days = st.none() | st.integers(0, 2000).map(lambda n: START + timedelta(days=n))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "progression_date": days,
                "last_assessment_date": days,
                "death_date": days,
                "last_contact_date": days,
            }
        ),
        min_size=1,
        max_size=6,
    )
)
def test_endpoints_hold_together(rows):
    frame = pd.DataFrame(rows).astype("datetime64[s]")
    frame["allocation_date"] = pd.Series([START] * len(rows), dtype="datetime64[s]")
    result = derive_endpoints(frame)
    for row, (_, given_dates) in zip(result.to_dict("records"), frame.iterrows(), strict=True):
        for kind in ("os", "pfs"):
            assert (
                pd.isna(row[f"{kind}_months"])
                == pd.isna(row[f"{kind}_event"])
                == pd.isna(row[f"{kind}_origin"])
            )
            assert pd.isna(row[f"{kind}_months"]) or row[f"{kind}_months"] >= 0
        died = pd.notna(given_dates["death_date"])
        assert pd.isna(row["os_event"]) or bool(row["os_event"]) == died
        if died:
            assert row["pfs_event"] and row["pfs_months"] <= row["os_months"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 20), st.booleans()), min_size=1, max_size=30))
def test_curve_is_the_product_limit(patients):
    times, events = zip(*patients, strict=True)
    result = kaplan_meier(times, events)
    expected = 1.0
    for time in sorted(set(times)):
        at_risk = sum(other >= time for other in times)
        died = sum(event for other, event in patients if other == time)
        expected *= 1 - died / at_risk
        row = result.curve[result.curve["time"] == time].iloc[0]
        assert abs(row["survival"] - expected) < 1e-9
        assert (row["n_at_risk"], row["n_event"]) == (at_risk, died)
        if 0 < expected < 1:
            assert row["ci_low"] <= expected <= row["ci_high"]
