"""Which pair stands for a patient."""

from __future__ import annotations

import pandas as pd

#: Specimens in the order in which one stands for a patient.
_SPECIMEN_ORDER = ("tissue", "ffpe", "plasma", "urine")


def baseline_pairs(biomarker: pd.DataFrame) -> pd.DataFrame:
    """One pair a patient for comparisons with outcome.

    It is of the time point `baseline`: tissue before FFPE before plasma before urine, then by pair id. Later
    time points never stand in: whoever has one has lived to give it. The choice does not look at values.
    """
    frame = biomarker[biomarker["timepoint"].fillna("baseline") == "baseline"]
    rank = frame["specimen"].map({name: index for index, name in enumerate(_SPECIMEN_ORDER)})
    order = frame.assign(_rank=rank.fillna(len(_SPECIMEN_ORDER))).sort_values(
        ["patient_id", "_rank", "pair_id"]
    )
    return order.drop(columns="_rank").drop_duplicates("patient_id").reset_index(drop=True)
