"""Edits of spliced transcripts, on both strands, and what cannot be one."""

import pytest

from wes_biomarkers.features.gene_model import Transcript
from wes_biomarkers.neoantigens.haplotypes import (
    EXON_BORDER,
    NOT_BASES,
    NOT_IN_EXON,
    SPLICE_SITE,
    Edit,
    Haplotype,
    SplicedTranscript,
    overlap,
    trim,
)
from wes_biomarkers.neoantigens.translation import (
    INCOMPLETE,
    INNER_STOP,
    NO_START,
    NO_STOP,
    read_haplotype,
    translate,
    unfit,
)

#: Two exons of 12 and 15 bases, an intron of 8: ATG GCA TGG | GT....AG | AAA TGT TAA and untranslated ends.
GENOME = "CC" + "AAA" + "ATGGCATGG" + "GTCCCCAG" + "AAATGTTAA" + "TTTTGA" + "GG"
PLUS = Transcript(
    "T", "G", "N", "protein_coding", "protein_coding", "c", "+", ((2, 14), (22, 37)), ((5, 14), (22, 31))
)
PAIR = str.maketrans("ACGT", "TGCA")
TURNED = GENOME.translate(PAIR)[::-1]


def mirrored(start: int, end: int) -> tuple[int, int]:
    return len(GENOME) - end, len(GENOME) - start


MINUS = Transcript(
    "T", "G", "N", "protein_coding", "protein_coding", "c", "-",
    tuple(mirrored(*exon) for exon in reversed(PLUS.exons)), tuple(mirrored(*cds) for cds in reversed(PLUS.cds)),
)  # fmt: skip


def spliced(model: Transcript) -> SplicedTranscript:
    genome = GENOME if model.strand == "+" else TURNED
    return SplicedTranscript(model, lambda start, end: genome[start:end].lower())


def on_strand(key, strand):
    chrom, start, ref, alt = key
    if strand == "+":
        return key
    return chrom, len(GENOME) - start - len(ref), ref.translate(PAIR)[::-1], alt.translate(PAIR)[::-1]


@pytest.mark.parametrize("model", [PLUS, MINUS], ids="+-")
def test_a_transcript_is_the_same_from_either_strand(model):
    transcript = spliced(model)
    assert transcript.sequence == "AAAATGGCATGGAAATGTTAATTTTGA"
    assert (transcript.cds_start, transcript.cds_end) == (3, 21)
    assert unfit(transcript) == ""
    assert read_haplotype(Haplotype(transcript.sequence, ()), 3).protein == "MAWKC"


@pytest.mark.parametrize("model", [PLUS, MINUS], ids="+-")
@pytest.mark.parametrize(
    ("key", "protein"),
    [
        (("c", 9, "C", "G"), "MGWKC"),
        (("c", 9, "CA", "GT"), "MGWKC"),
        (("c", 9, "C", "CCCC"), "MAPWKC"),
        (("c", 7, "GGCA", "G"), "MWKC"),
        (("c", 28, "T", "C"), "MAWKCQF"),
        (("c", 25, "T", "TA"), "MAWK"),
    ],
)
def test_a_variant_changes_the_protein_alike_on_both_strands(model, key, protein):
    transcript = spliced(model)
    edit = transcript.edit(on_strand(key, model.strand))
    assert isinstance(edit, Edit)
    reading = read_haplotype(Haplotype(transcript.sequence, [edit]), transcript.cds_start)
    assert reading.protein == protein


@pytest.mark.parametrize("model", [PLUS, MINUS], ids="+-")
@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (("c", 16, "C", "A"), NOT_IN_EXON),
        (("c", 0, "C", "A"), NOT_IN_EXON),
        (("c", 14, "G", "A"), SPLICE_SITE),
        (("c", 21, "G", "A"), SPLICE_SITE),
        (("c", 12, "GGGT", "G"), EXON_BORDER),
        (("c", 13, "G", "GAC"), EXON_BORDER),
    ],
)
def test_what_is_no_edit_says_why(model, key, reason):
    assert spliced(model).edit(on_strand(key, model.strand)) == reason


@pytest.mark.parametrize("alt", ["<DEL>", "*", "N"])
def test_alleles_that_are_no_bases_say_so(alt):
    assert spliced(PLUS).edit(("c", 9, "C", alt)) == NOT_BASES


@pytest.mark.parametrize("model", [PLUS, MINUS], ids="+-")
@pytest.mark.parametrize(
    ("key", "intron", "term"),
    [
        (("c", 14, "G", "A"), "ATCCCCAG", "splice_donor_variant"),
        (("c", 21, "G", "T"), "GTCCCCAT", "splice_acceptor_variant"),
    ],
)
def test_a_retained_intron_stands_between_its_exons(model, key, intron, term):
    edit = spliced(model).edit(on_strand(key, model.strand), retained_intron=True)
    assert (edit.start, edit.end, edit.alt, edit.term) == (12, 12, intron, term)


def test_places_go_to_the_reference_and_back():
    haplotype = Haplotype(
        "ACGTACGTAC", [Edit(2, 2, "TTT", ("c", 0, "", "")), Edit(5, 8, "G", ("c", 1, "", ""))]
    )
    assert haplotype.sequence == "ACTTTGTAGAC"
    there = [haplotype.to_reference(base) for base in range(len(haplotype.sequence))]
    assert there == [0, 1, None, None, None, 2, 3, 4, 5, 8, 9]
    assert [haplotype.from_reference(base) for base in range(10)] == [0, 1, 5, 6, 7, 8, None, None, 9, 10]
    assert haplotype.first_from(6) == 9
    assert [haplotype.net(base, 0) for base in (1, 2, 7, 8)] == [0, 3, 3, 1]


def test_trim_and_overlap():
    assert trim(("c", 4, "ACGT", "AT")) == (5, "CG", "")
    first, second, third = Edit(2, 5, "A", ("c",)), Edit(4, 6, "", ("c",)), Edit(6, 6, "A", ("c",))
    assert overlap([second, first]) == (first, second)
    assert overlap([first, third]) is None and overlap([second, third]) is None
    assert overlap([third, Edit(6, 6, "C", ("d",))]) is not None


@pytest.mark.parametrize(
    ("coding", "tags", "reason"),
    [
        ("ATGGCATAA", (), ""),
        ("ATGGCATAA", ("cds_start_NF",), INCOMPLETE),
        ("ATGGCATA", (), INCOMPLETE),
        ("CTGGCATAA", (), NO_START),
        ("ATGGCATGG", (), NO_STOP),
        ("ATGTGAGCATAA", (), INNER_STOP),
    ],
)
def test_unfit_transcripts(coding, tags, reason):
    segment = ((0, len(coding)),)
    model = Transcript(
        "T", "G", "N", "protein_coding", "protein_coding", "c", "+", segment, segment, tags=frozenset(tags)
    )  # fmt: skip
    assert unfit(SplicedTranscript(model, lambda start, end: coding[start:end])) == reason


def test_translation_is_that_of_biopython():
    from Bio.Seq import Seq

    bases = "".join(
        a + b + c for a in "ACGTN" for b in "ACGTN" for c in "ACGTN" if a + b + c not in ("TAA", "TAG", "TGA")
    )
    assert translate(bases + "TAGGCA") == str(Seq(bases).translate())
