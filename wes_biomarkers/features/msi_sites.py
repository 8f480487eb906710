"""Whether the repeat of a site has another length in the tumour than in the normal, for many sites at once.

Length counts are arrays of shape (n_site, n_length): reads that show a repeat of so many bases.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.stats.multiplicity import benjamini_hochberg

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: A length with this share of the normal's reads is one of its alleles, not stutter.
ALLELE_SHARE = 0.2
#: A variance between normals below this part of mean (1 - mean) is none: the beta-binomial is the binomial.
MIN_SPREAD = 1e-4


@dataclass(frozen=True)
class SiteRules:
    """When a site is evaluable and when it is unstable.

    Attributes:
        min_depth: least spanning reads in each sample.
        min_expected: least expected reads of each sample in a pool of lengths.
        fdr: false discovery rate at which a difference counts.
        min_shift: least total variation distance of the two length distributions, 0 to 1.
    """

    min_depth: int = 20
    min_expected: float = 5.0
    fdr: float = 0.05
    min_shift: float = 0.05


@dataclass(frozen=True)
class SiteTests:
    """The comparison at each site, arrays of shape (n_site,); NaN where a site is not evaluable.

    Attributes:
        evaluable: enough reads (and, against a baseline, enough normals).
        p: of no difference.
        q: after Benjamini and Hochberg, over the evaluable sites.
        shift: share of reads whose length changed.
        unstable: q and shift both reach their thresholds.
        imbalance: unstable, but most of the shift goes to a length the normal has as an allele, as when the
            tumour lost the other allele.
    """

    evaluable: Mask
    p: FloatArray
    q: FloatArray
    shift: FloatArray
    unstable: Mask
    imbalance: Mask


def chi_square_p(tumor: NDArray[np.integer], normal: NDArray[np.integer], min_expected: float) -> FloatArray:
    """Pearson's chi-square p of equal length distributions at each site, shape (n_site,).

    Neighbouring lengths are pooled, from the shortest on, until a pool is expected to hold `min_expected`
    reads of each sample (Cochran 1954, Biometrics 10:417); what is left over at the end joins the last pool.
    A site with a single pool shows no difference: p is 1. For two samples of sizes T and N the statistic is
    the sum over pools of (t N - n T)^2 / ((t + n) T N), with one degree of freedom less than pools.

    >>> tumor, normal = np.array([[10, 30, 0]]), np.array([[0, 40, 0]])
    >>> chi_square_p(tumor, normal, 5).round(5).tolist()
    [0.00079]
    """
    from scipy.special import chdtrc

    total_t, total_n = tumor.sum(axis=1).astype(float), normal.sum(axis=1).astype(float)
    total = np.maximum(total_t + total_n, 1)
    least = np.minimum(total_t, total_n) / total

    def weigh(pool: FloatArray) -> FloatArray:
        """Contribution of pooled lengths to the statistic: reads of tumour and normal, shape (2, n) -> (n,)."""
        cell = (pool[0] * total_n - pool[1] * total_t) ** 2
        size = pool.sum(axis=0) * total_t * total_n
        weight: FloatArray = np.divide(cell, size, out=np.zeros_like(cell), where=size > 0)
        return weight

    open_, closed = np.zeros((2, len(total))), np.zeros((2, len(total)))
    statistic, n_pool = np.zeros(len(total)), np.zeros(len(total), np.int64)
    for length in np.flatnonzero(tumor.any(axis=0) | normal.any(axis=0)):
        open_ += (tumor[:, length], normal[:, length])
        full = open_.sum(axis=0) * least >= min_expected
        statistic[full] += weigh(closed)[full]
        closed[:, full], open_[:, full] = open_[:, full], 0
        n_pool += full
    statistic += weigh(closed + open_)
    p: FloatArray = np.where(n_pool > 1, chdtrc(np.maximum(n_pool - 1, 1), statistic), 1.0)
    return p


def shares(counts: NDArray[np.integer]) -> FloatArray:
    """Each site's counts divided by their sum; zeros where there are no reads."""
    total = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    result: FloatArray = counts / total
    return result


def compare_pair(tumor: NDArray[np.integer], normal: NDArray[np.integer], rules: SiteRules) -> SiteTests:
    """Tumour against matched normal at each site."""
    evaluable = (tumor.sum(axis=1) >= rules.min_depth) & (normal.sum(axis=1) >= rules.min_depth)
    p = chi_square_p(tumor[evaluable], normal[evaluable], rules.min_expected)
    change = shares(tumor) - shares(normal)
    gain = np.maximum(change, 0)
    to_allele = np.where(shares(normal) >= ALLELE_SHARE, gain, 0).sum(axis=1)
    return _tests(evaluable, p, gain.sum(axis=1), to_allele, rules)


