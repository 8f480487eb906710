"""The HLA types of a person: which source counts, where sources disagree, and the record of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from wes_biomarkers.contracts.hla import LOCI, LOCI_CLASS_I, Allele, number_order
from wes_biomarkers.contracts.record import Record
from wes_biomarkers.features.hla_diversity import Diversity, diversity_values

DEFINITION = "wes_hla"
#: Where types come from: our own typing of the normal, or of the tumour for want of it; the rest are given.
SOURCES: tuple[str, ...] = ("typed", "tumor", "sheet", "optitype", "arcashla", "hlahd", "lilac")
CONFIDENCES: tuple[str, ...] = ("high", "low")


@dataclass(frozen=True)
class LocusType:
    """The two alleles of one locus, and what is known of how they were found.

    Attributes:
        locus: one of `LOCI`.
        allele_1, allele_2: None where unknown; equal where homozygous. Alleles keep the fields they came with.
        n_read: reads (pairs) of the locus, of each allele alone, and of both alike.
        second_1, second_2: the next best pair of alleles.
        margin: by how much the best pair's log posterior exceeds the next best's.
        ambiguity_1, ambiguity_2: alleles that the reads cannot tell from each.
        confidence: high, low, or empty where not known.
        status: ok or not_evaluable, and then `reason` says why.
        source: one of `SOURCES`.
    """

    locus: str
    allele_1: Allele | None = None
    allele_2: Allele | None = None
    n_read: int | None = None
    n_read_1: int | None = None
    n_read_2: int | None = None
    n_read_shared: int | None = None
    second_1: Allele | None = None
    second_2: Allele | None = None
    margin: float | None = None
    ambiguity_1: tuple[Allele, ...] = ()
    ambiguity_2: tuple[Allele, ...] = ()
    confidence: str = ""
    status: str = "ok"
    reason: str = ""
    source: str = "typed"

    @property
    def alleles(self) -> tuple[Allele, Allele] | None:
        """Both alleles; None where the locus is not evaluable or one of them is unknown."""
        if self.status != "ok" or self.allele_1 is None or self.allele_2 is None:
            return None
        return self.allele_1, self.allele_2

    @property
    def homozygous(self) -> bool | None:
        """Whether both alleles are one protein; None where unknown."""
        return None if self.alleles is None else self.alleles[0].two_field == self.alleles[1].two_field


#: Types by locus.
Types = Mapping[str, LocusType]


@dataclass(frozen=True)
class Conflict:
    """Two sources that name different alleles of a locus.

    Attributes:
        locus: where.
        kind: `typed` (the types given are not those of the normal's reads), `tumor` (the tumour's reads show an
            allele that the person does not have) or `lost` (the tumour's reads show one of two alleles only,
            which loss of the other explains).
        chosen, other: the alleles that count, and those of the other source.
    """

    locus: str
    kind: str
    chosen: tuple[Allele, ...]
    other: tuple[Allele, ...]

    def __str__(self) -> str:
        chosen, other = ("/".join(map(str, alleles)) for alleles in (self.chosen, self.other))
        return f"{self.locus} {self.kind}: {chosen} chosen, {other} found"


@dataclass(frozen=True)
class Labels:
    """Whose record it is, of a sample or a pair, and the provenance to carry along."""

    patient_id: str
    sample_id: str = ""
    pair_id: str = ""
    provenance: Mapping[str, Any] = field(default_factory=dict)


def types_of(alleles: Iterable[Allele], source: str = "sheet") -> dict[str, LocusType]:
    """Types from alleles in any order.

    One allele of a locus: the other is unknown, and so is the locus; homozygous types name it twice.

    Raises:
        ValueError: more than two alleles of a locus.
    """
    by_locus: dict[str, list[Allele]] = {}
    for allele in alleles:
        by_locus.setdefault(allele.locus, []).append(allele)
    if many := [locus for locus, found in by_locus.items() if len(found) > 2]:
        raise ValueError(f"more than two alleles of {', '.join(many)}")
    return {
        locus: _given(locus, sorted(by_locus[locus], key=number_order), source)
        for locus in LOCI
        if locus in by_locus
    }


def _given(locus: str, alleles: Sequence[Allele], source: str) -> LocusType:
    if len(alleles) == 1:
        reason = "one allele given: a homozygous type names it twice"
        return LocusType(locus, alleles[0], status="not_evaluable", reason=reason, source=source)
    first, second = alleles
    return LocusType(locus, first, second, source=source)


def choose_types(
    normal: Types | None, tumor: Types | None = None, given: Types | None = None
) -> tuple[dict[str, LocusType], tuple[Conflict, ...]]:
    """The types that count: those given, else those of the normal's reads, else those of the tumour's.

    Args:
        normal, tumor: typings from reads; None where there are none.
        given: types of the samplesheet or of another program.

    Returns:
        Every locus that a source names, in the order of `LOCI`; and where sources disagree. Alleles are compared
        at two fields; those that reads cannot tell apart agree.
    """
    sources = [source for source in (given, normal, tumor) if source]
    chosen: dict[str, LocusType] = {}
    conflicts: list[Conflict] = []
    for locus in LOCI:
        found = [source[locus] for source in sources if locus in source]
        if not found:
            continue
        best = next((known for known in found if known.alleles), found[0])
        lone = given.get(locus) if given else None
        if lone is not None and lone is not best and not _holds(best, lone):
            conflicts.append(_conflict("typed", best, lone))
        chosen[locus] = replace(best, source="tumor") if tumor and best is tumor.get(locus) else best
        if normal and (own := normal.get(locus)) and own is not best and _differ(best, own):
            conflicts.append(_conflict("typed", best, own))
        if tumor and (own := tumor.get(locus)) and own is not best and (kind := _tumor_kind(best, own)):
            conflicts.append(_conflict(kind, best, own))
    return chosen, tuple(conflicts)


def _holds(best: LocusType, lone: LocusType) -> bool:
    """Whether a type holds the one allele that was given of its locus, or none was."""
    one = lone.allele_1 or lone.allele_2
    return one is None or not best.alleles or any(one.two_field in group for group in _groups(best))


def _conflict(kind: str, best: LocusType, other: LocusType) -> Conflict:
    known = tuple(allele for allele in (other.allele_1, other.allele_2) if allele is not None)
    return Conflict(best.locus, kind, best.alleles or (), other.alleles or known)


def _groups(of: LocusType) -> list[frozenset[Allele]]:
    """Proteins that each of the two alleles may be."""
    pairs = zip(of.alleles or (), (of.ambiguity_1, of.ambiguity_2), strict=False)
    return [frozenset(allele.two_field for allele in (own, *others)) for own, others in pairs]


def _differ(a: LocusType, b: LocusType) -> bool:
    """Whether both are known and cannot be the same two proteins."""
    left, right = _groups(a), _groups(b)
    if not left or not right:
        return False
    straight = left[0] & right[0] and left[1] & right[1]
    return not (straight or (left[0] & right[1] and left[1] & right[0]))


def _tumor_kind(best: LocusType, tumor: LocusType) -> str:
    """How a tumour's typing differs from the person's types; empty where it does not."""
    if not _differ(best, tumor):
        return ""
    own = frozenset().union(*_groups(best))
    return "lost" if all(group & own for group in _groups(tumor)) else "tumor"


def hla_record(types: Types, conflicts: Sequence[Conflict], labels: Labels, diversity: Diversity) -> Record:
    """The types of a person as a record; its main value is the evolutionary divergence of class I.

    Args:
        types, conflicts: as `choose_types` gives them.
        labels: whose they are.
        diversity: binding domains and tables for what is derived from the types.
    """
    pairs = {locus: types[locus].alleles for locus in LOCI if locus in types}
    values: dict[str, Any] = {}
    for locus in LOCI:
        names = [str(allele.two_field) for allele in pairs.get(locus) or ()] or ["", ""]
        values |= {
            f"hla_{locus.lower()}_{number}": name or None for number, name in enumerate(names, start=1)
        }
    known = {locus: pair for locus, pair in pairs.items() if pair}
    values |= diversity_values(known, diversity)
    values |= {"hla_source": sorted({types[locus].source for locus in known}) or None}
    values |= {"hla_conflicts": list(map(str, conflicts)) or None}
    common: dict[str, Any] = {
        "patient_id": labels.patient_id,
        "sample_id": labels.sample_id,
        "pair_id": labels.pair_id,
        "feature": "hla",
        "definition_id": DEFINITION,
        "flags": _flags(types, known, conflicts),
        "values": values,
        "provenance": labels.provenance,
    }
    reason = "; ".join(f"{t.locus}: {t.reason}" for t in types.values() if t.alleles is None and t.reason)
    if known:
        return Record(**common, status="ok", reason=reason)
    return Record(**common, status="not_evaluable", reason=reason or "no HLA type is given or was typed")


def _flags(types: Types, known: Mapping[str, Any], conflicts: Sequence[Conflict]) -> tuple[str, ...]:
    kinds = {conflict.kind for conflict in conflicts}
    used = [types[locus] for locus in known]
    alleles = [allele for locus in used for allele in locus.alleles or ()]
    found = {
        "hla_conflict": "typed" in kinds,
        "hla_from_tumor": any(locus.source == "tumor" for locus in used),
        "hla_incomplete": bool(known) and not known.keys() >= set(LOCI_CLASS_I),
        "hla_low_confidence": any(locus.confidence == "low" for locus in used),
        "hla_tumor_differs": "tumor" in kinds,
        "synthetic_hla": any(allele.synthetic for allele in alleles),
    }
    return tuple(flag for flag, applies in found.items() if applies)
