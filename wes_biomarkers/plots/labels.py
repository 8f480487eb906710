"""What to call a pair on an axis."""

from __future__ import annotations

import pandas as pd

#: More columns than this are drawn without their names.
MAX_LABELLED = 70


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


def say_missing(rows: list[dict[str, object]], value: str, words: str) -> None:
    """Put into each row without a value what is written at its place (`said`).

    That is the row's own words; of more rows than `MAX_LABELLED`, how many there are, once in their middle.

    Args:
        rows: drawn side by side, those without a value last.
        value: key of the value, None where unknown.
        words: key of the words.
    """
    missing = [row for row in rows if row[value] is None]
    many = len(rows) > MAX_LABELLED
    for row in rows:
        row["said"] = row[words] if row[value] is None and not many else None
    if many and missing:
        missing[len(missing) // 2]["said"] = f"{len(missing)} without a value"
