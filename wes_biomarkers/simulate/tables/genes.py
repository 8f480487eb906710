"""The genes of a trial simulated as tables: how often and how each is altered. Symbols are real, shares invented."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class SimulatedGene:
    """A gene: its role, the share of tumours in which it is altered, by what, and its pathways."""

    name: str
    role: str
    share: float
    hit: str
    pathways: tuple[str, ...] = ()


#: By symbol, so that the `gene` table is in order.
GENES: tuple[SimulatedGene, ...] = tuple(
    sorted(
        (
            SimulatedGene("TP53", "suppressor", 0.7, "truncating"),
            SimulatedGene("CDKN2A", "suppressor", 0.35, "deep_deletion", ("cell_cycle",)),
            SimulatedGene("RB1", "suppressor", 0.08, "truncating", ("cell_cycle",)),
            SimulatedGene("CCND1", "oncogene", 0.4, "amplification", ("cell_cycle",)),
            SimulatedGene("NFE2L2", "oncogene", 0.2, "hotspot", ("nrf2",)),
            SimulatedGene("KEAP1", "suppressor", 0.06, "truncating", ("nrf2",)),
            SimulatedGene("NOTCH1", "suppressor", 0.18, "truncating", ("notch",)),
            SimulatedGene("PIK3CA", "oncogene", 0.15, "hotspot", ("pi3k",)),
            SimulatedGene("PTEN", "suppressor", 0.06, "deep_deletion", ("pi3k",)),
            SimulatedGene("EGFR", "oncogene", 0.12, "amplification", ("rtk_ras",)),
            SimulatedGene("ERBB2", "oncogene", 0.06, "amplification", ("rtk_ras",)),
            SimulatedGene("FGFR1", "oncogene", 0.1, "amplification", ("rtk_ras",)),
            SimulatedGene("KMT2D", "suppressor", 0.17, "truncating", ("chromatin",)),
            SimulatedGene("EP300", "suppressor", 0.09, "truncating", ("chromatin",)),
            SimulatedGene("BRCA2", "suppressor", 0.05, "truncating", ("dna_repair",)),
            SimulatedGene("MLH1", "suppressor", 0.015, "truncating", ("dna_repair", "mismatch_repair")),
            SimulatedGene("B2M", "suppressor", 0.04, "truncating", ("antigen_presentation",)),
            SimulatedGene("JAK1", "suppressor", 0.03, "truncating", ("antigen_presentation", "interferon")),
            SimulatedGene("MYC", "oncogene", 0.14, "amplification"),
            SimulatedGene("YAP1", "oncogene", 0.07, "amplification"),
            SimulatedGene("ZNF750", "suppressor", 0.1, "truncating"),
        ),
        key=lambda gene: gene.name,
    )
)

GENE_NAMES: tuple[str, ...] = tuple(gene.name for gene in GENES)


def _mutation_names() -> tuple[str, ...]:
    """Four invented protein changes a gene, in the order of `GENES`."""
    residues = "ACDEFGHIKLMNPQRSTVWY"
    found = []
    for index, gene in enumerate(GENES):
        for number in range(4):
            place = 20 + (index * 37 + number * 53) % 300
            old, new = residues[(index + number) % 20], residues[(index + 3 * number + 7) % 20]
            found.append(f"p.{old}{place}{'*' if gene.hit == 'truncating' else new}")
    return tuple(found)


#: Which is one of four of a gene: see `_mutation_names`.
MUTATIONS = _mutation_names()


@dataclass(frozen=True)
class Alterations:
    """Genes of n tumours, all of shape (n, number of genes), in the order of `GENES`.

    Attributes:
        altered: whether the gene is altered.
        biallelic: whether both copies of an altered suppressor are hit.
    """

    altered: NDArray[np.bool_]
    biallelic: NDArray[np.bool_]

    def in_pathway(self, pathway: str) -> NDArray[np.bool_]:
        """Whether any gene of a pathway is altered, shape (n,)."""
        columns = [index for index, gene in enumerate(GENES) if pathway in gene.pathways]
        return np.asarray(self.altered[:, columns].any(axis=1))


def draw_alterations(rng: np.random.Generator, n: int) -> Alterations:
    """Alterations of n tumours, genes independent of each other."""
    share = np.array([gene.share for gene in GENES])
    is_suppressor = np.array([gene.role == "suppressor" for gene in GENES])
    is_deletion = np.array([gene.hit == "deep_deletion" for gene in GENES])
    altered = rng.random((n, len(GENES))) < share
    both = rng.random((n, len(GENES))) < 0.7
    return Alterations(altered, altered & is_suppressor & (both | is_deletion))
