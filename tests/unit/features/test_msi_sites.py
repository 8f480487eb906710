import numpy as np
import pytest
from scipy import stats

from wes_biomarkers.features.msi_sites import (
    Baseline,
    SiteRules,
    chi_square_p,
    compare_baseline,
    compare_pair,
    compute_baseline,
)
from wes_biomarkers.stats.multiplicity import benjamini_hochberg

N_LENGTH = 30


def counts(*sites):
    """Rows of length counts from dictionaries of length to reads."""
    rows = np.zeros((len(sites), N_LENGTH), np.int32)
    for row, site in zip(rows, sites, strict=True):
        for length, reads in site.items():
            row[length] = reads
    return rows


def pooled(tumor, normal, least):
    """The pooling rule written out for one site."""
    total, pools, pool = tumor.sum() + normal.sum(), [], np.zeros(2)
    share = min(tumor.sum(), normal.sum()) / total
    for t, n in zip(tumor, normal, strict=True):
        pool = pool + np.array([t, n])
        if pool.sum() * share >= least:
            pools.append(pool)
            pool = np.zeros(2)
    if pools:
        pools[-1] = pools[-1] + pool
    return np.array(pools or [pool])


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("least", [1, 5])
def test_p_is_that_of_scipy_on_the_pooled_table(seed, least):
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.full(12, 0.4), size=60)
    tumor = np.array([rng.multinomial(rng.integers(20, 300), p) for p in shares])
    normal = np.array(
        [rng.multinomial(rng.integers(20, 300), p) for p in np.concatenate([shares[:30], shares[::-1][30:]])]
    )
    expected = []
    for t, n in zip(tumor, normal, strict=True):
        table = pooled(t, n, least)
        expected.append(stats.chi2_contingency(table, correction=False).pvalue if len(table) > 1 else 1.0)
    assert np.allclose(chi_square_p(tumor, normal, least), expected, rtol=1e-9, atol=1e-300)
    assert min(expected) < 1e-6 and max(expected) > 0.01


@pytest.mark.parametrize(
    ("tumor", "normal", "same"),
    [
        ({10: 100}, {10: 100}, True),
        ({10: 96, 9: 4}, {10: 100}, True),  # 4 reads are no pool of their own
        ({10: 100}, {10: 96, 11: 4}, True),
        ({10: 89, 9: 11}, {10: 100}, False),
        ({10: 89, 9: 4, 8: 4, 7: 3}, {10: 100}, False),  # neighbours are pooled
        ({10: 89, 11: 11}, {10: 100}, False),
        ({}, {10: 30}, True),
        ({}, {}, True),
    ],
)
def test_small_expected_counts_are_pooled(tumor, normal, same):
    (p,) = chi_square_p(counts(tumor), counts(normal), 5)
    assert bool(p == 1) is same


def test_no_site_and_one_of_few_reads():
    assert chi_square_p(counts(), counts(), 5).tolist() == []
    assert chi_square_p(counts({9: 3}), counts({10: 3}), 5).tolist() == [1]


def test_p_is_uniform_under_no_difference():
    rng = np.random.default_rng(11)
    share = np.array([0.03, 0.12, 0.7, 0.1, 0.05])
    tumor, normal = rng.multinomial(90, share, 4000), rng.multinomial(70, share, 4000)
    p = chi_square_p(tumor, normal, 5)
    assert 0.035 < (p < 0.05).mean() < 0.06
    assert (p < 0.001).mean() < 0.0025


# The fifteen p of Benjamini and Hochberg 1995, section 4.1, of which they reject four at .05.
BH_1995 = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
           0.7590, 1.0]  # fmt: skip


def test_benjamini_and_hochberg_on_their_own_example():
    q = benjamini_hochberg(np.array(BH_1995))
    assert (q <= 0.05).sum() == 4
    assert q[:4].round(6).tolist() == [0.0015, 0.003, 0.0095, 0.035625]
    assert np.allclose(q, stats.false_discovery_control(BH_1995))


def test_benjamini_hochberg_with_ties_and_any_order():
    rng = np.random.default_rng(3)
    p = rng.random(500).round(2)
    assert np.allclose(benjamini_hochberg(p), stats.false_discovery_control(p))
    assert benjamini_hochberg(np.array([])).tolist() == []


class TestPair:
    def test_what_is_evaluable_and_unstable(self):
        tumor = counts({12: 60}, {12: 30, 9: 30}, {12: 19}, {12: 60})
        normal = counts({12: 60}, {12: 60}, {12: 60}, {12: 19})
        tests = compare_pair(tumor, normal, SiteRules())
        assert tests.evaluable.tolist() == [True, True, False, False]
        assert tests.unstable.tolist() == [False, True, False, False]
        assert tests.shift[:2].tolist() == [0, 0.5]
        assert np.isnan(tests.p[2:]).all() and np.isnan(tests.q[2:]).all() and np.isnan(tests.shift[2:]).all()

    def test_q_is_over_the_evaluable_sites_alone(self):
        tumor, normal = counts({12: 48, 11: 12}, {12: 60}, {12: 5}), counts({12: 60}, {12: 60}, {12: 5})
        tests = compare_pair(tumor, normal, SiteRules())
        assert tests.q[0] == pytest.approx(2 * tests.p[0])

    def test_in_deep_data_a_small_shift_is_no_instability(self):
        """Libraries that differ by a tenth in stutter: significant at every site, and meaningless."""
        tumor, normal = counts({12: 8700, 11: 1300}), counts({12: 9000, 11: 1000})
        deep = compare_pair(tumor, normal, SiteRules())
        assert deep.q[0] < 1e-6 and deep.shift[0] == pytest.approx(0.03) and not deep.unstable[0]
        assert compare_pair(tumor, normal, SiteRules(min_shift=0)).unstable[0]
        assert compare_pair(counts({12: 8000, 11: 2000}), normal, SiteRules()).unstable[0]

    def test_at_usual_depth_the_least_shift_changes_nothing(self):
        rng = np.random.default_rng(5)
        shares = rng.dirichlet(np.full(6, 0.3), 3000)
        other = 0.8 * shares + 0.2 * shares[:, ::-1]
        for depth in (50, 100, 200):
            tumor, normal = rng.multinomial(depth, other), rng.multinomial(depth, shares)
            with_, without = (compare_pair(tumor, normal, SiteRules(min_shift=s)) for s in (0.05, 0))
            assert without.unstable.sum() > 50
            assert with_.unstable.tolist() == without.unstable.tolist()

    def test_a_lost_allele_is_told_from_a_new_length(self):
        normal = counts({12: 40, 15: 40}, {12: 40, 15: 40})
        tests = compare_pair(counts({12: 75, 15: 5}, {12: 40, 15: 10, 10: 30}), normal, SiteRules())
        assert tests.unstable.tolist() == [True, True]
        assert tests.imbalance.tolist() == [True, False]


