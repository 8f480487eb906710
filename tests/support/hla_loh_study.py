"""HLA loss from simulated read pairs of whole people: shared by the acceptance runs and the tests with real alleles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wes_biomarkers.features.ccf import Purity
from wes_biomarkers.features.hla_allele_reads import count_site_reads, fill_exons, find_sites
from wes_biomarkers.features.hla_loh import Locus, LocusLoh, LocusReads, Tumor, judge_locus
from wes_biomarkers.io.hla_loh import read_rules
from wes_biomarkers.simulate.hla_loh import Gene, LohParameters, simulate_pairs

RULES, ASSIGN, _ = read_rules()


def judge_person(
    genes: Sequence[Gene], typed: Sequence[str], copies: Mapping[str, tuple[float, float]],
    parameters: LohParameters, seed: int,
) -> dict[str, LocusLoh]:  # fmt: skip
    """Simulate a pair of libraries and judge the typed loci, with the true purity and copies in all."""
    samples = simulate_pairs(genes, copies, parameters, seed)
    pairs = {g.alleles[0].locus: fill_exons(*g.alleles) for g in genes if g.alleles[0].locus in typed}
    sites = {locus: find_sites(*pair) for locus, pair in pairs.items()}
    alleles = [allele for pair in pairs.values() for allele in pair]
    tumor, normal = (count_site_reads(reads, alleles, sites, ASSIGN) for reads in samples)
    return {
        locus: judge_locus(
            Locus(
                locus,
                pair[0].name,
                pair[1].name,
                LocusReads(tumor[locus].counted, normal[locus].counted),
                sum(copies.get(locus, (1, 1))),
            ),
            Tumor(Purity(parameters.purity)),
            RULES,
        )
        for locus, pair in pairs.items()
    }
