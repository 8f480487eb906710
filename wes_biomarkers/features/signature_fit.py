"""Sparse non-negative fit of reference signatures to counts of mutations, many samples at a time.

Each mutation is taken to come from one signature, and the shares of the signatures to have a Dirichlet prior. Its
concentration far below 1 says that most signatures are absent, which makes the fit sparse; clock-like signatures,
which nearly every tumour has, get 1, under which every share is alike likely. The posterior is found by variational
Bayes, as for a document and known topics in Blei, Ng and Jordan 2003 (J Mach Learn Res 3:993, section 5.2). It weighs
a count by its likelihood (multinomial), not by its square, which matters where most channels hold 0 to 3 mutations.
Then signatures are taken away, smallest first, where the others explain the counts nearly as well: where the
log-likelihood falls by less than a signature has to bring.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.features.mutation_channels import Kind

FloatArray = NDArray[np.float64]
Mask = NDArray[np.bool_]

_ROWS_AT_ONCE = 512  #: few enough that the arrays of an iteration stay in the processor's cache
_TINY = 1e-300


@dataclass(frozen=True)
class SignatureTable:
    """Reference signatures of one kind.

    Attributes:
        kind: `SBS`, `DBS` or `ID`.
        channels: names of the rows, in the order of `mutation_channels.CHANNELS`.
        names: of the signatures.
        matrix: shape (channels, signatures); each column sums to 1.
        version: where it is from, such as `COSMIC v3.6 exome GRCh38`.
        sha256: of its file; empty for a table made elsewhere.
    """

    kind: Kind
    channels: tuple[str, ...]
    names: tuple[str, ...]
    matrix: FloatArray
    version: str
    sha256: str = ""

    def only(self, names: tuple[str, ...]) -> SignatureTable:
        """The table with these signatures alone, in the table's order."""
        at = [index for index, name in enumerate(self.names) if name in set(names)]
        chosen = tuple(self.names[index] for index in at)
        return replace(self, names=chosen, matrix=self.matrix[:, at])


@dataclass(frozen=True)
class FitSettings:
    """What the fit assumes.

    Attributes:
        concentration: of the Dirichlet prior, for most signatures; far below 1 is sparse.
        background: signatures expected in nearly every tumour.
        background_concentration: theirs.
        n_iteration: rounds of the variational update.
        n_refit_iteration: rounds after a signature was taken away.
        min_share: signatures with a smaller share of the mutations are dropped at once.
        min_gain: of the log-likelihood (natural logarithm) that a signature has to bring.
        background_min_gain: the same for the background.
    """

    concentration: float
    background: tuple[str, ...]
    background_concentration: float
    n_iteration: int
    n_refit_iteration: int
    min_share: float
    min_gain: float
    background_min_gain: float


@dataclass(frozen=True)
class _Model:
    """Reference signatures (channels, signatures), and the prior and the gain asked of each, (signatures,)."""

    matrix: FloatArray
    prior: FloatArray
    min_gain: FloatArray

    def update(self, counts: FloatArray, exposures: FloatArray, is_in: Mask, n_iteration: int) -> FloatArray:
        """Expected mutations of each signature after some rounds; those not in stay 0. (samples, signatures)."""
        from scipy.special import digamma

        exposures = np.where(is_in, exposures, 0.0)
        for _ in range(n_iteration):
            weights = np.where(is_in, np.exp(digamma(exposures + self.prior)), 0.0)
            exposures = weights * ((counts / (weights @ self.matrix.T + _TINY)) @ self.matrix)
        return exposures

    def log_likelihood(self, counts: FloatArray, exposures: FloatArray) -> FloatArray:
        """Of the counts under the exposures, up to a constant; shape (samples,)."""
        totals = np.maximum(exposures.sum(axis=1, keepdims=True), _TINY)
        result: FloatArray = (counts * np.log(exposures @ self.matrix.T / totals + _TINY)).sum(axis=1)
        return result


def fit_exposures(counts: FloatArray, table: SignatureTable, settings: FitSettings) -> FloatArray:
    """Mutations of each signature.

    Args:
        counts: shape (samples, channels), 0 or more.
        table: the candidates.
        settings: prior, rounds, and what a signature has to bring.

    Returns:
        Shape (samples, signatures); each row sums to that of `counts`.
    """
    is_background = np.isin(table.names, settings.background)
    model = _Model(
        table.matrix,
        np.where(is_background, settings.background_concentration, settings.concentration),
        np.where(is_background, settings.background_min_gain, settings.min_gain),
    )
    starts = range(0, max(len(counts), 1), _ROWS_AT_ONCE)
    return np.concatenate([_fit_rows(counts[at : at + _ROWS_AT_ONCE], model, settings) for at in starts])


def _fit_rows(counts: FloatArray, model: _Model, settings: FitSettings) -> FloatArray:
    """The fit of a few samples: all signatures, then backward elimination; shape (samples, signatures)."""
    n_signature, n_refit = model.matrix.shape[1], settings.n_refit_iteration
    totals = counts.sum(axis=1, keepdims=True)
    start = np.repeat(totals / n_signature, n_signature, axis=1)
    exposures = model.update(counts, start, np.ones(start.shape, bool), settings.n_iteration)
    is_in = exposures > settings.min_share * totals
    exposures = model.update(counts, exposures, is_in, n_refit)
    likelihood = model.log_likelihood(counts, exposures)
    untried = is_in.copy()
    while len(rows := np.flatnonzero(untried.any(axis=1) & (is_in.sum(axis=1) > 1))):
        smallest = np.where(untried[rows], exposures[rows], np.inf).argmin(axis=1)
        untried[rows, smallest] = False
        others = is_in[rows].copy()
        others[np.arange(len(rows)), smallest] = False
        start = exposures[rows] + settings.min_share * totals[rows]
        refitted = model.update(counts[rows], start, others, n_refit)
        reached = model.log_likelihood(counts[rows], refitted)
        is_idle = likelihood[rows] - reached < model.min_gain[smallest]
        gone = rows[is_idle]
        is_in[gone], exposures[gone], likelihood[gone] = others[is_idle], refitted[is_idle], reached[is_idle]
    return model.update(counts, exposures, is_in, n_refit)


def bootstrap_exposures(
    counts: FloatArray, table: SignatureTable, settings: FitSettings, n_bootstrap: int, seed: int
) -> FloatArray:
    """Fits of resampled catalogues: as many mutations, drawn with replacement.

    A sample's draws depend on the seed and its own counts alone, not on the samples beside it.

    Args:
        counts: whole numbers, shape (samples, channels); no row is empty.
        table: the candidates.
        settings: of each fit.
        n_bootstrap: resamples of each sample.
        seed: of the draws.

    Returns:
        Mutations of each signature, shape (samples, n_bootstrap, signatures).
    """
    totals = counts.sum(axis=1)
    draws = [
        np.random.default_rng([seed, len(table.channels)]).multinomial(int(total), row / total, n_bootstrap)
        for row, total in zip(counts, totals, strict=True)
    ]
    stacked = np.array(draws, np.float64).reshape(-1, len(table.channels))
    return fit_exposures(stacked, table, settings).reshape(len(counts), n_bootstrap, len(table.names))


def cosine_similarity(a: FloatArray, b: FloatArray) -> FloatArray:
    """Cosine of the angle between the rows of two arrays of shape (n, m); NaN for a row of zeros.

    >>> cosine_similarity(np.array([[1.0, 0.0]]), np.array([[3.0, 4.0]])).round(6).tolist()
    [0.6]
    """
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        result: FloatArray = np.where(lengths > 0, (a * b).sum(axis=1) / lengths, np.nan)
    return result
