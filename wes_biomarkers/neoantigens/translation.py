"""Translation of a haplotype, and what makes a transcript unfit for it."""

from __future__ import annotations

from dataclasses import dataclass

from wes_biomarkers.neoantigens.haplotypes import Haplotype, SplicedTranscript

INCOMPLETE = "incomplete CDS"
NO_START = "the CDS does not begin with ATG"
NO_STOP = "transcript without stop codon"
INNER_STOP = "stop codon within the CDS (selenocysteine, or a wrong annotation)"
READS_ON = "no stop codon before the transcript's end"
NO_OTHER_START = "start lost, and no other ATG follows"


@dataclass(frozen=True)
class Reading:
    """The protein of a haplotype up to its stop; `start` is the first base of its first codon in the haplotype.

    `start_lost`: the annotated start is gone, and the first ATG behind it was used. `reason` is empty, or says
    why there is no protein (which is then empty).
    """

    protein: str
    start: int
    start_lost: bool = False
    reason: str = ""


def translate(bases: str) -> str:
    """Amino acids of the whole codons by the standard code, up to and without the first stop (Bio.Seq's results).

    >>> translate("ATGGCNTGAAAA")
    'MA'
    """
    from Bio.Seq import translate as bio_translate

    return str(bio_translate(bases[: len(bases) // 3 * 3], to_stop=True))


def read_haplotype(haplotype: Haplotype, cds_start: int) -> Reading:
    """Translate a haplotype from the reference's start codon at `cds_start`, or from the first ATG behind a lost one."""
    sequence = haplotype.sequence
    start = haplotype.first_from(cds_start)
    lost = sequence[start : start + 3] != "ATG"
    if lost:
        start = sequence.find("ATG", start)
        if start < 0:
            return Reading("", 0, True, NO_OTHER_START)
    coding = sequence[start:]
    protein = translate(coding)
    if 3 * len(protein) + 3 > len(coding):
        return Reading("", start, lost, READS_ON)
    return Reading(protein, start, lost)


def unfit(transcript: SplicedTranscript) -> str:
    """Why a reference transcript cannot be translated, or an empty string."""
    if not transcript.model.is_complete:
        return INCOMPLETE
    coding = transcript.sequence[transcript.cds_start : transcript.cds_end]
    if not coding.startswith("ATG"):
        return NO_START
    if len(coding) != transcript.model.cds_length:
        return INCOMPLETE
    if translate(coding[-3:]):
        return NO_STOP
    return "" if 3 * len(translate(coding)) + 3 == len(coding) else INNER_STOP
