"""What net benefit must be for any patients."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wes_biomarkers.stats.decision_curve import decision_curve


@given(st.lists(st.booleans(), min_size=2, max_size=40), st.floats(0.01, 0.98))
def test_a_perfect_model_gains_the_prevalence_and_acting_on_all_equals_treating_all(event, cut):
    if not any(event):
        event[0] = True
    perfect = decision_curve(np.asarray(event, float), event, [cut])
    assert perfect.net_benefit[0] == pytest.approx(np.mean(event))
    everyone = decision_curve(np.ones(len(event)), event, [cut])
    assert everyone.net_benefit[0] == pytest.approx(everyone.treat_all[0])
    nobody = decision_curve(np.zeros(len(event)), event, [cut])
    assert nobody.net_benefit[0] == 0
