"""The page Patient: everything the cohort holds of one patient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from wes_biomarkers.contracts.biomarkers import GROUPS
from wes_biomarkers.contracts.record import FLAGS
from wes_biomarkers.features.consequence import protein_change_label
from wes_biomarkers.serve.pages.cells import cell, rows, split
from wes_biomarkers.serve.pages.timeline import timeline

#: Tables the page is made of.
TABLES_SHOWN = (
    "patient", "clinical", "sample", "pair", "toxicity", "assessment", "biomarker", "feature", "variant", "segment",
    "gene", "signature", "hla", "hla_loh", "neoantigen",
)  # fmt: skip
#: Rows of a table on the page; the rest is a question on the page Ask.
N_VARIANT, N_NEOANTIGEN = 2000, 500
_VARIANT = (
    "pair_id", "gene", "aa_change", "consequence", "vaf", "ccf", "clonality", "t_alt", "t_depth", "chrom", "start",
    "ref", "alt", "kind", "filter",
)  # fmt: skip
_NEOANTIGEN = (
    "pair_id", "mhc_class", "rank", "tier", "tier_reason", "gene", "protein_change", "peptide", "wildtype", "allele",
    "ic50_nm", "rank_pct", "strong", "fold_change", "ccf", "clonality", "expression_tpm", "hla_lost",
)  # fmt: skip
_SEGMENT = ("pair_id", "chrom", "start", "end", "log2", "total_cn", "minor_cn", "cell_fraction")
_SIGNATURE = (
    "pair_id",
    "definition_id",
    "signature",
    "exposure",
    "exposure_low",
    "exposure_high",
    "n_mutation",
)
_HLA = ("pair_id", "locus", "allele_1", "allele_2", "confidence", "status", "reason", "source")
_HLA_LOH = ("pair_id", "locus", "state", "lost_allele", "cn_1", "cn_2", "p_value", "reason")


def patient_page(
    patient_id: str, tables: Mapping[str, pd.DataFrame], baseline: pd.DataFrame
) -> dict[str, Any] | None:
    """One patient, or None where the cohort has no such patient.

    Args:
        patient_id: as in the cohort.
        tables: the cohort's tables by name, each cut to this patient; tables the cohort lacks are left out.
        baseline: the biomarker table of the whole cohort, the baseline pair of each patient, for percentiles.

    Returns:
        {patient_id, clinical, timeline, pairs, biomarkers, variants: {n, rows}, segments, genes, signatures, hla,
        hla_loh, neoantigens: {n, rows}, evolution}; what the cohort has nothing of is an empty list or None.
    """
    if tables.get("patient", pd.DataFrame()).empty:
        return None
    clinical = _first(tables.get("clinical"))
    evidence = {name: _table(tables, name) for name in ("sample", "toxicity", "assessment")}
    variant, neoantigen = _variants(_table(tables, "variant")), _table(tables, "neoantigen")
    return {
        "patient_id": patient_id,
        "clinical": {name: cell(value) for name, value in clinical.items() if cell(value) is not None},
        "timeline": timeline(clinical, evidence["sample"], evidence["toxicity"], evidence["assessment"]),
        "pairs": rows(_table(tables, "pair")),
        "biomarkers": _biomarkers(_table(tables, "biomarker"), _reasons(_table(tables, "feature")), baseline),
        "variants": {"n": len(variant), "rows": rows(variant.head(N_VARIANT), _VARIANT)},
        "segments": rows(_table(tables, "segment"), _SEGMENT),
        "genes": rows(_altered(_table(tables, "gene"))),
        "signatures": rows(_table(tables, "signature"), _SIGNATURE),
        "hla": rows(_table(tables, "hla"), _HLA),
        "hla_loh": rows(_table(tables, "hla_loh"), _HLA_LOH),
        "neoantigens": {"n": len(neoantigen), "rows": rows(neoantigen.head(N_NEOANTIGEN), _NEOANTIGEN)},
        "evolution": evolution(variant, _table(tables, "pair"), _table(tables, "sample")),
    }


def _table(tables: Mapping[str, pd.DataFrame], name: str) -> pd.DataFrame:
    return tables.get(name, pd.DataFrame())


def _first(frame: pd.DataFrame | None) -> dict[str, Any]:
    return {} if frame is None or frame.empty else {str(k): v for k, v in frame.iloc[0].to_dict().items()}


def _variants(variant: pd.DataFrame) -> pd.DataFrame:
    """Passing calls with short names of their changes, those that change a gene's product first."""
    if variant.empty:
        return variant
    kept = variant[variant["is_pass"].fillna(False).astype(bool)]
    quiet = kept["consequence"].fillna("").str.contains("synonymous|UTR|intron|intergenic|^$", regex=True)
    pairs = zip(kept["aa_change"], kept["consequence"], strict=True)
    short = [
        None if pd.isna(change) else protein_change_label(change, "" if pd.isna(term) else term)
        for change, term in pairs
    ]
    named = kept.assign(_quiet=quiet, aa_change=pd.Series(short, kept.index, dtype="object"))
    return named.sort_values(["pair_id", "_quiet", "gene", "start"], kind="stable")


