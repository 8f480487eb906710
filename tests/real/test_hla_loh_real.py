"""HLA loss from simulated reads of real alleles (a slice; the full run is in tests/acceptance)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hla_loh_study import judge_person

from wes_biomarkers.contracts.hla import parse_allele
from wes_biomarkers.io.hla_reference import read_hla_reference
from wes_biomarkers.io.hla_sequences import allele_sequence
from wes_biomarkers.simulate.hla_loh import LohParameters, add_introns

pytestmark = pytest.mark.real


@pytest.mark.parametrize("c_2", ["C*04:01", "C*07:01"])
def test_common_alleles(real_data: Path, c_2: str):
    """C*07:01 and C*07:02 differ at two places only."""
    reference = read_hla_reference(real_data / "hla_imgt")
    genes = []
    for names in (("A*02:01", "A*24:02"), ("B*07:02", "B*44:02"), ("C*07:02", c_2)):
        pair = [allele_sequence(reference, parse_allele(name)) for name in names]
        assert pair[0] is not None and pair[1] is not None
        genes.append(add_introns((pair[0], pair[1]), 1))
    copies = {"A": (0, 1), "B": (2, 1), "C": (0, 1)}
    found = judge_person(genes, "ABC", copies, LohParameters(0.7, depth_tumor=250, depth_normal=150), 1)
    states = {locus: (judged.state, judged.lost_allele) for locus, judged in found.items()}
    assert states == {"A": ("loss", "A*02:01"), "B": ("kept", ""), "C": ("loss", "C*07:02")}
