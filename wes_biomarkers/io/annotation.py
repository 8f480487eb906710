"""Gene annotation of any common make (GFF3 or GTF of Ensembl, GENCODE, NCBI; plain GTF) as transcripts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from wes_biomarkers.errors import Fault, InputError, ReferenceMismatchError
from wes_biomarkers.features.gene_model import CODING_BIOTYPE, Segment, Transcript, join_segments
from wes_biomarkers.io.bed import Interval, unknown_contigs
from wes_biomarkers.io.lines import FaultList, read_lines

_PARTS = frozenset({"exon", "CDS", "stop_codon"})
_GTF_ATTRIBUTE = re.compile(r'([A-Za-z_]\w*)\s+"?([^";]*)"?\s*(?:;|$)')
_PREFIX = re.compile(r"^(?:gene:|transcript:|gene-|rna-)")

#: What csq's `|`, `&` and `,` separated fields and GFF3 attributes cannot carry.
_UNSAFE = re.compile(r"[^A-Za-z0-9_.:+()/'-]")

#: NCBI's names of transcript classes -> Ensembl's.
_BIOTYPES = {"mRNA": CODING_BIOTYPE, "lnc_RNA": "lncRNA", "primary_transcript": "miRNA"}

#: Contigs read with another genetic code; csq knows the standard one alone.
MITOCHONDRIA = frozenset({"MT", "M", "chrM", "chrMT", "NC_012920.1"})


class _Row(NamedTuple):
    contig: str
    source: str
    kind: str
    start: int
    end: int
    strand: str
    phase: str
    attributes: dict[str, str]


@dataclass(slots=True)
class _Node:
    """A gene or transcript line, or what its parts say of it."""

    kind: str = ""
    parent: str | None = None
    name: str = ""
    biotype: str = ""
    tags: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Parts:
    exons: set[Segment] = field(default_factory=set)
    cds: dict[Segment, int] = field(default_factory=dict)
    stop: set[Segment] = field(default_factory=set)


@dataclass(frozen=True)
class Annotation:
    """Transcripts sorted by contig (the genome's order) and position, and notes on what was left out."""

    transcripts: tuple[Transcript, ...]
    notes: tuple[str, ...]


def _attributes(text: str) -> dict[str, str]:
    """Attributes of a GFF3 or GTF line; GTF's repeated `tag` becomes a comma list."""
    head = text.lstrip()[:64]
    if re.match(r'[A-Za-z_]\w*\s+"|[A-Za-z_]\w*\s+[^=;]+;', head):
        found: dict[str, str] = {}
        for key, value in _GTF_ATTRIBUTE.findall(text):
            found[key] = f"{found[key]},{value}" if key == "tag" and key in found else value
        return found
    pairs = (part.partition("=") for part in text.strip().strip(";").split(";"))
    return {key.strip(): value.strip() for key, _, value in pairs}


def _first(attributes: Mapping[str, str], *keys: str) -> str:
    return next((unquote(attributes[key]) for key in keys if attributes.get(key)), "")


def _tags(attributes: Mapping[str, str]) -> frozenset[str]:
    text = unquote(attributes.get("tag", ""))
    return frozenset(tag.strip().replace(" ", "_") for tag in text.split(",") if tag.strip())


class _Collector:
    """Gathers lines in any order; parents may come after their parts."""

    def __init__(self) -> None:
        self.nodes: dict[str, _Node] = {}
        self.parts: dict[tuple[str, str, str], _Parts] = {}

    def add(self, row: _Row) -> None:
        """Take in one line of either format."""
        if "ID" in row.attributes or "Parent" in row.attributes:
            self._add_gff3(row)
        else:
            self._add_gtf(row)

    def _add_gff3(self, row: _Row) -> None:
        attributes = row.attributes
        parents = [unquote(parent) for parent in attributes.get("Parent", "").split(",") if parent]
        if row.kind in _PARTS:
            for parent in parents:
                self._add_part(parent, row)
        elif "ID" in attributes:
            self.nodes[unquote(attributes["ID"])] = _Node(
                kind=row.kind,
                parent=parents[0] if parents else None,
                name=_first(attributes, "gene_name", "Name", "gene"),
                biotype=_first(
                    attributes,
                    "biotype",
                    *(("transcript_type",) if parents else ()),
                    "gene_biotype",
                    "gene_type",
                ),
                tags=_tags(attributes),
            )

    def _add_gtf(self, row: _Row) -> None:
        attributes = row.attributes
        gene, transcript = attributes.get("gene_id", ""), attributes.get("transcript_id", "")
        if gene and (row.kind == "gene" or f"gene:{gene}" not in self.nodes):
            biotype = _first(attributes, "gene_biotype", "gene_type")
            name = _first(attributes, "gene_name", "gene")
            self.nodes[f"gene:{gene}"] = _Node("gene", None, name, biotype)
        if not transcript or row.kind == "gene":
            return
        key = f"transcript:{transcript}"
        if row.kind == "transcript" or key not in self.nodes:
            biotype = _first(attributes, "transcript_biotype", "transcript_type")
            if not biotype and row.source in (CODING_BIOTYPE, "nonsense_mediated_decay"):  # Ensembl before 75
                biotype = row.source
            self.nodes[key] = _Node("", f"gene:{gene or transcript}", "", biotype, _tags(attributes))
        if row.kind in _PARTS:
            self._add_part(key, row)

    def _add_part(self, parent: str, row: _Row) -> None:
        parts = self.parts.setdefault((row.contig, row.strand, parent), _Parts())
        segment = (row.start, row.end)
        if row.kind == "exon":
            parts.exons.add(segment)
        elif row.kind == "CDS":
            parts.cds[segment] = int(row.phase) if row.phase in ("0", "1", "2") else 0
        else:
            parts.stop.add(segment)

    def root(self, key: str) -> str:
        """The id at the top of a chain of parents."""
        seen = {key}
        while (node := self.nodes.get(key)) is not None and node.parent and node.parent not in seen:
            key = node.parent
            seen.add(key)
        return key


def _unique(name: str, used: set[str]) -> str:
    safe = _UNSAFE.sub("_", _PREFIX.sub("", name)) or "unnamed"
    while safe in used:
        safe += "_2"
    used.add(safe)
    return safe


def _assemble(collected: _Collector, notes: Counter[str]) -> list[Transcript]:
    transcripts, used = [], set[str]()
    gene_ids, used_genes = dict[tuple[str, str, str], str](), set[str]()
    for (contig, strand, key), parts in collected.parts.items():
        if strand not in ("+", "-"):
            notes["transcripts without a strand"] += 1
            continue
        segments = sorted(parts.cds)
        if any(left[1] > right[0] for left, right in pairwise(segments)):
            notes["transcripts whose coding segments overlap (ribosomal slippage)"] += 1
            continue
        node = collected.nodes.get(key, _Node())
        gene_key = collected.root(key)
        gene = collected.nodes.get(gene_key, _Node())
        cds = join_segments([*segments, *parts.stop]) if segments else ()
        biotype = (
            _BIOTYPES.get(node.biotype, node.biotype)
            or _BIOTYPES.get(node.kind)
            or gene.biotype
            or (CODING_BIOTYPE if cds else node.kind or "processed_transcript")
        )
        gene_id = gene_ids.get((contig, strand, gene_key)) or _unique(gene_key, used_genes)
        gene_ids[contig, strand, gene_key] = gene_id
        first = segments[0 if strand == "+" else -1] if segments else None
        transcripts.append(
            Transcript(
                transcript_id=_unique(key, used),
                gene_id=gene_id,
                gene_name=_UNSAFE.sub("_", gene.name) or gene_id,
                gene_biotype=_UNSAFE.sub("_", gene.biotype or biotype),
                biotype=_UNSAFE.sub("_", biotype),
                contig=contig,
                strand=strand,
                exons=join_segments([*parts.exons, *cds]) or join_segments(parts.stop),
                cds=cds,
                phase=parts.cds[first] if first else 0,
                tags=node.tags,
            )
        )
    return transcripts


def _parse(line: str) -> _Row | None:
    words = line.split("\t")
    if len(words) != 9 or not (words[3].isdigit() and words[4].isdigit()):
        return None
    start, end = int(words[3]) - 1, int(words[4])
    if not 0 <= start < end:
        return None
    return _Row(words[0], words[1], words[2], start, end, words[6], words[7], _attributes(words[8]))


def _feature_name(row: _Row) -> str:
    attributes = row.attributes
    name = _first(attributes, "ID", "transcript_id", "gene_id", "Parent", "Name")
    place = Interval(row.contig, row.start, row.end)
    return f"{row.kind} {name} {place}".replace("  ", " ")


def _region_fault(line: str, row: int, lengths: Mapping[str, int], file: Path | str) -> Fault | None:
    """A `##sequence-region` that makes a whole contig longer than the FASTA's: another build."""
    words = line.split()
    if (
        len(words) == 4
        and words[2] == "1"
        and words[3].isdigit()
        and int(words[3]) > lengths.get(words[1], 1 << 62)
    ):
        rule = f"contig of another length: the FASTA's has {lengths[words[1]]} bases"
        remedy = "Use the annotation of the FASTA's build."
        return Fault(rule, remedy, str(file), row, value=f"{words[1]}:1-{words[3]}")
    return None


def read_annotation(path: Path | str, lengths: Mapping[str, int]) -> Annotation:
    """Transcripts of a GFF3 or GTF (told apart by its attributes), plain or gzip.

    GTF keeps the stop codon outside the CDS: it is joined to it. Contigs the FASTA does not have are dropped
    with a note as long as some match; so are mitochondrial genes (another genetic code), transcripts without
    a strand, and those whose coding segments overlap. Ids keep only characters a BCSQ field can carry.

    Args:
        path: the annotation.
        lengths: contig lengths of the FASTA, by name in its order.

    Raises:
        InputError: malformed lines, or no transcript.
        ReferenceMismatchError: features beyond their contig's end, by name; no contig of the FASTA.
    """
    malformed, beyond = FaultList(path), FaultList(path)
    regions: list[Fault] = []
    collected = _Collector()
    contigs: Counter[str] = Counter()
    for number, line in enumerate(read_lines(path), start=1):
        if line.startswith(("##FASTA", ">")):
            break
        if line.startswith("##sequence-region") and (fault := _region_fault(line, number, lengths, path)):
            regions.append(fault)
        if not line.strip() or line.startswith("#"):
            continue
        row = _parse(line)
        if row is None:
            malformed.add(
                "is not GFF3 or GTF", "Nine tab-separated columns, start <= end.", row=number, value=line[:60]
            )
            continue
        contigs[row.contig] += 1
        length = lengths.get(row.contig)
        if length is None or row.contig in MITOCHONDRIA:
            continue
        if row.end > length:
            rule = f"feature beyond its contig's end ({row.contig} has {length} bases)"
            beyond.add(
                rule,
                "Use the annotation of the FASTA's build and piece.",
                row=number,
                value=_feature_name(row),
            )
        elif not beyond.count:
            collected.add(row)
    if malformed.count:
        raise InputError(malformed.faults())
    if contigs and not any(name in lengths for name in contigs):
        raise ReferenceMismatchError([unknown_contigs(path, list(contigs), list(lengths))])
    if regions or beyond.count:
        raise ReferenceMismatchError([*regions[:20], *beyond.faults()])
    return _finish(collected, contigs, lengths, path)


def _finish(
    collected: _Collector, contigs: Counter[str], lengths: Mapping[str, int], path: Path | str
) -> Annotation:
    dropped: Counter[str] = Counter()
    transcripts = _assemble(collected, dropped)
    if not transcripts:
        raise InputError(
            [Fault("holds no transcript with exons", "Give a GFF3 or GTF of genes.", file=str(path))]
        )
    rank = {name: index for index, name in enumerate(lengths)}
    transcripts.sort(key=lambda t: (rank[t.contig], t.start, t.end, t.transcript_id))
    notes = [f"annotation: {count} {what} left out" for what, count in dropped.items()]
    unknown = [name for name in contigs if name not in lengths]
    if unknown:
        names = ", ".join(unknown[:5]) + (", ..." if len(unknown) > 5 else "")
        notes.append(
            f"annotation: {sum(contigs[name] for name in unknown)} features on {len(unknown)} contigs "
            f"that the FASTA does not have left out ({names})"
        )
    if any(name in lengths and name in MITOCHONDRIA for name in contigs):
        notes.append("annotation: mitochondrial genes left out (another genetic code)")
    return Annotation(tuple(transcripts), tuple(notes))
