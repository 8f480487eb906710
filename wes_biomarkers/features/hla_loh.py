"""HLA loss: copies of each allele of a heterozygous locus in the tumour's cells.

The idea is that of McGranahan 2017 (Cell 171:1259, doi:10.1016/j.cell.2017.10.001): reads that tell the two alleles
apart are compared between tumour and normal. The normal's reads are the reference, so that a capture which prefers one
allele does no harm. With R_k tumour over normal reads of allele k, purity p and copies c_k in tumour cells (one of
each allele in normal cells),

    s R_k = (1 - p) + p c_k

The scale s follows from the copies C that the segment of the locus has in all, `s (R_1 + R_2) = 2 (1 - p) + p C`; where
they are unknown, from library sizes N and the tumour's ploidy P, `s = N_normal / N_tumor x (2 (1 - p) + p P) / 2`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.contracts.hla import LOCI_CLASS_I
from wes_biomarkers.contracts.record import Record
from wes_biomarkers.features.ccf import Purity

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

DEFINITION = "wes_hla_loh"
STATES: tuple[str, ...] = ("loss", "kept", "homozygous", "review", "not_evaluable")
_Z95, _Z99_ONE_SIDED = 1.959964, 2.326348
#: Stretches of a locus whose ratios are compared to see whether reads scatter more than chance lets them.
_N_BLOCK = 16
_MIN_BLOCK_READS = 5  # of each sample and allele together, for a block's ratio to be used


@dataclass(frozen=True)
class Rules:
    """Thresholds; their values and reasons are in definitions/hla_loh.toml.

    Attributes:
        loss_copies: fewer copies of an allele are a loss,
        loss_p_value: where the imbalance is so unlikely to be chance,
        kept_copies: and the one-sided 99 % limit of the copies lies below so many.
        min_sites: places where the alleles differ; with fewer a loss is for review.
        min_normal_reads: pairs of each allele in the normal.
        min_tumor_reads: pairs of both alleles in the tumour.
        least_copies: copies below it, before they are cut off at 0, contradict the purity.
        min_normal_share: share of the rarer allele in the normal's pairs; less is no normal of these types.
    """

    loss_copies: float
    loss_p_value: float
    kept_copies: float
    min_sites: int
    min_normal_reads: int
    min_tumor_reads: int
    least_copies: float
    min_normal_share: float


@dataclass(frozen=True)
class LocusReads:
    """Read pairs that tell the two alleles of a locus apart, by the place where they are counted.

    Attributes:
        tumor, normal: shape (2, n_site), allele 1 first; each pair counted once.
    """

    tumor: IntArray
    normal: IntArray

    @property
    def totals(self) -> tuple[int, int, int, int]:
        """Tumour pairs of allele 1 and 2, normal pairs of allele 1 and 2."""
        t_1, t_2 = self.tumor.sum(axis=1).tolist()
        n_1, n_2 = self.normal.sum(axis=1).tolist()
        return t_1, t_2, n_1, n_2


@dataclass(frozen=True)
class Locus:
    """One locus of a pair as it is to be judged.

    Attributes:
        allele_1, allele_2: names; empty where not typed.
        reads: None where there are none to count: homozygous, or not typed.
        total_cn: mean copies of the locus in tumour cells; None where no segment tells.
        obstacle: why it cannot be judged; empty where it can.
    """

    locus: str
    allele_1: str
    allele_2: str
    reads: LocusReads | None = None
    total_cn: float | None = None
    obstacle: str = ""


@dataclass(frozen=True)
class Tumor:
    """What is known of a tumour beside its HLA reads.

    Attributes:
        purity: None when unknown, and then `missing` says why.
        ploidy, library_ratio: mean copies, and read pairs of the tumour's library over the normal's; both are needed
            where the segments do not tell the copies of a locus, else None.
    """

    purity: Purity | None
    ploidy: float | None = None
    library_ratio: float | None = None
    missing: str = ""
    synthetic: bool = False


@dataclass(frozen=True)
class Imbalance:
    """The tumour's ratio of allele 1 to allele 2 over the normal's.

    Attributes:
        log_ratio: natural logarithm.
        error: its standard error.
        scatter: variance of the ratio along the locus over what chance gives, at least 1; `error` includes it.
        p_value: of no imbalance, two-sided.
    """

    log_ratio: float
    error: float
    scatter: float
    p_value: float


@dataclass(frozen=True)
class Copies:
    """Copies of one allele in tumour cells with their 95 % interval, and their one-sided 99 % upper limit.

    `raw_high` is the upper end of the interval before it is cut off at 0.
    """

    value: float
    low: float
    high: float
    limit: float
    raw_high: float = 0.0


@dataclass(frozen=True)
class LocusLoh:
    """A locus, judged. What is not known is None; `lost_allele` is empty but for a loss."""

    locus: Locus
    state: str
    reason: str = ""
    lost_allele: str = ""
    p_value: float | None = None
    copies: tuple[Copies, Copies] | None = None
    total_cn: float | None = None


def effective_copies(total_cn: float, cell_fraction: float, purity: float) -> float:
    """Mean copies in tumour cells of a segment that only some of them share, the others having two.

    Args:
        total_cn: copies in the cells with the change.
        cell_fraction: share of all cells of the sample with the change; NaN where unknown (taken as all tumour cells).
        purity: share of tumour cells.

    >>> effective_copies(1, 0.3, 0.6)
    1.5
    """
    share = 1.0 if math.isnan(cell_fraction) else min(1.0, cell_fraction / purity)
    return 2 + (total_cn - 2) * share


def measure_imbalance(reads: LocusReads) -> Imbalance:
    """The ratio paired over the sites: Mantel and Haenszel's estimate and test, widened where the sites disagree.

    Sources: Mantel 1959 (J. Natl Cancer Inst. 22:719) for the ratio and the test, Robins 1986 (Biometrics 42:311)
    for the variance, Cochran's Q over stretches of the locus for the scatter. Where an allele has no tumour reads,
    half a read is added to each sum and the sites are taken together.
    """
    sites = np.stack([*reads.tumor, *reads.normal]).astype(np.float64)
    t_1, t_2, n_1, n_2 = sites[:, sites.sum(axis=0) > 0]
    total = t_1 + t_2 + n_1 + n_2
    scatter = _scatter(sites)
    expected = (t_1 + t_2) * (t_1 + n_1) / total
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = (t_1 + t_2) * (n_1 + n_2) * (t_1 + n_1) * (t_2 + n_2) / (total**2 * (total - 1))
        chi_square = (t_1 - expected).sum() ** 2 / np.nansum(spread)
    p_value = math.erfc(math.sqrt(chi_square / scatter / 2)) if math.isfinite(chi_square) else 1.0
    cross_1, cross_2 = t_1 * n_2 / total, t_2 * n_1 / total
    if cross_1.sum() > 0 and cross_2.sum() > 0:
        agree, differ = (t_1 + n_2) / total, (t_2 + n_1) / total
        sum_1, sum_2 = cross_1.sum(), cross_2.sum()
        variance = (
            (agree * cross_1).sum() / (2 * sum_1**2)
            + (agree * cross_2 + differ * cross_1).sum() / (2 * sum_1 * sum_2)
            + (differ * cross_2).sum() / (2 * sum_2**2)
        )
        log_ratio = math.log(sum_1 / sum_2)
    else:
        log_ratio, variance = _pooled(sites.sum(axis=1))
    return Imbalance(log_ratio, math.sqrt(variance * scatter), scatter, p_value)


def _pooled(sums: NDArray[np.float64]) -> tuple[float, float]:
    """Logarithm of the ratio and its variance from sums over sites, half a read added to each (Haldane 1956)."""
    t_1, t_2, n_1, n_2 = sums + 0.5
    return math.log(t_1 * n_2 / (t_2 * n_1)), 1 / t_1 + 1 / t_2 + 1 / n_1 + 1 / n_2


def _scatter(sites: NDArray[np.float64]) -> float:
    """Cochran's Q of the ratios of consecutive stretches over its degrees of freedom, at least 1."""
    reads = sites.sum(axis=0)
    block = np.minimum((np.cumsum(reads) - reads / 2) / reads.sum() * _N_BLOCK, _N_BLOCK - 1).astype(int)
    sums = [sites[:, block == index].sum(axis=1) for index in range(_N_BLOCK)]
    pairs = [_pooled(s) for s in sums if (s.reshape(2, 2).sum(axis=0) >= _MIN_BLOCK_READS).all()]
    if len(pairs) < 2:
        return 1.0
    log_ratio, variance = np.array(pairs).T
    mean = np.average(log_ratio, weights=1 / variance)
    return max(1.0, float(((log_ratio - mean) ** 2 / variance).sum() / (len(pairs) - 1)))


