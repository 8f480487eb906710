"""A cohort of a few patients written by hand, whose every step can be counted by eye."""

from __future__ import annotations

import pandas as pd

START = pd.Timestamp("2022-01-01")


def day(months: float) -> pd.Timestamp:
    """A day some months after the first start of induction."""
    return (START + pd.Timedelta(days=round(30.4375 * months))).floor("D")


def hand_made_tables() -> dict[str, pd.DataFrame]:
    """Ten patients.

    P0 to P7 were allocated (P0 to P3 by chance), P8 did not respond, P9 has no clinical row. P6 has no sample, the
    pair of P7 failed, P5's value is not evaluable, P4 has only a sample at progression.
    """
    ids = [f"P{index}" for index in range(10)]
    clinical = pd.DataFrame(
        {
            "patient_id": ids[:9],
            "site": ["S1", "S2"] * 4 + ["S1"],
            "induction_start_date": [START] * 9,
            "induction_response": ["PR"] * 8 + ["PD"],
            "allocation_date": [day(3)] * 8 + [pd.NaT],
            "assignment": ["randomized"] * 4 + ["preference"] * 4 + ["not_allocated"],
            "arm_assigned": ["a", "b"] * 4 + [None],
            "arm_received": ["a", "b", "b", "b"] + ["a", "b"] * 2 + [None],
            "best_response": ["PR", "PD"] * 4 + [None],
            "age": [60.0, 61, 62, 63, 64, 65, 66, None, 68],
            "os_months": [10.0, 2, 20, 5, 8, 30, 12, 4, None],
            "os_event": [True, True, False, True, True, False, True, True, None],
            "os_origin": ["allocation"] * 8 + [None],
            "os_induction_months": [13.0, 5, 23, 8, 11, 33, 15, 7, 6],
            "os_induction_event": [True, True, False, True, True, False, True, True, True],
            "objective_response": [True, False] * 4 + [None],
            "high_grade_any": [True, False] * 4 + [None],
            "high_grade_any_months": [1.0, 2, 5, 5, 1, 3, 12, 4, None],
            "high_grade_any_state": ["event", "competing", "censored", "competing"] * 2 + [None],
            "nlr": [1.0, 2, 3, 4, 5, 6, 7, 8, 9],
        }
    ).astype({"os_event": "boolean", "objective_response": "boolean", "high_grade_any": "boolean",
              "os_induction_event": "boolean"})  # fmt: skip
    sequenced = [patient for patient in ids if patient != "P6"]
    late = {"P4"}
    pair = pd.DataFrame(
        {
            "patient_id": sequenced,
            "pair_id": [f"{patient}_T_vs_{patient}_N" for patient in sequenced],
            "tumor_sample_id": [f"{patient}_T" for patient in sequenced],
            "specimen": "tissue",
            "timepoint": ["progression" if patient in late else "baseline" for patient in sequenced],
            "status": ["failed" if patient == "P7" else "ok" for patient in sequenced],
        }
    )
    sample = pd.DataFrame(
        {
            "patient_id": sequenced,
            "sample_id": pair["tumor_sample_id"],
            "collection_date": [day(7) if patient in late else day(-1) for patient in sequenced],
        }
    )
    biomarker = pair[["patient_id", "pair_id"]].assign(
        tmb_per_mb=[1.0, 2, 3, 4, 5, None, None, 8, 9],
        tmb_per_mb_status=["ok"] * 5 + ["not_evaluable", "failed", "ok", "ok"],
    )
    gene = pair[["patient_id", "pair_id"]].assign(
        gene="TP53",
        status=["altered", "unaltered", "biallelic", "uncertain", "altered", "no_mutation", "not_evaluable",
                "unaltered", "altered"],
        n_mutation=[1, 0, 2, 1, 1, 0, 0, 0, 1],
    )  # fmt: skip
    patient = pd.DataFrame({"patient_id": ids, "n_tumor_sample": [0 if p == "P6" else 1 for p in ids]})
    return {
        "patient": patient, "clinical": clinical, "pair": pair, "sample": sample, "biomarker": biomarker,
        "gene": gene,
    }  # fmt: skip
