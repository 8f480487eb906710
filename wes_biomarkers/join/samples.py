"""Which sample stands for a patient. The choice never looks at a biomarker's value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

BASELINE = "baseline"

#: The rule without another: time point and specimen, the first that a patient has.
DEFAULT_RULE: tuple[str, ...] = ("baseline tissue", "baseline ffpe", "baseline plasma", "baseline urine")

#: The rule for proteomics, whose specimens are another choice.
PROTEOMICS_RULE: tuple[str, ...] = (
    "baseline tissue", "baseline ffpe", "baseline serum", "baseline plasma", "baseline blood", "baseline urine",
)  # fmt: skip


def _ranks(samples: pd.DataFrame, rule: Sequence[str]) -> pd.Series:
    """Place of each sample in the rule; missing where the rule does not name it."""
    order = {choice: place for place, choice in enumerate(rule)}
    label = (
        samples["timepoint"].fillna(BASELINE).astype(str) + " " + samples["specimen"].fillna("").astype(str)
    )
    return label.map(order)


def choose_samples(samples: pd.DataFrame, key: str, rule: Sequence[str] = DEFAULT_RULE) -> pd.DataFrame:
    """One sample or pair a patient: the first choice of the rule that the patient has.

    Later time points never stand in unless the rule names them: whoever has one has lived to give it. Of
    several alike, the earliest collected counts, then the first by id.

    Args:
        samples: rows with patient_id, `key`, timepoint (missing: baseline), specimen, and collection_date if known.
        key: name of the id column, such as `pair_id`.
        rule: choices in order, each `<timepoint> <specimen>`.

    Returns:
        The chosen rows, one a patient, sorted by patient_id.
    """
    frame = samples.assign(_rank=_ranks(samples, rule)).dropna(subset="_rank")
    by = ["patient_id", "_rank", *(["collection_date"] if "collection_date" in frame else []), key]
    chosen = frame.sort_values(by, kind="stable", na_position="last").drop_duplicates("patient_id")
    return chosen.drop(columns="_rank").reset_index(drop=True)


def dated_pairs(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The `pair` table with the collection date of each tumour."""
    pairs = tables["pair"]
    dates = tables["sample"].set_index("sample_id")["collection_date"]
    return pairs.assign(collection_date=pairs["tumor_sample_id"].map(dates))
