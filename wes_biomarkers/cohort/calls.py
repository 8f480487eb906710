"""The tables of what was found along the genome: variants, segments, genes, signatures."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest

import pandas as pd

from wes_biomarkers.cohort.frames import frame_of
from wes_biomarkers.contracts.schema import Table
from wes_biomarkers.contracts.tables import SIGNATURE
from wes_biomarkers.io.results import PairResult


def gather(pairs: Iterable[PairResult], table: Table) -> pd.DataFrame:
    """One table of all pairs, below one another."""
    frames = [frame for pair in pairs if (frame := pair.tables.get(table.name)) is not None and len(frame)]
    if not frames:
        return pd.DataFrame(columns=list(table.names), dtype="object")
    return pd.concat(frames, ignore_index=True)


def assemble_signatures(pairs: Iterable[PairResult]) -> pd.DataFrame:
    """The `signature` table: every signature of the records that are ok."""
    rows = [
        {
            "patient_id": record.patient_id,
            "pair_id": record.pair_id,
            "definition_id": record.definition_id,
            "signature": name,
            "exposure": exposure,
            "exposure_low": low,
            "exposure_high": high,
            "n_mutation": record.values["n_mutation"],
        }
        for pair in pairs
        for record in pair.records
        if record.feature == "signatures" and record.status == "ok"
        for name, exposure, low, high in zip_longest(
            *(
                record.values.get(name) or ()
                for name in ("signature", "exposure", "exposure_low", "exposure_high")
            )
        )
    ]
    return frame_of(rows, SIGNATURE.names)
