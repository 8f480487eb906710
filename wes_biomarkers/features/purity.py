"""Purity and ploidy of a tumour from its allele-specific segments.

A segment with total copies c and minor copies m in a tumour of purity p shows, with normal copies n (2),

    log2 ratio  log2((p c + (1 - p) n) / D)          D: mean copies of all cells where the log ratio is 0
    BAF         (p m + (1 - p)) / (p c + 2 (1 - p))

(Van Loo 2010, ASCAT; Carter 2012, ABSOLUTE). The likelihood of p and D sums over whole-number states of each
segment, weighted by a prior, and over "none of them" (subclonal, or an artefact). D is written as p psi + 2 (1 - p):
psi is the tumour's copies at log ratio 0, near its ploidy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.contracts.record import Record
from wes_biomarkers.features.allele_segments import Bins, HetSites
from wes_biomarkers.features.chromosomes import Sex
from wes_biomarkers.features.copy_evidence import Evidence, assemble_evidence
from wes_biomarkers.features.copy_states import (
    MAX_COPIES,
    OUTLIER_SHARE,
    assign_copies,
    copy_states,
    predict_baf,
    predict_log2,
    state_log_prior,
)
from wes_biomarkers.features.segments import Segments
from wes_biomarkers.features.tmb import Pair

FloatArray = NDArray[np.float64]
Confidence = Literal["high", "medium", "low"]

DEFINITION_ID = "wes_purity"
PURITIES: FloatArray = np.arange(5, 101) / 100
PSIS: FloatArray = np.arange(24, 121) / 20
#: Cost of each copy of psi above 2, in log-likelihood: most tumours are near diploid.
PSI_COST = 1.0
#: Log ratios are equally likely over so wide a range where no state explains them.
LOG2_RANGE = 3.0
#: Fall of log-likelihood at the ends of a 95 % profile interval: half the chi-square quantile of one degree.
INTERVAL_FALL = 1.92
#: Fewest heterozygous sites on autosomes: below, allele fractions cannot tell purity from ploidy.
MIN_HET = 50
#: Log-likelihood by which a segment's allele fraction must differ from .5 to show a change.
MIN_IMBALANCE = 8.0
#: Log ratio, and standard deviations, by which a balanced segment must differ from the middle to show a change.
MIN_LOG2, MIN_LOG2_SD = 0.15, 6.0
#: Share of the bins that changes must hold: a focal event alone, or a germline variant, tells no purity.
MIN_CHANGED_SHARE = 0.01
#: Below, single copies of a level of 2 and of 4 look alike, and no rival need appear: never high confidence.
LOW_PURITY = 0.25
#: Local maxima this much below the best, in log-likelihood, are not told.
ALTERNATIVE_FALL = 15.0


@dataclass(frozen=True)
class PurityFit:
    """Purity and ploidy with what is known of their reliability; the numbers are NaN unless status is `ok`.

    Attributes:
        purity_ci, ploidy_ci: 95 % profile-likelihood intervals around the best fit.
        confidence: low where another fit is nearly as good or the interval is wide.
        alternatives: other local maxima as (purity, ploidy, log-likelihood below the best, negative).
        goodness: share of the autosomes' length that states of all tumour cells explain.
        psi: tumour copies where the log ratio is 0.
        evidence: of each segment, for `call_copies`.
    """

    status: Literal["ok", "not_evaluable"]
    reason: str = ""
    purity: float = float("nan")
    purity_ci: tuple[float, float] = (float("nan"), float("nan"))
    ploidy: float = float("nan")
    ploidy_ci: tuple[float, float] = (float("nan"), float("nan"))
    confidence: Confidence | None = None
    flags: tuple[str, ...] = ()
    alternatives: tuple[tuple[float, float, float], ...] = ()
    goodness: float = float("nan")
    psi: float = float("nan")
    evidence: Evidence | None = field(default=None, repr=False, compare=False)


def fit_purity(segments: Segments, bins: Bins, het: HetSites, sex: Sex = "unknown") -> PurityFit:
    """The likeliest purity and ploidy of the segments of `assemble_segments`.

    Not evaluable: no bins; fewer than `MIN_HET` heterozygous sites; a quiet genome, in which nothing differs
    from balanced and even; segments that ask for more than 99 % tumour cells.

    Args:
        segments: of the tumour; copies are not read.
        bins, het: what the segments were made from.
        sex: of the patient; autosomes alone are fitted.
    """
    evidence = assemble_evidence(segments, bins, het, sex)
    reason = _obstacle(evidence)
    if reason:
        return PurityFit("not_evaluable", reason, evidence=evidence)
    used = evidence.where(evidence.is_autosome)
    surface = log_likelihood_surface(used)
    modes = _modes(surface)
    best = modes[0]
    if best[0] == len(PURITIES) - 1:
        reason = "purer than possible: the segments ask for more than 99 % tumour cells"
        return PurityFit("not_evaluable", reason, evidence=evidence)
    purity, psi = float(PURITIES[best[0]]), float(PSIS[best[1]])
    inside = _around(surface, best, INTERVAL_FALL)
    at_p, at_psi = np.nonzero(inside)
    ploidies = [_ploidy(used, int(i), int(j)) for i, j in zip(at_p, at_psi, strict=True)]
    alternatives = tuple(
        (float(PURITIES[i]), _ploidy(used, i, j), float(surface[i, j] - surface[best])) for i, j in modes[1:]
    )
    purity_ci = (float(PURITIES[at_p.min()]), float(PURITIES[at_p.max()]))
    goodness = _goodness(used, purity, psi)
    confidence = _confidence(purity_ci, alternatives, goodness)
    return PurityFit(
        status="ok",
        purity=purity,
        purity_ci=purity_ci,
        ploidy=_ploidy(used, *best),
        ploidy_ci=(min(ploidies), max(ploidies)),
        confidence=confidence,
        flags=("purity_uncertain",) if confidence == "low" else (),
        alternatives=alternatives,
        goodness=goodness,
        psi=psi,
        evidence=evidence,
    )


def _obstacle(evidence: Evidence) -> str:
    """Why purity cannot be told; empty when it can."""
    own = evidence.where(evidence.is_autosome)
    if not len(own.log2):
        return "no bins with a log ratio on autosomes"
    n_het = int(own.n_het.sum())
    if n_het < MIN_HET:
        return f"{n_het} heterozygous sites with reads of the tumour on autosomes, fewer than {MIN_HET}"
    imbalanced = own.baf_fit.max(axis=1) - own.baf_fit[:, -1] > MIN_IMBALANCE
    order = np.argsort(own.log2)
    cumulative = np.cumsum(own.n_bin[order])
    middle = own.log2[order[int(np.searchsorted(cumulative, cumulative[-1] / 2))]]
    away = np.abs(own.log2 - middle)
    shifted = (away > MIN_LOG2) & (away > MIN_LOG2_SD * own.log2_sd)
    changed = int(own.n_bin[imbalanced | shifted].sum())
    if changed < MIN_CHANGED_SHARE * own.n_bin.sum():
        return "quiet genome: no copy-number change or allelic imbalance above noise"
    return ""


def segment_log_likelihood(
    evidence: Evidence, purity: float, psis: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Log-likelihood of each segment (n) at each psi (q), by states of all tumour cells and by none.

    Returns:
        Shapes (n, q) and (n, 1); a segment's likelihood is the sum of the two.
    """
    total, minor = copy_states(MAX_COPIES)
    baf = evidence.baf_at(predict_baf(purity, total, minor))[:, None, :]
    log2 = predict_log2(purity, psis[:, None], total)
    sd = evidence.log2_sd[:, None, None]
    z = (evidence.log2[:, None, None] - log2) / sd
    joint = baf - 0.5 * z**2 - np.log(sd * np.sqrt(2 * np.pi)) + state_log_prior(total, minor, psis)
    top = joint.max(axis=2)
    states = top + np.log(np.exp(joint - top[:, :, None]).sum(axis=2)) + np.log(1 - OUTLIER_SHARE)
    none = np.log(np.exp(evidence.baf_fit).mean(axis=1, keepdims=True)) + np.log(OUTLIER_SHARE / LOG2_RANGE)
    return states, none


