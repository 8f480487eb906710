"""The annotation of a VCF: which tool wrote it, and the consequence chosen for each variant.

Read are BCSQ (`bcftools csq`), CSQ (Ensembl VEP) and ANN (SnpEff), one alternate allele a record.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Literal

from wes_biomarkers.features.consequence import most_severe

Source = Literal["BCSQ", "CSQ", "ANN"]

#: Tags in the order they are looked for.
SOURCES: tuple[Source, ...] = ("BCSQ", "CSQ", "ANN")

_FIXED_FIELDS: Mapping[str, tuple[str, ...]] = {
    "BCSQ": ("Consequence", "gene", "transcript", "biotype", "strand", "amino_acid_change", "dna_change"),
    "ANN": (
        "Allele", "Consequence", "Impact", "Gene_Name", "Gene_ID", "Feature_Type", "Feature_ID", "BioType",
        "Rank", "HGVS.c", "HGVS.p",
    ),
}  # fmt: skip

#: Where each tool puts gene, transcript and amino acid change.
_NAMES: Mapping[str, tuple[str, str, str]] = {
    "BCSQ": ("gene", "transcript", "amino_acid_change"),
    "CSQ": ("SYMBOL", "Feature", "HGVSp"),
    "ANN": ("Gene_Name", "Feature_ID", "HGVS.p"),
}

#: Population frequencies VEP may carry; MAX_AF is left out, since it follows the smallest population.
_VEP_FREQUENCIES = ("gnomADe_AF", "gnomADg_AF", "gnomAD_AF")

_rank = itemgetter(1)

Chosen = tuple[str | None, str | None, str | None, str | None, float]
NOTHING: Chosen = (None, None, None, None, float("nan"))


@dataclass(frozen=True)
class Layout:
    """Positions of the fields of one tag; -1 where the tag has no such field."""

    source: Source
    consequence: int
    gene: int
    transcript: int
    change: int
    mane: int
    frequencies: tuple[int, ...]

    @classmethod
    def of(cls, source: Source, description: str) -> Layout:
        """The layout of a tag from the description in its header line (VEP lists its fields there)."""
        match = re.search(r"Format:\s*([^\"]+)", description)
        names = _FIXED_FIELDS.get(source)
        if names is None:
            names = tuple(name.strip() for name in match[1].split("|")) if match else ()
        at = {name: index for index, name in enumerate(names)}
        gene, transcript, change = (at.get(name, -1) for name in _NAMES[source])
        return cls(
            source,
            at.get("Consequence", -1),
            gene,
            transcript,
            change,
            at.get("MANE_SELECT", -1),
            tuple(at[name] for name in _VEP_FREQUENCIES if name in at),
        )


class Chooser:
    """Chooses one consequence for each variant.

    With `transcripts`, only those count (ids with or without version). Without, a gene's MANE Select
    transcript stands for it where VEP names one. What remains gives its most severe, of equals the first.
    """

    def __init__(self, layout: Layout, transcripts: Collection[str] | None = None) -> None:
        self.layout = layout
        self.transcripts = None if transcripts is None else frozenset(map(_unversioned, transcripts))

    @property
    def rule(self) -> str:
        """How transcripts are chosen, in words, for the provenance."""
        if self.transcripts is not None:
            return "chosen transcripts of the reference"
        return "MANE Select where annotated, else most severe" if self.layout.mane >= 0 else "most severe"

    def choose(self, text: str | None) -> Chosen:
        """(gene, transcript, consequence, amino acid change, population frequency) of one variant."""
        if not text:
            return NOTHING
        layout, at = self.layout, self.layout.consequence
        entries = self._eligible(text.split(","))
        frequency = self._frequency(text)
        if not entries:
            return (None, None, None, None, frequency)
        split = [entry.split("|", at + 1) for entry in entries]  # the rest only of the one chosen
        ranked = [most_severe(fields[at] if len(fields) > at else "") for fields in split]
        most = min(ranked, key=_rank)
        best = entries[ranked.index(most)].split("|")
        gene, transcript, change = (
            (best[at] or None) if 0 <= at < len(best) else None
            for at in (layout.gene, layout.transcript, layout.change)
        )
        return (gene, transcript, most[0] or None, change, frequency)

    def _eligible(self, entries: list[str]) -> list[str]:
        at, gene, mane = self.layout.transcript, self.layout.gene, self.layout.mane
        if self.transcripts is not None:
            split = [entry.split("|", at + 1) for entry in entries]
            pairs = zip(entries, split, strict=True)
            return [e for e, f in pairs if len(f) > at and _unversioned(f[at]) in self.transcripts]
        if mane < 0:
            return entries
        split = [entry.split("|", mane + 1) for entry in entries]
        represented = {fields[gene] for fields in split if len(fields) > mane and fields[mane]}
        pairs = zip(entries, split, strict=True)
        return [e for e, f in pairs if len(f) <= mane or f[mane] or f[gene] not in represented]

    def _frequency(self, text: str) -> float:
        if not self.layout.frequencies:
            return float("nan")
        fields = text.split(",", 1)[0].split("|")
        known = [
            number
            for at in self.layout.frequencies
            if at < len(fields) and fields[at]
            for number in map(_number, fields[at].split("&"))
            if number is not None
        ]
        return max(known, default=float("nan"))


def resolve_references(
    texts: Sequence[str | None], chroms: Sequence[str], starts: Sequence[int]
) -> list[str | None]:
    """BCSQ strings in which `@POS` (1-based, same contig) is replaced by what stands at that position.

    A compound change over several records is written once; the other records point to it.
    """
    if not any(text and "@" in text for text in texts):
        return list(texts)
    by_place: dict[tuple[str, int], list[str]] = {}
    for text, chrom, start in zip(texts, chroms, starts, strict=True):
        if text:
            own = [entry for entry in text.split(",") if not entry.lstrip("*").startswith("@")]
            by_place.setdefault((chrom, int(start) + 1), []).extend(own)
    resolved: list[str | None] = []
    for text, chrom in zip(texts, chroms, strict=True):
        if not text or "@" not in text:
            resolved.append(text)
            continue
        entries: list[str] = []
        for entry in text.split(","):
            bare = entry.lstrip("*")
            if bare.startswith("@") and bare[1:].isdigit():
                entries += by_place.get((chrom, int(bare[1:])), [])
            else:
                entries.append(entry)
        resolved.append(",".join(entries) or None)
    return resolved


def _unversioned(transcript: str) -> str:
    head, dot, version = transcript.rpartition(".")
    return head if dot and version.isdigit() else transcript


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
