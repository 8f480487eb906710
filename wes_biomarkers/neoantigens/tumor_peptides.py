"""The mutated peptides of a tumour: all its transcripts, each with the variants that lie in it."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from wes_biomarkers.features.gene_model import Transcript, choose_transcripts
from wes_biomarkers.neoantigens.collapse import collapse
from wes_biomarkers.neoantigens.haplotypes import NOT_IN_EXON, SplicedTranscript
from wes_biomarkers.neoantigens.peptides import PeptideRules, PeptideSet, Skipped
from wes_biomarkers.neoantigens.phase import Phase, Variant
from wes_biomarkers.neoantigens.self_proteome import SelfProteome
from wes_biomarkers.neoantigens.transcript_peptides import Made, transcript_peptides
from wes_biomarkers.neoantigens.translation import translate, unfit

#: (contig, start, end) on the forward strand -> bases.
FetchAny = Callable[[str, int, int], str]


def tumor_peptides(
    transcripts: Sequence[Transcript],
    fetch: FetchAny,
    variants: Sequence[Variant],
    phase: Phase,
    rules: PeptideRules,
    self_proteome: SelfProteome | None = None,
) -> PeptideSet:
    """Peptides of every somatic variant of a tumour, by the protein-coding transcripts of an annotation.

    Of a gene's transcripts those of `rules.chosen` come first, then the one `choose_transcripts` finds, then the
    longer before the shorter.
    A variant outside every exon is skipped once, not once a transcript.
    """
    parts = [
        _of_transcript(transcript, fetch, present, phase, rules)
        for transcript, present in _with_variants(_in_order(transcripts, rules), variants)
    ]
    told = {skip.variant for made in parts for skip in made.skipped if skip.reason != NOT_IN_EXON}
    told |= {peptide.variant for made in parts for peptide in made.peptides}
    for made in parts:
        made.skipped = [skip for skip in made.skipped if skip.reason != NOT_IN_EXON]
    outside = [Skipped(v.key, "", NOT_IN_EXON) for v in variants if v.is_somatic and v.key not in told]
    return collapse([*parts, Made(skipped=outside)], self_proteome)


def reference_proteins(transcripts: Iterable[Transcript], fetch: FetchAny) -> Iterator[tuple[str, str]]:
    """(transcript id, protein) of every protein-coding transcript that can be translated, or in part where it is
    incomplete: pieces of a known frame are the patient's own too.
    """
    for transcript in transcripts:
        if not transcript.is_coding:
            continue
        spliced = SplicedTranscript(transcript, _on(fetch, transcript.contig))
        coding = spliced.sequence[spliced.cds_start : spliced.cds_end]
        if protein := translate(coding[transcript.phase :]):
            yield transcript.transcript_id, protein


def _on(fetch: FetchAny, contig: str) -> Callable[[int, int], str]:
    return lambda start, end: fetch(contig, start, end)


def _in_order(transcripts: Sequence[Transcript], rules: PeptideRules) -> list[Transcript]:
    best = {transcript.transcript_id for transcript in choose_transcripts(transcripts).values()}
    coding = [transcript for transcript in transcripts if transcript.is_coding]

    def rank(transcript: Transcript) -> tuple[bool, bool, int, str]:
        name = transcript.transcript_id
        return name not in rules.chosen, name not in best, -transcript.cds_length, name

    return sorted(coding, key=rank)


def _with_variants(
    transcripts: Iterable[Transcript], variants: Sequence[Variant]
) -> Iterator[tuple[Transcript, list[Variant]]]:
    """Each transcript that has a somatic variant between its ends, with all that lie there, in order."""
    by_contig: dict[str, list[Variant]] = defaultdict(list)
    for variant in sorted(variants, key=lambda variant: variant.key):
        by_contig[variant.key[0]].append(variant)
    starts = {contig: [variant.key[1] for variant in here] for contig, here in by_contig.items()}
    longest = {contig: max(len(variant.key[2]) for variant in here) for contig, here in by_contig.items()}
    for transcript in transcripts:
        contig = transcript.contig
        if contig not in starts:
            continue
        first = bisect_left(starts[contig], transcript.start - longest[contig])
        last = bisect_left(starts[contig], transcript.end)
        present = by_contig[contig][first:last]
        present = [variant for variant in present if variant.key[1] + len(variant.key[2]) > transcript.start]
        if any(variant.is_somatic for variant in present):
            yield transcript, present


def _of_transcript(
    transcript: Transcript, fetch: FetchAny, variants: Sequence[Variant], phase: Phase, rules: PeptideRules
) -> Made:
    spliced = SplicedTranscript(transcript, _on(fetch, transcript.contig))
    reason = unfit(spliced)
    if not reason:
        return transcript_peptides(spliced, variants, phase, rules)
    somatic = [variant.key for variant in variants if variant.is_somatic]
    return Made(
        skipped=[
            Skipped(
                key, transcript.transcript_id, NOT_IN_EXON if spliced.edit(key) == NOT_IN_EXON else reason
            )
            for key in somatic
        ]
    )