def log_likelihood_surface(evidence: Evidence) -> FloatArray:
    """Penalised log-likelihood at each of `PURITIES` (rows) and `PSIS` (columns)."""
    rows = [np.logaddexp(*segment_log_likelihood(evidence, float(p), PSIS)).sum(axis=0) for p in PURITIES]
    return np.array(rows) - PSI_COST * np.maximum(PSIS - 2, 0)


def _modes(surface: FloatArray) -> list[tuple[int, int]]:
    """Local maxima of the surface among their eight neighbours, best first, not too far below it."""
    padded = np.pad(surface, 1, constant_values=-np.inf)
    rows, columns = surface.shape
    around = [
        padded[1 + i : 1 + i + rows, 1 + j : 1 + j + columns]
        for i in (-1, 0, 1)
        for j in (-1, 0, 1)
        if i or j
    ]
    is_top = (surface >= np.max(around, axis=0)) & (surface > surface.max() - ALTERNATIVE_FALL)
    found = sorted(zip(*np.nonzero(is_top), strict=True), key=lambda at: -surface[at])
    modes: list[tuple[int, int]] = []
    for i, j in found:
        if all(abs(i - k) > 3 or abs(j - m) > 4 for k, m in modes):
            modes.append((int(i), int(j)))
    return modes


