"""What the status of single genes says of pathways, of polymerase proofreading and of mismatch repair."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from wes_biomarkers.features.gene_status import ALTERED, GeneStatus, Mutation

SetKind = Literal["driver", "pathway", "germline"]

MISMATCH_REPAIR = ("MLH1", "MSH2", "MSH6", "PMS2")
#: Residues of the exonuclease domains, from 1, both within (Mur 2020, Genet Med 22:2089).
EXONUCLEASE: Mapping[str, tuple[int, int]] = {"POLE": (268, 471), "POLD1": (304, 533)}
#: Our own: a pathway is called unaltered only where at least this share of its genes was assessed.
MIN_ASSESSED = 0.8


@dataclass(frozen=True)
class GeneSet:
    """A list of genes: drivers of a cancer, or a pathway; `source` says where its members come from."""

    id: str
    kind: SetKind
    doc: str
    genes: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class PathwayStatus:
    """A pathway in one tumour: `altered` is None where too few of its genes were assessed to say no."""

    altered: bool | None
    n_altered: int
    n_assessed: int


def judge_pathway(
    genes: Iterable[str], statuses: Mapping[str, GeneStatus], *, by_copies: bool
) -> PathwayStatus:
    """Whether any gene of a pathway is altered, and how many.

    Args:
        genes: of the pathway; those without a status are not in the reference and are left out.
        statuses: by gene.
        by_copies: a gene without a mutation counts as assessed only where its copy number is known.
    """
    present = [statuses[gene] for gene in genes if gene in statuses]
    unknown = ("not_evaluable", "no_mutation") if by_copies else ("not_evaluable",)
    n_altered = sum(gene.status in ALTERED for gene in present)
    n_assessed = sum(gene.status not in unknown for gene in present)
    enough = bool(present) and n_assessed >= MIN_ASSESSED * len(present)
    return PathwayStatus(True if n_altered else (False if enough else None), n_altered, n_assessed)


def exonuclease_state(gene: str, mutations: Sequence[Mutation], status: GeneStatus | None) -> str | None:
    """`pathogenic`, `in_domain` (a change of unknown effect in the proofreading domain) or `none`.

    Truncating mutations do not count: proofreading is lost by a changed, not by an absent protein. None where
    the gene is not in the reference or its sequence was not covered.

    Args:
        gene: POLE or POLD1.
        mutations: of the tumour, of any gene.
        status: of this gene.
    """
    if status is None or status.status == "not_evaluable":
        return None
    first, last = EXONUCLEASE[gene]
    own = [m for m in mutations if m.gene == gene and m.kind != "truncating" and m.residues is not None]
    if any(mutation.kind == "hotspot" for mutation in own):
        return "pathogenic"
    inside = any(
        m.residues is not None and m.residues.last >= first and m.residues.first <= last for m in own
    )
    return "in_domain" if inside else "none"


def mismatch_repair_loss(statuses: Mapping[str, GeneStatus], *, by_copies: bool) -> bool | None:
    """Whether both copies of MLH1, MSH2, MSH6 or PMS2 are hit.

    None where no gene is, but one could be: copy number unknown, or a hit beside unknown loss of
    heterozygosity, or none of the genes in the reference.
    """
    present = [statuses[gene] for gene in MISMATCH_REPAIR if gene in statuses]
    if any(gene.status == "biallelic" for gene in present):
        return True
    open_ = any(
        gene.status in ("no_mutation", "not_evaluable") or (gene.status == "altered" and gene.loh is None)
        for gene in present
    )
    return None if not by_copies or not present or open_ else False


def agrees_with_msi(mmr_loss: bool | None, msi_class: str | None) -> bool | None:
    """Whether loss of mismatch repair and microsatellites tell the same; None where either is open.

    The class `low` is open. MLH1 silenced by methylation leaves no trace in an exome: `high` without a loss
    is then a disagreement to be expected.

    >>> agrees_with_msi(False, "stable"), agrees_with_msi(False, "high"), agrees_with_msi(True, "low")
    (True, False, None)
    """
    expected = {"high": True, "stable": False}.get(msi_class or "")
    return None if mmr_loss is None or expected is None else mmr_loss == expected
