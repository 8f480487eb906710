"""What holds of a gene's status whatever is found."""

from hypothesis import given, settings
from hypothesis import strategies as st

from wes_biomarkers.features.gene_copies import GeneCopy
from wes_biomarkers.features.gene_status import ALTERED, Gene, Mutation, judge_gene
from wes_biomarkers.features.protein_change import changed_residues

KINDS = st.sampled_from(["hotspot", "truncating", "other"])
MUTATIONS = st.lists(
    st.builds(Mutation, st.just("G"), KINDS, st.just("p.X"), st.just("1"), st.integers(0, 500)), max_size=5
)
CALLS = st.sampled_from(["amplification", "gain", "neutral", "loss", "deep_deletion", None])
COPIES = st.none() | st.builds(
    lambda call, loh: GeneCopy("G", "1", 0, 9, call, "copies", loh, 0.0, 2.0, 1.0, 1.0, 1, 1.0),
    CALLS,
    st.sampled_from([True, False, None]),
)
GENES = st.builds(Gene, st.just("G"), st.sampled_from(["oncogene", "suppressor", "unknown"]))
RANK = {"not_evaluable": 0, "no_mutation": 0, "unaltered": 0, "uncertain": 1, "altered": 2, "biallelic": 3}


@given(GENES, MUTATIONS, COPIES)
def test_status_does_not_depend_on_order(gene, mutations, copies):
    assert judge_gene(gene, mutations, copies).status == judge_gene(gene, mutations[::-1], copies).status


@given(GENES, MUTATIONS, MUTATIONS, COPIES)
def test_more_mutations_never_lower_the_status(gene, some, more, copies):
    fewer, all_ = judge_gene(gene, some, copies), judge_gene(gene, some + more, copies)
    assert RANK[all_.status] >= RANK[fewer.status]


@given(GENES, MUTATIONS, COPIES, st.booleans())
def test_an_altered_gene_has_a_hit_and_roles_keep_apart(gene, mutations, copies, is_covered):
    made = judge_gene(gene, mutations, copies, is_covered=is_covered)
    if made.status in ALTERED:
        assert set(made.hits) - {"loh", "other"}
    assert made.status != "biallelic" or gene.role == "suppressor"
    assert gene.role != "unknown" or made.status not in ALTERED
    assert made.status not in ("unaltered", "no_mutation", "not_evaluable") or not mutations


@given(MUTATIONS)
def test_without_copy_number_nothing_is_called_unaltered(mutations):
    assert judge_gene(Gene("G", "suppressor"), mutations, None).status != "unaltered"


LETTERS = st.sampled_from("ACDEFGHIKLMNPQRSTVWY")


@given(LETTERS, LETTERS, st.integers(1, 5000))
@settings(max_examples=50)
def test_a_substitution_reads_the_same_in_both_notations(before, after, at):
    hgvs = changed_residues(f"p.{before}{at}{after}")
    csq = changed_residues(f"{at}{before}>{at}{after}")
    if before != after:
        assert hgvs == csq
        assert (hgvs.first, hgvs.last, hgvs.reference, hgvs.alternate) == (at, at, before, after)
