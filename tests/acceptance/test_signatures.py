"""Signatures of simulated exome catalogues against their truth, beside SigProfilerAssignment on the same matrices.

200 catalogues of 50 to 1,000 substitutions a design and seed. The seeds are 31 and 32, first looked at when the method
was settled: settings were chosen on seeds 100 to 199, and seed 1 had been seen before the last choice. Where
WES_BIOMARKERS_SIGPROFILER names the Python of an environment with SigProfilerAssignment, it is run on all of them; else
its exposures of the first 40 are those of tests/support/sigprofiler_simulated.tsv, and both are compared on these.
"""

from __future__ import annotations

import itertools
import os
import time

import numpy as np
import pytest
import sigprofiler
import sigprofiler_channels
from acceptance_table import Measure, note
from sigprofiler_channels import Case

from wes_biomarkers.features.mutation_channels import id_channel
from wes_biomarkers.features.signature_fit import (
    FloatArray,
    SignatureTable,
    bootstrap_exposures,
    cosine_similarity,
    fit_exposures,
)
from wes_biomarkers.io.signature_definitions import read_signature_rules
from wes_biomarkers.io.signature_tables import read_signature_table
from wes_biomarkers.simulate.signature_catalogues import CLOCK, Design

pytestmark = pytest.mark.acceptance

SBS = read_signature_rules().definitions[0]
#: Numbers of substitutions that the pooled catalogues are parted at.
SIZES = (50, 100, 200, 400, 1001)


@pytest.fixture(scope="module")
def table() -> SignatureTable:
    return read_signature_table("SBS", "GRCh38")


def of_sigprofiler(design: Design, seed: int, table: SignatureTable) -> FloatArray:
    """Its exposures of all catalogues, or of the first."""
    if python := os.environ.get("WES_BIOMARKERS_SIGPROFILER"):
        return sigprofiler.cosmic_fit(python, sigprofiler.simulated(design, seed, table)[0], table)
    kept = sigprofiler.read_exposures(sigprofiler.SIMULATED, table)
    return np.array([row for name, row in kept.items() if name.startswith(f"{design}_{seed}_")])


@pytest.mark.parametrize("seed", sigprofiler.SEEDS)
@pytest.mark.parametrize("design", sigprofiler.DESIGNS)
def test_exposures_are_nearer_to_the_truth_than_sigprofilers(
    design: Design, seed: int, table: SignatureTable
) -> None:
    start = time.monotonic()
    matrix, truth = sigprofiler.simulated(design, seed, table)
    ours = cosine_similarity(fit_exposures(matrix.counts, table, SBS.fit), truth)
    minutes = (time.monotonic() - start) / 60
    exposures = of_sigprofiler(design, seed, table)
    n = len(exposures)
    theirs = cosine_similarity(exposures, truth[:n])
    gain = ours[:n] - theirs
    is_better, error = bool(gain.mean() >= 0), gain.std() / np.sqrt(n)
    beside = f"SigProfilerAssignment's {theirs.mean():.4f}"
    named = f"mean cosine of exposures to truth, design {design}"
    measures = [
        Measure(named, len(ours), float(ours.mean())),
        Measure(f"the same, first {n}, design {design}", n, float(ours[:n].mean()), beside, is_better),
        Measure(f"standard error of the difference, first {n}, design {design}", n, float(error)),
    ]
    note("signatures", str(seed), minutes, measures)
    assert is_better


@pytest.mark.parametrize("design", sigprofiler.DESIGNS)
def test_more_mutations_bring_exposures_nearer_to_the_truth(design: Design, table: SignatureTable) -> None:
    start = time.monotonic()
    made = [sigprofiler.simulated(design, seed, table) for seed in sigprofiler.SEEDS]
    counts = np.concatenate([matrix.counts for matrix, _ in made])
    truth = np.concatenate([exposures for _, exposures in made])
    ours = fit_exposures(counts, table, SBS.fit)
    to_truth = cosine_similarity(ours, truth)
    to_counts = cosine_similarity(counts, ours @ table.matrix.T)
    totals = counts.sum(axis=1)
    of_clock = np.abs((ours - truth)[:, np.isin(table.names, CLOCK)].sum(axis=1)) / totals
    measures, means = [], []
    for low, high in itertools.pairwise(SIZES):
        at = (totals >= low) & (totals < high)
        named, n = f"{low} to {high - 1} substitutions, design {design}", int(at.sum())
        means.append(float(to_truth[at].mean()))
        measures.append(Measure(f"mean cosine of exposures to truth, {named}", n, means[-1]))
        if design == "tumour":
            is_low = to_counts[at] < SBS.min_cosine
            measures.append(Measure(f"mean error of sbs_clock, {named}", n, float(of_clock[at].mean())))
            measures.append(Measure(f"share flagged signatures_low_cosine, {named}", n, float(is_low.mean())))
    seeds = f"{sigprofiler.SEEDS[0]}-{sigprofiler.SEEDS[-1]}"
    note("signatures", seeds, (time.monotonic() - start) / 60, measures)
    assert means == sorted(means)


