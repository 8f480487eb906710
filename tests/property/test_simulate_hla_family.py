"""The invented HLA family of any seed: reading frames hold, and alleles can be told apart."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from wes_biomarkers.simulate.hla_family import make_family
from wes_biomarkers.simulate.hla_files import coding_bases
from wes_biomarkers.simulate.parameters import HlaParameters
from wes_biomarkers.simulate.sequence import translate


@given(st.integers(0, 2**32 - 1), st.integers(3, 9), st.integers(1, 3), st.integers(6, 20))
@example(34909, 7, 3, 19)  # two second alleles of a group once drew the same residues
@settings(max_examples=12, deadline=None)
def test_any_family_is_sound(seed: int, n_group: int, n_per_group: int, spacing: int) -> None:
    family = make_family(HlaParameters(n_group, n_per_group, spacing), seed, 0)
    for locus in family.loci:
        coding = locus.plan.coding
        proteins: dict[str, str] = {}
        for allele in locus.alleles:
            assert all(family.sequence[v.pos] == v.ref != v.alt for v in allele.variants)
            if allele.partial:
                continue
            protein = translate(coding_bases(family, locus, allele))
            assert protein.startswith("M") and protein.index("*") == len(protein) - 1
            assert proteins.setdefault(allele.two_field, protein) == protein
        assert len(set(proteins.values())) == len(proteins)
        # intron bases beside the exons keep their splice sites in every allele
        gene = locus.gene.span
        fixed = {
            place
            for left, right in pairwise(coding)
            for place in (*range(left.end, left.end + 6), *range(right.start - 16, right.start))
        }
        for variant in {v for allele in locus.alleles for v in allele.variants}:
            own = variant.pos - gene.start if locus.gene.strand > 0 else gene.end - 1 - variant.pos
            assert own not in fixed
