"""Tumour mutational burden: somatic mutations per megabase, by named definitions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.contracts.record import Record, Status
from wes_biomarkers.contracts.samplesheet import LOW_FRACTION_SPECIMENS
from wes_biomarkers.features.intervals import Region

Mask = NDArray[np.bool_]
Variants = Mapping[str, NDArray[Any]]
Denominator = Literal["callable_coding", "panel", "fixed"]

KINDS: tuple[str, ...] = ("snv", "mnv", "insertion", "deletion", "complex")
INDELS: tuple[str, ...] = ("insertion", "deletion", "complex")
NEEDS: tuple[str, ...] = ("known_drivers", "clonality", "persistence")


#: Share of the mutations that would count but for unknown reads, above which there is no rate. Our own, the limit of
#: indeterminate mutations: they are left out, so a rate is at most a fifth too low.
MAX_UNKNOWN_FRACTION = 0.2


@dataclass(frozen=True)
class Filters:
    """Thresholds a counted variant meets, inclusive; None is not applied. Fractions, and reads."""

    require_pass: bool = True
    min_vaf: float | None = None
    min_depth: int | None = None
    min_alt_reads: int | None = None
    max_normal_alt_reads: int | None = None
    max_population_af: float | None = None


@dataclass(frozen=True)
class Definition:
    """One way of counting: what, under which filters, divided by what, and how the result is read.

    `counts` holds Sequence Ontology terms; sizes are megabases. `reasons` tells for each threshold why it
    has its value and where that comes from.
    """

    id: str
    doc: str
    counts: frozenset[str]
    denominator: Denominator
    kinds: tuple[str, ...] = KINDS
    filters: Filters = field(default_factory=Filters)
    needs: tuple[str, ...] = ()
    fixed_mb: float | None = None
    high_per_mb: float | None = None
    high_count: int | None = None
    high_count_min_mb: float = 0.0
    not_evaluable_below_mb: float = 0.0
    flag_below_mb: float = 0.0
    max_indeterminate_fraction: float = 1.0
    reasons: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The definition as plain JSON types, for the provenance of its records."""
        data = asdict(self)
        return data | {"counts": sorted(self.counts), "kinds": list(self.kinds), "needs": list(self.needs)}


@dataclass(frozen=True)
class Calibration:
    """A line that turns a definition's rate into another assay's: `intercept + slope x rate`, and where it is from."""

    slope: float
    intercept: float
    source: str

    def apply(self, rate: float) -> float:
        """The calibrated rate, mutations per Mb; never below 0.

        >>> Calibration(2.0, -1.0, "").apply(3.0)
        5.0
        """
        return max(0.0, self.intercept + self.slope * rate)


@dataclass(frozen=True)
class Evidence:
    """What was known about the pair beside its variants.

    Attributes:
        callable_region: callable bases of the coding sequence (without an annotation of the reference: the
            callable bases as given); None when unknown.
        panel_region: callable bases of the panel; None when no panel was given.
        is_driver: which variants are known drivers, shape (n,); None when no list was given.
        clonality: class of each variant, shape (n,), None or `indeterminate` where it has none; None when no
            clonality was given.
        is_persistent: 1 or 0 for each variant, shape (n,), NaN where unknown; None when no clonality was given.
        calibrations: by definition id.
        missing: why consequence-based definitions cannot be evaluated; empty when they can.
        has_filter: a caller's FILTER was applied.
        has_normal: the normal's reads are known.
        has_population_af: variants were compared with a population resource.
        min_callable_mb: the user's own floor instead of the definition's.
    """

    callable_region: Region | None = None
    panel_region: Region | None = None
    is_driver: Mask | None = None
    clonality: NDArray[Any] | None = None
    is_persistent: NDArray[np.float64] | None = None
    calibrations: Mapping[str, Calibration] = field(default_factory=dict)
    missing: str = ""
    has_filter: bool = True
    has_normal: bool = True
    has_population_af: bool = True
    min_callable_mb: float | None = None
    specimen: str = "tissue"
    synthetic: bool = False


@dataclass(frozen=True)
class Pair:
    """Whose record it is."""

    patient_id: str
    pair_id: str
    sample_id: str = ""


