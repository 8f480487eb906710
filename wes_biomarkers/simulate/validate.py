"""Results measured against the truth of a simulated trial: what was found, missed, invented."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.files import read_json, read_text
from wes_biomarkers.simulate.consequence import NONSYNONYMOUS
from wes_biomarkers.simulate.truth import TRUTH_SCHEMA
from wes_biomarkers.simulate.variants import Variant, normalise

#: A planted variant counts where the reads show it this well (issue: 8 alternate reads, VAF .10).
MIN_ALT = 8
MIN_VAF = 0.10
KINDS = ("snv", "indel", "mnv")


@dataclass(frozen=True)
class Planted:
    """A planted variant of one pair and the fragments that show each allele."""

    variant: Variant
    n_ref: int
    n_alt: int
    consequence: str

    @property
    def eligible(self) -> bool:
        """Whether a caller is expected to find it."""
        return self.n_alt >= MIN_ALT and self.n_alt >= MIN_VAF * (self.n_alt + self.n_ref)


@dataclass(frozen=True)
class Call:
    """A called variant in normal form, its FILTER (`PASS` or names), and its evidence (None: unknown)."""

    variant: Variant
    filter: str
    vaf: float | None = None
    n_alt: int | None = None
    n_alt_normal: int | None = None


@dataclass(frozen=True)
class Truth:
    """The planted variants by pair, the patient of each pair, and the genome."""

    planted: Mapping[str, tuple[Planted, ...]]
    patient: Mapping[str, str]
    contigs: Mapping[str, str]


@dataclass(frozen=True)
class Comparison:
    """One pair's calls against its truth: each planted variant found or not, and the false calls."""

    found: Mapping[Planted, bool]
    filters: Mapping[Planted, str]
    """the FILTER of each missed variant's call, or `not called`"""
    false_calls: tuple[Call, ...]


@dataclass(frozen=True)
class Measure:
    """One line of the validation: `n_ok` of `n`, the value, the tolerance if any, and the verdict."""

    biomarker: str
    measure: str
    n: int
    n_ok: int
    value: float | None
    tolerance: str
    ok: bool | None


@dataclass(frozen=True)
class Validation:
    """All measures, and the particulars: (pair, variant, what) of each miss and false call."""

    measures: tuple[Measure, ...]
    particulars: tuple[tuple[str, str, str], ...]

    @property
    def ok(self) -> bool:
        """Whether every measure with a tolerance is inside it."""
        return all(measure.ok is not False for measure in self.measures)


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


def compare_calls(planted: Iterable[Planted], calls: Iterable[Call]) -> Comparison:
    """Match calls with truth by their base changes, so that an MNV may be called whole or base by base."""
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
    false_calls = tuple(call for call in passing if not substitutions(call.variant) & true)
    return Comparison(found, filters, false_calls)


def validate(
    results: Path | str, truth: Path | str, *, min_sensitivity: float = 0.98, max_false_calls: int = 1
) -> Validation:
    """Compare a result folder with a truth folder (`simulate --out` itself, or its `truth/`).

    Tolerances: `min_sensitivity` over eligible SNVs and indels together, at most `max_false_calls` passing
    calls a patient that nobody planted, and a TMB numerator equal to a recount by the truth's consequences.

    Raises:
        InputError: no truth there, no results there, or pairs of the truth without calls.
    """
    known = read_truth(truth)
    folder = Path(results) / "pairs"
    paths = {pair: folder / pair / "somatic.vcf.gz" for pair in known.planted}
    faults = [
        Fault("no calls for a pair of the truth", "Finish the run first.", file=str(path))
        for path in paths.values()
        if not path.is_file()
    ]
    if faults:
        raise InputError(faults)
    compared: dict[str, Comparison] = {}
    recounts: list[tuple[str, int, int | None]] = []
    for pair, planted in known.planted.items():
        calls = read_calls(paths[pair], known.contigs)
        compared[pair] = compare_calls(planted, calls)
        recounts.append((pair, _recount(planted, calls, folder / pair), _published_count(folder / pair)))
    measures = _sensitivity(compared.values(), min_sensitivity)
    measures.append(_false_calls(compared, known.patient, max_false_calls))
    measures.append(_tmb(recounts, compared))
    return Validation(tuple(measures), tuple(_particulars(compared, recounts)))


