"""Whole-number copies of each segment, given purity and ploidy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.features.copy_evidence import Evidence

FloatArray = NDArray[np.float64]

#: Most copies of a state in the fit of purity; more are called, but say little about purity.
MAX_COPIES = 8
#: The prior of a state falls by exp(-LEVEL_DECAY) with each copy away from psi.
LEVEL_DECAY = 1.8
#: Prior share of the most even split of a total into two alleles.
EVEN_SHARE = 0.6
#: Share of segments that no whole-number state of all tumour cells explains.
OUTLIER_SHARE = 0.07
#: Most copies called.
MAX_CALLED = 100
#: Probability from which minor copies are called, given the total.
MIN_MINOR_PROBABILITY = 0.8
#: Fewest bins of a segment that may be called subclonal: any shift of a few bins fits some share of cells.
MIN_SUBCLONAL_BINS = 10
#: Shares of the tumour cells that may carry a subclonal change.
SUBCLONAL_SHARES: FloatArray = np.arange(2, 19) / 20


def copy_states(max_copies: int) -> tuple[FloatArray, FloatArray]:
    """Total and minor copies of all states up to a total.

    >>> [states.tolist() for states in copy_states(2)]
    [[0.0, 1.0, 2.0, 2.0], [0.0, 0.0, 0.0, 1.0]]
    """
    pairs = [(total, minor) for total in range(max_copies + 1) for minor in range(total // 2 + 1)]
    total, minor = np.array(pairs, float).T
    return total, minor


def predict_log2(purity: float, psi: float | FloatArray, total: FloatArray) -> FloatArray:
    """Log ratio of autosomal copies in a tumour with psi copies at log ratio 0; never below about -6."""
    cells = np.maximum(purity * total + 2 * (1 - purity), 0.02)
    return np.asarray(np.log2(cells) - np.log2(purity * psi + 2 * (1 - purity)))


def predict_baf(purity: float, total: FloatArray, minor: FloatArray) -> FloatArray:
    """Share of the minor allele among the reads at a heterozygous site; .5 where no copy is left."""
    cells = purity * total + 2 * (1 - purity)
    return np.where(cells > 0, (purity * minor + 1 - purity) / np.maximum(cells, 1e-9), 0.5)


def state_log_prior(total: FloatArray, minor: FloatArray, level: FloatArray) -> FloatArray:
    """Log-prior of states (k) where the genome's level is so many copies (q), shape (q, k).

    Totals fall off with their distance from the level; the most even split of a total has `EVEN_SHARE`, its other
    splits share the rest. So a level of 4 costs no more than one of 2, but where changes are twice as large.
    """
    n_split = total // 2 + 1
    is_even = minor == total // 2
    split = np.where(
        n_split == 1, 1.0, np.where(is_even, EVEN_SHARE, (1 - EVEN_SHARE) / np.maximum(n_split - 1, 1))
    )
    weight = -LEVEL_DECAY * np.abs(total - level[:, None])
    top = weight.max(axis=1, keepdims=True)
    whole = (np.exp(weight - top) / n_split).sum(axis=1, keepdims=True)
    return np.asarray(weight - top - np.log(whole) + np.log(split))


def assign_copies(evidence: Evidence, purity: float, psi: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The likeliest copies of each segment, and the share of all cells that have them.

    A segment that a mixture of tumour cells explains better is subclonal: a share of them has the copies told,
    the rest the genome's even state (1 + 1, or 2 + 2 where more of the genome is in it).

    Returns:
        Total copies, minor copies (NaN where allele fractions cannot tell; 0 on X and Y of males) and cell
        fraction, each of shape (n,); all NaN where a segment has no bins or normal cells' copies are not known.
    """
    known = np.isfinite(evidence.log2) & np.isfinite(evidence.normal_copies)
    own = evidence.where(known)
    total, minor, fit = _clonal(own, purity, psi)
    fraction = np.full(len(total), purity)
    sub_total, sub_minor, share, sub_fit = _subclonal(own, purity, psi, _even_copies(own, total, minor))
    subclonal = (sub_fit > fit) & own.is_autosome & (own.n_bin >= MIN_SUBCLONAL_BINS)
    columns = (
        np.where(subclonal, sub_total, total),
        np.where(subclonal, sub_minor, minor),
        np.where(subclonal, share * purity, fraction),
    )
    result = []
    for values in columns:
        column = np.full(len(known), np.nan)
        column[known] = values
        result.append(column)
    return result[0], result[1], result[2]


def _clonal(evidence: Evidence, purity: float, psi: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Total and minor copies in all tumour cells, and the log of likelihood times prior."""
    cells = (purity * psi + 2 * (1 - purity)) * evidence.reference_copies / 2
    normal = evidence.normal_copies * (1 - purity)
    most = np.max((cells * 2**evidence.log2 - normal) / purity, initial=0)
    total, minor = copy_states(int(np.clip(np.ceil(most) + 1, MAX_COPIES, MAX_CALLED)))
    expected = np.log2(np.maximum(purity * total + normal[:, None], 0.02)) - np.log2(cells)[:, None]
    diploid = evidence.normal_copies == 2
    baf = np.where(diploid[:, None], evidence.baf_at(predict_baf(purity, total, minor)), 0.0)
    z = (evidence.log2[:, None] - expected) / evidence.log2_sd[:, None]
    joint = baf - 0.5 * z**2 + state_log_prior(total, minor, psi * evidence.normal_copies / 2)
    best = joint.argmax(axis=1)
    top = joint[np.arange(len(best)), best]
    same = total == total[best][:, None]
    probability = 1 / np.where(same, np.exp(joint - top[:, None]), 0).sum(axis=1)
    called = np.where(probability >= MIN_MINOR_PROBABILITY, minor[best], np.nan)
    return total[best], np.where(diploid, called, 0.0), top + np.log(1 - OUTLIER_SHARE)


def _even_copies(evidence: Evidence, total: FloatArray, minor: FloatArray) -> float:
    """4 where more of the autosomes is in the state 2 + 2 than in 1 + 1, else 2."""
    even = evidence.is_autosome & (minor * 2 == total)
    doubled, single = (float(evidence.length[even & (total == copies)].sum()) for copies in (4, 2))
    return 4.0 if doubled > single else 2.0


def _subclonal(
    evidence: Evidence, purity: float, psi: float, even: float
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Total and minor copies of a part of the tumour cells, that part, and the log of likelihood times prior."""
    total, minor = copy_states(int(even) + 2)
    total, minor = total[total != even], minor[total != even]
    share = np.repeat(SUBCLONAL_SHARES, len(total))
    total, minor = np.tile(total, len(SUBCLONAL_SHARES)), np.tile(minor, len(SUBCLONAL_SHARES))
    mean_total, mean_minor = share * total + (1 - share) * even, share * minor + (1 - share) * even / 2
    z = (evidence.log2[:, None] - predict_log2(purity, psi, mean_total)) / evidence.log2_sd[:, None]
    prior = state_log_prior(total, minor, np.array([even]))
    joint = evidence.baf_at(predict_baf(purity, mean_total, mean_minor)) - 0.5 * z**2 + prior
    best = joint.argmax(axis=1)
    fit = joint[np.arange(len(best)), best] + np.log(OUTLIER_SHARE)
    return total[best], minor[best], share[best], fit