def poisson_interval(n: int, confidence: float = 0.95) -> tuple[float, float]:
    """The exact interval of a Poisson mean after n events (Garwood 1936, Biometrika 28:437).

    >>> tuple(round(limit, 3) for limit in poisson_interval(10))
    (4.795, 18.39)
    """
    tail = (1 - confidence) / 2
    return (_poisson_mean(n - 1, 1 - tail) if n else 0.0), _poisson_mean(n, tail)


def _poisson_mean(n: int, probability: float) -> float:
    """The mean under which n or fewer events have the given probability, by bisection.

    Equal to half a chi-square quantile of 2n + 2 degrees of freedom; scipy's would double the start-up time.
    """
    first = max(0, n - 40 * math.isqrt(n) - 100)  # 20 standard deviations below the lowest mean tried
    events = np.arange(first, n + 1)
    log_factorial = math.lgamma(first + 1) + np.cumsum(np.log(np.maximum(events, 1)))
    log_factorial -= math.log(max(first, 1))
    low, high = max(0.0, n - 20 * math.sqrt(n + 1) - 50), n + 20 * math.sqrt(n + 1) + 50
    while (middle := (low + high) / 2) not in (low, high):
        if np.exp(events * math.log(middle) - middle - log_factorial).sum() > probability:
            low = middle
        else:
            high = middle
    return middle


def persistence(total_cn: NDArray[np.float64], multiplicity: NDArray[np.float64]) -> NDArray[np.float64]:
    """Whether the loss of one copy would spare a mutation, shape (n,): 1, 0, or NaN where unknown.

    It is when the cell has a single copy of the place, or the mutation is on several copies (Niknafs 2023,
    doi:10.1038/s41591-022-02163-w).

    >>> persistence(np.array([1.0, 2.0, 4.0, np.nan]), np.array([1.0, 1.0, 2.0, np.nan])).tolist()
    [1.0, 0.0, 1.0, nan]
    """
    is_kept = (total_cn == 1) | (multiplicity >= 2)
    return np.where(is_kept, 1.0, np.where(np.isnan(total_cn + multiplicity), np.nan, 0.0))


def meets_evidence(variants: Variants, filters: Filters) -> tuple[Mask, Mask]:
    """Which variants meet the filters on reads and FILTER, and which could but for an unknown value.

    The population frequency is judged by `is_rare`.

    Returns:
        Two masks of shape (n,): meets all; unknown in at least one, and below none that is known.
    """
    n = len(variants["start"])
    meets, open_ = np.ones(n, bool), np.zeros(n, bool)
    if filters.require_pass:
        meets &= np.asarray(variants["is_pass"], bool)
    checks = (
        ("vaf", filters.min_vaf, np.greater_equal),
        ("t_depth", filters.min_depth, np.greater_equal),
        ("t_alt", filters.min_alt_reads, np.greater_equal),
        ("n_alt", filters.max_normal_alt_reads, np.less_equal),
    )
    for column, threshold, compare in checks:
        if threshold is not None:
            values = np.asarray(variants[column], np.float64)
            unknown = np.isnan(values)
            open_ |= unknown
            meets &= unknown | compare(np.nan_to_num(values), threshold)
    return meets & ~open_, meets & open_


def is_rare(variants: Variants, filters: Filters) -> Mask:
    """Which variants are at or below the population frequency allowed; one that no resource holds is rare."""
    frequency = np.asarray(variants["population_af"], np.float64)
    if filters.max_population_af is None:
        return np.ones(len(frequency), bool)
    return np.isnan(frequency) | (frequency <= filters.max_population_af)


