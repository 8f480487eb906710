"""The long tables of a simulated trial as Arrow tables, a range of patients at a time: none is held whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.contracts.schema import Table
from wes_biomarkers.contracts.tables import SEGMENT, SIGNATURE
from wes_biomarkers.io.tables import arrow_schema
from wes_biomarkers.simulate.streams import stream
from wes_biomarkers.simulate.tables.frames import pair_names, patient_ids
from wes_biomarkers.simulate.tables.genome import CONTIG_LENGTH, CONTIGS
from wes_biomarkers.simulate.tables.pairs import Pairs
from wes_biomarkers.simulate.tables.trial import SimulatedTrial

Index = NDArray[np.int64]

PATIENTS_A_PART = 5000


@dataclass(frozen=True)
class Source:
    """What the long tables are made from: a trial, its pairs, and their names."""

    trial: SimulatedTrial
    pairs: Pairs
    patient_id: NDArray[np.object_]
    pair_id: NDArray[np.object_]

    @property
    def seed(self) -> int:
        """The trial's seed."""
        return self.trial.parameters.seed


def source_of(trial: SimulatedTrial, pairs: Pairs) -> Source:
    """A trial and its pairs with their names."""
    ids = patient_ids(trial.n)
    return Source(trial, pairs, ids, pair_names(pairs, ids)["pair_id"])


def words(values: Sequence[str | None] | NDArray[np.object_], index: ArrayLike) -> Any:
    """Strings by their index, as an Arrow array; an index below 0 is missing."""
    import pyarrow as pa

    at = np.asarray(index)
    return pa.array(values, pa.string()).take(pa.array(at, mask=at < 0))


def known(values: ArrayLike, missing: ArrayLike | None = None) -> Any:
    """Numbers as an Arrow array; NaN, or what `missing` marks, is missing."""
    import pyarrow as pa

    found = np.asarray(values)
    mask = np.isnan(found) if missing is None and found.dtype.kind == "f" else missing
    return pa.array(found, mask=mask)


def arrow_part(table: Table, n: int, columns: dict[str, Any]) -> Any:
    """Columns as an Arrow table of a contract; columns that are absent are unknown."""
    import pyarrow as pa

    schema = arrow_schema(table)
    arrays = [
        columns[field.name].cast(field.type) if field.name in columns else pa.nulls(n, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def pair_ranges(pairs: Pairs, n_patient: int, step: int = PATIENTS_A_PART) -> Iterator[Index]:
    """Indices of the pairs of a range of patients after the other."""
    edges = np.searchsorted(pairs.patient, np.arange(0, n_patient + step, step))
    for low, high in pairwise(edges):
        if high > low:
            yield np.arange(low, high)


def named(source: Source, row: Index) -> dict[str, Any]:
    """Patient and pair of each row."""
    return {
        "patient_id": words(source.patient_id, source.pairs.patient[row]),
        "pair_id": words(source.pair_id, row),
    }


def tissue(source: Source, chosen: Index, feature: str) -> Index:
    """Of some pairs those of baseline whose record of a feature is there."""
    pairs = source.pairs
    return chosen[pairs.is_evaluable(feature)[chosen] & ~pairs.late[chosen]]


def segment_parts(source: Source) -> Iterator[Any]:
    """The `segment` table: one segment a contig of every tissue, drawn by its ploidy; they sum to no other figure."""
    for number, chosen in enumerate(pair_ranges(source.pairs, source.trial.n)):
        rng = stream(source.seed, "tables", "segment", str(number))
        used = tissue(source, chosen, "copy_number")
        row = np.repeat(used, len(CONTIGS))
        n = len(row)
        ploidy = source.pairs.columns["ploidy"][row].astype(float)
        total = np.maximum(0, np.round(ploidy + 0.9 * rng.standard_normal(n))).astype(np.int64)
        lost = rng.random(n) < source.pairs.columns["loh_fraction"][row].astype(float)
        minor = np.where(lost, 0, total // 2)
        n_bin, n_het = rng.integers(500, 1500, n), rng.integers(200, 900, n)
        log2 = 0.6 * np.log2(np.maximum(total, 0.2) / ploidy) + 0.03 * rng.standard_normal(n)
        baf = np.where(total > 0, minor / np.maximum(total, 1), np.nan)
        yield arrow_part(SEGMENT, n, named(source, row) | {
            "chrom": words(CONTIGS, np.tile(np.arange(len(CONTIGS)), len(used))),
            "start": known(np.zeros(n, np.int64)),
            "end": known(np.full(n, CONTIG_LENGTH)),
            "n_bin": known(n_bin),
            "log2": known(np.round(log2, 4)),
            "n_het": known(n_het),
            "baf": known(np.round(np.minimum(baf, 0.5), 4)),
            "total_cn": known(total),
            "minor_cn": known(minor),
            "cell_fraction": known(np.ones(n)),
        })  # fmt: skip


#: COSMIC's name -> the wide column it is a part of, and that part; in the order of the names.
_SIGNATURES = {
    "SBS13": ("sbs_apobec", 0.5),
    "SBS15": ("sbs_mmr", 1.0),
    "SBS16": ("sbs_alcohol", 1.0),
    "SBS2": ("sbs_apobec", 0.5),
    "SBS3": ("sbs_hrd_like", 1.0),
    "SBS4": ("sbs_smoking", 1.0),
    "SBS5": ("sbs_clock", 1.0),
}


def signature_parts(source: Source) -> Iterator[Any]:
    """The `signature` table: the shares of the wide table by signature, those of 1 % or more."""
    for chosen in pair_ranges(source.pairs, source.trial.n):
        used = tissue(source, chosen, "signatures")
        columns = source.pairs.columns
        shares = np.stack(
            [columns[name][used].astype(float) * part for name, part in _SIGNATURES.values()], axis=1
        )
        at, name = np.nonzero(shares >= 0.01)
        row, share = used[at], shares[at, name]
        counted = columns["n_sbs"][row].astype(np.int64)
        spread = 1.96 * np.sqrt(share * (1 - share) / np.maximum(counted, 1))
        yield arrow_part(SIGNATURE, len(row), named(source, row) | {
            "definition_id": words(["sbs96"], np.zeros(len(row), np.int64)),
            "signature": words(list(_SIGNATURES), name),
            "exposure": known(share),
            "exposure_low": known(np.maximum(0, share - spread)),
            "exposure_high": known(np.minimum(1, share + spread)),
            "n_mutation": known(counted),
        })  # fmt: skip
