"""Likelihood of B-allele fractions: reads at heterozygous sites whose phase is unknown.

A heterozygous site shows `alt` reads of `alt + ref`. Which allele is the minor one in the tumour is unknown at
each site, so its likelihood is the mean over both phases of a beta-binomial with the minor allele's fraction b
or 1 - b. Taking the smaller of the two shares instead ("folding") would read .5 as .46 at 100 reads.
Likelihoods of sites add up, so a segment's is a sum over a grid of b: `BAF_GRID`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

#: Minor-allele fractions at which likelihoods are known.
BAF_GRID: FloatArray = np.linspace(0.0, 0.5, 101)
#: No allele fraction is nearer to 0 or 1: sequencing errors put reads of the other allele everywhere.
ERROR_RATE = 0.003
#: Share of sites that are no heterozygous SNPs at all: any share of reads is as likely there.
STRAY_SITES = 0.01
#: Beta-binomial concentrations tried; 10,000 is binomial in effect.
CONCENTRATIONS = (20.0, 40.0, 60.0, 90.0, 130.0, 200.0, 300.0, 500.0, 1000.0, 10_000.0)
#: Fewest sites the noise is measured from.
MIN_SITES = 20
#: Neighbouring sites taken together where the noise is measured from the tumour.
BLOCK = 50


@dataclass(frozen=True)
class AlleleNoise:
    """How allele fractions at balanced heterozygous sites scatter.

    Attributes:
        alt_share: share of reads with the alternate base at a balanced site; below .5 since reads with it map
            less well.
        concentration: of the beta-binomial; its variance is f (1 - f) (n + c) / (n (c + 1)).
    """

    alt_share: float = 0.5
    concentration: float = 200.0


def measure_allele_noise(
    ref: FloatArray, alt: FloatArray, normal_ref: FloatArray, normal_alt: FloatArray
) -> AlleleNoise:
    """The noise at heterozygous sites, from the normal's reads; from the tumour's where those are unknown (0).

    Reads of the tumour tell it only where its alleles are balanced: the least scattered fifth of the blocks of
    `BLOCK` neighbouring sites is taken for that.
    """
    known = normal_ref + normal_alt > 0
    is_normal = int(known.sum()) >= MIN_SITES
    if is_normal:
        ref, alt = normal_ref[known], normal_alt[known]
    if len(ref) < MIN_SITES:
        return AlleleNoise()
    alt_share = float(np.clip(np.median(alt / (ref + alt)), 0.4, 0.6))
    balanced = np.array([alt_share])
    fits = np.hstack([_log_beta_binomial(alt, ref, balanced, size) for size in CONCENTRATIONS])
    fits = _with_stray(fits, ref, alt)
    if is_normal:
        return AlleleNoise(alt_share, CONCENTRATIONS[int(fits.sum(axis=0).argmax())])
    blocks = np.add.reduceat(fits, np.arange(0, len(fits), BLOCK), axis=0)
    best = np.sort(blocks.argmax(axis=1))
    return AlleleNoise(alt_share, CONCENTRATIONS[int(best[int(0.8 * (len(best) - 1))])])


def _log_beta_binomial(alt: FloatArray, ref: FloatArray, share: FloatArray, size: float) -> FloatArray:
    """Log-probability, but for the binomial coefficient, at each site (n) of each alternate share (g)."""
    from scipy.special import betaln, gammaln

    share = np.clip(share, ERROR_RATE, 1 - ERROR_RATE)
    first, second = share * size, (1 - share) * size
    joint = gammaln(alt[:, None] + first) + gammaln(ref[:, None] + second)
    result: FloatArray = joint - gammaln(alt + ref + size)[:, None] - betaln(first, second)
    return result


def site_log_likelihood(ref: FloatArray, alt: FloatArray, noise: AlleleNoise) -> FloatArray:
    """Log-likelihood of each site at each fraction of `BAF_GRID`, both phases equally likely.

    Shape (n, len(BAF_GRID)). The bias against the alternate base acts on the odds.
    """
    odds = noise.alt_share / (1 - noise.alt_share)

    def phase(share: FloatArray) -> FloatArray:
        """Log-likelihood where alt is the allele whose share is given."""
        seen = share * odds / (share * odds + 1 - share)
        return _log_beta_binomial(alt, ref, seen, noise.concentration)

    either = np.logaddexp(phase(BAF_GRID), phase(1 - BAF_GRID)) - np.log(2.0)
    return _with_stray(either, ref, alt)


def _with_stray(fit: FloatArray, ref: FloatArray, alt: FloatArray) -> FloatArray:
    """The likelihood with a share of stray sites mixed in, so that none of them decides a segment."""
    from scipy.special import betaln

    stray = betaln(alt + 1, ref + 1)[:, None]
    mixed: FloatArray = np.logaddexp(fit + np.log1p(-STRAY_SITES), stray + np.log(STRAY_SITES))
    return mixed


def likeliest_baf(fit: FloatArray) -> float:
    """The fraction of `BAF_GRID` with the highest log-likelihood; .5 unless it is 2 better than that."""
    best = int(fit.argmax())
    return 0.5 if fit[best] - fit[-1] < 2 else float(BAF_GRID[best])