@pytest.mark.parametrize("seed", sigprofiler.SEEDS)
def test_intervals_hold_what_is_there(seed: int, table: SignatureTable) -> None:
    start = time.monotonic()
    matrix, truth = sigprofiler.simulated("tumour", seed, table)
    fitted = fit_exposures(matrix.counts, table, SBS.fit)
    resampled = bootstrap_exposures(matrix.counts, table, SBS.fit, 100, 1)
    low, high = np.quantile(resampled, [0.025, 0.975], axis=1)
    inside = (np.minimum(low, fitted) <= truth) & (truth <= np.maximum(high, fitted))
    is_large = truth > 0.2 * truth.sum(axis=1, keepdims=True)
    measures = [
        Measure(
            "95 % bootstrap interval holds an exposure above 0",
            int((truth > 0).sum()),
            inside[truth > 0].mean(),
        ),
        Measure("the same, above a fifth of the mutations", int(is_large.sum()), inside[is_large].mean()),
    ]
    note("signatures", str(seed), (time.monotonic() - start) / 60, measures)
    assert inside[truth == 0].mean() > 0.98


def random_indel(rng: np.random.Generator) -> Case:
    """A left-aligned insertion or deletion in or beside copies of its sequence, whole ones and part of one."""

    def drawn(letters: str, n: int) -> str:
        return "".join(rng.choice(list(letters), n))

    unit = drawn(str(rng.choice(["AC", "ACG", "ACGT"])), int(rng.integers(1, 8)))
    copies = unit * int(rng.integers(0, 8)) + unit[: int(rng.integers(0, len(unit)))]
    before, after = drawn("ACGT", 60), copies + drawn("ACGT", 60)
    while before[-1] == unit[-1]:
        unit, before, after = unit[-1] + unit[:-1], before[:-1], unit[-1] + after
    anchor = before[-1]
    if rng.integers(2):
        return Case(before + after, ((len(before), anchor, anchor + unit),))
    return Case(before + unit + after, ((len(before), anchor + unit, anchor),))


def our_channel(case: Case) -> str | None:
    """The channel of the one indel of a case."""
    [(pos, ref, alt)] = case.records
    after = case.bases[pos - 1 + len(ref) :]
    return id_channel("Ins" if len(ref) == 1 else "Del", ref[1:] + alt[1:], case.bases[:pos], after)


def test_random_indels_have_the_channels_of_sigprofiler_matrix_generator() -> None:
    python = os.environ.get("WES_BIOMARKERS_SIGPROFILER")
    if not python:
        pytest.skip("WES_BIOMARKERS_SIGPROFILER names no Python with SigProfilerMatrixGenerator")
    start = time.monotonic()
    rng = np.random.default_rng(31)
    cases = {f"case{index}": random_indel(rng) for index in range(2000)}
    ours = {name: [our_channel(case)] for name, case in cases.items()}
    theirs = sigprofiler_channels.matrix_generator(python, cases)
    n_same = sum(ours[name] == theirs[name] for name in cases)
    seen = len({name for (name,) in ours.values()})
    measures = [
        Measure(
            "random left-aligned indels: share with SigProfilerMatrixGenerator's channel", 2000, n_same / 2000
        ),
        Measure("random left-aligned indels: channels of the 83 that were seen", 2000, seen),
    ]
    note("signatures", "31", (time.monotonic() - start) / 60, measures)
    assert n_same == 2000 and seen == 83
