"""The biomarkers beside variants and burden against the truth; a feature whose files are absent has no row."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from wes_biomarkers.features.segments import Segments
from wes_biomarkers.io.files import read_json
from wes_biomarkers.io.segments import read_segments
from wes_biomarkers.simulate.validate.hla import validate_loss, validate_types
from wes_biomarkers.simulate.validate.measures import Measure, Particular, error_measure, share_measure
from wes_biomarkers.simulate.validate.tables import read_table
from wes_biomarkers.simulate.validate.truth import Truth

Findings = tuple[list[Measure], list[Particular]]

#: What is asked of a trial as small as the demonstration's: least shares, most median errors.
TOLERANCES = {
    "purity": 0.05,
    "ploidy": 0.2,
    "copy_number": 0.85,
    "signatures": 0.8,
    "ccf": 0.85,
    "drivers": 0.9,
}
#: What a planted event must be told as in drivers.tsv, and whether both copies are hit.
_HIT = {
    "truncated": ("truncating", False),
    "twice": ("truncating", True),
    "biallelic": ("truncating", True),
    "amplified": ("amplification", False),
    "deleted": ("deep_deletion", True),
}


def validate_features(truth: Truth, folder: Path) -> Findings:
    """The measures of every further feature with files under `folder` (`pairs/` of a result folder)."""
    measures: list[Measure] = []
    particulars: list[Particular] = []
    for check in (
        _msi,
        _purity,
        _copy_number,
        _signatures,
        _clonality,
        _drivers,
        validate_types,
        validate_loss,
    ):
        found, told = check(truth, folder)
        measures += found
        particulars += told
    return measures, particulars


def _msi(truth: Truth, folder: Path) -> Findings:
    """The class of every evaluable pair: high where microsatellites were made unstable, stable elsewhere."""
    hits, told = [], []
    records = _records(truth, folder, "msi_paired")
    for pair, record in records.items():
        if record["status"] == "ok":
            called, true = record["values"]["msi_class"], truth.msi_class[pair]
            hits.append(called == true)
            if called != true:
                told.append((pair, "msi", f"{called} ({record['values']['msi_score']:.3g} %), truly {true}"))
    return ([share_measure("msi", "pairs of the true class", hits, 1)] if records else []), told


def _purity(truth: Truth, folder: Path) -> Findings:
    """Errors of purity and ploidy where copy number changed; elsewhere purity has to stay open."""
    errors: dict[str, list[float]] = {"purity": [], "ploidy": []}
    left_open, told = [], []
    records = _records(truth, folder, "wes_purity")
    for pair, record in records.items():
        evaluable = record["status"] == "ok"
        if not _is_changed(truth, pair):
            left_open.append(not evaluable)
            if evaluable:
                told.append(
                    (pair, "purity", f"{record['values']['purity']:.3g} of a genome without any change")
                )
            continue
        true_values = {
            "purity": float(truth.rows("purity", pair)[0]["purity"]),
            "ploidy": _true_ploidy(truth, pair, folder / pair / "segments.tsv"),
        }
        for name, found in errors.items():
            if evaluable and record["values"].get(name) is not None:
                called, true = float(record["values"][name]), true_values[name]
                found.append(called - true)
                if round(abs(called - true), 6) > TOLERANCES[name]:
                    told.append((pair, name, f"{called:.3g}, truly {true:.3g}"))
    if not records:
        return [], []
    measures = [
        error_measure(name, "median absolute error", found, TOLERANCES[name])
        for name, found in errors.items()
    ]
    measures.append(share_measure("purity", "quiet genomes not evaluable", left_open, 1))
    return measures, told


def _true_ploidy(truth: Truth, pair: str, called: Path) -> float:
    """Mean true copies of a base that the called segments cover; of the genome where there is no file of them.

    Ends of contigs without targets are a large part of a genome as small as a simulated one, and no exome sees them.
    """
    if not called.is_file():
        return float(truth.rows("purity", pair)[0]["ploidy"])
    copies = length = 0.0
    segments = read_segments(called)
    for row in truth.rows("segments", pair):
        share = float(row["ccf"])
        mean = share * int(row["total_cn"]) + (1 - share) * int(row["base_total_cn"])
        shared = np.minimum(segments.end, int(row["end"])) - np.maximum(segments.start, int(row["start"]))
        covered = float(shared[(segments.chrom == row["chrom"]) & (shared > 0)].sum())
        copies, length = copies + mean * covered, length + covered
    return copies / length if length else math.nan


def _is_changed(truth: Truth, pair: str) -> bool:
    """Whether any clonal copy number differs from two copies, one of each parent."""
    return any((row["total_cn"], row["minor_cn"]) != ("2", "1") for row in truth.rows("segments", pair))


def _copy_number(truth: Truth, folder: Path) -> Findings:
    """Targets with the true total and minor copies, of those with a call and a clonal state."""
    hits: dict[str, list[bool]] = {"total_cn": [], "minor_cn": []}
    n_file = 0
    told: list[Particular] = []
    for pair in truth.planted:
        path = folder / pair / "segments.tsv"
        if not path.is_file() or not truth.targets:
            continue
        n_file += 1
        called = read_segments(path)
        for name, found in hits.items():
            own = list(_agreements(truth, pair, called, name))
            found += own
            if own and sum(own) < TOLERANCES["copy_number"] * len(own):
                told.append((pair, name, f"right over {sum(own)} of {len(own)} targets"))
    measures = [
        share_measure("copy_number", f"targets of the true {name}", found, TOLERANCES["copy_number"])
        for name, found in hits.items()
    ]
    return (measures if n_file else []), told


def _agreements(truth: Truth, pair: str, called: Segments, name: str) -> Iterator[bool]:
    middles = [(start + end) // 2 for _, start, end in truth.targets]
    found = called.at([contig for contig, *_ in truth.targets], middles).tolist()
    values = getattr(called, name)
    rows = truth.rows("segments", pair)
    for (contig, *_), middle, index in zip(truth.targets, middles, found, strict=True):
        row = next(r for r in rows if r["chrom"] == contig and int(r["start"]) <= middle < int(r["end"]))
        if index >= 0 and not math.isnan(values[index]) and float(row["ccf"]) == 1:
            yield bool(values[index] == int(row[name]))


def _signatures(truth: Truth, folder: Path) -> Findings:
    """Mean cosine of the exposures found to those that were drawn, over the evaluable pairs."""
    cosines, told = [], []
    records = _records(truth, folder, "sbs96")
    for pair, record in records.items():
        drawn = {row["signature"]: float(row["exposure"]) for row in truth.rows("signatures", pair)}
        if record["status"] != "ok" or not drawn:
            continue
        values = record["values"]
        cosine = _cosine(drawn, dict(zip(values["signature"], values["exposure"], strict=True)))
        cosines.append(cosine)
        if cosine < TOLERANCES["signatures"]:
            told.append((pair, "signatures", f"cosine of the exposures to the truth {cosine:.2f}"))
    if not records:
        return [], []
    least = TOLERANCES["signatures"]
    mean = sum(cosines) / len(cosines) if cosines else None
    n_ok = sum(cosine >= least for cosine in cosines)
    ok = None if mean is None else mean >= least
    name = "mean cosine of the exposures"
    return [Measure("signatures", name, len(cosines), n_ok, mean, f">= {least:g}", ok)], told


def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    both = sum(share * other.get(name, 0.0) for name, share in one.items())
    size = math.hypot(*one.values()) * math.hypot(*other.values())
    return both / size if size else 0.0


def _clonality(truth: Truth, folder: Path) -> Findings:
    """Planted variants whose 95 % interval holds the true cancer cell fraction; clonal ones told as subclonal."""
    covered: list[bool] = []
    classes: list[bool] = []
    n_file = 0
    for pair, planted in truth.planted.items():
        rows = read_table(folder / pair / "clonality.tsv")
        n_file += rows is not None
        ccf = {(v.contig, str(v.pos), v.ref, v.alt): item.ccf for item in planted for v in [item.variant]}
        for row in rows or ():
            true = ccf.get((row["chrom"], row["start"], row["ref"], row["alt"]))
            if not true:
                continue
            if row["ccf_low"] and row["ccf_high"]:
                # written with six digits
                covered.append(float(row["ccf_low"]) - 1e-6 <= true <= float(row["ccf_high"]) + 1e-6)
            if row["clonality"] in ("clonal", "subclonal"):
                classes.append((row["clonality"] == "clonal") == (true == 1))
    measures = [
        share_measure("clonality", "intervals that hold the true ccf", covered, TOLERANCES["ccf"]),
        share_measure("clonality", "variants of the true class", classes, None),
    ]
    return (measures if n_file else []), []


def _drivers(truth: Truth, folder: Path) -> Findings:
    """Planted alterations that drivers.tsv tells, and those with both copies hit told as such."""
    found, biallelic = [], []
    told: list[Particular] = []
    n_file = 0
    for pair in truth.planted:
        rows = read_table(folder / pair / "drivers.tsv")
        if rows is None:
            continue
        n_file += 1
        called = {row["gene"]: row for row in rows}
        for row in truth.rows("genes", pair):
            hit, both = _HIT[row["event"]]
            own = called.get(row["gene"])
            hits = own["hits"].split(";") if own else []
            found.append(hit in hits)
            if both:
                biallelic.append(own is not None and own["status"] == "biallelic")
            if not found[-1] or (both and not biallelic[-1]):
                shown = f"{own['status']} ({own['hits']})" if own else "not told"
                told.append((pair, row["gene"], f"planted {row['event']}, {shown}"))
    measures = [
        share_measure("drivers", "planted alterations found", found, TOLERANCES["drivers"]),
        share_measure("drivers", "of them biallelic and told so", biallelic, None),
    ]
    return (measures if n_file else []), told


def _records(truth: Truth, folder: Path, definition_id: str) -> dict[str, Mapping[str, Any]]:
    """The record of a definition by pair, of the pairs that have one in any file of `records/`."""
    found = {}
    for pair in truth.planted:
        for path in sorted((folder / pair / "records").glob("*.json")):
            data = read_json(path)
            for record in data if isinstance(data, list) else [data]:
                if record["definition_id"] == definition_id:
                    found[pair] = record
    return found
