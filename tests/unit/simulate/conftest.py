from __future__ import annotations

import pytest

from wes_biomarkers.simulate.parameters import GenomeParameters, Parameters, ReadParameters, TumorParameters
from wes_biomarkers.simulate.plan import Trial, plan_trial


@pytest.fixture(scope="session")
def default_trial() -> Trial:
    """The plan of the demonstration's trial; no reads."""
    return plan_trial(Parameters())


@pytest.fixture(scope="session")
def tiny_parameters() -> Parameters:
    """Two patients, one with two tumours, on one contig of 60 kb with 6 genes."""
    return Parameters(
        n_patient=2,
        seed=5,
        genome=GenomeParameters(n_contig=1, contig_length=60_000, n_gene=6, n_repeat_copy=4),
        tumor=TumorParameters(n_snv=(10, 6), purity=(0.8, 0.6), progression_patients=("P01",)),
        reads=ReadParameters(depth_tumor=60, depth_normal=30, two_lane_samples=("P01_T1",)),
    )
