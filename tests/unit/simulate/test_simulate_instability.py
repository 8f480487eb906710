"""Microsatellites in the fragments: lengths counted in their bases, between anchored flanks."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from wes_biomarkers.simulate.genes import Tract
from wes_biomarkers.simulate.genome import Genome
from wes_biomarkers.simulate.instability import draw_slips, make_shifts, stutter_rate
from wes_biomarkers.simulate.plan import Trial, make_mixture
from wes_biomarkers.simulate.reads import draw_fragments, fragment_texts, interval_weights
from wes_biomarkers.simulate.streams import stream


def _lengths(trial: Trial, rank: int, *, normal: bool = False, depth: float = 120) -> dict[str, Counter[int]]:
    """Repeats shown by the fragments of a patient's sample over each tract of simA, counted in the text alone."""
    genome, reads = trial.genome, trial.parameters.reads
    patient = trial.patients[rank]
    mixture = make_mixture(genome, patient, None if normal else patient.tumor.samples[0])
    weights = interval_weights(genome.targets, reads, 1, "x")
    fragments = draw_fragments(stream(1, "m"), mixture, genome.targets, weights, reads, depth)
    fragments = replace(fragments, forward=np.ones(len(fragments), dtype=bool))
    slips = draw_slips(stream(1, "s"), fragments, mixture, genome, patient.tumor.shifted, 1.0)
    text = " ".join(
        fragment_texts(fragments, slips, mixture, list(genome.contigs), np.arange(len(fragments)))
    )
    found: dict[str, Counter[int]] = {}
    for key, tract, left, right in _anchored(genome):
        whole = re.compile(f"((?:{tract.motif})+){right}")
        matches = (whole.match(rest) for rest in text.split(left)[1:])
        found[key] = Counter(len(m.group(1)) // len(tract.motif) for m in matches if m)
    return found


def _anchored(genome: Genome) -> list[tuple[str, Tract, str, str]]:
    rows = []
    for gene in genome.genes_on("simA"):
        bases = genome.contigs[gene.contig]
        for tract in gene.tracts:
            a, b = tract.span.start, tract.span.end
            rows.append((f"{gene.contig}:{a}", tract, bases[a - 12 : a], bases[b : b + 12]))
    return rows


def test_stutter_grows_with_length_and_shows_at_its_rate(default_trial: Trial) -> None:
    rates = [stutter_rate(1, n) for n in range(8, 19)]
    assert rates == sorted(rates) and rates[0] < 0.005 and 0.05 < rates[-1] < 0.12
    assert stutter_rate(1, 12) > stutter_rate(2, 12) > stutter_rate(3, 12)
    found = _lengths(default_trial, 3, normal=True, depth=200)
    slipped = expected = total = 0.0
    for key, tract, *_ in _anchored(default_trial.genome):
        n = sum(found[key].values())
        slipped += n - found[key][tract.n_repeat]
        expected += n * stutter_rate(len(tract.motif), tract.n_repeat)
        total += n
    assert total > 3000
    assert slipped == pytest.approx(expected, abs=4 * expected**0.5 + 2)


def test_an_unstable_tumour_shows_its_shifts_at_its_purity(default_trial: Trial) -> None:
    patient = default_trial.patients[2]
    purity = patient.tumor.samples[0].purity
    shifts = {f"{item.contig}:{item.tract.span.start}": item.shifts for item in patient.tumor.shifted}
    found = _lengths(default_trial, 2)
    changed, expected = [], []
    for key, tract, *_ in _anchored(default_trial.genome):
        n = sum(found[key].values())
        if n < 30:
            continue
        share = 1 - found[key][tract.n_repeat] / n
        moved = sum(bool(shift) for shift in shifts.get(key, (0, 0))) / 2
        if not moved:
            assert share < 0.25
        elif all(abs(shift) != 1 for shift in shifts[key]):
            changed.append(share)
            expected.append(purity * moved)
    assert len(changed) >= 4
    assert np.mean(changed) == pytest.approx(np.mean(expected), abs=0.08)


def test_stable_and_unstable_tumours_of_the_demonstration(default_trial: Trial) -> None:
    tracts = sum(len(gene.tracts) for gene in default_trial.genome.genes)
    unstable = {p.patient_id: len(p.tumor.shifted) / tracts for p in default_trial.patients}
    assert {name for name, share in unstable.items() if share} == {"P03", "P08"}
    assert all(0.25 < share < 0.55 for share in unstable.values() if share)


def test_shifts_leave_three_repeats(default_trial: Trial) -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        for item in make_shifts(rng, default_trial.genome, 0.9):
            assert any(item.shifts)
            assert all(item.tract.n_repeat + shift >= 3 for shift in item.shifts)
