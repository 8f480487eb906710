"""Proteomics in a cohort: its tables, what the manifest says of them, and what is refused."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from wes_biomarkers.io.cohort_folder import read_cohort

CLINICAL = (
    "patient_id,arm_assigned,os_months,os_event\nP1,x,5,true\nP2,x,6,false\nP3,y,7,true\nP4,y,8,false\n"
)
HEADING = "sample_id,patient_id,specimen,timepoint,batch\n"
SHEET = HEADING + "".join(
    f"{patient}_{visit},{patient},serum,{visit},{batch}\n"
    for patient, batch in (("P1", "a"), ("P2", "b"), ("P3", "a"), ("P4", "b"))
    for visit in ("baseline", "week6")
)
VALUES = (
    "sample_id,IL6,TNF,IFNG,CRP\n"
    "P1_baseline,4,100,OOR <,\n"
    "P1_week6,8,OOR >,OOR <,\n"
    "P2_baseline,2,300,OOR <,\n"
    "P2_week6,*1,200,OOR <,\n"
    "P3_baseline,OOR <,50,OOR <,3\n"
    "P3_week6,16,0,OOR <,\n"
    "P4_baseline,32,25,OOR <,\n"
)


@pytest.fixture
def build(tmp_path, run):
    """Builds a cohort; files by option, each with its text."""

    def build_cohort(*words, **texts):
        files = {"clinical": CLINICAL, "proteomics": VALUES, "proteomics_sample": SHEET} | texts
        options = []
        for name, text in files.items():
            if text is not None:
                path = tmp_path / (f"{name}.toml" if name.endswith("settings") else f"{name}.csv")
                path.write_text(text)
                options += [f"--{name.replace('_', '-')}", path]
        code, _, said = run("cohort", "build", "--out", tmp_path / "co", *options, *words)
        return code, said, (read_cohort(tmp_path / "co") if code == 0 else None)

    return build_cohort


def test_tables_and_manifest(build):
    code, said, cohort = build()
    assert code == 0
    values = cohort.tables["proteomics"].set_index(["sample_id", "protein"])
    assert len(values) == 14, "quantified or censored, of proteins kept"
    il6 = values.loc[("P1_baseline", "IL6")]
    assert (il6["value"], il6["raw"], il6["censored"], il6["patient_id"]) == (2.0, 4.0, "", "P1")
    starred = values.loc[("P2_week6", "IL6")]
    assert (starred["value"], starred["raw"], starred["censored"]) == (1.0, 1.0, "below")
    assert starred["flags"] == "extrapolated"
    assert values.loc[("P3_baseline", "IL6"), "value"] == 2.0, "the lowest of batch a is 4"
    over = values.loc[("P1_week6", "TNF")]
    assert over["value"] == pytest.approx(6.643856, abs=1e-6), "the highest of batch a is 100"
    assert over["censored"] == "above" and pd.isna(over["raw"])
    zero = values.loc[("P3_week6", "TNF")]
    assert (zero["raw"], zero["censored"], zero["flags"]) == (0.0, "below", "zero")
    proteins = cohort.tables["protein"].set_index("protein")
    assert proteins["reason"].dropna().to_dict() == {"CRP": "missing", "IFNG": "never_quantified"}
    assert proteins.loc["IL6", ["n_quantified", "n_below", "n_above", "n_missing"]].tolist() == [5, 2, 0, 0]
    samples = cohort.tables["proteomics_sample"].set_index("sample_id")
    assert len(samples) == 8 and samples.loc["P4_week6", ["n_quantified", "n_below"]].tolist() == [0, 0]
    assert samples.loc["P1_week6", ["n_quantified", "n_below", "n_above"]].tolist() == [1, 0, 1]
    summary = cohort.manifest["proteomics"]
    assert summary["marks"] == {"OOR <": 8, "OOR >": 1, "*number": 1}
    assert summary["proteins_dropped"] == {"missing": ["CRP"], "never_quantified": ["IFNG"]}
    assert summary["scale"] == "linear" and summary["normalisation"] == "none"
    assert summary["samples_without_values"] == ["P4_week6"]
    assert {"proteomics", "proteomics_sample"} <= set(cohort.manifest["inputs"])
    assert "2 proteins were dropped" in said and "1 samples of the sheet have no proteomics: P4_week6" in said


def test_change_from_baseline(build):
    cohort = build()[2]
    change = cohort.tables["proteomics_change"].set_index(["patient_id", "protein"])
    assert change.loc[("P1", "IL6"), ["change", "censored"]].tolist() == [1.0, ""]
    assert change.loc[("P2", "IL6"), ["change", "censored"]].tolist() == [0.0, "below"]
    assert change.loc[("P3", "IL6"), ["change", "censored"]].tolist() == [2.0, "above"]
    assert set(change.index.get_level_values("patient_id")) == {"P1", "P2", "P3"}


def test_excluded_patients_are_nowhere(build, tmp_path):
    (tmp_path / "x.txt").write_text("P2\n")
    code, said, cohort = build("--exclude", tmp_path / "x.txt")
    assert code == 0 and "no such patients" not in said
    for name in ("proteomics", "proteomics_sample", "proteomics_change"):
        assert "P2" not in set(cohort.tables[name]["patient_id"])
    assert "P2" not in json.dumps(cohort.manifest)


def test_patients_of_no_other_table_are_told(build):
    code, said, cohort = build(proteomics_sample=SHEET + "Q_baseline,Q9,serum,baseline,a\n")
    assert code == 0 and cohort.manifest["proteomics"]["patients_without_cohort"] == ["Q9"]
    assert "Q9" in said


def test_batches_on_request(build):
    settings = 'batch = "regress"\nmax_missing = 0.2\n'
    code, said, cohort = build(proteomics_settings=settings)
    assert code == 0, said
    assert cohort.manifest["proteomics"]["settings"]["batch"] == "regress"
    before = build()[2].tables["proteomics"]
    assert not cohort.tables["proteomics"]["value"].equals(before["value"])


@pytest.mark.parametrize("how", ["centre", "regress"])
def test_batches_confounded_with_the_arm_are_refused(build, how):
    by_arm = SHEET.replace("P2,serum,baseline,b", "P2,serum,baseline,a").replace(
        "P2,serum,week6,b", "P2,serum,week6,a"
    )
    by_arm = by_arm.replace("P3,serum,baseline,a", "P3,serum,baseline,b").replace(
        "P3,serum,week6,a", "P3,serum,week6,b"
    )
    code, said, _ = build(proteomics_sample=by_arm, proteomics_settings=f'batch = "{how}"\n')
    assert code == 2 and "confounded with arm_assigned" in said
    code, said, cohort = build(proteomics_sample=by_arm)
    assert code == 0 and "confounded with the proteomics batch: arm_assigned" in said
    assert cohort.manifest["proteomics"]["batch_confounded_with"] == ["arm_assigned"]


@pytest.mark.parametrize(
    ("texts", "rule"),
    [
        ({"proteomics_sample": None}, "--proteomics-sample is absent"),
        ({"proteomics": None}, "--proteomics is absent"),
        ({"proteomics_sample": SHEET.replace(",P4,", ",p04,")}, "differs from a patient's id"),
        (
            {"proteomics": VALUES.replace("32,25", "-3,25"), "proteomics_settings": 'scale = "linear"\n'},
            "below 0",
        ),
        ({"proteomics": "sample_id,IL6,TNF\nP1_baseline,4,5\n"}, "tell neither"),
        (
            {"proteomics_sample": SHEET.replace(",b\n", ",\n"), "proteomics_settings": 'batch = "centre"\n'},
            "no batch",
        ),
        (
            {"proteomics_sample": SHEET.replace(",b\n", ",a\n"), "proteomics_settings": 'batch = "centre"\n'},
            "one batch",
        ),
        ({"proteomics_settings": 'batch = "combat"\n'}, "not an allowed value"),
    ],
)
def test_what_is_refused(build, texts, rule):
    code, said, _ = build(**texts)
    assert code == 2 and rule in said


def test_the_baseline_has_another_name(build):
    named = SHEET.replace(",baseline,", ",BL,")
    code, said, _ = build(proteomics_sample=named)
    assert code == 0 and "no change was computed" in said
    code, said, cohort = build(proteomics_sample=named, proteomics_settings='baseline = "BL"\n')
    assert code == 0 and "no change" not in said and len(cohort.tables["proteomics_change"]) == 6


def test_log2_by_its_negative_numbers(build):
    values = "sample_id,IL6\nP1_baseline,-1.5\nP2_baseline,3\nP3_baseline,<0.5\n"
    cohort = build(proteomics=values)[2]
    assert cohort.manifest["proteomics"]["scale"] == "log2"
    assert sorted(cohort.tables["proteomics"]["value"]) == [-1.5, 0.5, 3.0]


def test_equal_inputs_give_equal_bytes(build, tmp_path):
    build()
    first = {path.name: path.read_bytes() for path in (tmp_path / "co").iterdir()}
    build()
    assert first == {path.name: path.read_bytes() for path in (tmp_path / "co").iterdir()}


def test_a_protein_by_group(build, run, tmp_path):
    build()
    code, out, _ = run(
        "cohort", "protein", tmp_path / "co", "IL6", "--by", "arm_assigned", "--plot", tmp_path / "p.svg"
    )
    assert code == 0 and (tmp_path / "p.svg").read_text().startswith("<svg")
    lines = [line.split("\t") for line in out.splitlines()]
    assert lines[0] == ["group", "timepoint", "n", "n_below", "n_above", "median"]
    assert lines[1] == ["x", "baseline", "2", "0", "0", "1.5"]
    assert lines[3] == ["y", "baseline", "2", "1", "0", "NA"]


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (("IL7",), "no protein IL7"),
        (("IL6", "--by", "hair"), "no clinical column hair"),
        (("IL6", "--plot", "p.gif"), "picture"),
    ],
)
def test_a_protein_that_cannot_be_shown(build, run, tmp_path, words, rule):
    build()
    code, _, said = run("cohort", "protein", tmp_path / "co", *words)
    assert code == 2 and rule in said


def test_a_protein_of_two_specimens_needs_one_named(build, run, tmp_path):
    build(proteomics_sample=SHEET.replace("P4,serum", "P4,urine"))
    code, _, said = run("cohort", "protein", tmp_path / "co", "IL6")
    assert code == 2 and "serum, urine" in said
    code, out, _ = run("cohort", "protein", tmp_path / "co", "IL6", "--specimen", "urine")
    assert code == 0 and out.splitlines()[1].split("\t")[:3] == ["all", "baseline", "1"]


def test_check_reads_proteomics_too(run, tmp_path):
    (tmp_path / "v.vcf").write_text("")
    (tmp_path / "sheet.csv").write_text("patient_id,sample_id,role,vcf\nP1,T1,tumor,v.vcf\nP1,N1,normal,\n")
    (tmp_path / "s.csv").write_text(HEADING + "A,p01,serum,baseline,a\n")
    (tmp_path / "p.csv").write_text("sample_id,IL6\nA,70\n")
    code, _, said = run("check", tmp_path / "sheet.csv", "--proteomics", tmp_path / "p.csv", "--proteomics-sample",
                        tmp_path / "s.csv")  # fmt: skip
    assert code == 2 and "differs from a patient's id" in said
    (tmp_path / "p.csv").write_text("sample_id,IL6\nA,clotted\n")
    code, _, said = run("check", tmp_path / "sheet.csv", "--proteomics", tmp_path / "p.csv", "--proteomics-sample",
                        tmp_path / "s.csv")  # fmt: skip
    assert code == 2 and "neither a number nor a known mark" in said and "clotted" not in said
