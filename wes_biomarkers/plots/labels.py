"""What to call a pair on an axis."""

from __future__ import annotations

import pandas as pd


def pair_labels(pairs: pd.DataFrame) -> dict[str, str]:
    """The patient's id, with the time point where a patient has several pairs, and a number where that repeats.

    Args:
        pairs: a row a pair: patient_id, pair_id, timepoint (unknown: left out).

    Returns:
        Label by pair id, all different, in the order of the rows.
    """
    repeated = pairs["patient_id"].duplicated(keep=False)
    names = pairs["patient_id"].where(
        ~repeated, (pairs["patient_id"] + " " + pairs["timepoint"].fillna("")).str.strip()
    )
    number = names.groupby(names).cumcount() + 1
    unique = names.where(number == 1, names + " (" + number.astype(str) + ")")
    return dict(zip(pairs["pair_id"].astype(str), unique.astype(str), strict=True))
