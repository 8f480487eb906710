"""Levels of proteins in the samples that stand for the patients, compared by rank where some are censored."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd

from wes_biomarkers.features.proteomics import for_ranking
from wes_biomarkers.join.samples import BASELINE

#: Flag of a feature whose values are ranks (contracts.association).
RANKED = "censored_as_ranks"
_SIDES = {"": 0, "below": -1, "above": 1}
_WORDS = {side: word for word, side in _SIDES.items()}


@dataclass(frozen=True)
class ProteinLevels:
    """One level a patient of every protein.

    Attributes:
        value: patients by proteins, log2; of a censored value its limit; NaN where unknown.
        side: likewise; -1 below the limit, 1 above it, 0 quantified or unknown.
        specimen: by patient, of the sample.
    """

    value: pd.DataFrame
    side: pd.DataFrame
    specimen: pd.Series

    def of(self, protein: str) -> tuple[pd.Series, pd.Series]:
        """(values, sides) of one protein; empty where no chosen sample has it."""
        if protein not in self.value:
            return pd.Series(dtype="float64"), pd.Series(dtype="int64")
        return self.value[protein], self.side[protein]


def baseline_words(tables: Mapping[str, pd.DataFrame]) -> frozenset[str]:
    """Time points that the cohort's changes count from: what a site calls the baseline (`BL`)."""
    if "proteomics_change" not in tables:
        return frozenset()
    samples = tables["proteomics_sample"]
    compared = samples["sample_id"].isin(tables["proteomics_change"]["baseline_sample_id"])
    return frozenset(samples.loc[compared, "timepoint"].dropna())


def with_baseline(choice: str, words: Collection[str]) -> str:
    """A choice of a rule for samples with the site's word for the baseline replaced.

    >>> with_baseline("BL serum", {"BL"})
    'baseline serum'
    """
    timepoint, _, specimen = choice.rpartition(" ")
    return f"{BASELINE} {specimen}" if timepoint in words else choice


def levels_of_samples(rows: pd.DataFrame, samples: pd.DataFrame) -> ProteinLevels:
    """The levels of the chosen samples.

    Args:
        rows: the cohort's table `proteomics`.
        samples: the chosen samples, one a patient, indexed by patient id.
    """
    rows = rows[rows["sample_id"].isin(samples["sample_id"])]
    rows = rows.assign(side=rows["censored"].map(_SIDES).fillna(0).astype("int64"))
    value = rows.pivot(index="patient_id", columns="protein", values="value").astype("float64")
    side = rows.pivot(index="patient_id", columns="protein", values="side").fillna(0).astype("int64")
    return ProteinLevels(value, side.where(value.notna(), 0), samples["specimen"])


def comparable(value: pd.Series, side: pd.Series) -> tuple[pd.Series, tuple[str, ...]]:
    """Numbers that order patients, and the flag of ranks: the levels themselves, or ranks where any is censored.

    Ranks are those of all patients with a value; nobody's limit is taken for a level.
    """
    known = value.notna()
    if not (side[known] != 0).any():
        return value, ()
    ranks = for_ranking(value[known].to_numpy(float), [_WORDS[int(code)] for code in side[known]])
    return pd.Series(ranks, index=value.index[known]).reindex(value.index), (RANKED,)


def change_between(
    first: ProteinLevels, later: ProteinLevels, protein: str, patients: list[str]
) -> tuple[pd.Series, pd.Series]:
    """(change, side) of a protein by patient, between samples of one specimen.

    A value below its limit that was quantified before has changed by less than the difference, and so on; with both
    beyond the same end nothing is known of the change.
    """
    (before, then), (after, now) = first.of(protein), later.of(protein)
    before, after = before.reindex(patients), after.reindex(patients)
    then, now = (side.reindex(patients).fillna(0).astype("int64") for side in (then, now))
    alike = (first.specimen.reindex(patients) == later.specimen.reindex(patients)).fillna(False).astype(bool)
    known = alike & ~((then != 0) & (then == now))
    return (after - before).where(known), (now - then).clip(-1, 1)