def _tests(
    evaluable: Mask, p: FloatArray, shift: FloatArray, to_allele: FloatArray, rules: SiteRules
) -> SiteTests:
    """The tests from the p of the evaluable sites and the shifts of all."""
    all_p, all_q = np.full(len(evaluable), np.nan), np.full(len(evaluable), np.nan)
    all_p[evaluable], all_q[evaluable] = p, benjamini_hochberg(p)
    unstable = evaluable & (np.nan_to_num(all_q, nan=1.0) <= rules.fdr) & (shift >= rules.min_shift)
    known_shift = np.where(evaluable, shift, np.nan)
    return SiteTests(evaluable, all_p, all_q, known_shift, unstable, unstable & (to_allele > shift / 2))


@dataclass(frozen=True)
class Baseline:
    """What normals show at each site; arrays of shape (n_site,), `allele` (n_site, n_length).

    Attributes:
        n_normal: normals deep enough.
        allele: lengths that are an allele of one of them at least.
        mean: their mean share of reads of no such length.
        sd: standard deviation of that share between normals, beyond the chance of counting reads.
    """

    n_normal: IntArray
    allele: Mask
    mean: FloatArray
    sd: FloatArray


def compute_baseline(normals: Iterable[NDArray[np.integer]], min_depth: int) -> Baseline:
    """The baseline of normals, each an array of length counts over the same sites.

    A normal counts at a site where it has `min_depth` reads; its alleles are the lengths of ALLELE_SHARE of
    them or more. Shares of other lengths do not depend on who is heterozygous. The variance of the observed
    shares minus the mean of their binomial variances is that between normals (Kleinman 1973, J Am Stat Assoc
    68:46), at least 0. The mean is that of all reads, with half a read added on each side, so that it is never
    0 or 1.
    """
    samples = list(normals)
    deep = np.array([counts.sum(axis=1) >= min_depth for counts in samples])
    allele = np.zeros(samples[0].shape, bool)
    for counts, used in zip(samples, deep, strict=True):
        allele |= (shares(counts) >= ALLELE_SHARE) & used[:, None]
    depth = np.where(deep, [counts.sum(axis=1) for counts in samples], 0)
    other = np.where(deep, [_of_no_allele(counts, allele) for counts in samples], 0)
    n_normal = deep.sum(axis=0)
    mean = (other.sum(axis=0) + 0.5) / (depth.sum(axis=0) + 1)
    share = other / np.maximum(depth, 1)
    used = np.maximum(n_normal, 1)
    centre = share.sum(axis=0) / used
    spread = np.where(deep, (share - centre) ** 2, 0).sum(axis=0) / np.maximum(n_normal - 1, 1)
    chance = np.where(deep, share * (1 - share) / np.maximum(depth - 1, 1), 0).sum(axis=0) / used
    return Baseline(n_normal, allele, mean, np.sqrt(np.maximum(spread - chance, 0)))


def _of_no_allele(counts: NDArray[np.integer], allele: Mask) -> IntArray:
    """Each site's reads of a length that is no allele."""
    reads: IntArray = np.where(allele, 0, counts).sum(axis=1)
    return reads


def compare_baseline(
    tumor: NDArray[np.integer], baseline: Baseline, min_normal: int, rules: SiteRules
) -> SiteTests:
    """Tumour alone against a baseline of normals at each site.

    p is the chance, in a normal with as many reads, of as many of a length that is no allele of the baseline:
    beta-binomial with the baseline's mean and standard deviation, binomial where the latter is nothing.
    The shift is the share of such reads above the mean.
    """
    from scipy.special import bdtrc
    from scipy.stats import betabinom

    depth = tumor.sum(axis=1)
    evaluable = (depth >= rules.min_depth) & (baseline.n_normal >= min_normal)
    rows = np.flatnonzero(evaluable)
    n, mean, sd = depth[rows], baseline.mean[rows], baseline.sd[rows]
    k = _of_no_allele(tumor, baseline.allele)[rows]
    chance = mean * (1 - mean)
    varied = sd**2 > MIN_SPREAD * chance
    p = np.where(k > 0, bdtrc(np.maximum(k - 1, 0), n, mean), 1.0)
    size = np.maximum(chance[varied] / sd[varied] ** 2 - 1, MIN_SPREAD)
    alpha, beta = mean[varied] * size, (1 - mean[varied]) * size
    p[varied] = np.clip(betabinom.sf(k[varied] - 1, n[varied], alpha, beta), 0, 1)
    shift = np.zeros(len(depth))
    shift[rows] = np.maximum(k / n - mean, 0)
    return _tests(evaluable, p, shift, np.zeros(len(depth)), rules)
