from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from wes_biomarkers.features.ccf import Loci, Purity
from wes_biomarkers.features.clonality import Labels, Sample
from wes_biomarkers.features.evolution import (
    TimePoint,
    assign_clusters,
    compare,
    compute_evolution,
    detection_power,
    place,
    union_of,
    with_changes,
)
from wes_biomarkers.features.segments import COLUMNS, Segments
from wes_biomarkers.io.clonality import read_rules

RULES = read_rules()


def point(name, rows, purity=0.6, specimen="tissue"):
    """Rows of called, alt, depth (diploid)."""
    called, alt, depth = zip(*rows, strict=True)
    n = len(rows)
    loci = Loci(np.array(alt, float), np.array(depth, float), *(np.full(n, v) for v in (2.0, 1.0, 2.0)))
    return TimePoint(name, np.array(called, bool), loci, None if purity is None else Purity(purity), specimen)


CLONAL, ABSENT, SHALLOW, UNSEEN = (True, 30, 100), (False, 0, 100), (False, 0, 9), (False, np.nan, np.nan)


@pytest.mark.parametrize(("depth", "ccf", "need"), [(20, 1.0, 3), (60, 0.4, 3), (100, 0.1, 1), (5, 1.0, 2)])
def test_power_is_the_binomial_tail(depth, ccf, need):
    loci = point("A", [(False, 0, depth)]).loci
    expected = binom.sf(need - 1, depth, ccf * 0.6 / 2)
    assert detection_power(loci, Purity(0.6), [1.0], [ccf], need)[0] == pytest.approx(expected)


def test_power_is_unknown_with_what_it_rests_on():
    loci = point("A", [ABSENT, UNSEEN]).loci
    assert np.isnan(detection_power(loci, None, [1, 1], [1, 1], 3)).all()
    assert np.isnan(detection_power(loci, Purity(0.6), [1, 1], [1, 1], 3)).tolist() == [False, True]


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (CLONAL, CLONAL, "kept"),
        (CLONAL, ABSENT, "lost"),
        (ABSENT, CLONAL, "gained"),
        (CLONAL, SHALLOW, "unknown"),
        (SHALLOW, CLONAL, "unknown"),
        (CLONAL, UNSEEN, "unknown"),
        (CLONAL, (False, 2, 100), "kept"),  # no call, but two reads of a known mutation
        (CLONAL, (False, 1, 100), "lost"),
        ((True, 4, 100), (False, 0, 60), "unknown"),  # at .13 of the cells 60 reads may miss it
        (ABSENT, ABSENT, None),
    ],
)
def test_change_of_a_mutation(before, after, change):
    assert compare(point("A", [before]), point("B", [after]), RULES).tolist() == [change]


def test_low_purity_makes_absence_unknown():
    assert compare(point("A", [CLONAL]), point("B", [ABSENT], purity=0.05), RULES).tolist() == ["unknown"]
    assert compare(point("A", [CLONAL]), point("B", [ABSENT], purity=None), RULES).tolist() == ["unknown"]


def test_records_compare_each_later_point_with_the_first():
    points = [point("A", [CLONAL] * 4), point("B", [CLONAL, ABSENT, SHALLOW, CLONAL]),
              point("C", [ABSENT] * 4, specimen="plasma")]  # fmt: skip
    labels = [Labels("P1", name) for name in "ABC"]
    (second, change), (third, _) = compute_evolution(points, RULES, labels)
    assert change.tolist() == ["kept", "lost", "unknown", "kept"]
    assert (second.pair_id, second.values["compared_with"]) == ("B", "A")
    assert (second.numerator, second.denominator, second.values["n_unknown"]) == (1, 3, 1)
    assert third.values["turnover_fraction"] == 1.0 and third.flags == ("low_vaf_specimen",)


def test_nothing_known_is_not_evaluable():
    points = [point("A", [CLONAL]), point("B", [SHALLOW])]
    ((record, _),) = compute_evolution(points, RULES, [Labels("P1", "A"), Labels("P1", "B")])
    assert record.status == "not_evaluable" and record.values["turnover_fraction"] is None


def evolution(*points):
    ((record, _),) = compute_evolution(points, RULES, [Labels("P1", point.pair_id) for point in points])
    return record


