import numpy as np
import pytest
from scipy.stats import entropy

from wes_biomarkers.features.ccf import Estimates, Purity
from wes_biomarkers.features.clonality import (
    Labels,
    Sample,
    assemble_mutations,
    classify,
    compute_clonality,
    math_score,
    rows_of,
    shannon_index,
)
from wes_biomarkers.features.segments import COLUMNS, Segments
from wes_biomarkers.io.clonality import read_rules
from wes_biomarkers.stats.proportions import wilson_interval

RULES = read_rules()
LABELS = Labels("P1", "T_vs_N")


def segments(*rows):
    """Rows of chrom, start, end, total, minor, cell fraction."""
    columns = {name: [0.0] * len(rows) for name in COLUMNS}
    names = ("chrom", "start", "end", "total_cn", "minor_cn", "cell_fraction")
    return Segments.of({**columns, **dict(zip(names, zip(*rows, strict=True), strict=bool(rows)))})


PLAIN = segments(("1", 0, 1000, 2, 1, np.nan), ("1", 2000, 3000, 3, 1, 0.3), ("X", 0, 1000, 1, 0, 0.6))


def variants(*rows):
    """Rows of chrom, start, alt reads, depth."""
    chrom, start, alt, depth = (
        (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [], [])
    )
    reads = {"t_alt": np.array(alt, float), "t_depth": np.array(depth, float)}
    return {
        "chrom": np.array(chrom, object),
        "start": np.array(start, np.int64),
        "ref": np.array(["A"] * len(rows), object),
        "alt": np.array(["C"] * len(rows), object),
        **reads,
        "vaf": reads["t_alt"] / reads["t_depth"],
    }


def sample(**changes):
    return Sample(**{"segments": PLAIN, "purity": Purity(0.6), "sex": "male", **changes})


def record(*rows, **changes):
    own = sample(**changes)
    table = assemble_mutations(variants(*rows), own, RULES)
    return compute_clonality(table, own, np.zeros(0), RULES, LABELS)


def classes(*rows, **changes):
    return assemble_mutations(variants(*rows), sample(**changes), RULES)["clonality"].tolist()


@pytest.mark.parametrize(
    ("ccf", "bound", "expected"),
    [
        (0.81, 0.85, "clonal"),
        (0.80, 0.90, "subclonal"),
        (0.75, 0.91, "clonal"),
        (0.70, 1.00, "subclonal"),
        (np.nan, np.nan, "indeterminate"),
    ],
)
def test_rule_at_its_boundaries(ccf, bound, expected):
    nothing = np.array([np.nan])
    made = Estimates(nothing, np.array([ccf]), nothing, nothing, nothing, np.array([bound]))
    assert classify(made, RULES).tolist() == [expected]


def test_classes_by_place():
    rows = [
        ("1", 10, 30, 100),
        ("1", 10, 8, 100),
        ("1", 1500, 30, 100),
        ("1", 2500, 30, 100),
        ("X", 5, 60, 100),
    ]
    unknown = "indeterminate"  # between segments; in one that half of the tumour's cells share
    assert classes(*rows) == ["clonal", "subclonal", unknown, unknown, "clonal"]
    assert classes(rows[-1], sex="unknown") == [unknown], "X of a patient whose sex is unknown"


def test_a_segment_just_shared_enough_counts():
    shared = segments(("1", 0, 1000, 2, 1, 0.36))
    assert classes(("1", 10, 30, 100), segments=shared) == ["clonal"]
    assert classes(("1", 10, 30, 100), segments=shared, purity=Purity(0.61)) == ["indeterminate"]


def test_a_segment_shared_by_more_cells_than_the_tumour_has_does_not_count():
    other_fit = segments(("1", 0, 1000, 2, 1, 0.6))
    assert classes(("1", 10, 30, 100), segments=other_fit, purity=Purity(0.55)) == ["clonal"]
    assert classes(("1", 10, 30, 100), segments=other_fit, purity=Purity(0.45)) == ["indeterminate"]


def test_record_counts_and_interval():
    made = record(*[("1", i, 30, 100) for i in range(15)], *[("1", 50 + i, 6, 100) for i in range(5)])
    assert made.status == "ok" and (made.numerator, made.denominator) == (15, 20)
    assert made.values["clonal_fraction"] == 0.75 and made.ci == pytest.approx((0.5313, 0.8881), abs=1e-4)
    assert (made.values["n_clonal"], made.values["n_subclonal"], made.values["n_indeterminate"]) == (15, 5, 0)
    assert made.flags == ()


def test_unknown_purity_is_not_evaluable_and_the_score_stays():
    made = record(("1", 10, 30, 100), purity=None, missing="purity is not evaluable: a quiet genome")
    assert made.status == "not_evaluable" and made.reason == "purity is not evaluable: a quiet genome"
    assert made.values["n_clonal"] is None and made.values["n_indeterminate"] == 1
    assert made.values["math_score"] == 0.0


@pytest.mark.parametrize(
    ("rows", "reason"),
    [([], "no mutation passed"), ([("1", 1500, 30, 100)], "copy number is unknown")],
)
def test_nothing_to_tell_is_not_evaluable(rows, reason):
    made = record(*rows)
    assert made.status == "not_evaluable" and reason in made.reason


def test_no_segments_at_all():
    assert record(("1", 10, 30, 100), segments=segments()).status == "not_evaluable"


def test_flags():
    assert record(("1", 10, 3, 10), ("1", 1500, 3, 10), specimen="plasma", purity=Purity(0.1)).flags == (
        *("few_mutations", "wide_ccf_interval", "many_indeterminate", "low_vaf_specimen"),
    )


def test_math_score_is_that_of_its_authors():
    """100 x 1.4826 x median(|vaf - median|) / median, as R's `mad` and `median` give it."""
    vaf = [0.08, 0.12, 0.31, 0.33, 0.35, 0.4, 0.05]
    kept = np.array(vaf[:-1])
    expected = 100 * 1.4826 * np.median(abs(kept - np.median(kept))) / np.median(kept)
    assert math_score(vaf, 0.075) == pytest.approx(expected)
    assert math_score([0.01, np.nan], 0.075) is None


def test_shannon_is_scipys_entropy():
    assert shannon_index([5, 3, 2, 0]) == pytest.approx(entropy([5, 3, 2]))
    assert shannon_index([7]) == 0 and shannon_index([]) is None


@pytest.mark.parametrize(("n", "total"), [(0, 10), (10, 10), (3, 17)])
def test_wilson_is_scipys(n, total):
    from scipy.stats import binomtest

    limits = binomtest(n, total).proportion_ci(method="wilson")
    assert wilson_interval(n, total) == pytest.approx((limits.low, limits.high), abs=1e-6)


def test_rows_are_found_by_allele():
    table = variants(("1", 10, 1, 9), ("1", 20, 1, 9))
    asked = variants(("1", 20, 1, 9), ("2", 20, 1, 9))
    assert rows_of(table, asked).tolist() == [1, -1]
