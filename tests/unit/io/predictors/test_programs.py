# ruff: noqa: E501
"""NetMHCpan, NetMHCIIpan and MHCflurry: none can be had here, so tables in the layouts they print, and stand-ins."""

import numpy as np
import pytest

from wes_biomarkers.errors import ToolError
from wes_biomarkers.io.predictors import mhcflurry, netmhcpan, open_predictor

RULE = "-" * 120
PAN_40 = f"""\
# NetMHCpan version 4.0

# Tmpdir made /tmp/netMHCpanAbCdEf
# Input is in PEPTIDE format

# Make binding affinity predictions

HLA-A02:01 : Distance to training data  0.000 (using nearest neighbor HLA-A02:01)

# Rank Threshold for Strong binding peptides   0.500
# Rank Threshold for Weak binding peptides   2.000
{RULE}
  Pos          HLA         Peptide       Core Of Gp Gl Ip Il        Icore        Identity   Score  Aff(nM)   %Rank  BindLevel
{RULE}
    1  HLA-A*02:01       GILGFVFTL  GILGFVFTL  0  0  0  0  0    GILGFVFTL         PEPLIST 0.77321     11.6  0.1345 <= SB
    1  HLA-A*02:01      FLRGRAYGLA FLRGRAYGL  0  0  0  0  0    FLRGRAYGL         PEPLIST 0.35214   1107.0  3.9012
{RULE}

Protein PEPLIST. Allele HLA-A*02:01. Number of high binders 1. Number of weak binders 0. Number of peptides 2

{RULE}
"""
PAN_41 = f"""\
# NetMHCpan version 4.1b

# Input is in PEPTIDE format

# Make both EL and BA predictions

HLA-A02:01 : Distance to training data  0.000 (using nearest neighbor HLA-A02:01)

# Rank Threshold for Strong binding peptides   0.500
# Rank Threshold for Weak binding peptides   2.000
{RULE}
 Pos         MHC        Peptide      Core Of Gp Gl Ip Il        Icore        Identity  Score_EL %Rank_EL Score_BA %Rank_BA  Aff(nM) BindLevel
{RULE}
   1 HLA-A*02:01      GILGFVFTL GILGFVFTL  0  0  0  0  0    GILGFVFTL         PEPLIST 0.9519590    0.016 0.815937    0.055     7.33 <=SB
   1 HLA-A*02:01     FLRGRAYGLA FLRG-AYGL  0  4  1  0  0    FLRGRAYGL         PEPLIST 0.0213460    3.830 0.196121    5.920  5989.68
{RULE}
"""
IIPAN_40 = f"""\
# NetMHCIIpan version 4.0

# Input is in PEPTIDE format

# Allele: DRB1_0101
{RULE}
 Pos           MHC              Peptide   Of        Core  Core_Rel        Identity      Score_EL %Rank_EL Exp_Bind      Score_BA  Affinity(nM) %Rank_BA  BindLevel
{RULE}
   1     DRB1_0101      PKYVKQNTLKLATGM    2   YVKQNTLKL     0.993        Sequence      0.807346     0.50       NA      0.662093         38.71     4.95   <=SB
   2     DRB1_0101      GAATVAAGAATTAAG    4   VAAGAATTA     0.920        Sequence      0.000857    79.79       NA      0.327674       1442.91    54.35
{RULE}
Number of strong binders: 1 Number of weak binders: 0
{RULE}
"""
IIPAN_43 = f"""\
# NetMHCIIpan version 4.3e

{RULE}
 Pos           MHC              Peptide   Of        Core  Core_Rel Inverted        Identity      Score_EL %Rank_EL  Exp_Bind      Score_BA %Rank_BA  Affinity(nM)  BindLevel
{RULE}
   1     DRB1_0101      PKYVKQNTLKLATGM    2   YVKQNTLKL     0.993        0        Sequence      0.807346     0.50        NA      0.662093     4.95         38.71 <= SB
   2     DRB1_0101      GAATVAAGAATTAAG    4   VAAGAATTA     0.920        0        Sequence      0.000857    79.79        NA      0.327674    54.35       1442.91
{RULE}
"""
TABLES = {
    "4.0": (PAN_40, {"GILGFVFTL": (11.6, 0.1345), "FLRGRAYGLA": (1107.0, 3.9012)}),
    "4.1": (PAN_41, {"GILGFVFTL": (7.33, 0.016), "FLRGRAYGLA": (5989.68, 3.83)}),
    "II 4.0": (IIPAN_40, {"PKYVKQNTLKLATGM": (38.71, 0.5), "GAATVAAGAATTAAG": (1442.91, 79.79)}),
    "II 4.3": (IIPAN_43, {"PKYVKQNTLKLATGM": (38.71, 0.5), "GAATVAAGAATTAAG": (1442.91, 79.79)}),
}