def test_turnover_is_unknown_where_only_kept_can_be_known():
    made = evolution(point("A", [CLONAL, CLONAL, UNSEEN]), point("B", [CLONAL, UNSEEN, CLONAL]))
    assert (made.status, made.values["turnover_fraction"]) == ("not_evaluable", None)
    assert [made.values[name] for name in ("n_kept", "n_gained", "n_lost", "n_unknown")] == [1, None, None, 2]
    assert made.reason.startswith("2 mutations were found once") and made.flags == ("needs_review",)


def test_one_blind_sample_and_a_large_unknown_share_ask_for_review():
    blind = evolution(point("A", [CLONAL] * 8 + [ABSENT]), point("B", [CLONAL] * 7 + [UNSEEN, CLONAL]))
    assert (blind.status, blind.values["n_gained"], blind.values["n_lost"]) == ("ok", 1, None)
    assert blind.flags == ("needs_review",) and blind.reason.startswith("1 mutations left out")
    rows = [ABSENT] + [CLONAL] * 2
    assert evolution(point("A", [CLONAL] * 4), point("B", [*rows, SHALLOW])).flags == ("needs_review",)
    assert evolution(point("A", [CLONAL] * 5), point("B", [*rows, CLONAL, SHALLOW])).flags == ()


def test_all_kept_is_a_measured_zero():
    made = evolution(point("A", [CLONAL] * 3), point("B", [CLONAL] * 3))
    assert (made.values["turnover_fraction"], made.values["n_lost"], made.flags) == (0, 0, ())


def test_simulated_reads_are_said():
    made = evolution(point("A", [CLONAL]), replace(point("B", [CLONAL]), synthetic=True))
    assert made.flags == ("synthetic",)


def columns(*rows):
    chrom, start, alt = zip(*rows, strict=True)
    n = len(rows)
    return {
        "chrom": np.array(chrom, object),
        "start": np.array(start),
        "ref": np.array(["A"] * n, object),
        "alt": np.array(alt, object),
    }


def test_union_is_sorted_and_without_repeats():
    made = union_of(
        [columns(("2", 5, "C"), ("2", 9, "C")), columns(("2", 5, "G"), ("2", 5, "C"), ("1", 1, "C"))]
    )
    listed = list(zip(made["chrom"], made["start"].tolist(), made["alt"], strict=True))
    assert listed == [("2", 5, "C"), ("2", 5, "G"), ("2", 9, "C"), ("1", 1, "C")]


def test_what_a_sample_says_of_mutations_of_others():
    whole = Segments.of({**{name: [1.0] for name in COLUMNS}, "chrom": ["1"], "start": [0], "end": [99],
                         "total_cn": [2], "cell_fraction": [np.nan]})  # fmt: skip
    candidates = columns(("1", 1, "C"), ("1", 2, "C")) | {
        "is_pass": np.array([True, False]),
        "t_alt": np.array([9.0, 1.0]),
        "t_depth": np.array([50.0, 40.0]),
    }
    mutations = columns(("1", 1, "C"), ("1", 2, "C"), ("1", 3, "C"), ("1", 4, "C"))
    sample = Sample(whole, Purity(0.5), synthetic=True)
    reads = (np.array([0, 0, 0, np.nan]), np.array([20, 20, 20, np.nan]))
    made = place(mutations, "A", candidates, reads, sample, RULES)
    assert made.called.tolist() == [True, False, False, False]
    assert made.loci.alt.tolist()[:3] == [9, 1, 0] and made.loci.depth.tolist()[:3] == [50, 40, 20]
    assert np.isnan(made.loci.depth[3]) and made.synthetic
    table = {name: values[:1] for name, values in mutations.items()} | {"cluster": np.array([np.nan])}
    (clustered,), (fractions,) = assign_clusters(mutations, [made], [table])
    assert clustered["cluster"].tolist() == [1] and len(fractions) >= 1
    both = with_changes(clustered, mutations, made, np.array(["kept", "lost", "unknown", None], object))
    assert both["start"].tolist() == [1, 2, 3] and both["change"].tolist() == ["kept", "lost", "unknown"]
