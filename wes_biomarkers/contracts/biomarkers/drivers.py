"""Columns and values of drivers and pathways."""

from __future__ import annotations

from wes_biomarkers.contracts.biomarkers.base import Biomarker, Value, Values
from wes_biomarkers.contracts.schema import Column

#: The pathways of definitions/gene_sets.toml, and what a column says of each.
PATHWAYS: dict[str, str] = {
    "dna_repair": "DNA-damage repair",
    "mismatch_repair": "mismatch repair",
    "antigen_presentation": "antigen presentation",
    "interferon": "interferon-gamma signalling",
    "cell_cycle": "the G1/S checkpoint",
    "nrf2": "the NRF2 pathway",
    "notch": "the NOTCH pathway",
    "pi3k": "the PI3K pathway",
    "rtk_ras": "receptor tyrosine kinases and RAS",
    "chromatin": "chromatin modifiers",
}
EXONUCLEASE_STATES = ("pathogenic", "in_domain", "none")


def _count(name: str, doc: str) -> Biomarker:
    return Biomarker(Column(name, "int", doc, minimum=0), "drivers", "wes_drivers", name)


def _bool(name: str, doc: str) -> Biomarker:
    return Biomarker(Column(name, "bool", doc), "drivers", "wes_drivers", name)


def _exonuclease(gene: str) -> Biomarker:
    name = f"{gene.lower()}_exonuclease"
    doc = f"mutation in the proofreading domain of {gene}: known as pathogenic, of unknown effect, or none"
    column = Column(name, "string", doc, allowed=EXONUCLEASE_STATES)
    return Biomarker(column, "drivers", "wes_drivers_mutation", name)


BIOMARKERS: tuple[Biomarker, ...] = (
    _count("n_driver", "altered genes of the driver list"),
    _count("n_biallelic", "suppressors of the driver list with both copies hit"),
    *(_bool(f"altered_{name}", f"any gene of {words} altered") for name, words in PATHWAYS.items()),
    _exonuclease("POLE"),
    _exonuclease("POLD1"),
    _bool("mmr_loss", "both copies of MLH1, MSH2, MSH6 or PMS2 hit"),
    _bool("mmr_agrees_msi", "loss of mismatch repair and the class of microsatellites tell the same"),
)

VALUES: Values = {
    ("drivers", "n_driver"): Value("altered genes of the driver list", main=True),
    ("drivers", "n_biallelic"): Value("suppressors of the driver list with both copies hit"),
    ("drivers", "n_gene"): Value("genes of the driver list that were assessed"),
    ("drivers", "n_mutated"): Value("genes of the driver list with a mutation that changes the protein"),
    ("drivers", "gene_list"): Value("id of the driver list"),
    ("drivers", "driver_genes"): Value("altered genes of the driver list"),
    ("drivers", "biallelic_genes"): Value("suppressors of the driver list with both copies hit"),
    ("drivers", "uncertain_genes"): Value("genes of the driver list with a change of unknown effect"),
    ("drivers", "absent_genes"): Value("genes of the driver list that the reference does not have"),
    **{("drivers", f"altered_{name}"): Value(f"any gene of {words} altered") for name, words in PATHWAYS.items()},
    **{("drivers", f"n_altered_{name}"): Value(f"altered genes of {words}") for name, words in PATHWAYS.items()},
    ("drivers", "pole_exonuclease"): Value("mutation in the proofreading domain of POLE"),
    ("drivers", "pold1_exonuclease"): Value("mutation in the proofreading domain of POLD1"),
    ("drivers", "mmr_loss"): Value("both copies of a mismatch-repair gene hit"),
    ("drivers", "mmr_agrees_msi"): Value("loss of mismatch repair and microsatellites tell the same"),
    ("drivers", "germline_genes"): Value("genes with a pathogenic germline variant, where asked for"),
}  # fmt: skip
