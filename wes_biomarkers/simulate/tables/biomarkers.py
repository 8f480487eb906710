"""Biomarkers of simulated tumours as wide columns; every number is invented, none is fitted to a cohort."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.contracts.biomarkers.drivers import PATHWAYS
from wes_biomarkers.simulate.tables.genes import Alterations

Columns = dict[str, NDArray[np.generic]]
Numbers = NDArray[np.float64]

TMB_HIGH_PER_MB = 10.0
MSI_HIGH_PCT, MSI_LOW_PCT = 10.0, 3.5
LOCI = ("A", "B", "C")


def _expit(x: Numbers) -> Numbers:
    return np.asarray(1 / (1 + np.exp(-x)))


def draw_biomarkers(rng: np.random.Generator, n: int, genes: Alterations) -> Columns:
    """Wide columns of n tumours by name, each of shape (n,): the true values, none missing.

    Columns of the contract `biomarker`. Copy-number figures share a latent factor, as do the counts of
    mutations; loss of MLH1 goes with unstable microsatellites and a high burden.
    """
    unstable = genes.in_pathway("mismatch_repair") | (rng.random(n) < 0.005)
    columns = _burden(rng, n, unstable)
    columns |= _microsatellites(rng, n, unstable)
    columns |= _copy_number(rng, n)
    columns |= _clonality(rng, columns)
    columns |= _signatures(rng, columns, unstable)
    columns |= _drivers(genes, unstable)
    columns |= _hla(rng, n, columns["loh_fraction"])
    columns |= _neoantigens(rng, columns)
    columns["contamination"] = np.round(rng.gamma(2.0, 0.002, n).clip(0, 0.2), 5)
    columns["mean_coverage_tumor"] = np.round(rng.gamma(40.0, 3.5, n), 2)
    columns["mean_coverage_normal"] = np.round(rng.gamma(40.0, 2.0, n), 2)
    return columns


def _burden(rng: np.random.Generator, n: int, unstable: NDArray[np.bool_]) -> Columns:
    callable_mb = np.round((32 + 2 * rng.standard_normal(n)).clip(20, 40), 4)
    rate = np.exp(np.log(4.5) + 0.6 * rng.standard_normal(n) + np.log(5) * unstable)
    n_mutation = np.maximum(1, rng.poisson(rate * callable_mb))
    n_indel = rng.binomial(n_mutation, np.where(unstable, 0.35, 0.06))
    n_mnv = rng.binomial(n_mutation - n_indel, 0.02)
    tmb = n_mutation / callable_mb
    persistent = rng.binomial(n_mutation, 0.75)
    return {
        "tmb_per_mb": tmb,
        "tmb_high": tmb >= TMB_HIGH_PER_MB,
        "callable_mb": callable_mb,
        "n_mutation": n_mutation,
        "n_snv": n_mutation - n_indel - n_mnv,
        "n_indel": n_indel,
        "n_mnv": n_mnv,
        "tmb_persistent_per_mb": persistent / callable_mb,
        "n_frameshift": rng.binomial(n_indel, 0.6),
    }


def _microsatellites(rng: np.random.Generator, n: int, unstable: NDArray[np.bool_]) -> Columns:
    n_site = rng.poisson(2500, n)
    share = np.where(unstable, rng.beta(8, 18, n), rng.beta(1.2, 150, n))
    n_unstable = rng.binomial(n_site, share)
    score = 100 * n_unstable / n_site
    names = np.array(["stable", "low", "high"], dtype=object)
    return {
        "msi_score": score,
        "msi_class": names[(score >= MSI_LOW_PCT).astype(int) + (score >= MSI_HIGH_PCT)],
        "n_site_evaluable": n_site,
        "n_site_unstable": n_unstable,
    }


def _copy_number(rng: np.random.Generator, n: int) -> Columns:
    factor, *own = rng.standard_normal((5, n))
    doubled = factor + 0.8 * own[0] > 0.3
    ploidy = np.where(doubled, 3.4 + 0.3 * own[1], 2.05 + 0.15 * own[1]).clip(1.3, 7)
    return {
        "purity": np.round(_expit(0.1 + 0.8 * rng.standard_normal(n)).clip(0.12, 1), 2),
        "ploidy": ploidy,
        "wgd": doubled,
        "fga_log2": _expit(-0.6 + 0.5 * factor + 0.5 * own[2]),
        "fga_allelic": _expit(0.0 + 0.6 * factor + 0.5 * own[3]),
        "loh_fraction": _expit(-1.2 + 0.45 * factor + 0.45 * own[2]),
        "hrd_loh": rng.poisson(np.exp(1.6 + 0.3 * factor)),
        "hrd_lst": rng.poisson(np.exp(2.2 + 0.3 * factor)),
        "hrd_tai": rng.poisson(np.exp(2.0 + 0.3 * factor)),
    }


def _clonality(rng: np.random.Generator, columns: Columns) -> Columns:
    n = len(columns["ploidy"])
    counted = columns["n_mutation"].astype(int)
    n_indeterminate = rng.binomial(counted, 0.1)
    known = counted - n_indeterminate
    n_clonal = rng.binomial(known, _expit(1.2 + 0.7 * rng.standard_normal(n)))
    n_cluster = 1 + rng.poisson(1.2, n)
    return {
        "n_clonal": n_clonal,
        "n_subclonal": known - n_clonal,
        "n_indeterminate": n_indeterminate,
        "clonal_fraction": n_clonal / np.maximum(known, 1),
        "math_score": np.round(rng.gamma(9.0, 4.0, n), 2),
        "n_cluster": n_cluster,
        "cluster_shannon": np.log(n_cluster) * rng.beta(6, 2, n),
        "tmb_clonal_per_mb": n_clonal / columns["callable_mb"].astype(float),
    }


#: Concentrations of the aggregated signatures in a tumour with stable and with unstable microsatellites.
SIGNATURE_SHARES = {
    "sbs_apobec": (1.5, 0.2),
    "sbs_clock": (4.0, 2.0),
    "sbs_smoking": (0.8, 0.2),
    "sbs_mmr": (0.05, 5.0),
    "sbs_hrd_like": (0.5, 0.1),
    "sbs_alcohol": (0.8, 0.2),
}


def _signatures(rng: np.random.Generator, columns: Columns, unstable: NDArray[np.bool_]) -> Columns:
    n = len(unstable)
    concentration = np.array(list(SIGNATURE_SHARES.values()))[:, unstable.astype(int)]
    amounts = rng.gamma(concentration)
    shares = amounts / amounts.sum(axis=0)
    zeros = {name: np.zeros(n) for name in ("sbs_pole", "sbs_pold1", "sbs_platinum", "sbs_artefact")}
    return {
        **dict(zip(SIGNATURE_SHARES, shares, strict=True)),
        **zeros,
        "sbs_cosine": np.round(0.99 - rng.gamma(2.0, 0.012, n).clip(0, 0.2), 4),
        "n_sbs": columns["n_snv"].astype(int) + rng.binomial(columns["n_snv"].astype(int), 0.3),
    }


def _drivers(genes: Alterations, unstable: NDArray[np.bool_]) -> Columns:
    n = len(unstable)
    none = np.full(n, "none", dtype=object)
    repair = genes.in_pathway("mismatch_repair")
    return {
        "n_driver": genes.altered.sum(axis=1),
        "n_biallelic": genes.biallelic.sum(axis=1),
        **{f"altered_{name}": genes.in_pathway(name) for name in PATHWAYS},
        "pole_exonuclease": none,
        "pold1_exonuclease": none,
        "mmr_loss": repair,
        "mmr_agrees_msi": repair == unstable,
    }


def _hla(rng: np.random.Generator, n: int, loh_fraction: NDArray[np.generic]) -> Columns:
    homozygous = rng.random((3, n)) < np.array([[0.12], [0.06], [0.1]])
    hed = np.where(homozygous, 0.0, rng.gamma(16.0, 0.45, (3, n)))
    lost_any = rng.random(n) < _expit(-2.4 + 5 * loh_fraction.astype(float))
    lost = lost_any & (rng.random((3, n)) < 0.8) & ~homozygous
    words = np.array(["kept", "homozygous", "loss"], dtype=object)
    states = words[homozygous + 2 * lost]
    return {
        "hed": hed.mean(axis=0),
        "n_hla_homozygous": homozygous.sum(axis=0),
        "hla_loh": lost.any(axis=0),
        "n_hla_lost": lost.sum(axis=0),
        **{f"hla_loh_{locus.lower()}": states[index] for index, locus in enumerate(LOCI)},
    }


def _neoantigens(rng: np.random.Generator, columns: Columns) -> Columns:
    counted = columns["n_mutation"].astype(int)
    callable_mb = columns["callable_mb"].astype(float)
    n_binder, n_binder_ii = rng.binomial(counted, 0.35), rng.binomial(counted, 0.25)
    clonal = columns["clonal_fraction"].astype(float)
    kept = 1 - 0.15 * columns["n_hla_lost"].astype(float)
    return {
        "n_neoantigen": n_binder,
        "n_neoantigen_strong": rng.binomial(n_binder, 0.35),
        "n_neoantigen_clonal": rng.binomial(n_binder, clonal),
        "n_neoantigen_hla_loh_adj": rng.binomial(n_binder, kept),
        "n_neoantigen_frameshift": rng.binomial(columns["n_frameshift"].astype(int), 0.6),
        "n_neoantigen_per_mb": n_binder / callable_mb,
        "n_neoantigen_per_nonsyn": n_binder / counted,
        "n_neoantigen_ii": n_binder_ii,
        "n_neoantigen_strong_ii": rng.binomial(n_binder_ii, 0.3),
        "n_neoantigen_clonal_ii": rng.binomial(n_binder_ii, clonal),
        "n_neoantigen_frameshift_ii": rng.binomial(columns["n_frameshift"].astype(int), 0.4),
        "n_neoantigen_per_mb_ii": n_binder_ii / callable_mb,
        "n_neoantigen_per_nonsyn_ii": n_binder_ii / counted,
        "phbr_i": np.round(rng.gamma(3.0, 1.5, len(counted)).clip(0, 100), 3),
        "phbr_ii": np.round(rng.gamma(3.0, 6.0, len(counted)).clip(0, 100), 3),
    }