def copies_by_total(imbalance: Imbalance, total_cn: float, purity: Purity) -> tuple[Copies, Copies]:
    """Copies of both alleles from their ratio and the copies of the locus in all."""

    def of(p: float, log_ratio: float) -> float:
        return ((2 * (1 - p) + p * total_cn) / (1 + math.exp(-log_ratio)) - (1 - p)) / p

    def allele(sign: int) -> Copies:
        return _with_interval(of, sign * imbalance.log_ratio, imbalance.error, purity)

    return allele(1), allele(-1)


def copies_by_depth(
    reads: LocusReads, scatter: float, purity: Purity, ploidy: float, library_ratio: float
) -> tuple[Copies, Copies]:
    """Copies of both alleles from their depth, library sizes and ploidy; each allele by itself."""

    def of(p: float, log_depth: float) -> float:
        return (math.exp(log_depth) / library_ratio * (2 * (1 - p) + p * ploidy) / 2 - (1 - p)) / p

    t_1, t_2, n_1, n_2 = (count + 0.5 for count in reads.totals)
    made = [
        _with_interval(of, math.log(t / n), math.sqrt(scatter * (1 / t + 1 / n)), purity)
        for t, n in ((t_1, n_1), (t_2, n_2))
    ]
    return made[0], made[1]


