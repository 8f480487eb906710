"""The bundle's gene files: Ensembl-style GFF3 that `bcftools csq` reads, transcripts.tsv and coding.bed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pysam

from wes_biomarkers.contracts.reference import TRANSCRIPT_COLUMNS, Contig
from wes_biomarkers.errors import Fault, ReferenceMismatchError
from wes_biomarkers.features.gene_model import (
    Transcript,
    callable_coding,
    coding_segments,
    untranslated_segments,
)
from wes_biomarkers.io.bed import Interval
from wes_biomarkers.io.files import write_text
from wes_biomarkers.io.tool import run_tool

#: From so many complete coding sequences on, the share that reads as one tells whether the builds agree.
MIN_FRAMES, MIN_FRAME_SHARE = 5, 0.5

_STOPS = frozenset({"TAA", "TAG", "TGA"})
_COMPLEMENT = str.maketrans("ACGTN", "TGCAN")


def _gene_line(members: Sequence[Transcript]) -> str:
    first = members[0]
    start, end = min(t.start for t in members), max(t.end for t in members)
    text = f"ID=gene:{first.gene_id};Name={first.gene_name};biotype={first.gene_biotype}"
    return _line(first, "gene", start, end, ".", text)


def _line(transcript: Transcript, kind: str, start: int, end: int, phase: str, attributes: str) -> str:
    columns = (transcript.contig, ".", kind, start + 1, end, ".", transcript.strand, phase, attributes)
    return "\t".join(map(str, columns))


def transcript_lines(transcript: Transcript) -> list[str]:
    """A transcript and its parts as GFF3 lines (1-based inclusive), without its gene."""
    kind = "mRNA" if transcript.cds else "transcript"
    name = f"transcript:{transcript.transcript_id}"
    head = f"ID={name};Parent=gene:{transcript.gene_id};biotype={transcript.biotype}"
    parent = f"Parent={name}"
    lines = [_line(transcript, kind, transcript.start, transcript.end, ".", head)]
    lines += [_line(transcript, "exon", start, end, ".", parent) for start, end in transcript.exons]
    lines += [
        _line(transcript, "CDS", start, end, str(ph), parent)
        for start, end, ph in coding_segments(transcript)
    ]
    return lines + [
        _line(transcript, kind, a, b, ".", parent) for kind, a, b in untranslated_segments(transcript)
    ]


def write_annotation(path: Path, transcripts: Iterable[Transcript], contigs: Sequence[Contig]) -> None:
    """Write `path` (`.gff3.gz`, bgzip) and its tabix index: sorted by contig and start, parents first."""
    genes: dict[tuple[str, str, str], list[Transcript]] = {}
    for transcript in transcripts:
        genes.setdefault((transcript.contig, transcript.gene_id, transcript.strand), []).append(transcript)
    by_contig: dict[str, list[str]] = {contig.name: [] for contig in contigs}
    for (name, _, _), members in genes.items():
        by_contig[name].append(_gene_line(members))
        for transcript in members:
            by_contig[name] += transcript_lines(transcript)
    plain = path.with_suffix("")
    with open(plain, "w", encoding="utf-8", newline="\n") as handle:
        handle.write("##gff-version 3\n")
        for contig in contigs:
            if by_contig[contig.name]:
                handle.write(f"##sequence-region {contig.name} 1 {contig.length}\n")
        for lines in by_contig.values():
            lines.sort(
                key=lambda line: int(line.split("\t", 4)[3])
            )  # stable: parents stay before their parts
            handle.writelines(line + "\n" for line in lines)
    run_tool(["bgzip", "-f", plain])
    run_tool(["tabix", "-p", "gff", path])


def write_transcripts(
    path: Path, transcripts: Iterable[Transcript], chosen: Mapping[tuple[str, str], Transcript]
) -> None:
    """Write transcripts.tsv, one row a transcript in the annotation's order; flags as 0 and 1, unknown empty."""
    rows = ["\t".join(TRANSCRIPT_COLUMNS)]
    for t in transcripts:
        is_chosen = chosen.get((t.contig, t.gene_id)) is t
        cells = (
            t.gene_id,
            t.gene_name,
            t.transcript_id,
            t.biotype,
            int(is_chosen),
            int(t.is_mane),
            t.cds_length,
            "" if t.protein_length is None else t.protein_length,
        )
        rows.append("\t".join(map(str, cells)))
    write_text(path, "\n".join(rows) + "\n")


def write_coding(path: Path, chosen: Iterable[Transcript], contigs: Sequence[Contig]) -> list[Interval]:
    """Write coding.bed (contig, start, end, gene_name, transcript_id), sorted, and return its intervals.

    Coding sequence of the chosen transcripts with the splice-site bases of `callable_coding`.
    """
    rank = {contig.name: index for index, contig in enumerate(contigs)}
    rows = []
    for t in chosen:
        for start, end in callable_coding(t, contigs[rank[t.contig]].length):
            rows.append((rank[t.contig], start, end, t.contig, t.gene_name, t.transcript_id))
    rows.sort()
    write_text(path, "".join(f"{c}\t{start}\t{end}\t{gene}\t{t}\n" for _, start, end, c, gene, t in rows))
    return [Interval(c, start, end) for _, start, end, c, _, _ in rows]


def spliced_coding(transcript: Transcript, genome: pysam.FastaFile) -> str:
    """Its coding sequence, upper case, in the direction of transcription."""
    bases = "".join(str(genome.fetch(transcript.contig, start, end)) for start, end in transcript.cds).upper()
    return bases if transcript.strand == "+" else bases.translate(_COMPLEMENT)[::-1]


def check_frames(chosen: Iterable[Transcript], genome_path: Path, file: Path | str) -> str | None:
    """See that complete coding sequences start with ATG and end with their only stop codon.

    Returns:
        A note on those that do not, or None.

    Raises:
        ReferenceMismatchError: fewer than half of at least five do: the FASTA is of another build or piece.
    """
    complete = [transcript for transcript in chosen if transcript.is_complete]
    odd = []
    with pysam.FastaFile(str(genome_path)) as genome:
        for transcript in complete:
            bases = spliced_coding(transcript, genome)
            codons = [bases[i : i + 3] for i in range(0, len(bases), 3)]
            if codons[0] != "ATG" or codons[-1] not in _STOPS or not _STOPS.isdisjoint(codons[:-1]):
                odd.append(f"{transcript.gene_name} ({transcript.transcript_id})")
    if not odd:
        return None
    names = ", ".join(odd[:5]) + (", ..." if len(odd) > 5 else "")
    if len(complete) >= MIN_FRAMES and len(odd) > MIN_FRAME_SHARE * len(complete):
        rule = (
            f"the sequence disagrees: {len(odd)} of {len(complete)} coding sequences do not read from a "
            f"start to a stop codon in this FASTA ({names})"
        )
        raise ReferenceMismatchError(
            [Fault(rule, "Use the annotation of the FASTA's build.", file=str(file))]
        )
    return (
        f"annotation: {len(odd)} of {len(complete)} chosen coding sequences do not read from ATG to one stop "
        f"codon in this FASTA ({names})"
    )
