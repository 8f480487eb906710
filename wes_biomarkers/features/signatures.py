"""Mutational signatures of one tumour: exposures with intervals, how well they fit, and sums by aetiology."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from wes_biomarkers.contracts.record import Record
from wes_biomarkers.features.mutation_channels import Kind
from wes_biomarkers.features.signature_fit import (
    FitSettings,
    FloatArray,
    SignatureTable,
    bootstrap_exposures,
    cosine_similarity,
    fit_exposures,
)
from wes_biomarkers.features.tmb import Pair

_DIGITS = 6  #: of shares and cosines

#: What a mutation of each kind is called.
MUTATIONS: Mapping[Kind, str] = {
    "SBS": "single base substitutions",
    "DBS": "doublet base substitutions",
    "ID": "insertions and deletions",
}


@dataclass(frozen=True)
class SignatureDefinition:
    """How the signatures of one kind are found and judged.

    Attributes:
        id: of its records, `sbs96`, `dbs78` or `id83`.
        kind: what is counted.
        min_mutation: fewer are not evaluable.
        min_cosine: a reconstruction less alike is flagged.
        fit: settings of the fit.
        groups: name of an aggregate -> its signatures.
        confidence: of the intervals, as a fraction.
        reasons: why each threshold has its value, and where that comes from.
    """

    id: str
    kind: Kind
    min_mutation: int
    min_cosine: float
    fit: FitSettings
    groups: Mapping[str, tuple[str, ...]]
    confidence: float
    reasons: Mapping[str, str]

    def as_dict(self) -> dict[str, Any]:
        """The definition as plain JSON types, for the provenance of its records."""
        return asdict(self)


@dataclass(frozen=True)
class Catalogue:
    """The mutations of one sample.

    Attributes:
        kind: what is counted.
        counts: by channel, shape (channels,).
        n_left_out: those without a channel.
        obstacle: why the mutations are unknown; empty when they are known.
    """

    kind: Kind
    counts: FloatArray
    n_left_out: int = 0
    obstacle: str = ""


@dataclass(frozen=True)
class Candidates:
    """The signatures to choose from. `restriction` is the user's reason for not trying them all, else empty."""

    table: SignatureTable
    restriction: str = ""


@dataclass(frozen=True)
class Bootstrap:
    """How many resamples the intervals rest on, and the seed of the draws."""

    n: int
    seed: int


def compute_signatures(
    catalogue: Catalogue,
    candidates: Candidates,
    definition: SignatureDefinition,
    pair: Pair,
    bootstrap: Bootstrap,
    flags: tuple[str, ...] = (),
    provenance: Mapping[str, Any] | None = None,
) -> Record:
    """The signatures of one kind in one tumour.

    Exposures are shares of the mutations that have a channel. The interval of each, and of each aggregate, is that
    of the percentiles of fits to resampled catalogues.

    Args:
        catalogue: mutations by channel.
        candidates: the signatures fitted, of the same kind.
        definition: thresholds and settings.
        pair: whose record it is.
        bootstrap: of the intervals; without resamples they are unknown.
        flags: of the inputs.
        provenance: block to carry along.
    """
    common: dict[str, Any] = {
        "patient_id": pair.patient_id,
        "pair_id": pair.pair_id,
        "sample_id": pair.sample_id,
        "feature": "signatures",
        "definition_id": definition.id,
        "provenance": provenance or {},
    }
    values, table, n = _unknown(definition), candidates.table, int(catalogue.counts.sum())
    reason = (
        f"only {', '.join(table.names)} were tried: {candidates.restriction}"
        if candidates.restriction
        else ""
    )
    if candidates.restriction:
        flags = (*flags, "signatures_restricted")
    obstacle = catalogue.obstacle
    if not obstacle:
        values |= {"n_mutation": n, "n_left_out": catalogue.n_left_out}
        values |= {"counts": [int(count) for count in catalogue.counts]}
        if n < definition.min_mutation:
            obstacle = f"{n} {MUTATIONS[definition.kind]}; at least {definition.min_mutation} are needed"
    if obstacle:
        reason = "; ".join(filter(None, (obstacle, reason)))
        return Record(**common, status="not_evaluable", reason=reason, flags=flags, values=values)
    counts = catalogue.counts[None, :]
    exposures = fit_exposures(counts, table, definition.fit)
    cosine = round(float(cosine_similarity(counts, exposures @ table.matrix.T)[0]), _DIGITS)
    if cosine < definition.min_cosine:
        flags = (*flags, "signatures_low_cosine")
    resampled = bootstrap_exposures(counts, table, definition.fit, bootstrap.n, bootstrap.seed)[0] / n
    values |= {"cosine": cosine}
    values |= _exposures(exposures[0] / n, resampled, table, definition)
    values |= _aggregates(exposures[0] / n, resampled, table, definition)
    return Record(**common, status="ok", reason=reason, flags=flags, values=values)


def _unknown(definition: SignatureDefinition) -> dict[str, Any]:
    sums = (name + end for name in definition.groups for end in ("", "_low", "_high"))
    lists = ("signature", "exposure", "exposure_low", "exposure_high", "counts")
    return dict.fromkeys(("cosine", "n_mutation", "n_left_out", *sums, *lists))


def _rounded(share: Any) -> float:
    return round(float(share), _DIGITS)


def _interval(
    share: FloatArray, resampled: FloatArray, confidence: float
) -> tuple[FloatArray | None, FloatArray | None]:
    """Percentiles over the first axis of the resamples, widened to hold the estimate; unknown without resamples."""
    if not len(resampled):
        return None, None
    low, high = np.quantile(resampled, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    return np.minimum(low, share), np.maximum(high, share)


def _exposures(
    shares: FloatArray, resampled: FloatArray, table: SignatureTable, definition: SignatureDefinition
) -> dict[str, Any]:
    """Parallel lists of the signatures that are present, or may be by their interval; largest first."""
    low, high = _interval(shares, resampled, definition.confidence)
    shown = (shares > 0) | (False if high is None else high > 0)
    order = [index for index in np.argsort(-shares, kind="stable").tolist() if shown[index]]

    def listed(values: FloatArray | None) -> list[float] | None:
        """Values in the order of the signatures."""
        return None if values is None else [_rounded(values[index]) for index in order]

    return {
        "signature": [table.names[index] for index in order],
        "exposure": listed(shares),
        "exposure_low": listed(low),
        "exposure_high": listed(high),
    }


def _aggregates(
    shares: FloatArray, resampled: FloatArray, table: SignatureTable, definition: SignatureDefinition
) -> dict[str, float | None]:
    """Each group's share and interval; unknown where none of its signatures was a candidate."""
    sums: dict[str, float | None] = {}
    for name, members in definition.groups.items():
        at = np.isin(table.names, members)
        if at.any():
            share = shares[at].sum()
            low, high = _interval(share, resampled[:, at].sum(axis=1), definition.confidence)
            sums[name] = _rounded(share)
            sums[f"{name}_low"] = None if low is None else _rounded(low)
            sums[f"{name}_high"] = None if high is None else _rounded(high)
    return sums
