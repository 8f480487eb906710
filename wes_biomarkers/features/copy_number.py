"""Copy-number scores of a tumour from its segments: ploidy, doubling, altered fraction, LOH, scars, arms, genes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.contracts.record import Record
from wes_biomarkers.features.arm_copies import ArmThresholds, call_arms
from wes_biomarkers.features.chromosomes import Genome, Sex, autosomes, is_sex_chromosome
from wes_biomarkers.features.gene_copies import GeneCopy, GeneSpan, GeneThresholds, call_genes
from wes_biomarkers.features.hrd import Scars, count_scars, has_long_contig
from wes_biomarkers.features.segments import Segments
from wes_biomarkers.features.tmb import Pair

DEFINITION = "wes_copy_number"
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Thresholds:
    """Cutoffs of all copy-number scores; reasons and sources in definitions/copy_number.toml.

    Attributes:
        altered_log2: a segment as far from 0 as this is altered, for `fga_log2`.
        wgd_major_copies: copies of the major allele from which a segment speaks for whole-genome doubling.
        wgd_min_share: share of the autosomes that such segments exceed.
        min_known_share: share of the segments' length with copy numbers, below which a score is unknown.
        arm, gene: those of arm-level and gene-level calls.
    """

    altered_log2: float = 0.2
    wgd_major_copies: float = 2
    wgd_min_share: float = 0.5
    min_known_share: float = 0.5
    arm: ArmThresholds = field(default_factory=ArmThresholds)
    gene: GeneThresholds = field(default_factory=GeneThresholds)


@dataclass(frozen=True)
class Evidence:
    """What was known of the tumour beside its segments.

    Attributes:
        genome: contig lengths and arms, where known.
        genes: the genes asked for that could be located; None when none could for want of an annotation.
        unknown_genes: names asked for that the annotation lacks.
        sex: of the patient.
        no_copies: why segments have no copy numbers; empty when they have.
        flags: of the purity that copy numbers rest on.
    """

    genome: Genome = field(default_factory=Genome)
    genes: Sequence[GeneSpan] | None = None
    unknown_genes: Sequence[str] = ()
    sex: Sex = "unknown"
    no_copies: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scores:
    """Genome-wide scores; None where unknown.

    Attributes:
        ploidy: length-weighted mean of the total copies over autosomes.
        wgd: the major allele has 2 or more copies over more than half of the autosomes (Bielski 2018).
        fga_log2: share of the segments' length whose log2 ratio is .2 or more from 0 (cBioPortal).
        fga_allelic: 1 - share of the measured length at the base state, 2 copies with 1 minor; after doubling
            also 4 with 2 (facets-suite).
        loh_fraction: share of the autosomes without a minor copy, where its number is known.
    """

    ploidy: float | None = None
    wgd: bool | None = None
    fga_log2: float | None = None
    fga_allelic: float | None = None
    loh_fraction: float | None = None


def score_segments(segments: Segments, thresholds: Thresholds, sex: Sex = "unknown") -> Scores:
    """The genome-wide scores. Altered fractions leave out X and Y of men, who have one copy of each.

    Args:
        segments: with or without copy numbers.
        thresholds: cutoffs.
        sex: of the patient.
    """
    length = segments.length.astype(float)
    total, minor = segments.total_cn, segments.minor_cn
    auto = np.isin(segments.chrom, list(autosomes(segments.chrom.tolist())))
    counted = _counted(segments, sex)
    has_minor = ~np.isnan(total) & ~np.isnan(minor)
    share = thresholds.min_known_share
    doubled = _share(total - minor >= thresholds.wgd_major_copies, auto, has_minor, length, share)
    wgd = None if doubled is None else bool(doubled > thresholds.wgd_min_share)
    base = (total == 2) & (minor == 1)
    if wgd:
        base |= (total == 4) & (minor == 2)
    is_known = auto & ~np.isnan(total)
    has_ploidy = is_known.any() and length[is_known].sum() >= share * length[auto].sum()
    return Scores(
        ploidy=float(np.average(total[is_known], weights=length[is_known])) if has_ploidy else None,
        wgd=wgd,
        fga_log2=_share(altered(segments, thresholds), counted, ~np.isnan(segments.log2), length, 0.0),
        fga_allelic=_share(~base, counted, has_minor, length, share),
        loh_fraction=_share(minor == 0, auto, ~np.isnan(minor), length, share),
    )


def altered(segments: Segments, thresholds: Thresholds) -> Mask:
    """Which segments' log2 ratios are far enough from 0 to be changes, shape (n,)."""
    return np.abs(segments.log2) >= thresholds.altered_log2


def _counted(segments: Segments, sex: Sex) -> Mask:
    """Segments that altered fractions look at."""
    return ~is_sex_chromosome(segments.chrom) if sex == "male" else np.ones(len(segments), bool)


def _share(holds: Mask, among: Mask, known: Mask, length: NDArray[np.float64], floor: float) -> float | None:
    """Length where it holds / length where that is known; None when less than `floor` of it is, or nothing."""
    measured = float(length[among & known].sum())
    if measured <= 0 or measured < floor * float(length[among].sum()):
        return None
    return float(length[among & known & holds].sum()) / measured


