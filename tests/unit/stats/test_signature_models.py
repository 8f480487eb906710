"""Signatures are judged on patients they were not built on: noise gives one half, and the naive way does not."""

import numpy as np
import pytest

from wes_biomarkers.stats.concordance import binary_outcome, concordance, survival_outcome
from wes_biomarkers.stats.estimate import follow_up
from wes_biomarkers.stats.signature_models import (
    SignatureSettings,
    _folds,
    fit_signature,
    nested_validation,
    optimism_corrected,
    validate_signature,
)

LOOSE = SignatureSettings(n_penalty=8)
SETTINGS = SignatureSettings(n_penalty=15)


def cohort(seed, n, p, strength=0.0):
    """Features, a survival and a yes-or-no outcome that the first two features drive."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, p))
    linear = strength * (x[:, 0] - 0.7 * x[:, 1])
    time, last = random.exponential(np.exp(-linear)), random.uniform(0.3, 3, n)
    survival = survival_outcome(follow_up(np.minimum(time, last), time <= last))
    return x, survival, binary_outcome(random.random(n) < 1 / (1 + np.exp(-linear)))


def naive(outcome, x):
    """The way not to do it: choose the best ten features on all patients, add them up, judge on the same patients."""
    single = np.array([concordance(outcome, column) - 0.5 for column in x.T])
    best = np.argsort(-np.abs(single))[:10]
    return concordance(outcome, x[:, best] @ np.sign(single[best]))


@pytest.mark.parametrize("kind", [1, 2], ids=["survival", "binary"])
def test_noise_gives_one_half_but_not_naively(kind):
    nested, corrected, naively = [], [], []
    for seed in range(1, 6):
        made = cohort(seed, 90, 60)
        x, outcome = made[0], made[kind]
        nested.append(nested_validation(outcome, x, LOOSE, seed).performance.effect)
        corrected.append(optimism_corrected(outcome, x, LOOSE, 5, seed).corrected)
        naively.append(naive(outcome, x))
    assert min(naively) > 0.64
    assert abs(np.mean(nested) - 0.5) < 0.04
    assert abs(np.mean(corrected) - 0.5) < 0.06


@pytest.mark.parametrize("kind", [1, 2], ids=["survival", "binary"])
def test_signal_is_found_and_named(kind):
    made = cohort(3, 240, 15, strength=1.2)
    x, outcome = made[0], made[kind]
    found = nested_validation(outcome, x, SETTINGS, 1)
    truth = concordance(outcome, x[:, 0] - 0.7 * x[:, 1])
    performance = found.performance
    assert performance.effect == pytest.approx(truth, abs=0.05)
    assert performance.ci_low < performance.effect < performance.ci_high
    assert performance.status == "ok" and performance.effect_kind == ("c_index" if kind == 1 else "auc")
    assert found.selected[:2].tolist() == [1.0, 1.0] and found.selected[2:].mean() < 0.7
    assert len(found.penalties) == 5
    signature = fit_signature(outcome, x, SETTINGS, 1)
    assert signature.coefficients[0] > 0 > signature.coefficients[1]
    optimism = optimism_corrected(outcome, x, SETTINGS, 20, 1)
    assert optimism.corrected < optimism.apparent
    assert optimism.corrected == pytest.approx(performance.effect, abs=0.04)


def test_without_any_feature_chosen_there_is_no_interval():
    x, survival, _ = cohort(2, 60, 2)
    strict = SignatureSettings(n_penalty=1)
    performance = nested_validation(survival, x, strict, 1).performance
    assert (performance.effect, performance.ci_low) == (0.5, None)
    assert performance.reason == "no model chose any feature"
    optimism = optimism_corrected(survival, x, strict, 5, 1)
    assert (optimism.apparent, optimism.corrected) == (0.5, 0.5)


def test_same_seed_same_answer_and_repeats():
    x, survival, _ = cohort(5, 80, 6, 0.8)
    settings = SignatureSettings(n_penalty=8, n_repeat=2)
    first, again = (nested_validation(survival, x, settings, 4) for _ in range(2))
    assert first.performance == again.performance and len(first.penalties) == 10
    assert nested_validation(survival, x, settings, 5).performance != first.performance


def test_held_out_patients_teach_nothing():
    """Changing one patient changes no prediction made by the models that had not seen them, but for their own."""
    x, _, response = cohort(6, 60, 4, 1.0)
    before = nested_validation(response, x, SETTINGS, 2).predictors
    folds = _folds(response.event, 5, np.random.default_rng(2), np.arange(60))
    changed = x.copy()
    changed[0] = 50.0
    after = nested_validation(response, changed, SETTINGS, 2).predictors
    mates = np.flatnonzero((folds == folds[0]) & (np.arange(60) != 0))
    np.testing.assert_allclose(np.diff(before[mates]), np.diff(after[mates]), atol=1e-12)
    others = np.flatnonzero(folds != folds[0])
    assert not np.allclose(before[others], after[others])


def test_folds_share_events_and_keep_copies_together():
    event = np.repeat([True, False], [10, 40])
    patient = np.arange(50)
    folds = _folds(event, 5, np.random.default_rng(1), patient)
    assert [int(event[folds == fold].sum()) for fold in range(5)] == [2] * 5
    copies = np.random.default_rng(2).integers(0, 50, 50)
    folds = _folds(event[copies], 5, np.random.default_rng(1), copies)
    assert all(len(set(folds[copies == one])) <= 1 for one in range(50))


def test_missing_and_constant_features():
    x, survival, _ = cohort(7, 100, 5, 1.0)
    x[:, 3], x[:, 4], x[::7, 0] = 2.0, np.nan, np.nan
    found = nested_validation(survival, x, SETTINGS, 1)
    assert found.performance.effect > 0.6 and np.isfinite(found.predictors).all()
    assert found.selected[3:].tolist() == [0.0, 0.0]
    signature = fit_signature(survival, x, SETTINGS, 1)
    alone = signature.predict(np.full((1, 5), np.nan))
    assert np.isfinite(alone).all()


def test_few_events_are_flagged_and_too_few_refused():
    x, survival, _ = cohort(8, 60, 10)
    assert nested_validation(survival, x, SETTINGS, 1).performance.flags == ("few_events",)
    rare = binary_outcome(np.arange(60) < 4)
    for performance in (
        nested_validation(rare, x, SETTINGS, 1).performance,
        optimism_corrected(rare, x, SETTINGS, 5, 1).performance,
    ):
        assert (performance.status, performance.effect) == ("not_evaluable", None)
        assert performance.reason == "4 patients with or without the event, fewer than 10"
    assert nested_validation(survival, np.ones((60, 2)), SETTINGS, 1).performance.reason.startswith(
        "no feature"
    )
    strata = survival_outcome(follow_up([1, 2], [1, 0], strata=["a", "b"]))
    assert "strata" in nested_validation(strata, np.eye(2), SETTINGS, 1).performance.reason
    with pytest.raises(ValueError, match="one row a patient"):
        nested_validation(survival, x[:5], SETTINGS, 1)


def test_patients_who_built_a_signature_cannot_judge_it():
    x, survival, _ = cohort(9, 120, 4, 1.0)
    ids = [f"P{at}" for at in range(120)]
    half = np.arange(60)
    signature = fit_signature(survival.take(half), x[:60], SETTINGS, 1, ids[:60])
    new = validate_signature(signature, survival.take(half + 60), x[60:], ids[60:], 1)
    assert new.status == "ok" and 0.6 < new.ci_low < new.effect < new.ci_high
    same = validate_signature(signature, survival, x, ids, 1)
    assert (same.status, same.effect) == ("refused", None)
    assert same.reason == "60 of these patients built the signature: it would look better than it is"
    late = binary_outcome(np.zeros(60, bool))
    nobody = validate_signature(signature, late, x[60:], ids[60:], 1)
    assert (nobody.status, nobody.reason) == ("not_evaluable", "no two patients can be compared")
    with pytest.raises(ValueError, match="id"):
        validate_signature(fit_signature(survival, x, SETTINGS, 1), survival, x, ids, 1)
