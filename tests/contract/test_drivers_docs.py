"""docs/drivers.md names every list, state, value and threshold that the code has."""

from pathlib import Path

from wes_biomarkers.contracts.biomarkers import BIOMARKERS
from wes_biomarkers.contracts.biomarkers.drivers import EXONUCLEASE_STATES
from wes_biomarkers.contracts.tables import GENE
from wes_biomarkers.features.drivers import DEFINITIONS
from wes_biomarkers.features.gene_status import MIN_GAP
from wes_biomarkers.features.pathways import EXONUCLEASE, MIN_ASSESSED
from wes_biomarkers.io.gene_copies import read_thresholds
from wes_biomarkers.io.gene_sets import read_catalogue, read_driver_rules

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "drivers.md").read_text(encoding="utf-8")
FLAT = " ".join(PAGE.split())


def test_names():
    states = GENE.by_name["status"].allowed or ()
    sets = [one.id for one in read_catalogue().sets.values() if one.kind != "germline"]
    for name in (*sets, *states, *EXONUCLEASE_STATES, *DEFINITIONS):
        assert f"`{name}`" in PAGE, name
    for biomarker in BIOMARKERS:
        if biomarker.feature == "drivers" and not biomarker.value.startswith("altered_"):
            assert f"`{biomarker.value}`" in PAGE, biomarker.value


def test_thresholds():
    rules, copies = read_driver_rules(), read_thresholds().gene
    filters = rules.filters
    assert f"VAF >= {filters.min_vaf:g}" in FLAT
    assert f"{filters.min_alt_reads} or more alternate reads" in FLAT
    assert f"frequency <= {filters.max_population_af:g}" in FLAT
    assert f"less than {MIN_GAP} bases apart" in FLAT
    assert (
        f"{copies.amplification_copies:g} or more copies, or {copies.amplification_copies_high_ploidy:g}"
        in FLAT
    )
    assert f"ploidy is above {copies.high_ploidy:g}" in FLAT
    assert f"(>= {copies.amplification_log2:g}, <= {copies.deep_deletion_log2:g}:" in FLAT
    assert rules.min_callable_share == 0.5 and "less than half of its coding bases was callable" in FLAT
    assert MIN_ASSESSED == 0.8 and "4 of 5 of its genes" in FLAT
    for first, last in EXONUCLEASE.values():
        assert f"{first} and {last} of PO" in FLAT
