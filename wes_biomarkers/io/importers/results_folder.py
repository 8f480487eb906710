"""Mutations of another system as a result folder, so that `cohort build` reads them like a run's."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wes_biomarkers.contracts.record import Record
from wes_biomarkers.contracts.tables import STUDY_SCHEMA, VARIANT
from wes_biomarkers.io.drivers import write_drivers
from wes_biomarkers.io.files import write_json
from wes_biomarkers.io.records import write_records
from wes_biomarkers.io.tsv import write_rows

#: Other names of the two human builds -> the name used here.
BUILDS: Mapping[str, str] = {
    **dict.fromkeys(("37", "hg19", "GRCh37", "GRCh37-lite", "b37"), "GRCh37"),
    **dict.fromkeys(("38", "hg38", "GRCh38"), "GRCh38"),
}
_COUNTS = ("t_alt", "t_depth", "n_alt", "n_depth", "start", "end")
_KEY = ("chrom", "start", "ref", "alt")


@dataclass(frozen=True)
class Tumor:
    """A sequenced tumour: its ids, what is known of it, and its mutations as `io.maf_read` gives them, with the
    file that says so (a tumour without a mutation: a file that has none of it)."""

    patient_id: str
    sample_id: str
    columns: Mapping[str, Any]
    maf: Path
    normal: str | None = None
    specimen: str = ""
    timepoint: str = ""
    targets: str = ""

    @property
    def normal_id(self) -> str:
        """The normal's id; a made-up one where the source names none, since a pair has two samples."""
        return self.normal or f"{self.sample_id}_normal"

    @property
    def pair_id(self) -> str:
        """<tumor>_vs_<normal>."""
        return f"{self.sample_id}_vs_{self.normal_id}"


def distinct_calls(columns: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """The calls of a tumour in the order of its genome, each once, and how many were the same call once more."""
    order = np.lexsort((columns["start"], columns["chrom"].astype(str)))
    first = {tuple(columns[name][at] for name in _KEY): at for at in order[::-1].tolist()}
    kept = [at for at in order.tolist() if first[tuple(columns[name][at] for name in _KEY)] == at]
    return {name: values[kept] for name, values in columns.items()}, len(order) - len(kept)


def variant_rows(tumor: Tumor) -> list[list[object]]:
    """Rows of variants.tsv. Alleles without a base are `-`: only the reference sequence knows the base before."""
    columns, rows = tumor.columns, []
    for at in range(len(columns["start"])):
        row = {name: _plain(columns[name][at]) for name in VARIANT.names if name in columns}
        row |= {"ref": row["ref"] or "-", "alt": row["alt"] or "-"}
        row |= {"patient_id": tumor.patient_id, "pair_id": tumor.pair_id}
        rows.append([row.get(name) for name in VARIANT.names])
    return rows


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def write_results(
    folder: Path,
    tumors: Sequence[Tumor],
    build: str,
    records: Iterable[Record] = (),
    drivers: Iterable[Mapping[str, Any]] = (),
) -> None:
    """Write study.json and a folder a pair; an earlier import there is replaced.

    Args:
        folder: where to.
        tumors: every sequenced tumour, those without a mutation too.
        build: name of the reference build.
        records: feature records of the pairs.
        drivers: rows of drivers.tsv of the pairs.
    """
    shutil.rmtree(folder, ignore_errors=True)
    by_pair: dict[str, list[Record]] = {}
    for record in records:
        by_pair.setdefault(record.pair_id, []).append(record)
    genes: dict[str, list[Mapping[str, Any]]] = {}
    for gene in drivers:
        genes.setdefault(gene["pair_id"], []).append(gene)
    for tumor in tumors:
        place = folder / "pairs" / tumor.pair_id
        (place / "records").mkdir(parents=True)
        write_rows(place / "variants.tsv", VARIANT.names, variant_rows(tumor), _COUNTS)
        if tumor.pair_id in by_pair:
            write_records(place / "records" / "drivers.json", by_pair[tumor.pair_id])
        if tumor.pair_id in genes:
            write_drivers(place / "drivers.tsv", genes[tumor.pair_id])
    write_json(folder / "study.json", _study(tumors, build))


def _study(tumors: Sequence[Tumor], build: str) -> dict[str, Any]:
    samples, pairs = [], []
    for tumor in tumors:
        shared = {
            "patient_id": tumor.patient_id,
            "timepoint": tumor.timepoint or None,
            "targets": tumor.targets or None,
        }
        own = {"role": "tumor", "specimen": tumor.specimen or None}
        samples.append({**shared, "sample_id": tumor.sample_id, **own})
        samples.append({**shared, "sample_id": tumor.normal_id, "role": "normal", "timepoint": None})
        pairs.append({
            **shared, "pair_id": tumor.pair_id, "tumor_sample_id": tumor.sample_id,
            "normal_sample_id": tumor.normal_id, "specimen": tumor.specimen or None,
            "entry": None, "status": "ok", "reason": "",
        })  # fmt: skip
    unique = {row["sample_id"]: row for row in samples}
    reference = {"build": build, "synthetic": False, "checksums": {}}
    return {
        "schema": STUDY_SCHEMA,
        "reference": reference,
        "tools": {},
        "parameters": {},
        "samples": list(unique.values()),
        "pairs": pairs,
        "proteins": _proteins(tumors),
    }


def _proteins(tumors: Sequence[Tumor]) -> dict[str, dict[str, Any]]:
    """Length of each transcript's protein, as study.json holds it, where all mutations of it say the same."""
    said: dict[str, set[tuple[str, int]]] = {}
    for tumor in tumors:
        columns = [tumor.columns[name] for name in ("transcript_id", "gene", "protein_length")]
        for transcript, gene, length in zip(*columns, strict=True):
            if transcript is not None and not np.isnan(length):
                said.setdefault(transcript, set()).add((gene, int(length)))
    found = {name: min(told) for name, told in sorted(said.items()) if len({each[1] for each in told}) == 1}
    return {name: {"gene": gene, "length": length} for name, (gene, length) in found.items()}
