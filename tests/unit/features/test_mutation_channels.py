import itertools

import pytest

from wes_biomarkers.features.mutation_channels import (
    CHANNELS,
    DBS78,
    ID83,
    SBS96,
    Substitution,
    changed_runs,
    dbs_channel,
    id_channel,
    indel_parts,
    join_neighbours,
    reverse_complement,
    sbs_channel,
)


def test_there_are_as_many_channels_as_their_names_say():
    assert {kind: len(set(names)) for kind, names in CHANNELS.items()} == {"SBS": 96, "DBS": 78, "ID": 83}


def test_every_substitution_of_every_trinucleotide_has_the_channel_of_its_other_strand():
    seen = []
    for context in map("".join, itertools.product("ACGT", repeat=3)):
        for alt in set("ACGT") - {context[1]}:
            name = sbs_channel(context, alt)
            seen.append(name)
            assert name == sbs_channel(reverse_complement(context), reverse_complement(alt))
    assert sorted(seen) == sorted([*SBS96, *SBS96])


@pytest.mark.parametrize(
    ("context", "alt"), [("ANA", "C"), ("NCA", "T"), ("ACA", "C"), ("AC", "T"), ("ACA", "")]
)
def test_what_is_no_single_base_substitution_has_no_channel(context, alt):
    assert sbs_channel(context, alt) is None


def test_every_doublet_has_the_channel_of_its_other_strand():
    seen = []
    for ref, alt in itertools.product(map("".join, itertools.product("ACGT", repeat=2)), repeat=2):
        name = dbs_channel(ref, alt)
        assert (name is None) == any(a == b for a, b in zip(ref, alt, strict=True))
        if name:
            assert name == dbs_channel(reverse_complement(ref), reverse_complement(alt))
            seen.append(name)
    assert set(seen) == set(DBS78) and len(seen) == 144
    assert dbs_channel("CC", "AN") is None and dbs_channel("CCA", "TTG") is None


#: What, unit, bases before, bases after, channel. The repeats of a deletion are those left beside it.
EXAMPLES = [
    ("Del", "C", "A", "T", "1:Del:C:0"),
    ("Del", "G", "A", "GGT", "1:Del:C:2"),
    ("Del", "A", "AAAAA", "AAAAAC", "1:Del:T:5"),
    ("Ins", "T", "G", "C", "1:Ins:T:0"),
    ("Ins", "T", "G", "TTTTTTTTC", "1:Ins:T:5"),
    ("Ins", "A", "GA", "C", "1:Ins:T:1"),
    ("Del", "CA", "G", "CACAT", "2:Del:R:2"),
    ("Del", "CA", "GCACA", "T", "2:Del:R:2"),
    ("Del", "AC", "GC", "ACAT", "2:Del:R:2"),
    ("Del", "CA", "G", "CT", "2:Del:M:1"),
    ("Del", "CA", "GA", "T", "2:Del:M:1"),
    ("Del", "CA", "G", "TT", "2:Del:R:0"),
    ("Del", "ACGT", "C", "ACGA", "4:Del:M:3"),
    ("Del", "ACGTACG", "T", "ACGTACCC", "5:Del:M:5"),
    ("Del", "ACGTAC", "T", "ACGTACGT", "5:Del:R:1"),
    ("Ins", "CAG", "T", "CAGCAGT", "3:Ins:R:2"),
    ("Ins", "CAG", "T", "CATT", "3:Ins:R:0"),
    ("Ins", "ACGTAA", "T", "GG", "5:Ins:R:0"),
]


@pytest.mark.parametrize(("what", "unit", "before", "after", "name"), EXAMPLES)
def test_indels_by_the_rules_of_alexandrov_2020(what, unit, before, after, name):
    assert id_channel(what, unit, before, after) == name
    assert name in ID83


def test_an_indel_of_unknown_bases_has_no_channel():
    assert id_channel("Del", "AN", "C", "G") is None and id_channel("Ins", "", "C", "G") is None


def test_runs_of_changed_bases():
    def runs(ref, alt):
        return [(run.start, run.ref, run.alt) for run in changed_runs(Substitution("1", 10, ref, alt, 0.5))]

    assert runs("C", "T") == [(10, "C", "T")]
    assert runs("CAC", "TAT") == [(10, "C", "T"), (12, "C", "T")]
    assert runs("ACCG", "ATTG") == [(11, "CC", "TT")]
    assert runs("AC", "AC") == []


def test_neighbours_are_joined_where_their_fractions_allow_it():
    def joined(*variants):
        found = join_neighbours((Substitution(c, s, r, a, v) for c, s, r, a, v in variants), 0.1)
        return [(one.chrom, one.start, one.ref, one.alt) for one in found]

    unknown = float("nan")
    assert joined(("1", 5, "C", "T", 0.3), ("1", 6, "C", "T", 0.38)) == [("1", 5, "CC", "TT")]
    assert joined(("1", 5, "C", "T", 0.3), ("1", 6, "C", "T", unknown)) == [("1", 5, "CC", "TT")]
    assert len(joined(("1", 5, "C", "T", 0.3), ("1", 6, "C", "T", 0.5))) == 2
    assert len(joined(("1", 5, "C", "T", 0.3), ("1", 7, "C", "T", 0.3))) == 2
    assert len(joined(("1", 5, "C", "T", 0.3), ("2", 6, "C", "T", 0.3))) == 2
    assert len(joined(("1", 5, "C", "T", 0.3), ("1", 5, "C", "A", 0.3))) == 2
    three = joined(("1", 5, "CC", "TT", 0.3), ("1", 7, "C", "T", 0.3))
    assert three == [("1", 5, "CCC", "TTT")] and dbs_channel(three[0][2], three[0][3]) is None


def test_shared_bases_are_taken_off_both_ends():
    assert indel_parts("CAAT", "CAT") == (2, "A", "")
    assert indel_parts("A", "ATT") == (1, "", "TT")
    assert indel_parts("ACG", "TCGG") == (0, "AC", "TCG")