def _altered(gene: pd.DataFrame) -> pd.DataFrame:
    return gene[~gene["status"].isin(("unaltered", "no_mutation"))] if len(gene) else gene


def _reasons(feature: pd.DataFrame) -> dict[tuple[str, str], str]:
    """(pair, feature) -> why it could not be evaluated."""
    if feature.empty:
        return {}
    told = feature[feature["reason"].notna()]
    return {
        (row["pair_id"], row["feature"]): str(row["reason"])
        for row in told[["pair_id", "feature", "reason"]].to_dict("records")
    }


def _biomarkers(
    mine: pd.DataFrame, reasons: Mapping[tuple[str, str], str], baseline: pd.DataFrame
) -> list[dict[str, Any]]:
    """Each biomarker of each pair, with its status and its percentile among the cohort's baseline pairs."""
    found = []
    for row in mine.to_dict("records"):
        for group, biomarkers in GROUPS.items():
            for each in biomarkers:
                name = each.column.name
                if name not in row:
                    continue
                value, numeric = cell(row[name]), each.column.dtype in ("float", "int")
                status = cell(row.get(f"{name}_status"))
                codes = [
                    code for code in split(row.get(f"{name}_flags")) if code in FLAGS and code != "synthetic"
                ]
                found.append(
                    {"pair_id": row["pair_id"], "timepoint": cell(row["timepoint"]), "group": group, "name": name,
                     "doc": each.column.doc, "unit": each.column.unit, "definition_id": each.definition_id,
                     "value": value, "status": status,
                     "reason": None if status == "ok" else reasons.get((row["pair_id"], each.feature)),
                     "flags": codes,
                     "sentences": [FLAGS[code] for code in codes],
                     **(_standing(value, baseline.get(name)) if numeric else {})}
                )  # fmt: skip
    return [each for each in found if each["value"] is not None or each["reason"]]


def _standing(value: Any, cohort: pd.Series | None) -> dict[str, Any]:
    """Share of the cohort's known values below this one, ties counted half, in percent."""
    known = (
        pd.to_numeric(cohort, errors="coerce").dropna().to_numpy(np.float64)
        if cohort is not None
        else np.empty(0)
    )
    if not isinstance(value, int | float) or not len(known):
        return {"percentile": None, "n_known": len(known)}
    below = (known < value).mean() + (known == value).mean() / 2
    return {"percentile": round(100 * float(below), 1), "n_known": len(known)}


def evolution(variant: pd.DataFrame, pair: pd.DataFrame, sample: pd.DataFrame) -> dict[str, Any] | None:
    """Clusters of mutations in each sample, and mutations followed over samples; None where neither is there.

    Returns:
        {clusters: [{pair_id, cluster, n, ccf}], followed: [{pair_id, timepoint, specimen, date, n_shared, mean_vaf}]}:
        `followed` are the mutations of the first sample looked up in the later ones; one not called there counts as 0.
    """
    if variant.empty:
        return None
    clusters = _clusters(variant)
    followed = _followed(variant, pair, sample)
    return {"clusters": clusters, "followed": followed} if clusters or followed else None


def _clusters(variant: pd.DataFrame) -> list[dict[str, Any]]:
    known = variant[variant["cluster"].notna()]
    if known.empty:
        return []
    grouped = known.groupby(["pair_id", "cluster"])["ccf"].agg(n="size", ccf="median").reset_index()
    return rows(grouped.astype({"cluster": int}))


def _followed(variant: pd.DataFrame, pair: pd.DataFrame, sample: pd.DataFrame) -> list[dict[str, Any]]:
    if len(pair) < 2:
        return []
    dated = pair.merge(
        sample[["sample_id", "collection_date"]], left_on="tumor_sample_id", right_on="sample_id", how="left"
    ).sort_values("collection_date", kind="stable")
    site = ["chrom", "start", "ref", "alt"]
    by_pair = {name: part.set_index(site)["vaf"] for name, part in variant.groupby("pair_id")}
    empty = pd.Series(dtype=float)
    first = by_pair.get(dated.iloc[0]["pair_id"], empty)
    if first.empty:
        return []
    return [
        {"pair_id": row["pair_id"], "timepoint": cell(row["timepoint"]), "specimen": cell(row["specimen"]),
         "date": cell(row["collection_date"]), "n": len(first),
         "n_shared": int(first.index.isin(by_pair.get(row["pair_id"], empty).index).sum()),
         "mean_vaf": float(by_pair.get(row["pair_id"], empty).reindex(first.index).fillna(0.0).mean())}
        for row in dated[dated["status"] == "ok"].to_dict("records")
    ]  # fmt: skip