def compute_tmb(
    variants: Variants,
    definition: Definition,
    evidence: Evidence,
    pair: Pair,
    provenance: Mapping[str, Any] | None = None,
) -> Record:
    """The mutational burden of a pair by one definition.

    A variant lies inside a region when its reference allele overlaps it. Variants whose VAF, depth or normal
    reads are unknown are left out, and the record's reason says how many (above MAX_UNKNOWN_FRACTION of those that
    could count there is no rate); the exact Poisson interval is that
    of the count, divided by the denominator.

    Args:
        variants: columns of equal length n: chrom, start, end (0-based half-open), kind, is_pass, vaf
            (fraction), t_alt, t_depth, n_alt (reads), population_af (fraction), consequence (term or None).
            Unknown numbers are NaN. A pandas frame serves as well.
        definition: what is counted and divided by what.
        evidence: regions and what else is known of the pair.
        pair: whose record it is.
        provenance: block to carry along.
    """
    common: dict[str, Any] = {
        "patient_id": pair.patient_id,
        "pair_id": pair.pair_id,
        "sample_id": pair.sample_id,
        "feature": "tmb",
        "definition_id": definition.id,
        "provenance": provenance or {},
    }
    region = evidence.panel_region if definition.denominator == "panel" else evidence.callable_region
    callable_mb = None if region is None else region.mb
    status, reason = _obstacle(definition, evidence)
    if status != "ok":
        return Record(
            **common,
            status=status,
            reason=reason,
            values=_values(callable_mb),
            flags=_flags(definition, evidence, callable_mb),
        )
    within = None if definition.denominator == "fixed" else region
    eligible, n_unknown = _count(variants, definition, evidence, within)
    has_trait, is_open = _trait(definition, evidence, len(eligible))
    counted, n_open = eligible & has_trait, int((eligible & is_open).sum())
    kind = np.asarray(variants["kind"], object)[counted]
    values = _values(callable_mb) | {
        "n_mutation": int(counted.sum()),
        "n_snv": int((kind == "snv").sum()),
        "n_indel": int(np.isin(kind, INDELS).sum()),
        "n_mnv": int((kind == "mnv").sum()),
    }
    if definition.max_indeterminate_fraction < 1:
        values["n_indeterminate"] = n_open
    size = definition.fixed_mb if definition.denominator == "fixed" else callable_mb
    flags = _flags(definition, evidence, callable_mb)
    too_unknown = _too_unknown(n_unknown, int(eligible.sum()) + n_unknown)
    if n_unknown:
        left_out = f"{n_unknown} variants left out: their reads or allele fraction are unknown"
        reason = "" if too_unknown else left_out
        flags = (*flags, "needs_review")
    obstacles = (
        _too_small(definition, evidence, callable_mb),
        _too_open(definition, n_open, int(eligible.sum())),
        too_unknown,
    )
    if any(obstacles) or not size:
        empty = "" if size or any(obstacles) else "the denominator is empty"
        reason = "; ".join(filter(None, (*obstacles, empty, reason)))
        return Record(**common, status="not_evaluable", reason=reason, values=values, flags=flags,
                      numerator=values["n_mutation"], denominator=size)  # fmt: skip
    rate, ci = _rate(values["n_mutation"], size)
    values |= {"tmb_per_mb": rate} | _high(definition, values["n_mutation"], rate, callable_mb)
    if definition.id in evidence.calibrations:
        values["tmb_calibrated_per_mb"] = evidence.calibrations[definition.id].apply(rate)
    return Record(**common, status="ok", reason=reason, values=values, flags=flags,
                  numerator=values["n_mutation"], denominator=size, ci=ci)  # fmt: skip


def _values(callable_mb: float | None) -> dict[str, Any]:
    unknown = dict.fromkeys(
        ("tmb_per_mb", "tmb_high", "tmb_high_count", "n_mutation", "n_snv", "n_indel", "n_mnv")
    )
    return unknown | {"callable_mb": callable_mb}


def _obstacle(definition: Definition, evidence: Evidence) -> tuple[Status, str]:
    """Why the definition cannot be tried at all, as status and reason; `ok` when it can."""
    if "clonality" in definition.needs and evidence.clonality is None:
        return "not_requested", "needs the clonality of each mutation"
    if "persistence" in definition.needs and evidence.is_persistent is None:
        return "not_requested", "needs the copies of each mutation, which its clonality tells"
    if definition.denominator == "panel" and evidence.panel_region is None:
        return "not_requested", "needs the regions of a panel and callable regions"
    if "known_drivers" in definition.needs and evidence.is_driver is None:
        return "not_requested", "needs a list of known drivers to leave out"
    if evidence.missing:
        return "not_evaluable", evidence.missing
    if definition.denominator == "callable_coding" and evidence.callable_region is None:
        return "not_evaluable", "no callable regions were given, so the denominator is unknown"
    if definition.filters.require_pass and not evidence.has_filter:
        return "not_evaluable", "no caller's FILTER was applied: nothing tells calls from candidates"
    if definition.filters.max_normal_alt_reads is not None and not evidence.has_normal:
        return "not_evaluable", "the reads of a matched normal are unknown"
    return "ok", ""


