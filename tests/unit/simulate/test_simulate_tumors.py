"""Copy number, multiplicity and drivers of the planted tumours: against figures worked out by hand and by counting."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.simulate.consequence import consequence_of
from wes_biomarkers.simulate.copies import PROFILES, CopySegment, make_copies
from wes_biomarkers.simulate.driver_plan import plan_drivers
from wes_biomarkers.simulate.parameters import Parameters, TumorParameters
from wes_biomarkers.simulate.plan import Trial, make_mixture, plan_trial
from wes_biomarkers.simulate.reads import CellPart, count_alleles, draw_fragments, interval_weights
from wes_biomarkers.simulate.streams import stream
from wes_biomarkers.simulate.tumors import Clone, SomaticVariant, Tumor, TumorSample
from wes_biomarkers.simulate.variants import Variant

CLONES = (Clone("A", ""), Clone("B", "A"))
SAMPLE = TumorSample("T", "baseline", 0.8, {"A": 0.4, "B": 0.6})


def _tumor(copies: tuple[int, int], clone: str = "A", base: tuple[int, int] = (1, 1)) -> Tumor:
    return Tumor(CLONES, (CopySegment("x", 0, 100, base, copies, clone),), (), (SAMPLE,))


@pytest.mark.parametrize(
    ("tumor", "item", "vaf", "ccf"),
    [
        # diploid: .8 / 2
        (_tumor((1, 1)), SomaticVariant(Variant("x", 5, "A", "C"), "A", 0, True), 0.4, 1),
        # gained: .8 x 2 / (.8 x 3 + .2 x 2)
        (_tumor((2, 1)), SomaticVariant(Variant("x", 5, "A", "C"), "A", 0, True), 1.6 / 2.8, 1),
        (_tumor((2, 1)), SomaticVariant(Variant("x", 5, "A", "C"), "A", 0, False), 0.8 / 2.8, 1),
        (_tumor((2, 1)), SomaticVariant(Variant("x", 5, "A", "C"), "A", 1, True), 0.8 / 2.8, 1),
        # lost other copy: .8 / (.8 + .4); copy-neutral: .8 x 2 / 2
        (_tumor((0, 1)), SomaticVariant(Variant("x", 5, "A", "C"), "A", 1, True), 0.8 / 1.2, 1),
        (_tumor((2, 0)), SomaticVariant(Variant("x", 5, "A", "C"), "A", 0, True), 0.8, 1),
        # a subclone's mutation on a doubled genome: .8 x .6 / (.8 x 4 + .4)
        (
            _tumor((2, 2), base=(2, 2)),
            SomaticVariant(Variant("x", 5, "A", "C"), "B", 0, False),
            0.48 / 3.6,
            0.6,
        ),
        # a gain of the subclone B copies what A brought: (.4 x 1 + .6 x 2) x .8 / (.8 x 2.6 + .4)
        (
            _tumor((2, 1), "B"),
            SomaticVariant(Variant("x", 5, "A", "C"), "A", 0, True),
            0.8 * 1.6 / 2.48,
            1,
        ),
        # a loss in B takes the mutation of A along: .8 x .4 / (.8 x 1.4 + .4)
        (
            _tumor((0, 1), "B"),
            SomaticVariant(Variant("x", 5, "A", "C"), "A", 0, True),
            0.32 / 1.52,
            0.4,
        ),
    ],
)
def test_allele_fraction_by_hand(tumor: Tumor, item: SomaticVariant, vaf: float, ccf: float) -> None:
    assert tumor.expected_vaf(item, SAMPLE) == pytest.approx(vaf, abs=1e-6)
    assert tumor.carrying_fraction(item, SAMPLE) == pytest.approx(ccf)


def test_ploidy_by_hand() -> None:
    segments = (CopySegment("x", 0, 30, (1, 1), (2, 1), "A"), CopySegment("x", 30, 40, (1, 1), (3, 1), "B"))
    assert Tumor(CLONES, segments, (), (SAMPLE,)).ploidy(SAMPLE) == pytest.approx(
        (30 * 3 + 10 * (0.6 * 4 + 0.4 * 2)) / 40
    )


def test_segments_cover_the_genome_and_cut_no_target(default_trial: Trial) -> None:
    genome = default_trial.genome
    for patient in default_trial.patients:
        for contig, sequence in genome.contigs.items():
            own = [s for s in patient.tumor.segments if s.contig == contig]
            assert [s.start for s in own] == [0, *(s.end for s in own[:-1])] and own[-1].end == len(sequence)
            borders = {s.end for s in own}
            assert not any(t.start < b < t.end for t in genome.targets[contig] for b in borders)


def test_the_demonstration_has_every_kind_of_change(default_trial: Trial) -> None:
    states = [
        {(tuple(sorted(s.copies)), s.clone) for s in p.tumor.segments if s.copies != s.base}
        for p in default_trial.patients
    ]
    everything = set().union(*states)
    assert {((0, 1), "A"), ((1, 2), "A"), ((0, 2), "A"), ((0, 0), "A"), ((1, 2), "B")} <= everything
    assert any(max(copies) >= 9 for copies, _ in everything), "no focal amplification"
    assert [p.tumor.doubled for p in default_trial.patients].count(True) == 1
    assert sum(not changed for changed in states) >= 1, "no quiet genome"
    doubled = next(p.tumor for p in default_trial.patients if p.tumor.doubled)
    length = {s: s.end - s.start for s in doubled.segments}
    assert sum(n for s, n in length.items() if max(s.copies) >= 2) > 0.5 * sum(length.values())


def test_drivers_are_what_was_asked(default_trial: Trial) -> None:
    genome = default_trial.genome
    for patient in default_trial.patients:
        for driver in patient.tumor.drivers:
            stops = [item for item in patient.tumor.variants if item.driver == driver.symbol]
            assert [consequence_of(genome, item.variant) for item in stops] == [
                (driver.gene_id, "stop_gained")
            ] * len(stops)
            copies = patient.tumor.copies(driver.contig, driver.pos, "A")
            if driver.event == "deleted":
                assert copies == (0, 0) and not stops
            elif driver.event == "amplified":
                assert max(copies) >= 9 and not stops
            elif driver.event == "biallelic":
                assert min(copies) == 0 and copies[stops[0].parent] > 0 and len(stops) == 1
                assert patient.tumor.multiplicity(stops[0], "A") == max(copies)
            else:
                assert sorted({item.parent for item in stops}) == (
                    [0, 1] if driver.event == "twice" else [stops[0].parent]
                )


def test_no_variant_lies_on_a_copy_that_is_gone(default_trial: Trial) -> None:
    for patient in default_trial.patients:
        for item in patient.tumor.variants:
            assert patient.tumor.multiplicity(item, item.clone) >= 1


def test_an_unknown_gene_is_named(default_trial: Trial) -> None:
    with pytest.raises(InputError) as caught:
        plan_drivers(default_trial.genome, "TP53:deleted NOSUCH:deleted OTHER:twice")
    assert [fault.value for fault in caught.value.faults] == ["NOSUCH", "OTHER"]


@pytest.mark.parametrize("name", PROFILES)
def test_profiles_on_any_seed(default_trial: Trial, name: str) -> None:
    drivers = plan_drivers(default_trial.genome, "TP53:biallelic CDKN2A:deleted")
    for seed in range(20):
        rng = np.random.default_rng(seed)
        segments = make_copies(rng, default_trial.genome, PROFILES[name], drivers)
        at = {gene.symbol: gene for gene in default_trial.genome.genes}
        state = {
            symbol: next(
                s.copies
                for s in segments
                if s.contig == at[symbol].contig and s.start <= at[symbol].span.start < s.end
            )
            for symbol in ("TP53", "CDKN2A")
        }
        assert min(state["TP53"]) == 0 < max(state["TP53"]) and state["CDKN2A"] == (0, 0)


def _interval_share(mixture: list[CellPart], trial: Trial) -> np.ndarray:
    """Fragments by target interval, as a share of all."""
    genome, reads = trial.genome, trial.parameters.reads
    weights = interval_weights(genome.targets, replace(reads, sample_noise_sd=0), 1, "x")
    fragments = draw_fragments(stream(1, "y"), mixture, genome.targets, weights, reads, 300)
    middle = fragments.start + fragments.length // 2
    shares = []
    for number, spans in enumerate(genome.targets.values()):
        own = middle[fragments.contig == number]
        edges = np.array([[span.start, span.end] for span in spans])
        shares.append(np.searchsorted(np.sort(own), edges[:, 1]) - np.searchsorted(np.sort(own), edges[:, 0]))
    counts = np.concatenate(shares)
    return counts / counts.sum()


def test_depth_follows_the_copies(default_trial: Trial) -> None:
    patient = default_trial.patients[6]
    sample = patient.tumor.samples[0]
    tumor = _interval_share(make_mixture(default_trial.genome, patient, sample), default_trial)
    normal = _interval_share(make_mixture(default_trial.genome, patient, None), default_trial)
    places = [(name, s.start) for name, spans in default_trial.genome.targets.items() for s in spans]
    expected = []
    for contig, pos in places:
        mean = sum(
            share * sum(patient.tumor.copies(contig, pos, c)) for c, share in sample.prevalence.items()
        )
        expected.append(sample.purity * mean + 2 * (1 - sample.purity))
    wanted = np.array(expected) * normal / (np.array(expected) * normal).sum()
    deep = normal > 0.001
    ratio = np.log2(tumor[deep] / wanted[deep])
    assert abs(np.median(ratio)) < 0.03 and np.std(ratio) < 0.25
    for level in np.unique(np.array(expected)[deep]):
        rows = np.array(expected)[deep] == level
        assert abs(np.median(ratio[rows])) < 0.15


def test_alleles_of_the_germline_follow_the_copies(default_trial: Trial) -> None:
    """Heterozygous sites of the first copy show its share of all copies."""
    genome, reads = default_trial.genome, default_trial.parameters.reads
    patient = default_trial.patients[6]
    sample = patient.tumor.samples[0]
    mixture = make_mixture(genome, patient, sample)
    weights = interval_weights(genome.targets, reads, 1, "x")
    fragments = draw_fragments(stream(1, "z"), mixture, genome.targets, weights, reads, 200)
    sites = [
        g for g in patient.germline
        if g.copies == (0,) and g.variant.kind == "snv"
        and any(t.start <= g.variant.pos < t.end for t in genome.targets[g.variant.contig])
    ]  # fmt: skip
    # As if they were somatic: strands of the first parent carry them.
    as_carried = [
        replace(
            cells,
            strands=tuple(
                replace(s, carried=frozenset(g.variant for g in sites) if s.parent == 0 else frozenset())
                for s in cells.strands
            ),
        )
        for cells in mixture
    ]
    counts = count_alleles(fragments, as_carried, list(genome.contigs), [g.variant for g in sites], 100)
    residuals = []
    for g in sites:
        of_first = of_all = 0.0
        for clone, share in sample.prevalence.items():
            first, second = patient.tumor.copies(g.variant.contig, g.variant.pos, clone)
            of_first, of_all = of_first + share * first, of_all + share * (first + second)
        p = (sample.purity * of_first + 1 - sample.purity) / (
            sample.purity * of_all + 2 * (1 - sample.purity)
        )
        n_ref, n_alt = counts[g.variant]
        if n_ref + n_alt >= 20:
            residuals.append((n_alt - (n_ref + n_alt) * p) / ((n_ref + n_alt) * p * (1 - p)) ** 0.5)
    assert len(residuals) > 60
    assert abs(np.mean(residuals)) < 0.4 and 0.75 < np.std(residuals) < 1.25


def test_without_signatures_no_table_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WES_BIOMARKERS_SIGNATURES", "/nowhere")
    small = replace(Parameters().genome, n_contig=1, contig_length=60_000, n_gene=6, n_repeat_copy=4)
    plain = Parameters(n_patient=2, genome=small, tumor=TumorParameters(n_snv=(5, 5), signatures=()))
    assert len(plan_trial(plain).patients) == 2
    with pytest.raises(InputError, match="no such folder of reference signatures"):
        plan_trial(replace(plain, tumor=replace(plain.tumor, signatures=("SBS1:1",))))
