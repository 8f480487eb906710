"""Columns and values of mutational signatures."""

from __future__ import annotations

from wes_biomarkers.contracts.biomarkers.base import Biomarker, Value, Values
from wes_biomarkers.contracts.schema import Column

#: Sums of COSMIC's SBS signatures, as shares of the single base substitutions; members in definitions/signatures.toml.
AGGREGATES: dict[str, str] = {
    "sbs_apobec": "APOBEC: SBS2, SBS13",
    "sbs_clock": "clock-like: SBS1, SBS5",
    "sbs_smoking": "tobacco smoking: SBS4, SBS92, SBS100, SBS109",
    "sbs_mmr": "defective mismatch repair: SBS6, SBS14, SBS15, SBS20, SBS21, SBS26, SBS44",
    "sbs_pole": "POLE exonuclease: SBS10a, SBS10b, SBS28",
    "sbs_pold1": "POLD1 exonuclease: SBS10c, SBS10d",
    "sbs_hrd_like": "SBS3, seen with defective homologous recombination; no proof of it",
    "sbs_platinum": "earlier platinum treatment: SBS31, SBS35",
    "sbs_alcohol": "related to alcohol: SBS16",
    "sbs_artefact": "possible sequencing artefacts: SBS27, SBS43, SBS45 to SBS60, SBS95",
}


def _signatures(column: Column, value: str, *, evidence: bool = False) -> Biomarker:
    return Biomarker(column, "signatures", "sbs96", value, evidence)


def _share(name: str, doc: str) -> Column:
    return Column(name, "float", doc, unit="fraction", minimum=0, maximum=1)


BIOMARKERS: tuple[Biomarker, ...] = (
    *(_signatures(_share(name, doc), name) for name, doc in AGGREGATES.items()),
    _signatures(_share("sbs_cosine", "cosine of the counts and their reconstruction"), "cosine"),
    _signatures(
        Column("n_sbs", "int", "single base substitutions the signatures rest on", minimum=0),
        "n_mutation",
        evidence=True,
    ),
)


def _aggregate_values(name: str, doc: str) -> dict[tuple[str, str], Value]:
    return {
        ("signatures", name): Value(doc, "fraction"),
        ("signatures", f"{name}_low"): Value(f"lower bound of the 95 % interval of {name}", "fraction"),
        ("signatures", f"{name}_high"): Value(f"upper bound of the 95 % interval of {name}", "fraction"),
    }


VALUES: Values = {
    ("signatures", "cosine"): Value("cosine of the counts and their reconstruction", "fraction", main=True),
    ("signatures", "n_mutation"): Value("mutations of the kind with a channel"),
    ("signatures", "n_left_out"): Value("mutations of the kind without a channel"),
    ("signatures", "counts"): Value("mutations by channel, in the order of features/mutation_channels.py"),
    ("signatures", "signature"): Value("signatures present, or possible by their interval; largest first"),
    ("signatures", "exposure"): Value("share of the mutations of each of `signature`", "fraction"),
    ("signatures", "exposure_low"): Value("lower bounds of their 95 % intervals", "fraction"),
    ("signatures", "exposure_high"): Value("upper bounds of their 95 % intervals", "fraction"),
    **{key: value for name, doc in AGGREGATES.items() for key, value in _aggregate_values(name, doc).items()},
}
