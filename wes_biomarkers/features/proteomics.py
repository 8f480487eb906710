"""Proteomics of a cohort: from an export's numbers and marks to log2 values, and their change from baseline."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.features.proteomics_censoring import censor
from wes_biomarkers.features.proteomics_censoring import for_ranking as for_ranking
from wes_biomarkers.features.proteomics_marks import EXTRAPOLATED, QUANTIFIED, ZERO
from wes_biomarkers.features.proteomics_normalisation import (
    centre_batches,
    median_shifts,
    normalise_quantiles,
    regress_batches,
    scale_of,
)

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: What the numbers of an export are: mass-spectrometry intensities, concentrations, or Olink's NPX (log2).
KINDS = ("intensity", "concentration", "npx")
Scale = Literal["linear", "log2"]


@dataclass(frozen=True)
class Measured:
    """A proteomics export as numbers and marks; arrays are (n, m), samples by proteins.

    Attributes:
        samples, proteins: names of the rows and columns.
        raw: the number in the cell; NaN where there is none.
        side, flags: as `proteomics_marks.Cells` has them.
        kind: one of `KINDS`.
        genes, members: symbol, and ids of the group, of the proteins that have them.
    """

    samples: tuple[str, ...]
    proteins: tuple[str, ...]
    raw: Floats
    side: NDArray[np.int8]
    flags: NDArray[np.uint8]
    kind: str
    genes: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """How an export is processed; definitions/proteomics.toml has the reason of each default.

    Attributes:
        kind: of the numbers in a plain table: `intensity` or `concentration`.
        scale: `linear`, `log2`, or `auto`: told from the numbers where it can be.
        normalisation: `none`, `median`, `quantile`, or `auto`: median for intensities, none else.
        max_missing: largest share of samples without a value for a protein to be kept.
        batch: `none`, `centre` or `regress`.
        extrapolated: `censor` numbers beyond the standard curve, or `keep` them, flagged.
        duplicates: of one protein in one sample: `refuse`, or their `median`.
        isoforms: `keep` each, or the `best` of a protein: the most often quantified.
        baseline: time point that changes are taken from.
    """

    kind: str
    scale: str
    normalisation: str
    max_missing: float
    batch: str
    extrapolated: str
    duplicates: str
    isoforms: str
    baseline: str


#: What the settings of words may be.
CHOICES: Mapping[str, tuple[str, ...]] = {
    "kind": ("intensity", "concentration"),
    "scale": ("auto", "linear", "log2"),
    "normalisation": ("auto", "none", "median", "quantile"),
    "batch": ("none", "centre", "regress"),
    "extrapolated": ("censor", "keep"),
    "duplicates": ("refuse", "median"),
    "isoforms": ("keep", "best"),
}


@dataclass(frozen=True)
class Processed:
    """Processed values; arrays are (n, m), samples by all proteins of the export.

    Attributes:
        value: log2; of a censored value its limit; NaN where missing, where a limit is unknown, and where a batch
            cannot be corrected.
        side, flags: censoring and flags.
        missing: neither quantified nor censored.
        dropped: (m,) why a protein is not kept, "" for a kept one.
        scale, normalisation: what was done.
        n_uncorrected: values lost because their batch's offset could not be estimated.
    """

    value: Floats
    side: NDArray[np.int8]
    flags: NDArray[np.uint8]
    missing: Mask
    dropped: tuple[str, ...]
    scale: Scale
    normalisation: str
    n_uncorrected: int


def decide_scale(measured: Measured, settings: Settings) -> str | None:
    """`linear` or `log2`, None where it must be asked for: NPX is log2, search engines write intensities."""
    if measured.kind == "npx":
        return "log2"
    if settings.scale != "auto":
        return settings.scale
    return scale_of(measured.raw)


def process(
    measured: Measured,
    settings: Settings,
    scale: Scale,
    batch: NDArray[np.int64],
    groups: Mapping[str, NDArray[np.int64]],
) -> Processed:
    """Log2, limits of censored values, isoforms, filter of missing values, normalisation, batches, in this order.

    Args:
        measured: the export.
        settings: how.
        scale: of its numbers, see `decide_scale`.
        batch: (n,) codes; limits are taken within a batch.
        groups: (n,) codes held in the regression on batches.
    """
    raw, side, flags = _without_zeros(measured, scale)
    if settings.extrapolated == "keep":
        numbers, sides = censor(raw, side, flags & ~np.uint8(EXTRAPOLATED), batch)
    else:
        numbers, sides = censor(raw, side, flags, batch)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.log2(numbers) if scale == "linear" else numbers
    value = np.where(np.isfinite(value), value, np.nan)
    quantified = np.isfinite(value) & (sides == QUANTIFIED)
    dropped = np.full(len(measured.proteins), "", dtype=object)
    if settings.isoforms == "best":
        dropped[worse_isoforms(measured.proteins, quantified)] = "isoform"
    missing = ~np.isfinite(value) & (sides == QUANTIFIED)
    dropped[(dropped == "") & ~quantified.any(axis=0)] = "never_quantified"
    dropped[(dropped == "") & (missing.mean(axis=0) > settings.max_missing)] = "missing"
    kept = np.flatnonzero(dropped == "")
    how = settings.normalisation
    if how == "auto":
        how = "median" if measured.kind == "intensity" else "none"
    value[:, kept] = _normalised(value[:, kept], quantified[:, kept], how)
    before = np.isfinite(value[:, kept])
    value[:, kept] = _corrected(value[:, kept], quantified[:, kept], settings.batch, batch, groups)
    lost = int((before & ~np.isfinite(value[:, kept])).sum())
    return Processed(value, sides, flags, missing, tuple(dropped), scale, how, lost)


def _without_zeros(measured: Measured, scale: Scale) -> tuple[Floats, NDArray[np.int8], NDArray[np.uint8]]:
    """A linear 0 is no value: missing among intensities, below the lowest quantified concentration."""
    raw, side, flags = measured.raw.copy(), measured.side.copy(), measured.flags.copy()
    if scale == "linear":
        zero = raw == 0
        raw[zero] = np.nan
        if measured.kind == "concentration":
            flags[zero & (side == QUANTIFIED)] |= ZERO
            side[zero & (side == QUANTIFIED)] = -1
    return raw, side, flags


def _normalised(value: Floats, quantified: Mask, how: str) -> Floats:
    if how == "median":
        return value + median_shifts(value, quantified)[:, None]
    return normalise_quantiles(value, quantified) if how == "quantile" else value


def _corrected(
    value: Floats,
    quantified: Mask,
    how: str,
    batch: NDArray[np.int64],
    groups: Mapping[str, NDArray[np.int64]],
) -> Floats:
    if how == "centre":
        return centre_batches(value, quantified, batch)
    return regress_batches(value, quantified, batch, groups) if how == "regress" else value


_ISOFORM = re.compile(r"^([A-Z0-9]{6}|[A-Z0-9]{10})-[0-9]+$")


def worse_isoforms(proteins: tuple[str, ...], quantified: Mask) -> NDArray[np.int64]:
    """The columns of isoforms (UniProt: accession, dash, number) quantified less often than another of their protein.

    The first of equally frequent ones is the better.
    """
    counts = quantified.sum(axis=0)
    best: dict[str, int] = {}
    names = [_ISOFORM.sub(r"\1", name) for name in proteins]
    for column, name in enumerate(names):
        if name not in best or counts[column] > counts[best[name]]:
            best[name] = column
    return np.array([column for column, name in enumerate(names) if best[name] != column], dtype=np.int64)


def change_from_baseline(frame: pd.DataFrame, baseline: str = "baseline") -> pd.DataFrame:
    """Change of every protein from the patient's baseline to each other sample of the same specimen.

    The difference of two log2 values. With one of them censored it is bounded: a later value below its limit has
    changed by less than limit - baseline; a baseline below its limit by more than value - limit. With both below (or
    both above) nothing is known of the change. Of several baseline samples the latest collected counts, of undated ones
    the last by id.

    Args:
        frame: the cohort table `proteomics`.
        baseline: its time point.

    Returns:
        The table `proteomics_change`; samples without a baseline and proteins without a pair have no row.
    """
    import pandas as pd

    at_baseline = (frame["timepoint"].fillna("baseline") == baseline).to_numpy(bool)
    keys = ["patient_id", "specimen"]
    samples = frame.loc[at_baseline, [*keys, "sample_id", "collection_date"]].drop_duplicates("sample_id")
    samples = samples.sort_values(["collection_date", "sample_id"], na_position="first", kind="stable")
    first = samples.drop_duplicates(keys, keep="last")["sample_id"]
    before = frame.loc[frame["sample_id"].isin(first), [*keys, "protein", "sample_id", "value", "censored"]]
    before = before.rename(
        columns={"sample_id": "baseline_sample_id", "value": "value_0", "censored": "censored_0"}
    )
    pairs = frame.loc[~at_baseline].merge(before, on=[*keys, "protein"], how="inner")
    now, then = (pairs[name].map({"": 0, "below": -1, "above": 1}) for name in ("censored", "censored_0"))
    side = (now - then).clip(-1, 1).to_numpy(np.int64)
    both = (now != 0) & (now == then)
    change = (pairs["value"] - pairs["value_0"]).where(~both)
    reason = pd.Series(pd.NA, index=pairs.index, dtype="string")
    reason[change.isna()] = "unknown_value"
    reason[both] = "both_censored"
    censored = np.where(change.isna(), "", np.array(["below", "", "above"])[side + 1])
    columns = ["sample_id", *keys, "timepoint", "collection_date", "batch", "protein", "baseline_sample_id"]
    return pairs[columns].assign(change=change, censored=censored, reason=reason)
