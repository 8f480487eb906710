"""What phase sets and fragments say of two variants."""

import pytest

from wes_biomarkers.neoantigens.phase import Fragments, Phase, Relation, Variant, decide

A, B = ("c", 1, "A", "C"), ("c", 9, "G", "T")
SOMATIC, OTHER = Variant(A, True), Variant(B, False)


@pytest.mark.parametrize(
    ("seen", "both_somatic", "relation"),
    [
        (Fragments(5, 0, 20), False, Relation.CIS),  # every fragment with the somatic allele has the other
        (Fragments(0, 5, 20), False, Relation.TRANS),
        (Fragments(3, 3, 0), False, Relation.UNKNOWN),
        (Fragments(1, 0, 0), False, Relation.UNKNOWN),
        (Fragments(4, 20, 0), True, Relation.CIS),  # a subclone on the haplotype of an older variant
        (Fragments(4, 20, 0), False, Relation.TRANS),
        (Fragments(0, 9, 9), True, Relation.TRANS),
    ],
)
def test_fragments(seen, both_somatic, relation):
    assert decide(seen, both_somatic=both_somatic) is relation


def test_genotype_before_sets_before_fragments():
    sets = [{A: ("1", 0)}, {A: ("1", 0), B: ("1", 1)}]
    fragments = {(A, B): Fragments(9, 0, 0)}
    assert Phase(sets, fragments).relation(SOMATIC, OTHER) is Relation.TRANS
    assert Phase((), fragments).relation(SOMATIC, OTHER) is Relation.CIS
    assert Phase().relation(SOMATIC, OTHER) is Relation.UNKNOWN
    assert Phase(sets).relation(SOMATIC, Variant(B, False, True)) is Relation.CIS


def test_sets_of_two_files_are_never_compared():
    assert Phase([{A: ("1", 0)}, {B: ("1", 0)}]).relation(SOMATIC, OTHER) is Relation.UNKNOWN


def test_fragments_are_read_either_way_round():
    phase = Phase((), {(B, A): Fragments(0, 4, 0)})
    assert phase.relation(Variant(A, True), Variant(B, True)) is Relation.UNKNOWN
    phase = Phase((), {(B, A): Fragments(4, 9, 0)})
    assert phase.relation(Variant(A, True), Variant(B, True)) is Relation.CIS
