"""Microsatellite instability: the share of microsatellites whose length changed in the tumour.

The comparison of each site is in `msi_sites`; here its results become the pair's score, interval and class.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

from wes_biomarkers.contracts.record import Record
from wes_biomarkers.contracts.samplesheet import LOW_FRACTION_SPECIMENS
from wes_biomarkers.features.microsatellites import ScanRules, Sites
from wes_biomarkers.features.msi_sites import SiteRules, SiteTests
from wes_biomarkers.stats.proportions import wilson_interval

Class = Literal["high", "low", "stable"]

FEATURE = "msi"
#: Against the patient's own normal, and against a baseline of other people's.
PAIRED, TUMOR_ONLY = "msi_paired", "msi_tumor_only"


@dataclass(frozen=True)
class ScoreRules:
    """When the score is evaluable and how it is read; percentages of the evaluable sites.

    Attributes:
        min_site: least evaluable sites.
        high_pct, low_pct: least scores of the classes high and low.
        n_top: unstable sites named in the record.
    """

    min_site: int = 50
    high_pct: float = 10.0
    low_pct: float = 3.5
    n_top: int = 10


@dataclass(frozen=True)
class Definition:
    """Everything the score depends on beside the reads; `reasons` tells why each threshold has its value."""

    scan: ScanRules
    site: SiteRules
    score: ScoreRules
    min_mapping_quality: int
    min_normal: int
    reasons: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The definition as plain JSON types, for the provenance of a record."""
        data = asdict(self)
        data["scan"]["min_unit"] = list(self.scan.min_unit)
        return data | {"reasons": dict(self.reasons)}


@dataclass(frozen=True)
class Subject:
    """Whose record it is, and what else is known of the sample."""

    patient_id: str
    pair_id: str
    sample_id: str = ""
    specimen: str = "tissue"
    synthetic: bool = False


def msi_class(score_pct: float, rules: ScoreRules) -> Class:
    """The class of a score by its cutoffs."""
    if score_pct >= rules.high_pct:
        return "high"
    return "low" if score_pct >= rules.low_pct else "stable"


def compute_msi(
    sites: Sites,
    tests: SiteTests,
    rules: ScoreRules,
    subject: Subject,
    *,
    definition_id: str = PAIRED,
    provenance: Mapping[str, Any] | None = None,
) -> Record:
    """The instability score of a pair: 100 x unstable sites / evaluable sites, with Wilson's interval.

    Args:
        sites: the microsatellites, n.
        tests: their comparisons, n.
        rules: floor and cutoffs.
        subject: whose record it is.
        definition_id: `msi_paired` or `msi_tumor_only`.
        provenance: block to carry along.
    """
    n_evaluable, n_unstable = int(tests.evaluable.sum()), int(tests.unstable.sum())
    n_imbalance = int(tests.imbalance.sum())
    values: dict[str, Any] = _unknown() | {
        "n_site": len(sites),
        "n_site_evaluable": n_evaluable,
        "n_site_unstable": n_unstable,
        "n_site_imbalance": None if definition_id == TUMOR_ONLY else n_imbalance,
        "top_site": top_sites(sites, tests, rules.n_top),
    }
    common: dict[str, Any] = {
        **_envelope(subject, definition_id, provenance),
        "numerator": n_unstable,
        "denominator": n_evaluable,
    }
    flags = _flags(subject, definition_id, rules)
    least = max(rules.min_site, 1)
    if n_evaluable < least:
        reason = f"{n_evaluable} of {len(sites)} microsatellites are deep enough, fewer than {least}"
        return Record(**common, status="not_evaluable", reason=reason, values=values, flags=flags)
    score = 100 * n_unstable / n_evaluable
    lower, upper = wilson_interval(n_unstable, n_evaluable)
    values |= {"msi_score": score, "msi_class": msi_class(score, rules)}
    reason = ""
    if msi_class(100 * (n_unstable - n_imbalance) / n_evaluable, rules) != values["msi_class"]:
        flags = (*flags, "needs_review")
        reason = f"at {n_imbalance} unstable sites the tumour may only have lost an allele of the normal"
    return Record(**common, status="ok", reason=reason, values=values, flags=flags,
                  ci=(100 * lower, 100 * upper))  # fmt: skip


def msi_not_evaluable(
    reason: str, subject: Subject, definition_id: str, provenance: Mapping[str, Any] | None = None
) -> Record:
    """The record of a pair that has no sites to look at, with the reason."""
    return Record(
        **_envelope(subject, definition_id, provenance),
        status="not_evaluable",
        reason=reason,
        values=_unknown(),
        flags=_flags(subject, definition_id, ScoreRules()),
    )


def top_sites(sites: Sites, tests: SiteTests, n: int) -> list[str]:
    """Labels of the unstable sites with the largest shifts, at most n."""
    rows = np.flatnonzero(tests.unstable)
    order = rows[np.lexsort((rows, tests.p[rows], -tests.shift[rows]))]
    return [sites.label(int(row)) for row in order[:n]]


def _unknown() -> dict[str, Any]:
    names = ("msi_score", "msi_class", "n_site", "n_site_evaluable", "n_site_unstable")
    return dict.fromkeys((*names, "n_site_imbalance", "top_site"))


def _envelope(subject: Subject, definition_id: str, provenance: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "patient_id": subject.patient_id,
        "pair_id": subject.pair_id,
        "sample_id": subject.sample_id,
        "feature": FEATURE,
        "definition_id": definition_id,
        "provenance": provenance or {},
    }


def _flags(subject: Subject, definition_id: str, rules: ScoreRules) -> tuple[str, ...]:
    found = {
        "low_vaf_specimen": subject.specimen in LOW_FRACTION_SPECIMENS,
        "no_matched_normal": definition_id == TUMOR_ONLY,
        "site_floor_lowered": rules.min_site < ScoreRules.min_site,
        "synthetic": subject.synthetic,
    }
    return tuple(flag for flag, applies in found.items() if applies)
