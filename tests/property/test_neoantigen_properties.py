"""Invariants of neoantigen burden and ranking over any tumour."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from neoantigen_cases import binding, peptide, tumor

from wes_biomarkers.io.neoantigens import read_rules
from wes_biomarkers.neoantigens.burden import compute_neoantigens, count_burden
from wes_biomarkers.neoantigens.candidates import Facts, best_of_each, pair_up, ranked

RULES = read_rules()
ALLELES = ("A*01:01", "A*02:01", "B*07:02", "B*08:01", "C*07:01", "C*07:02")
RANK = st.one_of(st.sampled_from([0.1, 0.5, 0.6, 2.0, 2.1, 50.0]), st.just(float("nan")))


@st.composite
def tumors(draw):
    """Peptides of some variants with wild types or none, ranks of each for 1 to 6 alleles, and what is known of them."""
    n_allele = draw(st.integers(1, 6))
    alleles = ALLELES[:n_allele]
    n = draw(st.integers(0, 8))
    peptides = [
        peptide(
            f"{'ACDEFGHI'[i]}AAAAAAAL", ("c1", draw(st.integers(1, 4)), "A", "C"),
            draw(st.sampled_from([None, f"{'ACDEFGHI'[i]}CAAAAAAL", f"{'ACDEFGHI'[i]}AAACAAAL"])),
            consequence=draw(st.sampled_from(["missense_variant", "frameshift_variant"])),
        )
        for i in range(n)
    ]  # fmt: skip
    texts = dict.fromkeys([p.sequence for p in peptides] + [p.wildtype for p in peptides if p.wildtype])
    ranks = {text: draw(st.lists(RANK, min_size=n_allele, max_size=n_allele)) for text in texts}
    variants = sorted({p.variant for p in peptides})
    classes = st.sampled_from(["clonal", "subclonal", "indeterminate"])
    facts = Facts(
        clonality=draw(st.one_of(st.none(), st.fixed_dictionaries(dict.fromkeys(variants, classes)))),
        lost=draw(st.one_of(st.none(), st.fixed_dictionaries(dict.fromkeys(alleles, st.sampled_from([True, False, None]))))),
    )  # fmt: skip
    return peptides, ranks, alleles, facts


def counts(peptides, ranks, alleles, facts):
    pairs = pair_up(peptides, {"I": binding(ranks, alleles)}, facts, RULES)
    return count_burden(pairs, peptides, facts)


@given(tumors())
@settings(max_examples=150, deadline=None)
def test_parts_are_no_more_than_the_whole(case):
    found = counts(*case)
    n = found["n_neoantigen"]
    assert n <= len({p.variant for p in case[0]})
    for name in ("strong", "clonal", "frameshift", "hla_loh_adj"):
        part = found[f"n_neoantigen_{name}"]
        assert part is None or 0 <= part <= n


@given(tumors())
@settings(max_examples=100, deadline=None)
def test_another_allele_never_lowers_the_burden(case):
    peptides, ranks, alleles, facts = case
    fewer = {text: values[:-1] for text, values in ranks.items()}
    known = None if facts.lost is None else {name: bool(state) for name, state in facts.lost.items()}
    facts = Facts(clonality=facts.clonality, lost=known)
    less, more = counts(peptides, fewer, alleles[:-1], facts), counts(peptides, ranks, alleles, facts)
    for name, value in less.items():
        if value is not None and more[name] is not None:
            assert value <= more[name], name


@given(tumors())
@settings(max_examples=100, deadline=None)
def test_losing_an_allele_never_raises_the_adjusted_burden(case):
    peptides, ranks, alleles, _ = case
    kept = Facts(lost=dict.fromkeys(alleles, False))
    whole = counts(peptides, ranks, alleles, kept)
    assert whole["n_neoantigen_hla_loh_adj"] == whole["n_neoantigen"]
    lost = Facts(lost=dict.fromkeys(alleles, False) | {alleles[0]: True})
    assert counts(peptides, ranks, alleles, lost)["n_neoantigen_hla_loh_adj"] <= whole["n_neoantigen"]
    gone = Facts(lost=dict.fromkeys(alleles, True))
    assert counts(peptides, ranks, alleles, gone)["n_neoantigen_hla_loh_adj"] == 0


@given(tumors(), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_the_order_does_not_matter(case, chance):
    peptides, ranks, alleles, facts = case
    shuffled = chance.sample(peptides, len(peptides))
    columns = chance.sample(range(len(alleles)), len(alleles))
    turned = {text: [values[i] for i in columns] for text, values in ranks.items()}

    def result(own, own_ranks, own_alleles):
        made = tumor(own, {"I": binding(own_ranks, own_alleles)}, facts=facts)
        pairs = pair_up(own, made.binding, facts, RULES)
        rows = best_of_each(pairs, own).tolist()
        chosen = [
            (own[pairs["peptide"][r]].sequence, own[pairs["peptide"][r]].variant, pairs["molecule"][r])
            for r in rows
        ]
        return dict(compute_neoantigens(made, pairs).values), chosen

    assert result(peptides, ranks, alleles) == result(shuffled, turned, tuple(alleles[i] for i in columns))


@given(tumors())
@settings(max_examples=100, deadline=None)
def test_each_variant_stands_once_and_in_order(case):
    peptides, ranks, alleles, facts = case
    pairs = pair_up(peptides, {"I": binding(ranks, alleles)}, facts, RULES)
    rows = best_of_each(pairs, peptides)
    variants = [peptides[i].variant for i in pairs["peptide"][rows]]
    assert sorted(variants) == sorted({p.variant for p in peptides})
    assert (np.diff(pairs["tier"][rows]) >= 0).all()
    assert len(ranked(pairs, peptides)) == len(peptides) * len(alleles)
    best = {}
    for row in range(len(pairs["tier"])):
        variant = peptides[pairs["peptide"][row]].variant
        best[variant] = min(best.get(variant, 99), pairs["tier"][row])
    assert {v: pairs["tier"][r] for v, r in zip(variants, rows, strict=True)} == best
