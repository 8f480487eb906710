import pytest

from wes_biomarkers.features.consequence import (
    ALIASES,
    CLASSES,
    SEVERITY,
    counted_terms,
    most_severe,
    protein_change_label,
    short_protein_change,
)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("missense_variant", "missense_variant"),
        ("splice_region_variant&missense_variant", "missense_variant"),
        ("missense&splice_donor", "splice_donor_variant"),
        ("frameshift&stop_retained", "frameshift_variant"),
        ("*missense", "missense_variant"),
        ("*synonymous&splice_region", "synonymous_variant"),
        ("intron_variant&NMD_transcript_variant", "intron_variant"),
        ("missense_variant&NMD_transcript_variant", "missense_variant"),
        ("something_new&intron_variant", "intron_variant"),
        ("something_new", "something_new"),
        ("5_prime_utr", "5_prime_UTR_variant"),
    ],
)
def test_joined_terms_count_by_their_most_severe(text, term):
    assert most_severe(text)[0] == term


def test_every_counted_term_ranks_above_the_weaker_splice_terms():
    region = most_severe("splice_region_variant")[1]
    assert all(most_severe(term)[1] < region for terms in CLASSES.values() for term in terms)


def test_ranks_follow_the_published_order_of_vep():
    order = [
        "splice_acceptor_variant",
        "splice_donor_variant",
        "stop_gained",
        "frameshift_variant",
        "stop_lost",
        "start_lost",
        "inframe_insertion",
        "inframe_deletion",
        "missense_variant",
        "protein_altering_variant",
        "stop_retained_variant",
        "synonymous_variant",
        "coding_sequence_variant",
        "5_prime_UTR_variant",
        "3_prime_UTR_variant",
        "intron_variant",
        "upstream_gene_variant",
        "intergenic_variant",
    ]
    ranks = [most_severe(term)[1] for term in order]
    assert ranks == sorted(ranks) and len(set(ranks)) == len(ranks)
    assert most_severe("no_such_term")[1] > max(ranks)


def test_vocabulary_is_consistent():
    assert len(set(SEVERITY)) == len(SEVERITY)
    assert set().union(*CLASSES.values()) <= set(SEVERITY)
    assert set(ALIASES.values()) <= set(SEVERITY)
    counted = [term for terms in CLASSES.values() for term in terms]
    assert len(counted) == len(set(counted)), "a term belongs to one class"


def test_counts_mix_classes_and_terms():
    assert counted_terms(["nonsense", "splice_region"]) == {"stop_gained", "splice_region_variant"}
    with pytest.raises(KeyError, match="nonsens"):
        counted_terms(["nonsens"])


@pytest.mark.parametrize(
    ("change", "short"),
    [
        ("ENSP00000409316.1:p.Glu11Ter", "p.E11*"),
        ("p.Lys224AsnfsTer19", "p.K224Nfs*19"),
        ("ENSP1:p.Thr190%3D", "p.T190="),
        ("p.(Val600Glu)", "p.V600E"),
        ("600V>600E", "p.V600E"),
        ("12W>12*", "p.W12*"),
        ("190T", "p.T190="),
        ("12AB>12A", None),
        ("7AK..20>7A*", None),
        ("", None),
        (None, None),
    ],
)
def test_short_protein_change(change, short):
    assert short_protein_change(change) == short


@pytest.mark.parametrize(
    ("change", "consequence", "label"),
    [
        ("600V>600E", "missense_variant", "p.V600E"),
        (f"249T{'G' * 300}>249N*", "frameshift_variant", "frameshift 249"),
        ("498KP>498P", "inframe_deletion&splice_region_variant", "inframe deletion 498"),
        (None, "splice_donor_variant", "splice donor"),
        ("498KP>498P", "", "498"),
    ],
)
def test_a_label_is_short(change, consequence, label):
    assert protein_change_label(change, consequence) == label