def _count(
    variants: Variants, definition: Definition, evidence: Evidence, within: Region | None
) -> tuple[Mask, int]:
    """The counted variants, and how many would be but for unknown reads."""
    eligible = is_rare(variants, definition.filters)
    eligible &= np.isin(np.asarray(variants["kind"], object), definition.kinds)
    terms = definition.counts
    eligible &= np.fromiter((term in terms for term in variants["consequence"]), bool, len(eligible))
    if "known_drivers" in definition.needs and evidence.is_driver is not None:
        eligible &= ~evidence.is_driver
    if within is not None:
        eligible &= within.overlaps(variants["chrom"], variants["start"], variants["end"])
    meets, unknown = meets_evidence(variants, definition.filters)
    return eligible & meets, int((eligible & unknown).sum())


def _trait(definition: Definition, evidence: Evidence, n: int) -> tuple[Mask, Mask]:
    """Which variants have the traits the definition needs, and of which that is unknown, shape (n,) each."""
    has, is_open = np.ones(n, bool), np.zeros(n, bool)
    if "clonality" in definition.needs and evidence.clonality is not None:
        classes = np.asarray(evidence.clonality, object)
        has &= classes == "clonal"
        is_open |= ~np.isin(classes.astype(str), ("clonal", "subclonal"))
    if "persistence" in definition.needs and evidence.is_persistent is not None:
        has &= evidence.is_persistent == 1
        is_open |= np.isnan(evidence.is_persistent)
    return has, is_open


def _too_open(definition: Definition, n_open: int, n: int) -> str:
    if n_open <= definition.max_indeterminate_fraction * n:
        return ""
    limit = f"{100 * definition.max_indeterminate_fraction:g} %"
    return f"{n_open} of {n} mutations are indeterminate, more than {limit}"


def _too_unknown(n_unknown: int, n: int) -> str:
    if n_unknown <= MAX_UNKNOWN_FRACTION * n:
        return ""
    limit = f"{100 * MAX_UNKNOWN_FRACTION:g} %"
    return f"the reads or allele fraction of {n_unknown} of {n} mutations are unknown, more than {limit}"


def _too_small(definition: Definition, evidence: Evidence, callable_mb: float | None) -> str:
    floor = definition.not_evaluable_below_mb
    if evidence.min_callable_mb is not None:
        floor = evidence.min_callable_mb
    if callable_mb is None or callable_mb >= floor:
        return ""
    return f"{callable_mb:.6g} callable Mb, below the floor of {floor:g} Mb"


def _flags(definition: Definition, evidence: Evidence, callable_mb: float | None) -> tuple[str, ...]:
    floor = evidence.min_callable_mb
    found = {
        "below_one_callable_mb": callable_mb is not None and callable_mb < definition.flag_below_mb,
        "callable_floor_lowered": floor is not None and floor < definition.not_evaluable_below_mb,
        "no_population_af": definition.filters.max_population_af is not None
        and not evidence.has_population_af,
        "low_vaf_specimen": evidence.specimen in LOW_FRACTION_SPECIMENS,
        "synthetic": evidence.synthetic,
    }
    return tuple(flag for flag, applies in found.items() if applies)


def _rate(n: int, mb: float) -> tuple[float, tuple[float, float]]:
    lower, upper = poisson_interval(n)
    return n / mb, (lower / mb, upper / mb)


def _high(definition: Definition, n: int, rate: float, callable_mb: float | None) -> dict[str, bool | None]:
    """Whether the rate, and whether the count of a whole exome, reach their cutoffs; None when unknown."""
    by_rate = None if definition.high_per_mb is None else bool(rate >= definition.high_per_mb)
    by_count: bool | None = None
    if definition.high_count is not None:
        enough = callable_mb is not None and callable_mb >= definition.high_count_min_mb
        by_count = True if n >= definition.high_count else (False if enough else None)
    return {"tmb_high": by_rate, "tmb_high_count": by_count}
