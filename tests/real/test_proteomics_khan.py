"""Serum proteins of 146 patients on checkpoint inhibitors at two times (Khan 2025): every out-of-range mark is censored."""

from __future__ import annotations

import csv
import math

import pytest
from scipy.stats import rankdata

from wes_biomarkers.cli.main import main
from wes_biomarkers.features.proteomics import for_ranking
from wes_biomarkers.io.cohort_folder import read_cohort

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def rows(real_data):
    """The table as published, a row a patient and time, every cell text."""
    with open(real_data / "toxicity_khan2025" / "khan_cytokine_long.csv", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture(scope="module")
def cohort(real_data, rows, tmp_path_factory):
    """A cohort of grades and proteins, made as docs/proteomics.md says."""
    folder, source = tmp_path_factory.mktemp("khan"), real_data / "toxicity_khan2025"
    lines = [f"{row['patient_id']}_{row['timepoint'].split()[0]},{row['patient_id']},serum,{row['timepoint']}"
             for row in rows]  # fmt: skip
    (folder / "samples.csv").write_text("sample_id,patient_id,specimen,timepoint\n" + "\n".join(lines) + "\n")
    with open(source / "khan_metadata.csv", encoding="utf-8") as handle:
        grades = [f"{row['patient_id']},{row['highest_grade_iraE']}" for row in csv.DictReader(handle)]
    (folder / "clinical.csv").write_text("patient_id,highest_toxicity_grade\n" + "\n".join(grades) + "\n")
    (folder / "settings.toml").write_text('baseline = "BL"\n')
    words = ["cohort", "build", "--clinical", folder / "clinical.csv", "--out", folder / "co"]
    words += [
        "--proteomics",
        source / "khan_cytokine_long.csv",
        "--proteomics-sample",
        folder / "samples.csv",
    ]
    words += ["--proteomics-settings", folder / "settings.toml"]
    with pytest.raises(SystemExit) as stopped:
        main([str(word) for word in words])
    assert not stopped.value.code
    return read_cohort(folder / "co")


def test_every_patient_protein_and_mark_is_there(cohort, rows):
    proteins = list(rows[0])[2:]
    texts = [row[name] for row in rows for name in proteins]
    n_below, n_starred = texts.count("OOR <"), sum(text.startswith("*") for text in texts)
    assert (n_below, n_starred) == (356, 483)
    summary = cohort.manifest["proteomics"]
    assert summary["marks"] == {"OOR <": n_below, "*number": n_starred}
    assert (summary["n_sample"], summary["n_protein"], summary["proteins_dropped"]) == (292, 40, {})
    assert cohort.manifest["counts"]["n_patient"] == 162 and summary["patients_without_cohort"] == []
    values = cohort.tables["proteomics"]
    assert len(values) == len(texts) == 292 * 40
    assert values["censored"].value_counts().to_dict() == {"": 10841, "below": 839}
    assert values["value"].notna().all(), "every limit is known: each protein was quantified somewhere"


def test_values_and_limits_as_a_plain_loop_finds_them(cohort, rows):
    values = cohort.tables["proteomics"].set_index(["sample_id", "protein"])
    for protein in list(rows[0])[2:]:
        lowest = min(float(row[protein]) for row in rows if row[protein][0].isdigit())
        for row in rows:
            text = row[protein]
            number = lowest if text == "OOR <" else max(float(text.lstrip("*")), lowest)
            found = values.loc[(f"{row['patient_id']}_{row['timepoint'].split()[0]}", protein)]
            assert found["value"] == pytest.approx(math.log2(number))
            assert found["censored"] == ("" if text[0].isdigit() else "below")
            assert found["flags"] == ("extrapolated" if text[0] == "*" else "")


def test_changes_are_bounded_where_one_of_a_pair_is_censored(cohort, rows):
    change = cohort.tables["proteomics_change"]
    pairs = {}
    for row in rows:
        pairs.setdefault(row["patient_id"], {})[row["timepoint"]] = row
    kinds = {"exact": 0, "above": 0, "below": 0, "both_censored": 0}
    for visits in pairs.values():
        for protein in list(rows[0])[2:]:
            before, after = (not visits[time][protein][0].isdigit() for time in ("BL", "6-8 wks"))
            kinds[
                "both_censored" if before and after else "above" if before else "below" if after else "exact"
            ] += 1
    assert len(change) == 146 * 40
    assert (change["reason"] == "both_censored").sum() == kinds["both_censored"]
    assert (change["censored"] == "above").sum() == kinds["above"]
    assert (change["censored"] == "below").sum() == kinds["below"]
    assert change["change"].isna().sum() == kinds["both_censored"]


def test_ranks_of_a_protein_with_one_limit(cohort):
    values = cohort.tables["proteomics"]
    il6 = values[(values["protein"] == "IL-6") & (values["timepoint"] == "BL")]
    lowest = il6["value"].where(il6["censored"] == "", -math.inf)
    assert (il6["censored"] == "below").sum() > 10
    ranks = for_ranking(il6["value"], il6["censored"])
    assert ranks == pytest.approx(rankdata(lowest)), (
        "IL-6 has no number within its range that was extrapolated"
    )