def _with_interval(
    copies: Callable[[float, float], float], log_ratio: float, error: float, purity: Purity
) -> Copies:
    """Copies at purity and ratio, and the least and most at the ends of both their intervals; none below 0."""
    purities = [p for p in (purity.low, purity.value, purity.high) if p is not None]

    def tried(z: float) -> list[float]:
        return [copies(p, log_ratio + z * error) for p in purities]

    value, low = copies(purity.value, log_ratio), min(tried(-_Z95))
    high, limit = max(tried(_Z95)), max(tried(_Z99_ONE_SIDED))
    return Copies(max(0.0, value), max(0.0, low), max(0.0, high), max(0.0, limit), high)


def judge_locus(locus: Locus, tumor: Tumor, rules: Rules) -> LocusLoh:
    """State of one locus: loss, kept, homozygous, review or not_evaluable, with the reason."""
    if locus.obstacle:
        return LocusLoh(locus, "not_evaluable", locus.obstacle)
    if locus.reads is None:
        return LocusLoh(locus, "homozygous")
    if reason := _too_few(locus.reads, rules):
        return LocusLoh(locus, "not_evaluable", reason)
    imbalance = measure_imbalance(locus.reads)
    known = {"p_value": imbalance.p_value}
    if tumor.purity is None:
        return LocusLoh(locus, "not_evaluable", tumor.missing or "the purity is unknown", **known)  # type: ignore[arg-type]
    total_cn = locus.total_cn
    if total_cn is not None:
        copies = copies_by_total(imbalance, total_cn, tumor.purity)
    elif tumor.ploidy is not None and tumor.library_ratio is not None:
        copies = copies_by_depth(
            locus.reads, imbalance.scatter, tumor.purity, tumor.ploidy, tumor.library_ratio
        )
        total_cn = copies[0].value + copies[1].value
    else:
        reason = "neither the copies of the locus nor library sizes and ploidy are known"
        return LocusLoh(locus, "not_evaluable", reason, **known)  # type: ignore[arg-type]
    state, reason = _state(copies, imbalance.p_value, locus.reads, rules)
    first_is_lower = copies[0].value < copies[1].value
    lost = "" if state != "loss" else (locus.allele_1 if first_is_lower else locus.allele_2)
    return LocusLoh(locus, state, reason, lost, imbalance.p_value, copies, total_cn)


def _too_few(reads: LocusReads, rules: Rules) -> str:
    """Why the reads cannot be compared; empty where they can."""
    t_1, t_2, n_1, n_2 = reads.totals
    if not reads.tumor.shape[1]:
        return "the two alleles do not differ in exons known of both"
    if min(n_1, n_2) < rules.min_normal_reads:
        return f"fewer than {rules.min_normal_reads} read pairs of one allele in the normal"
    if t_1 + t_2 < rules.min_tumor_reads:
        return f"fewer than {rules.min_tumor_reads} read pairs of both alleles in the tumour"
    return ""


