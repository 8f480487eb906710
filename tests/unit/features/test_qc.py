import pytest

from wes_biomarkers.features.qc import (
    MAX_CONTAMINATION,
    MIN_MEAN_COVERAGE_NORMAL,
    MIN_MEAN_COVERAGE_TUMOR,
    SampleQuality,
    compute_qc,
)

GOOD_TUMOR = SampleQuality(100.0, 0.99, 0.95, 0.1, 4000)
GOOD_NORMAL = SampleQuality(60.0, 0.98, 0.9, 0.05, 3000)


def qc(
    tumor=GOOD_TUMOR, normal=GOOD_NORMAL, callable_mb=0.12, contamination=(0.01, 0.002), is_synthetic=False
):
    return compute_qc(
        patient_id="P1",
        pair_id="T1_vs_N1",
        tumor=tumor,
        normal=normal,
        callable_target_mb=callable_mb,
        contamination=contamination,
        is_synthetic=is_synthetic,
        provenance={"schema": "x"},
    )


def test_a_good_pair():
    record = qc()
    assert (record.status, record.reason, record.flags) == ("ok", "", ())
    assert record.values == {
        "mean_coverage_tumor": 100.0,
        "mean_coverage_normal": 60.0,
        "target_20x_fraction_tumor": 0.95,
        "target_10x_fraction_normal": 0.98,
        "callable_target_mb": 0.12,
        "duplicate_fraction_tumor": 0.1,
        "duplicate_fraction_normal": 0.05,
        "n_read_tumor": 4000,
        "n_read_normal": 3000,
        "contamination": 0.01,
        "contamination_error": 0.002,
    }


def test_a_pair_from_calls_is_not_evaluable_and_all_is_unknown():
    record = qc(SampleQuality(), SampleQuality(), None, None)
    assert record.status == "not_evaluable"
    assert "started from calls" in record.reason
    assert set(record.values.values()) == {None}
    assert record.flags == ()


def test_what_is_unknown_stays_none_beside_what_is_known():
    values = qc(normal=SampleQuality(), contamination=None).values
    assert values["mean_coverage_tumor"] == 100.0
    assert values["mean_coverage_normal"] is None
    assert values["contamination"] is None and values["contamination_error"] is None


def test_a_measured_zero_is_a_value():
    record = qc(SampleQuality(0.0, 0.0, 0.0, None, 0), SampleQuality(), 0.0, None)
    assert record.status == "ok"
    assert record.values["mean_coverage_tumor"] == 0.0 and record.values["callable_target_mb"] == 0.0
    assert record.flags == ("low_coverage",)


@pytest.mark.parametrize(
    ("tumor", "normal", "flags"),
    [
        (MIN_MEAN_COVERAGE_TUMOR, MIN_MEAN_COVERAGE_NORMAL, ()),
        (MIN_MEAN_COVERAGE_TUMOR - 0.1, MIN_MEAN_COVERAGE_NORMAL, ("low_coverage",)),
        (MIN_MEAN_COVERAGE_TUMOR, MIN_MEAN_COVERAGE_NORMAL - 0.1, ("low_coverage",)),
        (None, None, ()),
    ],
)
def test_low_coverage(tumor, normal, flags):
    assert qc(SampleQuality(tumor), SampleQuality(normal)).flags == flags


@pytest.mark.parametrize(
    ("estimate", "flags"), [(0.0, ()), (MAX_CONTAMINATION, ()), (0.051, ("contamination_high",))]
)
def test_contamination(estimate, flags):
    assert qc(contamination=(estimate, 0.01)).flags == flags


def test_simulated_reads_are_flagged():
    assert qc(is_synthetic=True).flags == ("synthetic",)