@pytest.mark.parametrize("version", TABLES)
def test_the_table_of_each_version(version):
    text, expected = TABLES[version]
    assert netmhcpan.parse_table(text.splitlines()) == expected


def test_output_without_a_table_or_an_affinity():
    with pytest.raises(ToolError, match="has no table"):
        netmhcpan.parse_table(["# NetMHCpan version 4.1b", "could not find allele HLA-X"])
    only_el = PAN_41.replace(" Score_BA %Rank_BA  Aff(nM)", "").replace(" 0.815937    0.055     7.33", "")
    with pytest.raises(ToolError, match=r"no column Aff\(nM\).*run the program with -BA"):
        netmhcpan.parse_table(only_el.splitlines())


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Puts a stand-in on PATH that lists two alleles and prints a table whatever it is asked."""

    def make(name, listed, text):
        path = tmp_path / name
        option = netmhcpan.DIALECTS[name.lower()].list_option
        path.write_text(
            f'#!/bin/sh\necho "$@" >>{tmp_path}/asked\nif [ "$1" = {option} ]; then printf \'{listed}\'\n'
            f"else cat <<'END'\n{text}END\nfi\n"
        )
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        netmhcpan._alleles.cache_clear()
        netmhcpan._version.cache_clear()
        return tmp_path / "asked"

    return make


def test_class_1_by_the_program(program):
    asked = program("netMHCpan", "HLA-A02:01\\nHLA-B07:02\\n", PAN_41)
    predictor, ranks = open_predictor("netmhcpan", "I")
    assert predictor.supports("A*02:01") and not predictor.supports("C*07:02")
    assert predictor.version == "4.1b" and "netMHCpan 4.1b" in ranks.background
    peptides = ["GILGFVFTL", "SHORT", "GILGFVFTX", "FLRGRAYGLA", "GILGFVFTL"]
    found = predictor.predict(peptides, "A*02:01")
    assert np.array_equal(found, [7.33, np.nan, np.nan, 5989.68, 7.33], equal_nan=True)
    assert np.array_equal(
        ranks.rank(peptides, found, "A*02:01"), [0.016, np.nan, np.nan, 3.83, 0.016], equal_nan=True
    )
    predictor.predict(peptides, "A*02:01")
    runs = [line for line in asked.read_text().splitlines() if "-a" in line.split()]
    assert len(runs) == 1 and "-BA -p -a HLA-A02:01 -f" in runs[0]


def test_class_2_by_the_program(program):
    asked = program("netMHCIIpan", "DRB1_0101\\nHLA-DQA10501-DQB10201\\n", IIPAN_43)
    predictor, _ = open_predictor("netmhciipan", "II")
    assert predictor.supports("DRB1*01:01") and predictor.supports("DQA1*05:01-DQB1*02:01")
    assert not predictor.supports("DRB1*03:01")
    assert predictor.predict(["PKYVKQNTLKLATGM"], "DRB1*01:01").tolist() == [38.71]
    assert "-inptype 1 -a DRB1_0101" in asked.read_text() and predictor.version == "4.3e"


def test_a_peptide_the_program_left_out(program):
    program("netMHCpan", "HLA-A02:01\\n", PAN_41)
    predictor, _ = open_predictor("netmhcpan", "I")
    with pytest.raises(ToolError, match=r"left 1 of 2 peptides out for A\*02:01"):
        predictor.predict(["GILGFVFTL", "NLVPMVATV"], "A*02:01")


AFFINITY = {"LLFGYPVYV": 10.12754554, "GILGFVFTL": 19.95512691, "NLVPMVATV": 16.5709662}


class StandIn:
    """What is used of mhcflurry.Class1AffinityPredictor, with MHCflurry 2.2's predictions of its own test."""

    supported_alleles = ("HLA-A*02:01", "HLA-B*07:02")

    def predict(self, peptides, allele):
        assert allele in self.supported_alleles
        return np.array([AFFINITY[peptide] for peptide in peptides])

    def percentile_ranks(self, affinities, allele, throw):
        assert allele in self.supported_alleles and throw is False
        return np.asarray(affinities) / 100


def test_mhcflurry_by_its_interface():
    predictor = mhcflurry.Mhcflurry(StandIn(), "2.2.0")
    assert predictor.supports("A*02:01") and not predictor.supports("A*99:01")
    peptides = ["GILGFVFTL", "GILGFVFTX", "NLVPMVATV", "SHORT"]
    found = predictor.predict(peptides, "A*02:01")
    assert np.array_equal(found, [19.95512691, np.nan, 16.5709662, np.nan], equal_nan=True)
    ranks = predictor.rank(peptides, found, "A*02:01")
    assert ranks[0] == pytest.approx(0.1995512691) and np.isnan(ranks[1])
    assert np.isnan(predictor.predict(["SHORT"], "A*02:01")).all()
