"""HLA typing of simulated individuals, full runs: 100 at 60x and 20x, and 30 with alleles drawn regardless of commonness.

Seeds 201 to 300, looked at by nobody before; thresholds were chosen on 1000 to 1039 and 1100 to 1130. A first run on seeds 1
to 100 was below its limit (class I at 60x .977); the fault behind it (freak long exons that drew reads from their own gene)
was found on the others, where the prior was made steeper too. Common alleles of IMGT/HLA 3.33; exome-like pairs of 2 x 100
bases with errors, introns that the reference does not know, and for each gene one copy with 6 % of its bases changed, as
deep as the gene. An allele counts as right when its two-field name is called, or is in the ambiguity group of the one
called; groups are made before typing.
"""

from __future__ import annotations

import time

import pytest
from acceptance_table import Measure, note
from hla_study import Outcome, prepare, share_right, type_individual

pytestmark = pytest.mark.acceptance

SEEDS = range(201, 301)
RARE_SEEDS = range(201, 231)


def measures(outcomes: list[Outcome], kind: str, limits: dict[str, float]) -> list[Measure]:
    lines = []
    for mhc_class in ("I", "II"):
        own = [outcome for outcome in outcomes if outcome.mhc_class == mhc_class]
        share, limit = share_right(own), limits.get(mhc_class)
        lines.append(
            Measure(
                f"class {mhc_class} alleles right at two fields, {kind}",
                2 * len(own),
                share,
                "" if limit is None else f"at least {limit:g}",
                None if limit is None else share >= limit,
            )
        )
    sure = [outcome for outcome in outcomes if outcome.typing.confidence == "high"]
    lines.append(Measure(f"alleles right where confidence is high, {kind}", 2 * len(sure), share_right(sure)))
    lines.append(Measure(f"genes with high confidence, {kind}", len(outcomes), len(sure) / len(outcomes)))
    return lines


@pytest.mark.parametrize(("depth", "limit_class_1"), [(60, 0.98), (20, 0.95)])
def test_common_alleles(real_data, depth, limit_class_1):
    start = time.monotonic()
    study = prepare(real_data / "hla_imgt")
    outcomes = [outcome for seed in SEEDS for outcome in type_individual(study, seed, depth)]
    lines = measures(outcomes, f"common alleles at {depth}x", {"I": limit_class_1, "II": 0.95})
    for gene in dict.fromkeys(outcome.typing.gene for outcome in outcomes):
        own = [outcome for outcome in outcomes if outcome.typing.gene == gene]
        lines.append(
            Measure(f"{gene} alleles right, common alleles at {depth}x", 2 * len(own), share_right(own))
        )
    note("hla typing", f"{SEEDS[0]}-{SEEDS[-1]}", (time.monotonic() - start) / 60, lines)
    assert all(line.ok is not False for line in lines), lines


def test_any_alleles(real_data):
    start = time.monotonic()
    study = prepare(real_data / "hla_imgt")
    weights = {str(allele.two_field): 1.0 for allele in study.drawable}
    outcomes = [outcome for seed in RARE_SEEDS for outcome in type_individual(study, seed, 60, weights)]
    lines = measures(outcomes, "alleles drawn alike at 60x", {})
    note("hla typing", f"{RARE_SEEDS[0]}-{RARE_SEEDS[-1]}", (time.monotonic() - start) / 60, lines)
    assert share_right(outcomes) > 0.85
