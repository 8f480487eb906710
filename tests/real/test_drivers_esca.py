"""Driver genes and burden of TCGA's oesophageal cancers by histology, against what the literature says.

The table of docs/drivers.md holds these figures; `python tests/real/test_drivers_esca.py` renews it.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import re
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from wes_biomarkers.cli.main import main
from wes_biomarkers.features.gene_status import TRUNCATING, find_mutations
from wes_biomarkers.io.gene_sets import read_hotspots
from wes_biomarkers.io.maf_read import MafSample, read_maf
from wes_biomarkers.stats.groups import mann_whitney
from wes_biomarkers.stats.proportions import ProportionTest, compare_proportions

pytestmark = pytest.mark.real

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "drivers.md"
_TABLE = re.compile(r"(<!-- esca: begin -->\n).*?(<!-- esca: end -->)", re.DOTALL)

#: Significantly mutated in TCGA 2017 (doi:10.1038/nature20805), by the histology they lead in.
SQUAMOUS = ("NFE2L2", "ZNF750", "NOTCH1", "KMT2D", "TGFBR2")
ADENO = ("ARID1A", "SMAD4", "CDKN2A", "ERBB2")
BOTH = ("TP53",)
FAMILY = (*BOTH, *SQUAMOUS, *ADENO)
COUNTED = (
    "Frame_Shift_Del", "Frame_Shift_Ins", "In_Frame_Del", "In_Frame_Ins", "Missense_Mutation", "Nonsense_Mutation",
    "Nonstop_Mutation", "Splice_Site", "Translation_Start_Site",
)  # fmt: skip


@dataclass(frozen=True)
class Esca:
    """Mutated genes and altered genes of each tumour of a histology, and its nonsynonymous mutations."""

    samples: tuple[MafSample, ...]
    is_squamous: np.ndarray
    mutated: np.ndarray
    altered: np.ndarray
    n_mutation: np.ndarray
    records: tuple[dict, ...]

    def tests(self, table: np.ndarray) -> dict[str, ProportionTest]:
        return {one.name: one for one in compare_proportions(FAMILY, table, self.is_squamous)}


@cache
def read_esca(folder: Path) -> Esca:
    maf = folder / "DERIVED_MC3_ESCA.maf.tsv.gz"
    with open(folder / "DERIVED_MC3_ESCA.clinical.tsv") as handle:
        histology = {
            row["Tumor_Sample_Barcode"]: "Squamous" in row["CDR_histological_type"]
            for row in csv.DictReader(handle, delimiter="\t")
        }
    samples = tuple(read_maf(maf))
    at = {sample.tumor: index for index, sample in enumerate(samples)}
    mutated, altered = np.zeros((2, len(samples), len(FAMILY)), bool)
    with tempfile.TemporaryDirectory() as name:
        made = Path(name)
        (made / "genes.txt").write_text("\n".join(FAMILY) + "\n")
        words = ["feature", "drivers", "--maf", str(maf), "--genes", str(made / "genes.txt")]
        with pytest.raises(SystemExit) as stopped:
            main([*words, "--drivers-out", str(made / "drivers.tsv"), "-o", str(made / "records.json")])
        assert stopped.value.code == 0
        records = json.loads((made / "records.json").read_text())
        with open(made / "drivers.tsv") as handle:
            for row in csv.DictReader(handle, delimiter="\t"):
                if row["gene"] in FAMILY:
                    place = at[row["patient_id"]], FAMILY.index(row["gene"])
                    mutated[place] = int(row["n_mutation"]) > 0
                    altered[place] = row["status"] in ("altered", "biallelic")
    return Esca(
        samples,
        np.array([histology[sample.tumor] for sample in samples]),
        mutated,
        altered,
        np.array([len(sample.columns["start"]) for sample in samples]),
        tuple(records),
    )


@pytest.fixture(scope="module")
def esca(real_data):
    return read_esca(real_data / "esca_tcga")


def test_every_tumour_has_its_expected_counts(esca, real_data):
    """25,711 mutations of 185 tumours, class by class as the source counted them."""
    counts = {"frameshift": 0, "missense": 0, "stop_gained": 0}
    for sample in esca.samples:
        terms = sample.columns["consequence"].tolist()
        counts["frameshift"] += terms.count("frameshift_variant")
        counts["missense"] += terms.count("missense_variant")
        counts["stop_gained"] += terms.count("stop_gained")
    with open(real_data / "esca_tcga" / "DERIVED_MC3_ESCA.expected_class_counts.tsv") as handle:
        expected = list(csv.DictReader(handle, delimiter="\t"))
    totals = {row["Tumor_Sample_Barcode"]: int(float(row["total"])) for row in expected}
    assert {s.tumor: int(n) for s, n in zip(esca.samples, esca.n_mutation, strict=True)} == totals
    assert counts == {
        "frameshift": sum(int(row["Frame_Shift_Del"]) + int(row["Frame_Shift_Ins"]) for row in expected),
        "missense": sum(int(row["Missense_Mutation"]) for row in expected),
        "stop_gained": sum(int(row["Nonsense_Mutation"]) for row in expected),
    }
    assert (len(esca.samples), int(esca.is_squamous.sum())) == (185, 97)


def test_a_maf_says_nothing_of_copy_number(esca):
    joint = [record for record in esca.records if record["definition_id"] == "wes_drivers"]
    alone = [record for record in esca.records if record["definition_id"] == "wes_drivers_mutation"]
    assert len(joint) == len(alone) == 185
    assert {record["status"] for record in joint} == {"not_evaluable"}
    assert {record["status"] for record in alone} == {"ok"}
    assert {record["values"]["mmr_loss"] for record in alone} <= {True, None}


def test_frequencies_are_those_of_a_plain_count(esca, real_data):
    """An independent count with the same filters, from the text of the file."""
    found: dict[str, set[str]] = {gene: set() for gene in FAMILY}
    packed = (real_data / "esca_tcga" / "DERIVED_MC3_ESCA.maf.tsv.gz").read_bytes()
    for row in csv.DictReader(gzip.decompress(packed).decode().splitlines(), delimiter="\t"):
        alt, ref = int(row["t_alt_count"]), int(row["t_ref_count"])
        rare = row["ExAC_AF"] in (".", "") or float(row["ExAC_AF"]) <= 0.001
        good = row["FILTER"] == "PASS" and alt >= 3 and alt / (alt + ref) >= 0.05 and rare
        if good and row["Hugo_Symbol"] in found and row["Variant_Classification"] in COUNTED:
            found[row["Hugo_Symbol"]].add(row["Tumor_Sample_Barcode"])
    ours = dict(zip(FAMILY, esca.mutated.sum(axis=0).tolist(), strict=True))
    assert ours == {gene: len(tumours) for gene, tumours in found.items()}


def test_direction_is_that_of_the_literature(esca):
    tests = esca.tests(esca.mutated)
    for gene in SQUAMOUS:
        assert tests[gene].k_first / 97 > tests[gene].k_second / 88, gene
    for gene in ADENO:
        assert tests[gene].k_first / 97 < tests[gene].k_second / 88, gene
    assert tests["TP53"].k_first / 97 > 0.85
    assert tests["TP53"].k_second / 88 > 0.7


@pytest.mark.parametrize("gene", ["NFE2L2", "ZNF750", "NOTCH1", "ERBB2", "CDKN2A"])
def test_firm_differences_are_significant(esca, gene):
    assert esca.tests(esca.mutated)[gene].q_value < 0.05


def test_nfe2l2_mutations_lie_in_the_motifs_that_bind_keap1(esca):
    found = [
        mutation.kind
        for sample in esca.samples
        for mutation in find_mutations(sample.columns, read_hotspots())
        if mutation.gene == "NFE2L2"
    ]
    assert found.count("hotspot") / len(found) > 0.8


def test_hotspots_are_numbered_as_in_the_file(esca):
    """The reference amino acid of the list is that of every mutation on a listed residue."""
    spots: dict[str, list] = {}
    for spot in read_hotspots():
        spots.setdefault(spot.gene, []).append(spot)
    n_compared = 0
    for sample in esca.samples:
        for mutation in find_mutations(sample.columns, read_hotspots()):
            for spot in spots.get(mutation.gene, ()):
                if mutation.residues and spot.first <= mutation.residues.first <= spot.last:
                    n_compared += 1
                    assert spot.reference[mutation.residues.first - spot.first] == mutation.residues.reference
    assert n_compared > 120


def test_squamous_tumours_have_fewer_mutations(esca):
    """As in seven squamous cohorts against adenocarcinoma (doi:10.1038/s41598-017-14909-5)."""
    squamous, other = esca.n_mutation[esca.is_squamous], esca.n_mutation[~esca.is_squamous]
    made = mann_whitney(squamous, other)
    assert made.auc < 0.5 and made.p_value < 0.001


def test_suppressors_are_truncated_more_often_than_oncogenes(esca):
    def share(gene):
        kinds = [
            term in TRUNCATING
            for sample in esca.samples
            for name, term in zip(sample.columns["gene"], sample.columns["consequence"], strict=True)
            if name == gene
        ]
        return sum(kinds) / len(kinds)

    assert min(share(gene) for gene in ("ZNF750", "ARID1A", "KMT2D")) > 0.4 > share("NFE2L2")
    assert share("PIK3CA") == 0


def docs_table(esca: Esca) -> str:
    mutated, altered = esca.tests(esca.mutated), esca.tests(esca.altered)
    lines = [
        "| gene | squamous, mutated (altered) | adenocarcinoma, mutated (altered) | p | q |",
        "|---|---|---|---|---|",
    ]
    for gene in FAMILY:
        one, other = mutated[gene], altered[gene]
        cells = [
            f"{k / n:.0%} ({a / n:.0%})"
            for k, a, n in (
                (one.k_first, other.k_first, one.n_first),
                (one.k_second, other.k_second, one.n_second),
            )
        ]
        lines.append(f"| {gene} | {cells[0]} | {cells[1]} | {one.p_value:.2g} | {one.q_value:.2g} |")
    burden = [float(np.median(esca.n_mutation[mask])) for mask in (esca.is_squamous, ~esca.is_squamous)]
    made = mann_whitney(esca.n_mutation[esca.is_squamous], esca.n_mutation[~esca.is_squamous])
    lines.append(f"| mutations, median | {burden[0]:g} | {burden[1]:g} | {made.p_value:.2g} | |")
    return "\n".join(lines) + "\n"


def test_table_of_the_guide_holds_these_figures(esca):
    match = _TABLE.search(PAGE.read_text(encoding="utf-8"))
    assert match is not None
    assert match.group(0) == f"{match.group(1)}{docs_table(esca)}{match.group(2)}"


if __name__ == "__main__":
    data = Path(os.environ.get("WES_BIOMARKERS_REAL_DATA") or ROOT.parent / "shared" / "data")
    text = PAGE.read_text(encoding="utf-8")
    renewed = docs_table(read_esca(data / "esca_tcga"))
    PAGE.write_text(
        _TABLE.sub(lambda match: f"{match.group(1)}{renewed}{match.group(2)}", text), encoding="utf-8"
    )
