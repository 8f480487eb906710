import numpy as np
import pytest
from scipy.stats import binom

from wes_biomarkers.features.ccf import (
    GRID,
    PRIOR_AT_ONE,
    Loci,
    Purity,
    estimate_ccf,
    mutated_copies,
    posterior,
)
from wes_biomarkers.simulate.clonality import simulate_mutations


def loci(*rows):
    """Rows of alt, depth, total, minor and, where not 2, normal copies."""
    return Loci(*np.array([(*row, 2)[:5] for row in rows], float).T)


def one(*row, purity=0.6, **interval):
    made = estimate_ccf(loci(row), Purity(purity, **interval))
    return {name: float(getattr(made, name)[0]) for name in made.__dataclass_fields__}


# Worked by hand: u = vaf (p C + n (1 - p)) / p.
@pytest.mark.parametrize(
    ("row", "purity", "multiplicity", "ccf"),
    [
        ((30, 100, 2, 1), 0.6, 1, 1.0),  # u = .3 * 2 / .6 = 1
        ((15, 100, 2, 1), 0.6, 1, 0.5),
        ((50, 100, 4, 2), 0.5, 2, 1.0),  # u = .5 * 3 / .5 = 3, at most the major 2
        ((30, 100, 4, 2), 0.5, 2, 0.9),  # u = 1.8
        ((16, 100, 4, 2), 0.5, 1, 0.96),  # u = .96
        ((40, 100, 1, 0), 0.5, 1, 1.0),  # u = .4 * 1.5 / .5 = 1.2
        ((25, 100, 1, 0, 1), 0.5, 1, 0.5),  # X of a man: u = .25 * 1 / .5
        ((64, 100, 2, 0), 0.8, 2, 0.8),  # copy-neutral loss: u = 1.6
        ((2, 100, 2, 1), 0.5, 1, 0.08),  # u below a half is one copy still
    ],
)
def test_multiplicity_and_fraction_by_hand(row, purity, multiplicity, ccf):
    made = one(*row, purity=purity)
    assert (made["multiplicity"], made["ccf"]) == (multiplicity, pytest.approx(ccf))


def test_unknown_minor_copies_leave_all_to_the_major():
    assert one(90, 100, 2, np.nan, purity=0.9)["multiplicity"] == 2


@pytest.mark.parametrize(
    "row",
    [(np.nan, 100, 2, 1), (3, 0, 2, 1), (3, 10, np.nan, 1), (3, 10, 0, 0), (3, 10, 2, 1, np.nan)],
)
def test_unknown_stays_unknown(row):
    assert np.isnan(list(one(*row).values())).all()


def test_half_maximum_bounds_are_one_step_outside():
    made = one(15, 100, 2, 1)
    likelihood = binom.pmf(15, 100, GRID * 0.6 / 2)
    above = GRID[likelihood > likelihood.max() / 2]
    assert made["halfmax_low"] == pytest.approx(above[0] - 0.001)
    assert made["halfmax_high"] == pytest.approx(above[-1] + 0.001)
    assert one(40, 100, 2, 1)["halfmax_high"] == 1.0, "no further than 1"


def by_definition(alt, depth, total, minor, p):
    """The posterior written down plainly, with scipy's binomial."""
    weight = np.zeros(len(GRID))
    for m in range(1, total - minor + 1):
        at_one = PRIOR_AT_ONE[0 if m == 1 else 1]
        prior = np.full(len(GRID), (1 - at_one) / len(GRID))
        prior[-1] += at_one
        weight += prior * binom.pmf(alt, depth, m * GRID * p / (p * total + 2 * (1 - p)))
    return weight / weight.sum()


@pytest.mark.parametrize("row", [(15, 100, 2, 1), (45, 120, 4, 1), (9, 200, 6, 2), (0, 80, 3, 1)])
def test_posterior_and_interval_agree_with_their_definition(row):
    p = 0.55
    expected = by_definition(*row, p)
    assert posterior(loci(row), Purity(p))[0] == pytest.approx(expected, abs=1e-12)
    made = one(*row, purity=p)
    first, last = round(made["low"] * 1000), round(made["high"] * 1000)
    total = np.concatenate(([0.0], np.cumsum(expected)))
    shortest = min(j - i for i in range(1000) for j in range(i + 1, 1001) if total[j] - total[i] >= 0.95)
    assert expected[first - 1 : last].sum() >= 0.95
    assert last - first + 1 == shortest


def test_an_uncertain_purity_widens_the_interval():
    sure, unsure = one(30, 200, 2, 1), one(30, 200, 2, 1, low=0.5, high=0.7)
    assert unsure["high"] - unsure["low"] > 1.1 * (sure["high"] - sure["low"])
    assert unsure["ccf"] == sure["ccf"]


def test_mutated_copies_of_a_pure_tumour_are_vaf_times_copies():
    assert mutated_copies([0.25, 0.5], 1.0, [4, 2], [2, 2]).tolist() == [1.0, 1.0]


def test_many_mutations_are_estimated_as_each_alone():
    drawn = simulate_mutations(100, n=600).loci
    together = estimate_ccf(drawn, Purity(0.5))
    for index in (0, 255, 256, 599):
        alone = estimate_ccf(drawn.where(np.array([index])), Purity(0.5))
        assert (together.low[index], together.high[index]) == (alone.low[0], alone.high[0])


def test_interval_holds_the_truth():
    """A slice of the acceptance study: 12 tumours, so .03 more room than there."""
    inside, ccf = [], []
    for seed in range(1, 13):
        truth = simulate_mutations(seed)
        made = estimate_ccf(truth.loci, truth.purity)
        inside.append((made.low <= truth.ccf + 1e-9) & (truth.ccf <= made.high + 1e-9))
        ccf.append(truth.ccf)
    covered, true = np.concatenate(inside), np.concatenate(ccf)
    assert 0.90 <= covered[true < 0.9].mean() <= 1.0
    assert covered[true == 1].mean() >= 0.93
