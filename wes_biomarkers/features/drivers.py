"""The record of a tumour's drivers: altered genes of a list, pathways, polymerase and mismatch repair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from wes_biomarkers.contracts.record import Record, Status
from wes_biomarkers.features.gene_status import ALTERED, GeneStatus, Mutation
from wes_biomarkers.features.pathways import (
    EXONUCLEASE,
    GeneSet,
    agrees_with_msi,
    exonuclease_state,
    judge_pathway,
    mismatch_repair_loss,
)
from wes_biomarkers.features.tmb import Pair

#: By mutations, copy number and loss of heterozygosity; by mutations alone.
DEFINITIONS: tuple[str, ...] = ("wes_drivers", "wes_drivers_mutation")
DefinitionId = Literal["wes_drivers", "wes_drivers_mutation"]


@dataclass(frozen=True)
class DriverEvidence:
    """What the record is made of, beside the status of each gene.

    Attributes:
        drivers: the list whose altered genes are counted.
        pathways: the sets that give `altered_<id>`.
        mutations: all that change a protein.
        absent: genes of the list that the reference does not have.
        has_copies: copy number was given.
        missing: why mutations cannot be known; empty when they can.
        msi_class: high, low or stable; None where unknown.
        germline_genes: genes with a pathogenic germline variant; None where not asked for, or not known.
        germline_missing: why they are not known although asked for; empty otherwise.
        n_unknown_reads: mutations kept although their reads are unknown.
    """

    drivers: GeneSet
    pathways: Sequence[GeneSet] = ()
    mutations: Sequence[Mutation] = ()
    absent: Sequence[str] = ()
    has_copies: bool = False
    missing: str = ""
    msi_class: str | None = None
    germline_genes: Sequence[str] | None = None
    germline_missing: str = ""
    n_unknown_reads: int = 0
    synthetic: bool = False


def compute_drivers(
    definition_id: DefinitionId,
    statuses: Sequence[GeneStatus],
    evidence: DriverEvidence,
    pair: Pair,
    provenance: Mapping[str, Any] | None = None,
) -> Record:
    """The drivers of one tumour by one definition.

    `n_driver` counts altered genes of the list among `n_gene` that were assessed; `n_biallelic` is None where
    a suppressor is hit once and its loss of heterozygosity is unknown.

    Args:
        definition_id: `wes_drivers` needs copy number; `wes_drivers_mutation` leaves it out.
        statuses: of every gene, judged with the copy number the definition uses.
        evidence: what else is known.
        pair: whose record it is.
        provenance: block to carry along.
    """
    by_copies = definition_id == "wes_drivers"
    status: Status = "ok"
    reason = ""
    if evidence.missing:
        status, reason = "not_evaluable", evidence.missing
    elif by_copies and not evidence.has_copies:
        status = "not_evaluable"
        reason = "no copy number was given: amplification, deletion and loss of heterozygosity are unknown"
    elif not any(gene.gene in evidence.drivers.genes for gene in statuses):
        status, reason = "not_evaluable", "no gene of the list is in the reference"
    else:
        reason = _remarks(evidence)
    flags = {"synthetic": evidence.synthetic, "needs_review": bool(evidence.n_unknown_reads)}
    return Record(
        patient_id=pair.patient_id,
        pair_id=pair.pair_id,
        sample_id=pair.sample_id,
        feature="drivers",
        definition_id=definition_id,
        status=status,
        reason=reason,
        flags=tuple(flag for flag, applies in flags.items() if applies),
        values=_values(statuses, evidence, by_copies=by_copies) if status == "ok" else {"n_driver": None},
        provenance=provenance or {},
    )


def _remarks(evidence: DriverEvidence) -> str:
    """What a reader of an `ok` record has to know."""
    n = evidence.n_unknown_reads
    reads = f"{n} mutations kept although their reads or allele fraction are unknown" if n else ""
    return "; ".join(filter(None, (reads, evidence.germline_missing)))


def _values(statuses: Sequence[GeneStatus], evidence: DriverEvidence, *, by_copies: bool) -> dict[str, Any]:
    by_gene = {gene.gene: gene for gene in statuses}
    listed = [by_gene[name] for name in evidence.drivers.genes if name in by_gene]
    unknown = ("not_evaluable", "no_mutation") if by_copies else ("not_evaluable",)
    open_allele = any(
        gene.status == "altered" and gene.role == "suppressor" and gene.loh is None for gene in listed
    )

    def named(*states: str) -> list[str]:
        """Names of the listed genes in one of these states."""
        return [gene.gene for gene in listed if gene.status in states]

    values: dict[str, Any] = {
        "n_driver": len(named(*ALTERED)),
        "n_biallelic": None if open_allele else len(named("biallelic")),
        "n_gene": sum(gene.status not in unknown for gene in listed),
        "n_mutated": sum(bool(gene.mutations) for gene in listed),
        "gene_list": evidence.drivers.id,
        "driver_genes": named(*ALTERED),
        "biallelic_genes": None if open_allele and not named("biallelic") else named("biallelic"),
        "uncertain_genes": named("uncertain"),
        "absent_genes": list(evidence.absent),
    }
    for pathway in evidence.pathways:
        judged = judge_pathway(pathway.genes, by_gene, by_copies=by_copies)
        values |= {
            f"altered_{pathway.id}": judged.altered,
            f"n_altered_{pathway.id}": judged.n_altered if judged.n_assessed else None,
        }
    for gene in EXONUCLEASE:
        state = exonuclease_state(gene, evidence.mutations, by_gene.get(gene))
        values[f"{gene.lower()}_exonuclease"] = state
    mmr_loss = mismatch_repair_loss(by_gene, by_copies=by_copies)
    return values | {
        "mmr_loss": mmr_loss,
        "mmr_agrees_msi": agrees_with_msi(mmr_loss, evidence.msi_class),
        "germline_genes": None if evidence.germline_genes is None else list(evidence.germline_genes),
    }
