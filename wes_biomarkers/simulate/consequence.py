"""The consequence of a variant on the invented genes, by editing and translating the spliced sequence.

Written apart from the pipeline's annotation, so that truth and result can be compared.
"""

from __future__ import annotations

from wes_biomarkers.simulate.genes import Gene, Transcript
from wes_biomarkers.simulate.genome import Genome
from wes_biomarkers.simulate.sequence import reverse_complement, translate
from wes_biomarkers.simulate.variants import Variant

#: Consequences that change the protein (the numerator of `wes_nonsyn`).
NONSYNONYMOUS = frozenset(
    {
        "missense",
        "stop_gained",
        "stop_lost",
        "start_lost",
        "frameshift",
        "inframe_deletion",
        "inframe_insertion",
        "splice_donor",
        "splice_acceptor",
    }
)


def consequence_of(genome: Genome, variant: Variant) -> tuple[str, str]:
    """(gene id, consequence) on the gene's MANE transcript; ("", "intergenic") outside genes.

    Consequences: those of `NONSYNONYMOUS`, `synonymous`, `utr`, `intron`, `intergenic`. The most severe wins
    where a variant reaches over a border: splice site before coding before UTR before intron.
    """
    first, last = _changed(variant)
    for gene in genome.genes:
        if gene.contig == variant.contig and gene.span.start < last and first < gene.span.end:
            transcript = next(t for t in gene.transcripts if t.mane)
            return gene.gene_id, _on_transcript(genome.contigs[gene.contig], gene, transcript, variant)
    return "", "intergenic"


def _changed(variant: Variant) -> tuple[int, int]:
    """The reference bases that change, 0-based half-open; an insertion's two neighbours."""
    if variant.kind != "indel":
        return variant.pos, variant.end
    if len(variant.ref) > len(variant.alt):
        return variant.pos + len(variant.alt), variant.end
    return variant.pos, variant.pos + 2


def _on_transcript(sequence: str, gene: Gene, transcript: Transcript, variant: Variant) -> str:
    first, last = _changed(variant)
    inserted = len(variant.alt) > len(variant.ref)
    for left, right in zip(transcript.exons, transcript.exons[1:], strict=False):
        sites = ((left.end, left.end + 2, 1), (right.start - 2, right.start, -1))
        for start, end, side in sites:
            if (start < last and first < end) and not (inserted and (last == start + 1 or first == end - 1)):
                return "splice_donor" if side == gene.strand else "splice_acceptor"
    inside = any(part.start < last and first < part.end for part in transcript.coding)
    if inserted:
        inside = any(part.start <= first and last <= part.end for part in transcript.coding)
    if inside:
        return _coding_change(sequence, gene, transcript, variant)
    if any(exon.start < last and first < exon.end for exon in transcript.exons):
        return "utr"
    return "intron"


def _coding_change(sequence: str, gene: Gene, transcript: Transcript, variant: Variant) -> str:
    before = _spliced(sequence, gene, transcript, None)
    after = _spliced(sequence, gene, transcript, variant)
    shift = len(after) - len(before)
    if after[:3] != "ATG":
        return "start_lost"
    if shift % 3:
        return "frameshift"
    old, new = translate(before), translate(after)
    if old == new:
        return "synonymous"
    stop = new.find("*")
    if stop == -1:
        return "stop_lost"
    if stop < len(new) - 1 and stop < len(old) - 1:
        return "stop_gained"
    if shift:
        return "inframe_insertion" if shift > 0 else "inframe_deletion"
    return "missense"


def _spliced(sequence: str, gene: Gene, transcript: Transcript, variant: Variant | None) -> str:
    pieces = []
    for part in transcript.coding:
        piece = sequence[part.start : part.end]
        if variant is not None and part.start < variant.end and variant.pos < part.end:
            prefix = sequence[part.start : variant.pos] if variant.pos > part.start else ""
            cut = max(0, part.start - variant.pos)
            over = max(0, variant.end - part.end)
            alt = variant.alt[cut : len(variant.alt) - over if variant.kind != "indel" else None]
            piece = prefix + alt + sequence[variant.end : part.end]
        pieces.append(piece)
    coding = "".join(pieces)
    return coding if gene.strand > 0 else reverse_complement(coding)
