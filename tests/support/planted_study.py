"""What `associate` says of planted biomarkers in simulated preference trials, as a user would ask it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from wes_biomarkers.associate.run import run_plan
from wes_biomarkers.contracts.association import ASSOCIATION
from wes_biomarkers.contracts.plan import Analysis, Plan
from wes_biomarkers.contracts.validate import conform_frame
from wes_biomarkers.io.cohort_folder import read_cohort
from wes_biomarkers.io.files import read_json
from wes_biomarkers.join.frame import Join
from wes_biomarkers.simulate.tables.cohort import simulate_tables
from wes_biomarkers.simulate.tables.parameters import Effects, SurvivalParameters, TableParameters

#: Effects a trial of 200 patients can show: two prognostic, one predictive, the others idle.
PLANTED = SurvivalParameters(
    median_os_months=14.0,
    effects=Effects(
        main={"loh_fraction": 0.8, "protein:IL6": 0.7, "age": 0.1},
        treatment=-0.3,
        interaction={"tmb_per_mb": -1.4},
    ),
)
PROGNOSTIC, PREDICTIVE, IDLE = ("loh_fraction", "protein:IL6"), ("tmb_per_mb",), ("hed", "gene:KMT2D")
ADJUST = ("age", "ecog")
FEATURES = (*PROGNOSTIC, *PREDICTIVE, *IDLE)
ANALYSES = (
    Analysis("prognosis", "os", FEATURES, adjust=ADJUST, family="prognosis"),
    Analysis("prediction", "os", FEATURES, "predictive", adjust=ADJUST, family="prediction",
             reference_arm="immunotherapy", estimand="as_received"),
    Analysis("responders", "os", ("best_response",), family="late"),
    Analysis("toxicity", "os", ("high_grade_any",), family="late"),
    Analysis("late sample", "os", ("tmb_per_mb",), family="late",
             sample_rule=("on_treatment plasma", "on_treatment tissue")),
    Analysis("landmark", "os", ("best_response",), family="late", landmark_months=6.0),
)  # fmt: skip


@dataclass(frozen=True)
class Said:
    """What was said of one trial: q by feature of both questions, and the whole table."""

    prognostic: dict[str, float]
    predictive: dict[str, float]
    table: pd.DataFrame


def said_of(seed: int, folder: Path, n_patient: int = 200) -> Said:
    """The plan's answer on the trial of a seed; `folder` is made and may be thrown away.

    `n_patient` start induction; about seven in ten respond, and nine of ten of these are allocated.
    """
    simulate_tables(
        TableParameters(n_patient=n_patient, seed=seed, variants_per_patient=1, survival=PLANTED), folder
    )
    planted = {effect["term"]: effect["role"] for effect in read_json(folder / "truth.json")["effects"]
               if effect["outcome"] == "survival"}  # fmt: skip
    assert (
        all(planted[name] == "prognostic" for name in PROGNOSTIC) and planted[PREDICTIVE[0]] == "predictive"
    )
    assert not set(IDLE) & set(planted)
    join = Join(read_cohort(folder / "cohort").tables)
    families = {"prognosis": "holm", "prediction": "holm"}
    table = conform_frame(run_plan(join, Plan("planted", ANALYSES, families, "0" * 12)).table, ASSOCIATION)
    tested = table[table["q_value"].notna()]

    def q_of(analysis: str, role: str) -> dict[str, float]:
        rows = tested[(tested["analysis"] == analysis) & (tested["role"] == role)]
        return dict(zip(rows["feature"], rows["q_value"].astype(float), strict=True))

    return Said(q_of("prognosis", "prognostic"), q_of("prediction", "predictive"), table)
