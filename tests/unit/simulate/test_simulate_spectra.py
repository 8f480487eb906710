"""SNVs drawn from COSMIC mixtures, classified again by the pipeline's own channels."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.features.mutation_channels import SBS96, sbs_channel
from wes_biomarkers.io.signature_tables import read_signature_table
from wes_biomarkers.simulate.parameters import Parameters
from wes_biomarkers.simulate.placement import make_ground, place_variants
from wes_biomarkers.simulate.plan import Trial
from wes_biomarkers.simulate.spectra import make_spectrum, parse_mixture


def test_placed_substitutions_follow_the_mixture(default_trial: Trial) -> None:
    table = read_signature_table("SBS")
    spectrum = make_spectrum("SBS2:0.3 SBS13:0.3 SBS4:0.4", table)
    rules = Parameters().tumor
    genome = default_trial.genome
    ground = make_ground(genome, default_trial.sites, rules)
    rng = np.random.default_rng(3)
    counts: Counter[str] = Counter()
    drawn: Counter[str] = Counter()
    for _ in range(8):
        placed = place_variants(rng, ground, ground.closed.copy(), ["snv"] * 150, rules, 0.6, spectrum)
        for variant, signature in placed:
            around = genome.contigs[variant.contig][variant.pos - 1 : variant.pos + 2]
            channel = sbs_channel(around, variant.alt)
            assert channel is not None
            counts[channel] += 1
            drawn[signature] += 1
    names = ["SBS2", "SBS13", "SBS4"]
    wanted = table.matrix[:, [table.names.index(name) for name in names]] @ np.array([0.3, 0.3, 0.4])
    found = np.array([counts[channel] for channel in SBS96], float)
    cosine = found @ wanted / np.linalg.norm(found) / np.linalg.norm(wanted)
    assert cosine > 0.97
    assert [drawn[name] / 1200 for name in names] == pytest.approx([0.3, 0.3, 0.4], abs=0.05)


def test_each_patient_has_its_own_spectrum(default_trial: Trial) -> None:
    for patient, mixture in zip(default_trial.patients, Parameters().tumor.signatures, strict=True):
        allowed = {*parse_mixture(mixture), ""}
        for item in patient.tumor.variants:
            assert item.signature in allowed
            assert bool(item.signature) == (item.variant.kind == "snv" and not item.driver)
    n_snv = [
        sum(bool(item.signature) for item in patient.tumor.variants) for patient in default_trial.patients
    ]
    assert sum(n >= 60 for n in n_snv) >= 2


def test_unknown_signatures_are_named() -> None:
    table = read_signature_table("SBS")
    with pytest.raises(InputError) as caught:
        make_spectrum("SBS1:1 SBS1000:1 X:2", table)
    assert [fault.value for fault in caught.value.faults] == ["SBS1000", "X"]
