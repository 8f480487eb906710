"""The clinical tables: the rules of the trial's design, and the project's own readers."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import pytest

from wes_biomarkers.contracts.clinical import TOXICITY
from wes_biomarkers.io.clinical import check_toxicity, read_clinical, read_toxicity
from wes_biomarkers.simulate.clinical import ARMS, Row, Subject, make_clinical
from wes_biomarkers.simulate.layout import write_table
from wes_biomarkers.simulate.parameters import ClinicalParameters, Parameters

SEED = Parameters().seed


def _tables(n_patient: int) -> tuple[list[Row], list[Row]]:
    subjects = [Subject(f"P{i + 1:03d}", i % 40, progressed=i == 4) for i in range(n_patient)]
    return make_clinical(subjects, ClinicalParameters(), SEED)


@pytest.mark.parametrize("n_patient", [8, 200])
def test_the_readers_accept_the_tables(n_patient: int, tmp_path: Path) -> None:
    clinical, toxicity = _tables(n_patient)
    write_table(tmp_path / "clinical.csv", list(clinical[0]), [list(row.values()) for row in clinical], ",")
    write_table(tmp_path / "toxicity.csv", list(toxicity[0]), [list(row.values()) for row in toxicity], ",")
    frame = read_clinical(tmp_path / "clinical.csv", today=dt.date(2025, 7, 1))
    events = read_toxicity(tmp_path / "toxicity.csv", today=dt.date(2025, 7, 1))
    assert len(frame) == n_patient
    assert check_toxicity(events, frame) == []
    assert not events.duplicated(list(TOXICITY.key)).any()


@pytest.mark.parametrize("n_patient", [10, 200])
def test_the_design(n_patient: int) -> None:
    clinical, toxicity = _tables(n_patient)
    assert {row["assignment"] for row in clinical} == {"randomized", "preference", "not_allocated"}
    assert {row["arm_assigned"] for row in clinical} == {"", *ARMS}
    allocated = [row for row in clinical if row["allocation_date"]]
    assert all(row["induction_response"] in ("CR", "PR") for row in allocated)
    assert any(row["arm_assigned"] != row["arm_received"] for row in allocated)
    others = [row for row in clinical if not row["allocation_date"]]
    assert any(row["induction_response"] in ("CR", "PR") for row in others), "every responder went on"
    for row in others:
        assert row["assignment"] == "not_allocated" and not row["first_dose_date"] + row["progression_date"]
    for row in clinical:
        assert bool(row["radiotherapy_start_date"]) <= (row["arm_received"] == ARMS[1])
        assert row["response_confirmed"] == "" or row["best_response"] in ("CR", "PR")
    assessed = {row["patient_id"] for row in clinical if row["toxicity_assessed"] == "true"}
    assert {event["patient_id"] for event in toxicity} <= assessed
    grades = Counter(event["grade"] for event in toxicity)
    assert set(grades) <= {"1", "2", "3", "4", "5"} and len(grades) > 1
    assert clinical[4]["progression_date"], "a sample at progression needs one"


def test_burden_goes_with_survival() -> None:
    clinical, _ = _tables(200)

    def months(rows: list[Row]) -> float:
        days = [
            (dt.date.fromisoformat(r["last_contact_date"]) - dt.date.fromisoformat(r["allocation_date"])).days
            for r in rows if r["allocation_date"]
        ]  # fmt: skip
        return sum(days) / len(days)

    low, high = (
        clinical[0::40] + clinical[1::40] + clinical[2::40],
        [r for i, r in enumerate(clinical) if i % 40 > 20],
    )
    assert months(high) > months(low)
