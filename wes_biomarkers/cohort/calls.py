"""The tables of what was found along the genome: variants, segments, genes, signatures."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from wes_biomarkers.contracts.tables import VARIANT
from wes_biomarkers.io.results import PairResult


def assemble_variants(pairs: Iterable[PairResult]) -> pd.DataFrame:
    """The `variant` table: all calls of all pairs.

    Normalising can bring two records of a pair to one allele: the passing one, then the deeper, is kept.
    """
    frames = [pair.variants for pair in pairs if pair.variants is not None and len(pair.variants)]
    if not frames:
        return pd.DataFrame(columns=list(VARIANT.names), dtype="object")
    calls = pd.concat(frames, ignore_index=True)
    best = calls.sort_values(["is_pass", "t_depth"], ascending=False, kind="stable")
    return best.drop_duplicates(list(VARIANT.key)).sort_index()