#: Two sites whose one allele is 12.
TWELVE = counts({12: 1}, {12: 1}) > 0


class TestBaseline:
    def test_lengths_of_heterozygous_people_are_alleles_and_stutter_is_none(self):
        normals = [counts({12: 40}), counts({12: 25, 14: 25}), counts({12: 28, 11: 2}), counts({14: 50})]
        baseline = compute_baseline(normals, 20)
        assert baseline.n_normal.tolist() == [4]
        assert np.flatnonzero(baseline.allele[0]).tolist() == [12, 14]
        assert baseline.mean[0] == pytest.approx(2.5 / 171) and baseline.sd[0] < 0.03

    def test_a_site_that_slips_in_some_people_has_a_wide_spread(self):
        shown = (0.0, 0.05, 0.1, 0.15)
        normals = [counts({12: round(1000 * (1 - x)), 11: round(1000 * x)}) for x in shown]
        assert compute_baseline(normals, 20).sd[0] == pytest.approx(np.std(shown, ddof=1), rel=0.02)

    def test_shallow_normals_do_not_count(self):
        baseline = compute_baseline([counts({12: 19}, {9: 30}), counts({12: 40}, {9: 30})], 20)
        assert baseline.n_normal.tolist() == [1, 2]
        nobody = compute_baseline([counts({12: 3})], 20)
        assert nobody.n_normal.tolist() == [0] and not nobody.allele.any()

    def test_p_is_that_of_the_beta_binomial(self):
        baseline = Baseline(np.array([9, 9]), TWELVE, np.array([0.1, 0.1]), np.array([0.05, 0.0]))
        tests = compare_baseline(counts({12: 70, 11: 30}, {12: 70, 11: 30}), baseline, 5, SiteRules())
        size = 0.1 * 0.9 / 0.05**2 - 1
        draws = np.random.default_rng(1).beta(0.1 * size, 0.9 * size, 400_000)
        simulated = (np.random.default_rng(2).binomial(100, draws) >= 30).mean()
        assert tests.p[0] == pytest.approx(simulated, rel=0.1)
        assert tests.p[1] == pytest.approx(stats.binom.sf(29, 100, 0.1))
        assert tests.shift.tolist() == pytest.approx([0.2, 0.2])

    @pytest.mark.parametrize("sd", [1e-9, 1e-5, 0.0031, 0.4, 0.8])
    def test_p_is_a_probability_at_any_spread(self, sd):
        baseline = Baseline(np.array([9]), TWELVE[:1], np.array([0.1]), np.array([sd]))
        few, many = (
            compare_baseline(counts({12: 100 - k, 11: k}), baseline, 5, SiteRules()).p[0] for k in (10, 90)
        )
        assert 0 <= many < few <= 1
        assert sd > 0.01 or few == pytest.approx(stats.binom.sf(9, 100, 0.1), rel=0.05)

    def test_too_few_normals_and_no_change(self):
        baseline = Baseline(np.array([4, 9]), TWELVE, np.array([0.1, 0.1]), np.array([0.0, 0.0]))
        tests = compare_baseline(counts({11: 50}, {12: 50}), baseline, 5, SiteRules())
        assert tests.evaluable.tolist() == [False, True]
        assert tests.p[1] == 1 and tests.shift[1] == 0 and not tests.imbalance.any()

    def test_normals_against_their_own_kind_stay_stable(self):
        rng = np.random.default_rng(8)
        rate = rng.uniform(0.01, 0.3, 400)

        def person():
            stutter = np.clip(rate * rng.uniform(0.8, 1.2), 0, 1)
            shift = rng.random(400) < 0.05  # a rare heterozygous site
            depth = rng.integers(40, 150, 400)
            other = rng.binomial(depth, np.where(shift, 0.5, stutter))
            rows = np.zeros((400, 20), np.int32)
            rows[:, 12], rows[:, 11] = depth - other, other
            return rows

        baseline = compute_baseline([person() for _ in range(30)], 20)
        tests = compare_baseline(person(), baseline, 5, SiteRules())
        assert tests.evaluable.all() and tests.unstable.mean() < 0.02
        tumor = person()
        tumor[:100, 10] += tumor[:100, 12]
        assert compare_baseline(tumor, baseline, 5, SiteRules()).unstable[:100].mean() > 0.6
