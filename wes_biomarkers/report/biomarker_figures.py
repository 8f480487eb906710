"""The report's charts of the exome biomarkers beside burden: microsatellites, signatures, copy number, drivers, HLA
loss, neoantigens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from wes_biomarkers.features.msi import ScoreRules
from wes_biomarkers.plots.copy_number import cohort_heat_map
from wes_biomarkers.plots.hla_loh import loss_by_pair
from wes_biomarkers.plots.labels import MAX_LABELLED, pair_labels
from wes_biomarkers.plots.msi import msi_by_pair
from wes_biomarkers.plots.neoantigens import burden_by_pair
from wes_biomarkers.plots.oncoprint import NOT_EVALUABLE, oncoprint_chart
from wes_biomarkers.plots.signatures import exposures_by_patient
from wes_biomarkers.plots.theme import split_flags
from wes_biomarkers.plots.tmb import tmb_by_definition

Tables = Mapping[str, pd.DataFrame]
#: A chart with its text alternative.
Chart = tuple[Any, str]


def _known(wide: pd.DataFrame, column: str) -> int:
    return int((wide[f"{column}_status"] == "ok").sum())


def tmb_definitions_chart(tables: Tables, definitions: Sequence[str], always: Sequence[str]) -> Chart:
    """Burden by each definition; `definitions` in the order shown."""
    long = tables["feature"]
    mine = long[(long["feature"] == "tmb") & (long["name"] == "tmb_per_mb")]
    values = mine.rename(columns={"value": "tmb_per_mb"})[["pair_id", "definition_id", "tmb_per_mb"]]
    rank = {name: index for index, name in enumerate(definitions)}
    values = values[values["definition_id"].isin(rank)]
    values = values.sort_values("definition_id", key=lambda names: names.map(rank), kind="stable")
    medians = values.dropna().groupby("definition_id", sort=False)["tmb_per_mb"].median()
    text = "Burden by definition, median per Mb: " + ", ".join(
        f"{name} {value:.1f}" for name, value in medians.items()
    )
    return tmb_by_definition(values, (*always, *split_flags(mine["flags"]))), f"{text}."


def msi_chart(tables: Tables, parameters: Mapping[str, Any], always: Sequence[str]) -> Chart:
    """Scores of microsatellite instability with the cutoffs of the run."""
    wide, long = tables["biomarker"], tables["feature"]
    default = ScoreRules()
    cutoffs = (
        float(parameters.get("msi_high_pct") or default.high_pct),
        float(parameters.get("msi_low_pct") or default.low_pct),
    )
    main = long[(long["feature"] == "msi") & (long["name"] == "msi_score")][["pair_id", "ci_low", "ci_high"]]
    pairs = wide.merge(main, on="pair_id", how="left")
    n_high = int((wide["msi_class"] == "high").sum())
    text = f"MSI score of {_known(wide, 'msi_score')} of {len(wide)} pairs; {n_high} are high."
    return msi_by_pair(pairs, *cutoffs, (*always, *split_flags(wide["msi_score_flags"]))), text


def signature_chart(tables: Tables, parameters: Mapping[str, Any], always: Sequence[str]) -> Chart:
    """Aggregated signature exposures."""
    wide = tables["biomarker"]
    text = f"Aggregated signature exposures of {_known(wide, 'sbs_clock')} of {len(wide)} pairs."
    return exposures_by_patient(wide, (*always, *split_flags(wide["sbs_clock_flags"]))), text


def copy_number_chart(tables: Tables, parameters: Mapping[str, Any], always: Sequence[str]) -> Chart:
    """Segments of all pairs along the genome."""
    wide = tables["biomarker"]
    labels = pair_labels(wide)
    flags = (*always, *split_flags(wide["purity_flags"]))
    chart = cohort_heat_map(tables["segment"], labels, flags)
    text = f"Copy-number segments of {tables['segment']['pair_id'].nunique()} of {len(wide)} pairs."
    return chart, text


def driver_chart(tables: Tables, parameters: Mapping[str, Any], always: Sequence[str]) -> Chart:
    """Driver genes by tumour."""
    genes = tables["gene"]
    altered = genes[genes["status"].isin(("altered", "biallelic"))]
    n_gene, n_pair, n = altered["gene"].nunique(), altered["pair_id"].nunique(), genes["pair_id"].nunique()
    both = int((altered["status"] == "biallelic").sum())
    text = f"{n_gene} driver genes altered in {n_pair} of {n} tumours; {both} of {len(altered)} with both copies hit."
    flags = (*always, *split_flags(tables["biomarker"]["n_driver_flags"]))
    labels = pair_labels(tables["biomarker"])
    told = genes[genes["pair_id"].isin(list(labels))].assign(tumour=lambda rows: rows["pair_id"].map(labels))
    told["kinds"] = told["hits"].where(told["status"] != "not_evaluable", NOT_EVALUABLE)
    tumours = pd.DataFrame({"tumour": list(dict.fromkeys(told["tumour"]))})
    chart = oncoprint_chart(
        told[told["kinds"].notna()], tumours, _most_altered(told), "Driver genes", flags, width=860
    )
    return chart, text


#: Driver genes drawn at most.
_MAX_GENE = 25


def _most_altered(genes: pd.DataFrame) -> pd.DataFrame:
    """gene, n_altered, n_biallelic, n_known (tumours) of the genes with a hit, those altered in most tumours first."""
    counted = genes.assign(
        altered=genes["status"].isin(("altered", "biallelic")),
        known=genes["status"] != "not_evaluable",
        both=genes["status"] == "biallelic",
        hit=genes["status"].isin(("altered", "biallelic")) | (genes["n_mutation"].fillna(0) > 0),
    )
    found = counted.groupby("gene").agg(
        n_altered=("altered", "sum"),
        n_biallelic=("both", "sum"),
        n_known=("known", "sum"),
        n_hit=("hit", "sum"),
    )
    ranked = found[found["n_hit"] > 0].reset_index().sort_values(
        ["n_altered", "n_hit", "gene"], ascending=[False, False, True]
    )  # fmt: skip
    return ranked.head(_MAX_GENE)


def hla_chart(tables: Tables, parameters: Mapping[str, Any], always: Sequence[str]) -> Chart:
    """Which tumours lost an HLA allele, by locus."""
    wide = tables["biomarker"]
    loci = tables["hla_loh"] if "hla_loh" in tables else pd.DataFrame()
    lost = loci[loci["state"] == "loss"] if len(loci) else loci
    names = _lost_in_words(lost) if len(lost) else "none"
    text = f"HLA class I alleles lost, of {_known(wide, 'hla_loh')} of {len(wide)} pairs evaluable: {names}."
    flags = split_flags(pd.concat([wide["hed_flags"], wide["hla_loh_flags"]]))
    return loss_by_pair(loci, wide, (*always, *flags)), text


def _lost_in_words(lost: pd.DataFrame) -> str:
    """The alleles that each pair lost; of many pairs how many lost one, by locus."""
    if lost["pair_id"].nunique() > MAX_LABELLED:
        return ", ".join(f"HLA-{locus} in {n} pairs" for locus, n in lost.groupby("locus").size().items())
    return "; ".join(
        f"{pair}: {', '.join(rows['lost_allele'].astype(str))}" for pair, rows in lost.groupby("pair_id")
    )


def neoantigen_chart(tables: Tables, parameters: Mapping[str, Any], always: Sequence[str]) -> Chart:
    """Burden of predicted neoantigens: all, strong, clonal, and those whose HLA allele the tumour keeps."""
    wide = tables["biomarker"]
    ok = wide.loc[wide["n_neoantigen_status"] == "ok", "n_neoantigen"].dropna()
    text = f"Predicted neoantigens of {len(ok)} of {len(wide)} pairs"
    if len(ok):
        text += f", from {ok.min():.0f} to {ok.max():.0f} variants with a class I binder"
    return burden_by_pair(wide, (*always, *split_flags(wide["n_neoantigen_flags"]))), f"{text}."
