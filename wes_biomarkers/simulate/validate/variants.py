"""Variant calls and the burden counted from them, against the planted variants."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from wes_biomarkers.io.files import read_json
from wes_biomarkers.simulate.consequence import NONSYNONYMOUS
from wes_biomarkers.simulate.validate.measures import Measure, Particular, share_measure
from wes_biomarkers.simulate.validate.truth import Planted, Truth
from wes_biomarkers.simulate.variants import Variant, normalise

KINDS = ("snv", "indel", "mnv")


@dataclass(frozen=True)
class Call:
    """A called variant in normal form, its FILTER (`PASS` or names), and its evidence (None: unknown)."""

    variant: Variant
    filter: str
    vaf: float | None = None
    n_alt: int | None = None
    n_alt_normal: int | None = None


@dataclass(frozen=True)
class Comparison:
    """One pair's calls against its truth.

    Attributes:
        found: each planted variant found or not.
        filters: the FILTER of each missed variant's call, or `not called`.
        false_calls: passing calls that nobody planted.
        excused: passing calls at microsatellites whose length truly changed.
    """

    found: Mapping[Planted, bool]
    filters: Mapping[Planted, str]
    false_calls: tuple[Call, ...]
    excused: tuple[Call, ...] = ()


@dataclass(frozen=True)
class Recount:
    """A pair's burden: the numerator by the truth's consequences, and the published one (None: none)."""

    own: int
    published: int | None


def substitutions(variant: Variant) -> frozenset[Variant]:
    """The single-base changes of a substitution; an indel is itself.

    >>> sorted(v.pos for v in substitutions(Variant("x", 4, "AC", "GT")))
    [4, 5]
    """
    if variant.kind == "indel":
        return frozenset({variant})
    return frozenset(
        Variant(variant.contig, variant.pos + i, ref, alt)
        for i, (ref, alt) in enumerate(zip(variant.ref, variant.alt, strict=True))
        if ref != alt
    )


def compare_calls(
    planted: Iterable[Planted],
    calls: Iterable[Call],
    is_unstable: Callable[[Variant], bool] = lambda _: False,
) -> Comparison:
    """Match calls with truth by their base changes, so that an MNV may be called whole or base by base.

    `is_unstable` tells of a variant at a microsatellite that truly changed: a call there is neither hit nor false.
    """
    planted, calls = tuple(planted), tuple(calls)
    passing = [call for call in calls if call.filter == "PASS"]
    called = {change for call in passing for change in substitutions(call.variant)}
    true = {change for item in planted for change in substitutions(item.variant)}
    why: dict[Variant, str] = {}
    for call in calls:
        if call.filter != "PASS":
            why.update(dict.fromkeys(substitutions(call.variant), call.filter))
    found = {item: substitutions(item.variant) <= called for item in planted}
    filters = {
        item: next((why[c] for c in sorted(substitutions(item.variant)) if c in why), "not called")
        for item in planted
        if not found[item]
    }
    unplanted = [call for call in passing if not substitutions(call.variant) & true]
    excused = tuple(call for call in unplanted if is_unstable(call.variant))
    false_calls = tuple(call for call in unplanted if not is_unstable(call.variant))
    return Comparison(found, filters, false_calls, excused)


def validate_variants(
    truth: Truth, folder: Path, *, min_sensitivity: float, max_false_calls: int
) -> tuple[list[Measure], list[Particular]]:
    """Sensitivity, false calls and burden of the pairs under `folder`, each with a somatic.vcf.gz."""
    compared: dict[str, Comparison] = {}
    recounts: dict[str, Recount] = {}
    for pair, planted in truth.planted.items():
        patient = truth.patient[pair]
        calls = read_calls(folder / pair / "somatic.vcf.gz", truth.contigs)
        compared[pair] = compare_calls(planted, calls, partial(truth.is_unstable, patient))
        recounts[pair] = Recount(_recount(planted, calls, folder / pair), _published_count(folder / pair))
    measures = _sensitivity(compared.values(), min_sensitivity)
    measures.append(_false_calls(compared, truth.patient, max_false_calls))
    measures.append(_tmb(recounts, compared))
    return measures, list(_particulars(compared, recounts))


def _sensitivity(compared: Iterable[Comparison], least: float) -> list[Measure]:
    pooled = [
        (item.variant.kind, hit) for one in compared for item, hit in one.found.items() if item.eligible
    ]

    def measure(name: str, kinds: tuple[str, ...], tolerance: float | None) -> Measure:
        """Share of the variants of these kinds that were found."""
        hits = [hit for kind, hit in pooled if kind in kinds]
        return share_measure("variant", f"sensitivity {name}", hits, tolerance)

    return [measure(kind, (kind,), None) for kind in KINDS] + [measure("snv and indel", KINDS[:2], least)]


def _false_calls(compared: Mapping[str, Comparison], patient: Mapping[str, str], most: int) -> Measure:
    by_patient: dict[str, set[Variant]] = {patient[pair]: set() for pair in compared}
    for pair, one in compared.items():
        by_patient[patient[pair]] |= {call.variant for call in one.false_calls}
    counts = [len(calls) for calls in by_patient.values()]
    n_ok = sum(count <= most for count in counts)
    worst = float(max(counts, default=0))
    return Measure(
        "variant", "most false calls a patient", len(counts), n_ok, worst, f"<= {most}", worst <= most
    )


def _tmb(recounts: Mapping[str, Recount], compared: Mapping[str, Comparison]) -> Measure:
    """Pairs whose TMB numerator is the recount, up to calls whose class truth cannot know: false and excused ones."""
    hits = [
        0 <= count.published - count.own <= len(compared[pair].false_calls) + len(compared[pair].excused)
        for pair, count in recounts.items()
        if count.published is not None
    ]
    return share_measure("tmb", "pairs equal to a recount", hits, 1)


def _particulars(compared: Mapping[str, Comparison], recounts: Mapping[str, Recount]) -> Iterable[Particular]:
    for pair, one in compared.items():
        for item, reason in one.filters.items():
            if item.eligible:
                reads = f"{item.n_alt} of {item.n_alt + item.n_ref} reads"
                yield pair, _name(item.variant), f"missed: {reason} ({reads})"
        for call in one.false_calls:
            yield pair, _name(call.variant), "false call"
    for pair, count in recounts.items():
        if count.published is not None and count.own != count.published:
            excused = len(compared[pair].excused)
            beside = f", {excused} calls at unstable microsatellites" if excused else ""
            yield pair, "tmb", f"counted {count.published}, recount {count.own}{beside}"


def _name(variant: Variant) -> str:
    return f"{variant.contig}:{variant.pos + 1}:{variant.ref}>{variant.alt}"


def read_calls(path: Path | str, contigs: Mapping[str, str]) -> list[Call]:
    """All calls of a somatic VCF, one an alternate allele, left-aligned on the genome."""
    import cyvcf2

    vcf = cyvcf2.VCF(str(path))
    header = dict(
        line[2:].split("=", 1)
        for line in vcf.raw_header.splitlines()
        if line.startswith(("##tumor_sample=", "##normal_sample="))
    )
    tumor = vcf.samples.index(header["tumor_sample"]) if header.get("tumor_sample") in vcf.samples else None
    normal = (
        vcf.samples.index(header["normal_sample"]) if header.get("normal_sample") in vcf.samples else None
    )
    calls = []
    for record in vcf:
        depths = record.format("AD")
        for rank, alt in enumerate(record.ALT, 1):
            if not set(alt) <= set("ACGT"):
                continue
            raw = Variant(record.CHROM, record.POS - 1, record.REF, alt)
            n_alt = vaf = n_alt_normal = None
            if depths is not None and tumor is not None:
                n_alt = int(depths[tumor][rank])
                fractions = record.format("AF")
                vaf = None if fractions is None else float(fractions[tumor][rank - 1])
            if depths is not None and normal is not None:
                n_alt_normal = int(depths[normal][rank])
            variant = normalise(contigs[raw.contig], raw) if raw.contig in contigs else raw
            calls.append(Call(variant, record.FILTER or "PASS", vaf, n_alt, n_alt_normal))
    return calls


def _recount(planted: Iterable[Planted], calls: Iterable[Call], folder: Path) -> int:
    """The `wes_nonsyn` numerator by the truth's consequences.

    Passing calls over callable target bases with VAF >= .05, alternate reads >= 3, and <= 3 in the normal.
    """
    harmful = {
        change
        for item in planted
        if item.consequence in NONSYNONYMOUS
        for change in substitutions(item.variant)
    }
    callable_bases = _read_bed(folder / "callable.bed.gz")
    return sum(
        bool(substitutions(call.variant) & harmful)
        and (call.vaf is None or call.vaf >= 0.05)
        and (call.n_alt is None or call.n_alt >= 3)
        and (call.n_alt_normal is None or call.n_alt_normal <= 3)
        and any(
            start < call.variant.end and call.variant.pos < end
            for start, end in callable_bases.get(call.variant.contig, ())
        )
        for call in calls
        if call.filter == "PASS"
    )


def _read_bed(path: Path) -> dict[str, list[tuple[int, int]]]:
    spans: dict[str, list[tuple[int, int]]] = {}
    if path.is_file():
        for line in gzip.decompress(path.read_bytes()).decode().splitlines():
            contig, start, end, *_ = line.split("\t")
            spans.setdefault(contig, []).append((int(start), int(end)))
    return spans


def _published_count(folder: Path) -> int | None:
    """The mutation count of the pair's `wes_nonsyn` record, None where there is none."""
    path = folder / "records" / "tmb.json"
    if not path.is_file():
        return None
    for record in read_json(path):
        if record["definition_id"] == "wes_nonsyn" and record["status"] == "ok":
            count = record["values"].get("n_mutation")
            return None if count is None else int(count)
    return None