def _around(surface: FloatArray, best: tuple[int, int], fall: float) -> NDArray[np.bool_]:
    """Cells of the surface at most `fall` below the best and joined to it."""
    from scipy.ndimage import label

    labels, _ = label(surface >= surface[best] - fall, structure=np.ones((3, 3)))
    result: NDArray[np.bool_] = labels == labels[best]
    return result


def _ploidy(evidence: Evidence, row: int, column: int) -> float:
    """Mean tumour copies at a cell of the surface, weighted by length, from the log ratios as they are."""
    purity, psi = PURITIES[row], PSIS[column]
    cells = purity * psi + 2 * (1 - purity)
    copies = np.maximum((cells * 2**evidence.log2 - 2 * (1 - purity)) / purity, 0)
    return float(np.average(copies, weights=evidence.length))


def _goodness(evidence: Evidence, purity: float, psi: float) -> float:
    states, none = segment_log_likelihood(evidence, purity, np.array([psi]))
    return float(np.average(states[:, 0] > none[:, 0], weights=evidence.length))


def _confidence(
    purity_ci: tuple[float, float], alternatives: tuple[tuple[float, float, float], ...], goodness: float
) -> Confidence:
    """By the nearest rival's log-likelihood, the interval, and the share explained.

    The limits were chosen on simulated tumours (seeds 100 to 199).
    """
    rival = max((fall for _, _, fall in alternatives), default=-np.inf)
    low, high = purity_ci
    if rival > -4 or high - low > 0.3 or goodness < 0.8:
        return "low"
    return "medium" if rival > -8 or high - low > 0.15 or goodness < 0.9 or low < LOW_PURITY else "high"


def call_copies(segments: Segments, fit: PurityFit) -> Segments:
    """The segments the fit was made from, with `total_cn`, `minor_cn` and `cell_fraction` (`assign_copies`).

    Unchanged where purity is not evaluable.

    Raises:
        ValueError: other segments than those of the fit.
    """
    if fit.status != "ok" or fit.evidence is None:
        return segments
    if len(fit.evidence.log2) != len(segments):
        raise ValueError("the fit was made from other segments")
    total, minor, fraction = assign_copies(fit.evidence, fit.purity, fit.psi)
    return replace(segments, total_cn=total, minor_cn=minor, cell_fraction=fraction)


def compute_purity(
    fit: PurityFit, pair: Pair, provenance: Mapping[str, Any] | None = None, *, synthetic: bool = False
) -> Record:
    """The fit as the record `purity` of a pair, by the definition `wes_purity`; `ci` is that of the purity."""
    is_ok = fit.status == "ok"
    values = {
        "purity": fit.purity,
        "purity_low": fit.purity_ci[0],
        "purity_high": fit.purity_ci[1],
        "ploidy": fit.ploidy,
        "ploidy_low": fit.ploidy_ci[0],
        "ploidy_high": fit.ploidy_ci[1],
        "confidence": fit.confidence,
        "n_alternative": len(fit.alternatives),
        "alternatives": [
            [purity, round(ploidy, 3), round(fall, 2)] for purity, ploidy, fall in fit.alternatives
        ],
        "goodness": fit.goodness,
    }
    return Record(
        patient_id=pair.patient_id,
        pair_id=pair.pair_id,
        sample_id=pair.sample_id,
        feature="purity",
        definition_id=DEFINITION_ID,
        status=fit.status,
        reason=fit.reason,
        flags=(*fit.flags, "synthetic") if synthetic else fit.flags,
        values=values if is_ok else dict.fromkeys(values),
        ci=fit.purity_ci if is_ok else None,
        provenance=provenance or {},
    )