def _state(copies: tuple[Copies, Copies], p_value: float, reads: LocusReads, rules: Rules) -> tuple[str, str]:
    """State and reason of a locus with known copies."""
    n_site = reads.tumor.shape[1]
    lower = min(copies, key=lambda allele: allele.value)
    n_1, n_2 = reads.totals[2:]
    if min(n_1, n_2) < rules.min_normal_share * (n_1 + n_2):
        return "review", "the normal has far fewer reads of one allele: is it this person's normal?"
    if min(allele.raw_high for allele in copies) < rules.least_copies:
        return "review", "the imbalance is stronger than purity and copies of the locus allow"
    if all(allele.value < rules.loss_copies for allele in copies):
        return "review", f"both alleles have fewer than {rules.loss_copies} copies"
    if lower.value < rules.loss_copies and p_value < rules.loss_p_value:
        if lower.limit >= rules.kept_copies:
            return "review", "a kept copy of the lower allele is not ruled out"
        if n_site < rules.min_sites:
            return "review", f"the alleles differ at fewer than {rules.min_sites} places of the exons"
        return "loss", ""
    if lower.low <= 0 and lower.high >= rules.kept_copies:
        return "not_evaluable", "the interval of the lower allele's copies holds both none and one"
    if lower.value < rules.loss_copies:
        return (
            "review",
            f"fewer than {rules.loss_copies} copies of one allele, but the imbalance may be chance",
        )
    return "kept", ""


def site_copies(judged: LocusLoh, tumor_depth: IntArray, normal_depth: IntArray, purity: float) -> FloatArray:
    """Copies in tumour cells that each site alone would give, for display; NaN where the normal has no reads.

    Args:
        judged: the locus, with copies.
        tumor_depth, normal_depth: pairs over each site, allele 1 first, shape (2, n_site).
        purity: share of tumour cells.
    """
    if judged.copies is None or judged.locus.reads is None:
        return np.full(tumor_depth.shape, np.nan)
    t_1, t_2, n_1, n_2 = judged.locus.reads.totals
    held = 2 * (1 - purity) + purity * sum(allele.value for allele in judged.copies)
    scale = held / (t_1 / n_1 + t_2 / n_2)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(normal_depth > 0, tumor_depth / normal_depth, np.nan)
    return (scale * ratio - (1 - purity)) / purity


@dataclass(frozen=True)
class Labels:
    """Whose record it is, and the provenance to carry along."""

    patient_id: str
    pair_id: str
    provenance: Mapping[str, Any] = field(default_factory=dict)


def compute_hla_loh(loci: Sequence[LocusLoh], tumor: Tumor, labels: Labels) -> Record:
    """The HLA loss of a pair as a record; its main value says whether a class I allele was lost.

    `hla_loh` is true where some locus is lost; false where none is, and at least one was found kept and none is for
    review. Loci that cannot be evaluated, and homozygous ones, count neither way.
    """
    states = {judged.locus.locus: judged.state for judged in loci}
    counts = {state: list(states.values()).count(state) for state in STATES}
    values: dict[str, Any] = {f"hla_loh_{locus.lower()}": states.get(locus) for locus in LOCI_CLASS_I}
    n_evaluated = counts["loss"] + counts["kept"]
    common: dict[str, Any] = {
        "patient_id": labels.patient_id,
        "pair_id": labels.pair_id,
        "feature": "hla_loh",
        "definition_id": DEFINITION,
        "flags": tuple(
            flag
            for flag, applies in (("needs_review", counts["review"] > 0), ("synthetic", tumor.synthetic))
            if applies
        ),
        "provenance": labels.provenance,
    }
    if not n_evaluated or (counts["review"] and not counts["loss"]):
        values |= {"hla_loh": None, "n_hla_lost": None}
        return Record(**common, status="not_evaluable", reason=_why_not(loci), values=values)
    values |= {"hla_loh": counts["loss"] > 0, "n_hla_lost": counts["loss"]}
    return Record(**common, status="ok", values=values, numerator=counts["loss"], denominator=n_evaluated)


def _why_not(loci: Sequence[LocusLoh]) -> str:
    """The reasons of all loci in one line."""
    if not loci:
        return "no class I locus was typed"
    return "; ".join(f"{judged.locus.locus}: {judged.reason or judged.state}" for judged in loci)
