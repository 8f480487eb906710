import json
import math
from dataclasses import replace

import numpy as np
import pytest
from segmentation import binary_segments

from wes_biomarkers.features.allele_segments import Bins, HetSites, assemble_segments
from wes_biomarkers.features.copy_evidence import assemble_evidence
from wes_biomarkers.features.copy_states import (
    EVEN_SHARE,
    LEVEL_DECAY,
    OUTLIER_SHARE,
    predict_baf,
    predict_log2,
)
from wes_biomarkers.features.purity import (
    PURITIES,
    call_copies,
    compute_purity,
    fit_purity,
    log_likelihood_surface,
)
from wes_biomarkers.features.tmb import Pair
from wes_biomarkers.simulate.copy_number import draw_plan, simulate_tumor

STEP = 100_000
PAIR = Pair("P1", "T_vs_N")
#: One segment a contig: contig -> (total, minor) copies in the tumour.
STATES = {"chr1": (2, 1), "chr2": (1, 0), "chr3": (3, 1), "chr4": (2, 0), "chr5": (2, 1), "chr6": (4, 1)}


def tumor(states, purity, *, n_bin=60, n_het=30, sd=0.1, depth=100, male=(), subclone=None, seed=0):
    """Bins, sites and CBS segments of a tumour with one state a contig.

    `male` contigs have one copy in normal cells; `subclone` is (contig, share of the tumour cells that have the
    contig's state, the others being 2/1).
    """
    rng = np.random.default_rng(seed)
    bins = {name: [] for name in ("chrom", "start", "end", "log2")}
    sites = {name: [] for name in ("chrom", "pos", "t_ref", "t_alt", "n_ref", "n_alt")}
    for chrom, (total, minor) in states.items():
        if subclone and chrom == subclone[0]:
            total, minor = (subclone[1] * a + (1 - subclone[1]) * b for a, b in ((total, 2), (minor, 1)))
        normal = 1 if chrom in male else 2
        reference = 1 if chrom.endswith("Y") else 2
        cells = max(purity * total + (1 - purity) * normal, 0.01)
        start = np.arange(n_bin) * STEP
        bins["chrom"] += [chrom] * n_bin
        bins["start"] += start.tolist()
        bins["end"] += (start + 300).tolist()
        bins["log2"] += (np.log2(cells / reference) + rng.normal(0, sd, n_bin)).tolist()
        if normal == 2:
            share = (purity * minor + 1 - purity) / cells
            share = np.where(rng.random(n_het) < 0.5, share, 1 - share)
            reads = rng.poisson(depth * cells / 2, n_het) + 1
            alt, n_alt = rng.binomial(reads, share), rng.binomial(80, 0.5, n_het)
            sites["chrom"] += [chrom] * n_het
            sites["pos"] += (np.arange(n_het) * (n_bin * STEP // n_het)).tolist()
            for name, values in (
                ("t_alt", alt),
                ("t_ref", reads - alt),
                ("n_alt", n_alt),
                ("n_ref", 80 - n_alt),
            ):
                sites[name] += values.tolist()
    cbs = {"chrom": list(states), "start": [0] * len(states), "end": [n_bin * STEP] * len(states)}
    bins, het = Bins.of(bins), HetSites.of(sites)
    return assemble_segments(bins, cbs, het), bins, het


def test_predictions_of_a_lost_copy_at_half_purity():
    assert predict_log2(0.5, 2.0, np.array([1.0]))[0] == pytest.approx(math.log2(1.5 / 2))
    assert predict_baf(0.5, np.array([1.0]), np.array([0.0]))[0] == pytest.approx(1 / 3)
    assert predict_baf(1.0, np.array([0.0]), np.array([0.0]))[0] == 0.5


@pytest.mark.parametrize("seed", range(1, 7))
def test_simulated_tumours(seed):
    plan = draw_plan(seed)
    made = simulate_tumor(seed, plan)
    segments = assemble_segments(made.bins, binary_segments(made.bins), made.het)
    fit = fit_purity(segments, made.bins, made.het, plan.sex)
    assert fit.status == "ok"
    if fit.confidence != "low":
        assert fit.purity == pytest.approx(plan.purity, abs=0.04)
        assert fit.ploidy == pytest.approx(made.ploidy, abs=0.2)
    else:
        answers = [(fit.purity, fit.ploidy), *((p, c) for p, c, _ in fit.alternatives)]
        assert min(abs(p - plan.purity) + abs(c - made.ploidy) for p, c in answers) < 0.2


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_quiet_genomes_are_not_evaluable(seed):
    made = simulate_tumor(seed, replace(draw_plan(seed, quiet=True), n_bin=8000, n_het=4000))
    segments = assemble_segments(made.bins, binary_segments(made.bins), made.het)
    fit = fit_purity(segments, made.bins, made.het, made.plan.sex)
    assert fit.status == "not_evaluable" and fit.reason.startswith("quiet genome")
    assert math.isnan(fit.purity) and fit.alternatives == ()
    assert call_copies(segments, fit) is segments


@pytest.mark.parametrize("purity", [0.3, 0.6, 0.85])
def test_a_genome_of_six_contigs_and_180_sites(purity):
    data = tumor(STATES, purity)
    fit = fit_purity(*data)
    assert fit.status == "ok" and fit.purity == pytest.approx(purity, abs=0.05)
    assert fit.purity_ci[0] <= fit.purity <= fit.purity_ci[1]
    assert fit.ploidy == pytest.approx(14 / 6, abs=0.15)
    found = call_copies(data[0], fit)
    expected = [STATES[name] for name in found.chrom.tolist()]
    assert list(zip(found.total_cn, found.minor_cn, strict=True)) == expected
    assert (found.cell_fraction == fit.purity).all()


def test_purity_does_not_follow_a_shift_of_all_log_ratios():
    segments, bins, het = tumor(STATES, 0.6)
    shifted = replace(bins, log2=bins.log2 + 0.15)
    moved = fit_purity(replace(segments, log2=segments.log2 + 0.15), shifted, het)
    fit = fit_purity(segments, bins, het)
    assert moved.purity == pytest.approx(fit.purity, abs=0.02)
    assert moved.ploidy == pytest.approx(fit.ploidy, abs=0.05)


def test_a_lone_even_change_has_a_rival():
    fit = fit_purity(*tumor({"chr1": (2, 1), "chr2": (2, 1), "chr3": (2, 0)}, 0.5))
    assert fit.status == "ok"
    assert any(abs(purity - fit.purity) > 0.1 for purity, _, _ in fit.alternatives)
    assert fit.confidence != "high"


def test_homozygous_deletion_and_amplification():
    segments, bins, het = tumor(STATES | {"chr7": (0, 0), "chr8": (14, 1)}, 0.7)
    fit = fit_purity(segments, bins, het)
    assert fit.purity == pytest.approx(0.7, abs=0.05)
    found = call_copies(segments, fit)
    total = dict(zip(found.chrom.tolist(), found.total_cn.tolist(), strict=True))
    assert total["chr7"] == 0 and total["chr8"] == pytest.approx(14, abs=1)


@pytest.mark.parametrize(("sex", "x", "y"), [("male", 1, 1), ("unknown", math.nan, math.nan)])
def test_x_and_y_of_men(sex, x, y):
    segments, bins, het = tumor(STATES | {"chrX": (1, 0), "chrY": (1, 0)}, 0.6, male=("chrX", "chrY"))
    found = call_copies(segments, fit_purity(segments, bins, het, sex))
    assert found.total_cn[-2:].tolist() == pytest.approx([x, y], nan_ok=True)
    assert found.minor_cn[-2:].tolist() == pytest.approx([x - 1, y - 1], nan_ok=True)


def test_x_is_not_fitted():
    data = tumor(STATES | {"chrX": (1, 0)}, 0.6, male=("chrX",))
    fit, other = fit_purity(*data, "male"), fit_purity(*tumor(STATES, 0.6))
    assert (fit.purity, fit.purity_ci, fit.psi) == (other.purity, other.purity_ci, other.psi)
    assert fit.ploidy == pytest.approx(other.ploidy, abs=0.001)


def test_a_subclonal_loss_is_told_with_its_share():
    segments, bins, het = tumor(STATES | {"chr7": (1, 0)}, 0.7, subclone=("chr7", 0.5), n_bin=200, n_het=100)
    fit = fit_purity(segments, bins, het)
    found = call_copies(segments, fit)
    assert fit.goodness < 1
    assert (found.total_cn[-1], found.minor_cn[-1]) == (1, 0)
    assert found.cell_fraction[-1] == pytest.approx(0.35, abs=0.06)
    assert (found.cell_fraction[:-1] == fit.purity).all()


def test_purer_than_possible():
    fit = fit_purity(*tumor({**STATES, "chr7": (2, 0)}, 1.0))
    assert fit.status == "not_evaluable" and "purer than possible" in fit.reason


def test_no_bins_one_site_and_few_sites():
    segments, bins, het = tumor(STATES, 0.6)
    nothing = Bins.of({"chrom": [], "start": [], "end": [], "log2": []})
    assert fit_purity(segments, nothing, het).reason.startswith("no bins")
    assert fit_purity(segments, bins, het.where(np.arange(1))).reason.startswith("1 heterozygous sites")
    none = het.where(np.arange(0))
    fit = fit_purity(segments, bins, none)
    assert fit.status == "not_evaluable" and fit.reason.startswith("0 heterozygous sites")


def test_minor_copies_are_unknown_where_no_site_is():
    segments, bins, het = tumor(STATES, 0.6)
    het = het.where(het.chrom != "chr6")
    segments = assemble_segments(bins, segments.columns(), het)
    found = call_copies(segments, fit_purity(segments, bins, het))
    assert found.total_cn[-1] == 4 and math.isnan(found.minor_cn[-1])


def test_other_segments_are_refused():
    segments, bins, het = tumor(STATES, 0.6)
    with pytest.raises(ValueError, match="other segments"):
        call_copies(segments.where(np.arange(2)), fit_purity(segments, bins, het))


def test_surface_agrees_with_a_plain_sum():
    """Each segment's likelihood written out once more, state by state."""
    segments, bins, het = tumor(dict(list(STATES.items())[:3]), 0.6, n_het=20)
    evidence = assemble_evidence(segments, bins, het, "unknown")
    surface = log_likelihood_surface(evidence)
    row, psi, column = 55, 2.0, 16
    purity, expected = PURITIES[row], 0.0
    for k in range(len(segments)):
        weights = {c: math.exp(-LEVEL_DECAY * abs(c - psi)) for c in range(9)}
        whole = sum(weights.values())
        likelihood = 0.0
        for c, weight in weights.items():
            cells = purity * c + 2 * (1 - purity)
            z = (evidence.log2[k] - math.log2(cells / 2)) / evidence.log2_sd[k]
            density = math.exp(-z * z / 2) / (evidence.log2_sd[k] * math.sqrt(2 * math.pi))
            for m in range(c // 2 + 1):
                baf = (purity * m + 1 - purity) / cells
                fit = np.interp(baf, np.linspace(0, 0.5, 101), evidence.baf_fit[k])
                split = 1 if c < 2 else EVEN_SHARE if m == c // 2 else (1 - EVEN_SHARE) / (c // 2)
                likelihood += (1 - OUTLIER_SHARE) * weight / whole * split * density * math.exp(fit)
        likelihood += OUTLIER_SHARE / 3 * np.exp(evidence.baf_fit[k]).mean()
        expected += math.log(likelihood)
    assert surface[row, column] == pytest.approx(expected, abs=1e-6)


def test_record():
    segments, bins, het = tumor(STATES, 0.6)
    fit = fit_purity(segments, bins, het)
    record = compute_purity(fit, PAIR, {"a": 1}, synthetic=True)
    assert (record.feature, record.definition_id, record.status) == ("purity", "wes_purity", "ok")
    assert record.ci == fit.purity_ci and "synthetic" in record.flags
    assert record.values["n_alternative"] == len(record.values["alternatives"])
    assert json.loads(json.dumps(record.as_dict()))["values"]["purity"] == fit.purity
    none = compute_purity(fit_purity(segments, bins, het.where(np.arange(0))), PAIR)
    assert none.status == "not_evaluable" and none.reason and set(none.values.values()) == {None}