def _sensitivity(compared: Iterable[Comparison], least: float) -> list[Measure]:
    pooled = [
        (item.variant.kind, hit) for one in compared for item, hit in one.found.items() if item.eligible
    ]

    def measure(name: str, kinds: tuple[str, ...], tolerance: float | None) -> Measure:
        hits = [hit for kind, hit in pooled if kind in kinds]
        value = sum(hits) / len(hits) if hits else None
        ok = None if tolerance is None else value is not None and value >= tolerance
        shown = "" if tolerance is None else f">= {tolerance:g}"
        return Measure("variant", f"sensitivity {name}", len(hits), sum(hits), value, shown, ok)

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


def _tmb(recounts: list[tuple[str, int, int | None]], compared: Mapping[str, Comparison]) -> Measure:
    """Pairs whose TMB numerator is the recount, up to their false calls, whose class truth cannot know."""
    known = [(pair, own, theirs) for pair, own, theirs in recounts if theirs is not None]
    n_ok = sum(0 <= theirs - own <= len(compared[pair].false_calls) for pair, own, theirs in known)
    if not known:
        return Measure("tmb", "pairs equal to a recount", 0, 0, None, "all", None)
    return Measure(
        "tmb", "pairs equal to a recount", len(known), n_ok, n_ok / len(known), "all", n_ok == len(known)
    )


def _particulars(
    compared: Mapping[str, Comparison], recounts: list[tuple[str, int, int | None]]
) -> Iterable[tuple[str, str, str]]:
    for pair, one in compared.items():
        for item, reason in one.filters.items():
            if item.eligible:
                reads = f"{item.n_alt} of {item.n_alt + item.n_ref} reads"
                yield pair, _name(item.variant), f"missed: {reason} ({reads})"
        for call in one.false_calls:
            yield pair, _name(call.variant), "false call"
    for pair, own, theirs in recounts:
        if theirs is not None and own != theirs:
            yield pair, "tmb", f"counted {theirs}, recount {own}"


def _name(variant: Variant) -> str:
    return f"{variant.contig}:{variant.pos + 1}:{variant.ref}>{variant.alt}"


def read_truth(folder: Path | str) -> Truth:
    """The truth of a simulated trial, from its folder or the `truth/` in it.

    Raises:
        InputError: no such truth, or one of another schema.
    """
    base = Path(folder)
    base = base if (base / "truth.json").is_file() else base / "truth"
    data = read_json(base / "truth.json")
    if data.get("schema") != TRUTH_SCHEMA:
        raise InputError(
            [
                Fault(
                    f"schema is not {TRUTH_SCHEMA}",
                    "Simulate again with this version.",
                    file=str(base / "truth.json"),
                )
            ]
        )
    planted: dict[str, list[Planted]] = {}
    patient: dict[str, str] = {}
    for entry in data["patients"]:
        for pair in entry["pairs"]:
            planted[pair["pair_id"]] = []
            patient[pair["pair_id"]] = entry["patient_id"]
    for row in csv.DictReader(io.StringIO(read_text(base / "variants.tsv")), delimiter="\t"):
        variant = Variant(row["chrom"], int(row["pos"]), row["ref"], row["alt"])
        item = Planted(variant, int(row["n_ref"]), int(row["n_alt"]), row["consequence"])
        planted[row["pair_id"]].append(item)
    contigs: dict[str, str] = {}
    for block in read_text(base.parent / "reference" / "genome.fa").split(">")[1:]:
        name, _, bases = block.partition("\n")
        contigs[name.split()[0]] = bases.replace("\n", "")
    return Truth({pair: tuple(items) for pair, items in planted.items()}, patient, contigs)


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
    import gzip

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
