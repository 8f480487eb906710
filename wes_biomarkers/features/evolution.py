"""Evolution: which mutations of a patient were gained, lost or kept between two time points.

A mutation that was not found is lost (or gained, seen from the other side) only where it would have been found: with
the reads at its place, the sample's purity and copies, and the cancer cell fraction it has in the other sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.contracts.record import Record
from wes_biomarkers.contracts.samplesheet import LOW_FRACTION_SPECIMENS
from wes_biomarkers.features.ccf import FloatArray, Loci, Purity, estimate_ccf
from wes_biomarkers.features.clonality import (
    KEY,
    Columns,
    Labels,
    Rules,
    Sample,
    loci_of,
    rows_of,
)
from wes_biomarkers.features.clusters import fit_clusters

Mask = NDArray[np.bool_]

CHANGES: tuple[str, ...] = ("kept", "gained", "lost", "unknown")
DEFINITION = "wes_evolution"


@dataclass(frozen=True)
class TimePoint:
    """A patient's mutations in one sample, arrays of shape (n,) over the mutations of all samples.

    Attributes:
        pair_id: the sample's pair.
        called: which are calls of this sample.
        loci: reads and copies there; where it was not called, the reads counted or, as a lower bound, the depth
            known to be reached with alt 0; NaN where nothing is known.
        purity: None when unknown.
        specimen: what was sampled.
        synthetic: made of simulated reads.
    """

    pair_id: str
    called: Mask
    loci: Loci
    purity: Purity | None
    specimen: str = "tissue"
    synthetic: bool = False


def union_of(tables: Sequence[Columns]) -> dict[str, NDArray[Any]]:
    """The distinct mutations of several tables (columns chrom, start, ref, alt), in the order of their contigs."""
    keys = {key for table in tables for key in zip(*(table[name] for name in KEY), strict=True)}
    contigs = {name: rank for rank, name in enumerate(dict.fromkeys(c for t in tables for c in t["chrom"]))}
    ordered = sorted(keys, key=lambda key: (contigs[key[0]], *key[1:]))
    return {
        name: np.array([key[index] for key in ordered], np.int64 if name == "start" else object)
        for index, name in enumerate(KEY)
    }


def place(
    mutations: Columns,
    pair_id: str,
    candidates: Columns,
    reads: tuple[FloatArray, FloatArray],
    sample: Sample,
    rules: Rules,
) -> TimePoint:
    """What one sample says of a patient's mutations.

    Args:
        mutations: of all samples, as `union_of` makes them; n of them.
        pair_id: the sample's pair.
        candidates: every variant of the sample, with columns is_pass, t_alt and t_depth.
        reads: with each mutation and in all where it is no candidate, shape (n,) each, NaN where unknown.
        sample: the tumour.
        rules: thresholds.
    """
    row = rows_of(candidates, mutations)
    found = row >= 0

    def value(name: str, otherwise: FloatArray) -> FloatArray:
        """A column of the candidates at each mutation, `otherwise` where it is none of them."""
        if not len(candidates["start"]):
            return otherwise
        return np.where(found, np.asarray(candidates[name], float)[row], otherwise)

    known = {"t_alt": value("t_alt", reads[0]), "t_depth": value("t_depth", reads[1])}
    called = value("is_pass", np.zeros(len(row))) == 1
    loci = loci_of({**mutations, **known}, sample, rules)
    purity = None if sample.missing else sample.purity
    return TimePoint(pair_id, called, loci, purity, sample.specimen, sample.synthetic)


def detection_power(
    loci: Loci, purity: Purity | None, multiplicity: ArrayLike, ccf: ArrayLike, min_alt_reads: int
) -> FloatArray:
    """Chance of at least `min_alt_reads` reads of a mutation, shape (n,); NaN where something is unknown.

    Binomial, at the expected allele fraction `m ccf p / (p C + n (1 - p))`.

    >>> one = Loci(*(np.array([value]) for value in (0.0, 20.0, 2.0, 1.0, 2.0)))
    >>> round(float(detection_power(one, Purity(1.0), [1.0], [1.0], 1)[0]), 6)
    0.999999
    """
    if purity is None:
        return np.full(len(loci), np.nan)
    p = purity.value
    with np.errstate(invalid="ignore", divide="ignore"):
        copies = np.minimum(np.asarray(multiplicity, float), loci.major_cn)
        mass = p * loci.total_cn + loci.normal_cn * (1 - p)
        fraction = np.clip(copies * np.asarray(ccf, float) * p / mass, 0.0, 1.0)
        missed = np.zeros(len(loci))
        coefficient = np.ones(len(loci))
        for k in range(min_alt_reads):
            missed = missed + coefficient * fraction**k * (1 - fraction) ** (loci.depth - k)
            coefficient = coefficient * (loci.depth - k) / (k + 1)
    power: FloatArray = np.where(loci.usable & (loci.depth >= min_alt_reads), 1 - missed, np.nan)
    return power


def compare(earlier: TimePoint, later: TimePoint, rules: Rules) -> NDArray[Any]:
    """What became of each mutation, shape (n,): kept, gained, lost, unknown; None where neither sample has it."""
    was, is_now = _present(earlier, rules), _present(later, rules)
    change = np.full(len(was), None, object)
    change[was & is_now] = "kept"
    for only, seen, unseen, word in ((was & ~is_now, earlier, later, "lost"),
                                     (~was & is_now, later, earlier, "gained")):  # fmt: skip
        proven = only & (_power_elsewhere(seen, unseen, rules) >= rules.min_power)
        change[only] = "unknown"
        change[proven] = word
    return change


def _present(point: TimePoint, rules: Rules) -> Mask:
    counted = np.nan_to_num(point.loci.alt) >= rules.min_informed_alt_reads
    present: Mask = point.called | counted
    return present


def _power_elsewhere(seen: TimePoint, unseen: TimePoint, rules: Rules) -> FloatArray:
    """Chance that `unseen` had shown the mutations as `seen` has them; NaN where something is unknown."""
    if seen.purity is None:
        return np.full(len(seen.called), np.nan)
    there = estimate_ccf(seen.loci, seen.purity)
    return detection_power(unseen.loci, unseen.purity, there.multiplicity, there.ccf, rules.min_alt_reads)


def compute_evolution(
    points: Sequence[TimePoint], rules: Rules, labels: Sequence[Labels]
) -> list[tuple[Record, NDArray[Any]]]:
    """Each later time point compared with the first: its record and the change of each mutation, shape (n,).

    The main value is the share of mutations gained or lost among those whose fate is known. The record is that of
    the later pair; `compared_with` names the first. It is not evaluable where mutations were found once and of none of
    them it is known whether the other sample had it; a share of unknown fates above `many_indeterminate` is flagged.

    Args:
        points: in the order of time, two or more.
        rules: thresholds.
        labels: of each time point.
    """
    first = points[0]
    changes = [compare(first, later, rules) for later in points[1:]]
    made = zip(points[1:], changes, labels[1:], strict=True)
    return [(_record(first, later, change, rules, own), change) for later, change, own in made]


def assign_clusters(
    mutations: Columns, points: Sequence[TimePoint], tables: Sequence[Columns]
) -> tuple[list[dict[str, NDArray[Any]]], list[FloatArray]]:
    """Cluster a patient's mutations over all samples that have a purity.

    Args:
        mutations: of all samples.
        points: what each sample says of them.
        tables: the mutations called in each sample.

    Returns:
        The tables with their column `cluster` filled, and for each sample the clusters' cancer cell fractions,
        shape (k,), NaN where the sample has no purity.
    """
    usable = [(point.loci, point.purity) for point in points if point.purity is not None]
    if not usable:
        return [dict(table) for table in tables], [np.zeros(0) for _ in points]
    found = fit_clusters(usable)
    label = np.where(found.label > 0, found.label, np.nan)
    fractions = iter(found.ccf.T)
    nothing = np.full(len(found.ccf), np.nan)
    return (
        [{**table, "cluster": label[rows_of(mutations, table)]} for table in tables],
        [nothing if point.purity is None else next(fractions) for point in points],
    )


def with_changes(
    table: Columns, mutations: Columns, point: TimePoint, change: NDArray[Any]
) -> dict[str, NDArray[Any]]:
    """A later pair's table with `change`, followed by the earlier mutations that were not called in it.

    Those rows have the reads and copies known of them, and no estimate.
    """
    own = {**table, "change": change[rows_of(mutations, table)]}
    absent = np.flatnonzero(
        (rows_of(table, mutations) < 0) & np.array([word is not None for word in change], bool)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        vaf = point.loci.alt / point.loci.depth
    known = {"t_alt": point.loci.alt, "t_depth": point.loci.depth, "vaf": vaf, "change": change}
    known |= {name: mutations[name] for name in KEY}
    known |= {"total_cn": point.loci.total_cn, "minor_cn": point.loci.minor_cn}
    nothing = {"clonality": np.full(len(change), None, object)}
    unknown = np.full(len(change), np.nan)
    return {
        name: np.concatenate([values, known.get(name, nothing.get(name, unknown))[absent]])
        for name, values in own.items()
    }


def _record(first: TimePoint, later: TimePoint, change: NDArray[Any], rules: Rules, labels: Labels) -> Record:
    counts = _counts(first, change, rules)
    n_gained, n_lost = (counts[name] or 0 for name in ("n_gained", "n_lost"))
    n_turned, n_unknown = n_gained + n_lost, int(np.sum(change == "unknown"))
    n_known = n_turned + int(np.sum(change == "kept"))
    one_sided = counts["n_gained"] is None or counts["n_lost"] is None
    found = {
        "low_vaf_specimen": bool({first.specimen, later.specimen} & set(LOW_FRACTION_SPECIMENS)),
        "needs_review": one_sided or n_unknown > rules.many_indeterminate * (n_known + n_unknown),
        "synthetic": first.synthetic or later.synthetic,
    }
    common: dict[str, Any] = {
        "patient_id": labels.patient_id,
        "pair_id": labels.pair_id,
        "feature": "evolution",
        "definition_id": DEFINITION,
        "flags": tuple(flag for flag, applies in found.items() if applies),
        "provenance": labels.provenance,
    }
    values: dict[str, Any] = {"turnover_fraction": None, "compared_with": first.pair_id, **counts}
    if not n_known or (n_unknown and not n_turned):
        reason = "of no mutation is it known whether it was gained, lost or kept"
        if n_known:
            reason = (
                f"{n_unknown} mutations were found once: of none is it known whether it was gained or lost"
            )
        return Record(**common, status="not_evaluable", reason=reason, values=values)
    values["turnover_fraction"] = n_turned / n_known
    reason = f"{n_unknown} mutations left out: what became of them is unknown" if n_unknown else ""
    return Record(
        **common, status="ok", reason=reason, values=values, numerator=n_turned, denominator=n_known
    )


def _counts(first: TimePoint, change: NDArray[Any], rules: Rules) -> dict[str, int | None]:
    """Mutations by their change; gained or lost is None where some could be, and of none of them it is known."""
    counts: dict[str, int | None] = {f"n_{word}": int(np.sum(change == word)) for word in CHANGES}
    was = _present(first, rules)
    for name, side in (("n_gained", ~was), ("n_lost", was)):
        if not counts[name] and np.any(side & (change == "unknown")):
            counts[name] = None
    return counts