def compute_copy_number(
    segments: Segments,
    evidence: Evidence,
    pair: Pair,
    thresholds: Thresholds | None = None,
    provenance: Mapping[str, Any] | None = None,
) -> tuple[Record, list[GeneCopy]]:
    """The record `copy_number` of a pair, and the copy number of each gene asked for.

    Values that need copy numbers are None where the segments have none, with the reason; what rests on log
    ratios alone stays: `fga_log2` and gene-level calls (by log2, `gene_basis`).

    Args:
        segments: of the tumour; without one the record is `not_evaluable`.
        evidence: genome, genes, sex and why copy numbers are missing.
        pair: whose record it is.
        thresholds: cutoffs; the defaults are those of definitions/copy_number.toml.
        provenance: block to carry along.
    """
    cutoffs = thresholds or Thresholds()
    common: dict[str, Any] = {
        "patient_id": pair.patient_id,
        "pair_id": pair.pair_id,
        "sample_id": pair.sample_id,
        "feature": "copy_number",
        "definition_id": DEFINITION,
        "flags": evidence.flags,
        "provenance": provenance or {},
    }
    if not len(segments):
        return Record(**common, status="not_evaluable", reason="no segment"), []
    scores = score_segments(segments, cutoffs, evidence.sex)
    scars, why_no_scars = _scars(segments, evidence, scores)
    genes = call_genes(
        segments,
        evidence.genes or (),
        cutoffs.gene,
        sex=evidence.sex,
        ploidy=scores.ploidy,
        wgd=scores.wgd,
    )
    length = segments.length
    counted = _counted(segments, evidence.sex)
    values = {
        **scores.__dict__,
        "hrd_loh": scars.loh,
        "hrd_lst": scars.lst,
        "hrd_tai": scars.tai,
        "n_segment": len(segments),
        "measured_mb": float(length.sum()) / 1e6,
        **_arm_values(segments, evidence, cutoffs, scores),
        **_gene_values(genes, evidence),
    }
    why_no_copies = evidence.no_copies if scores.ploidy is None else ""
    notes = (
        why_no_copies and f"no copy numbers: {why_no_copies}",
        _why_no_base(scores),
        why_no_scars,
        _why_no_arms(evidence),
    )
    record = Record(
        **common,
        status="ok",
        reason="; ".join(filter(None, (*notes, _unknown_names(evidence)))),
        values=values,
        numerator=float(length[counted & altered(segments, cutoffs)].sum()) / 1e6,
        denominator=float(length[counted].sum()) / 1e6,
    )
    return record, genes


def _scars(segments: Segments, evidence: Evidence, scores: Scores) -> tuple[Scars, str]:
    """The scars and why they are not known, if they are not."""
    if not has_long_contig(segments, evidence.genome.lengths):
        return Scars(), "scars of recombination deficiency: no contig is longer than 15 Mb"
    if scores.loh_fraction is None:
        return Scars(), ""
    return count_scars(segments, evidence.genome), ""


def _arm_values(
    segments: Segments, evidence: Evidence, thresholds: Thresholds, scores: Scores
) -> dict[str, Any]:
    if not evidence.genome.arms or scores.ploidy is None:
        return dict.fromkeys(("n_arm", "arm_gain", "arm_loss", "arm_loh"))
    calls = call_arms(segments, evidence.genome, thresholds.arm, sex=evidence.sex, wgd=scores.wgd)
    return {
        "n_arm": len(calls.measured),
        "arm_gain": None if scores.wgd is None else list(calls.gain),
        "arm_loss": None if scores.wgd is None else list(calls.loss),
        "arm_loh": list(calls.loh),
    }


def _gene_values(genes: Sequence[GeneCopy], evidence: Evidence) -> dict[str, Any]:
    """Names by call; None without an annotation."""
    if evidence.genes is None:
        calls = ("amplification", "gain", "loss", "deep_deletion", "loh", "unmeasured")
        return dict.fromkeys(("n_gene", "gene_basis", *(f"gene_{call}" for call in calls)))

    def called(call: str) -> list[str]:
        """Names of the genes of this call."""
        return [gene.gene for gene in genes if gene.call == call]

    has_loh = any(gene.loh is not None for gene in genes)
    return {
        "n_gene": sum(gene.call is not None for gene in genes),
        "gene_basis": next((gene.basis for gene in genes if gene.basis), None),
        **{f"gene_{call}": called(call) for call in ("amplification", "gain", "loss", "deep_deletion")},
        "gene_loh": [gene.gene for gene in genes if gene.loh] if has_loh else None,
        "gene_unmeasured": [gene.gene for gene in genes if gene.call is None],
    }


def _why_no_base(scores: Scores) -> str:
    if scores.ploidy is None or scores.wgd is not None:
        return ""
    return "no gain or loss by copies: minor copies, and so whole-genome doubling, are unknown"


def _why_no_arms(evidence: Evidence) -> str:
    return (
        "" if evidence.genome.arms else "arms of the genome are unknown: no arm-level calls, hrd_lst, hrd_tai"
    )


def _unknown_names(evidence: Evidence) -> str:
    if evidence.genes is None:
        return "no gene-level calls: positions of genes are unknown"
    if not evidence.unknown_genes:
        return ""
    return f"not in the annotation: {', '.join(evidence.unknown_genes)}"
