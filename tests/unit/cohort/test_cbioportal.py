"""cBioPortal studies out and in again, and MAF files in: the same cohort on both sides."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from wes_biomarkers.features.consequence import short_protein_change
from wes_biomarkers.io.cohort_folder import read_cohort

STUDY = "cancer_study_identifier: s\n"


def write_study(folder: Path, **files: str) -> Path:
    """A study of three patients, of whom one has two samples; T3 was sequenced and has no mutation."""
    folder.mkdir()
    (folder / "case_lists").mkdir()
    made = {
        "meta_study.txt": STUDY + "type_of_cancer: esca\nname: n\ndescription: d\n",
        "data_clinical_patient.txt": (
            "#Patient\tSex\tStatus\tMonths\tStatus\tMonths\tNote\tStage\n#a\tb\tc\td\te\tf\tg\th\n"
            "#STRING\tSTRING\tSTRING\tNUMBER\tSTRING\tNUMBER\tSTRING\tSTRING\n#1\t1\t1\t1\t1\t1\t1\t1\n"
            "PATIENT_ID\tSEX\tOS_STATUS\tOS_MONTHS\tPFS_STATUS\tPFS_MONTHS\tECOG\tSTAGE\n"
            "A\tMale\t1:DECEASED\t10.5\t1:PROGRESSION\t4\tfit\tIII\n"
            "B\tF\tLIVING\t20\t0:CENSORED\t20\t1\t[Not Available]\n"
            "C\t\t0:LIVING\t\t\t\t\tNA\n"
        ),
        "data_clinical_sample.txt": (
            "#x\ty\tz\n#x\ty\tz\n#STRING\tSTRING\tNUMBER\n#1\t1\t1\n"
            "PATIENT_ID\tSAMPLE_ID\tSCORE\nA\tA1\t5\nA\tA2\t6\nB\tB1\t7\nC\tC1\t8\n"
        ),
        "data_mutations.txt": (
            "#version 2.4\nHugo_Symbol\tNCBI_Build\tChromosome\tStart_Position\tEnd_Position\tVariant_Classification\t"
            "Reference_Allele\tTumor_Seq_Allele2\tTumor_Sample_Barcode\tHGVSp_Short\tt_alt_count\tt_ref_count\n"
            "TP53\tGRCh37\t17\t7577121\t7577121\tMissense_Mutation\tG\tA\tA1\tp.R273C\t30\t70\n"
            "TP53\tGRCh37\t17\t7577121\t7577121\tMissense_Mutation\tG\tA\tA1\tp.R273C\t30\t70\n"
            "NFE2L2\tGRCh37\t2\t178098800\t178098801\tIn_Frame_Ins\t-\tCCC\tA1\tp.D29dup\t20\t60\n"
            "PIK3CA\tGRCh37\t3\t178936091\t178936092\tFrame_Shift_Del\tGA\t-\tB1\tp.E545fs\t9\t11\n"
        ),
        "case_lists/cases_sequenced.txt": STUDY + "stable_id: s_sequenced\ncase_list_name: x\n"
        "case_list_description: x\ncase_list_ids: A1\tB1\tC1\n",
    }  # fmt: skip
    for name, text in (made | files).items():
        (folder / name).write_text(text)
    return folder


def build_from(run, place: Path, cohort: Path) -> dict[str, pd.DataFrame]:
    words = ["--quiet", "cohort", "build", "--out", cohort]
    words += [place / "results"] if (place / "results").is_dir() else []
    words += ["--clinical", place / "clinical.csv"] if (place / "clinical.csv").is_file() else []
    code, _, said = run(*words)
    assert code == 0, said
    return dict(read_cohort(cohort).tables)


def test_a_study_becomes_a_cohort(tmp_path, run):
    code, _, said = run("import", "cbioportal", write_study(tmp_path / "study"), "--out", tmp_path / "made")
    assert code == 0, said
    tables = build_from(run, tmp_path / "made", tmp_path / "cohort")
    clinical = tables["clinical"].set_index("patient_id")
    assert clinical["os_months"].to_dict() == {
        "A": 10.5,
        "B": 20.0,
        "C": pytest.approx(float("nan"), nan_ok=True),
    }
    assert clinical.loc["A", "os_event"] and not clinical.loc["B", "os_event"]
    assert pd.isna(clinical.loc["C", "os_event"]), "a status without months is unknown"
    assert clinical["sex"].fillna("").tolist() == ["male", "female", ""]
    assert "ecog_as_given" in clinical and clinical["ecog"].isna().all()
    assert clinical["score"].fillna(-1).tolist() == [-1, 7, 8], "two samples of A disagree"
    assert clinical["stage"].isna().tolist() == [False, True, True]
    assert sorted(tables["pair"]["tumor_sample_id"]) == ["A1", "B1", "C1"], "A2 was not sequenced"
    assert set(tables["pair"]["specimen"]) == {"tissue"} and set(tables["pair"]["timepoint"]) == {"baseline"}
    variants = tables["variant"]
    assert len(variants) == 3, "one call was given twice"
    insertion = variants[variants["kind"] == "insertion"].iloc[0]
    assert (insertion["start"], insertion["end"], insertion["ref"], insertion["alt"]) == (
        178098800, 178098800, "-", "CCC")  # fmt: skip
    assert variants.set_index("gene").loc["TP53", "vaf"] == pytest.approx(0.3)
    genes = tables["gene"].set_index(["patient_id", "gene"])["n_mutation"]
    assert genes["A", "TP53"] == 1 and genes["B", "TP53"] == 0 and genes["C", "TP53"] == 0
    assert genes["B", "PIK3CA"] == 1
    manifest = json.loads((tmp_path / "made" / "import.json").read_text())
    assert {
        "what": "samples",
        "why": "not sequenced: no mutations known",
        "n": 1,
        "patients": ["A"],
    } in manifest["dropped"]
    assert read_cohort(tmp_path / "cohort").manifest["build"] == "GRCh37"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("data_clinical_sample.txt", "PATIENT_ID\tSAMPLE_ID\nA\tA1\nA\tA1\n", "given twice"),
        ("data_clinical_sample.txt", "PATIENT_ID\tSAMPLE\nA\tA1\n", "no column SAMPLE_ID"),
        ("data_clinical_sample.txt", "PATIENT_ID\tSAMPLE_ID\nA\tA 1\n", "characters that are not allowed"),
        ("data_clinical_sample.txt", "PATIENT_ID\tSAMPLE_ID\nA\tA1\n", "'B1' is not in the clinical data"),
        (
            "data_clinical_patient.txt",
            "PATIENT_ID\tOS_STATUS\tOS_MONTHS\nA\tgone\t3\n",
            "is no survival status",
        ),
        ("data_clinical_patient.txt", "PATIENT_ID\tX\nA\t1\t2\n", "has 3 cells where the heading has 2"),
    ],
)
def test_faults_of_a_study(tmp_path, run, name, text, words):
    study = write_study(tmp_path / "study", **{name: text})
    code, _, said = run("import", "cbioportal", study, "--out", tmp_path / "made")
    assert code == 2 and words in said and "gone" not in said
    assert not (tmp_path / "made").exists()


def test_round_trip_of_an_import_is_the_same_cohort(tmp_path, run):
    """Import, build, export, import, build: equal tables, but for what a portal is not given."""
    run("import", "cbioportal", write_study(tmp_path / "study"), "--out", tmp_path / "one")
    first = build_from(run, tmp_path / "one", tmp_path / "cohort1")
    code, _, said = run("export", "cbioportal", tmp_path / "cohort1", "--out", tmp_path / "again")
    assert code == 0, said
    run("import", "cbioportal", tmp_path / "again", "--out", tmp_path / "two")
    second = build_from(run, tmp_path / "two", tmp_path / "cohort2")
    for name in ("patient", "pair", "variant", "gene"):
        pd.testing.assert_frame_equal(first[name], second[name])
    for name in first["clinical"]:
        pd.testing.assert_series_equal(first["clinical"][name], second["clinical"][name])


@pytest.fixture
def trial(tmp_path, make, run):
    return make_trial(tmp_path, make, run, "toy1")


def make_trial(tmp_path, make, run, build):
    """A cohort of ten patients with dates, failed and second pairs, and one patient not sequenced."""
    patients = make.ids(10)
    results = make.results(tmp_path / "results", patients[:9], failed=("P02",), second=("P03",), build=build,
                           synthetic=False)  # fmt: skip
    clinical = make.clinical(tmp_path / "clinical.csv", patients)
    words = ["--quiet", "cohort", "build", results, "--clinical", clinical, "--out", tmp_path / "cohort"]
    assert run(*words)[0] == 0
    return tmp_path / "cohort"


def test_round_trip_of_a_run(tmp_path, run, trial):
    first = dict(read_cohort(trial).tables)
    code, _, said = run("export", "cbioportal", trial, "--out", tmp_path / "study", "--study-id", "t1")
    assert code == 0 and "dates" in said
    code, _, said = run("import", "cbioportal", tmp_path / "study", "--out", tmp_path / "made")
    assert code == 0, said
    second = build_from(run, tmp_path / "made", tmp_path / "cohort2")
    one, two = (tables["clinical"].set_index("patient_id") for tables in (first, second))
    assert one.index.tolist() == two.index.tolist()
    for name in ("os_months", "pfs_months", "age", "crp"):
        assert two[name].to_numpy() == pytest.approx(one[name].to_numpy(), nan_ok=True)
    for name in ("os_event", "pfs_event", "best_response", "assignment", "arm_assigned", "sex", "site",
                 "objective_response"):  # fmt: skip
        assert two[name].astype("string").tolist() == one[name].astype("string").tolist(), name
    ok = first["pair"][first["pair"]["status"] == "ok"]
    assert set(second["pair"]["pair_id"]) == set(ok["pair_id"])
    kept = first["variant"][first["variant"]["is_pass"]].reset_index(drop=True)
    columns = ["patient_id", "pair_id", "start", "end", "ref", "alt", "kind", "gene", "t_alt", "t_depth", "n_depth",
               "consequence"]  # fmt: skip
    pd.testing.assert_frame_equal(kept[columns], second["variant"][columns])
    assert second["variant"]["aa_change"].tolist() == [
        short_protein_change(text) for text in kept["aa_change"]
    ]


def test_export_has_the_files_a_portal_asks_for(tmp_path, run, make):
    trial = make_trial(tmp_path, make, run, "hg38")
    run(
        "export",
        "cbioportal",
        trial,
        "--out",
        tmp_path / "study",
        "--study-id",
        "t1",
        "--cancer-type",
        "ESCC",
    )
    folder = tmp_path / "study"
    meta = dict(line.split(": ", 1) for line in (folder / "meta_study.txt").read_text().splitlines())
    assert meta["type_of_cancer"] == "escc" and meta["reference_genome"] == "hg38"
    for name in ("clinical_patient", "clinical_sample"):
        lines = (folder / f"data_{name}.txt").read_text().splitlines()
        assert all(line.startswith("#") for line in lines[:4]) and not lines[4].startswith("#")
        assert len({line.count("\t") for line in lines}) == 1
        assert set(lines[2][1:].split("\t")) <= {"STRING", "NUMBER", "BOOLEAN"}
        heading = lines[4].split("\t")
        assert heading == [word.upper() for word in heading]
        assert not any("DATE" in word for word in heading)
        assert (folder / f"meta_{name}.txt").is_file()
    samples = [
        line.split("\t") for line in (folder / "data_clinical_sample.txt").read_text().splitlines()[5:]
    ]
    assert sum(row[1].endswith("_not_sequenced") for row in samples) == 1
    cases = (folder / "case_lists" / "cases_sequenced.txt").read_text()
    assert "stable_id: t1_sequenced" in cases and "P02_T1" not in cases
    rows = pd.read_csv(folder / "data_mutations.txt", sep="\t", dtype=str)
    assert set(rows["Tumor_Sample_Barcode"]) <= set(cases.splitlines()[-1].split(": ")[1].split("\t"))
    assert rows.empty, "its contigs are not human chromosomes"
    lines = (folder / "data_clinical_patient.txt").read_text().splitlines()[4:]
    at = lines[0].split("\t").index("OS_STATUS")
    assert {line.split("\t")[at] for line in lines[1:]} == {"NA", "0:LIVING", "1:DECEASED"}


def test_levels_and_segments(tmp_path):
    from wes_biomarkers.io.exporters.cbioportal import export_study
    from wes_biomarkers.io.exporters.cbioportal_files import StudyNames

    pair = {"patient_id": "A", "pair_id": "T_vs_N", "tumor_sample_id": "T", "normal_sample_id": "N", "specimen": None,
            "timepoint": None, "targets": None, "status": "ok"}  # fmt: skip
    calls = ["amplification", "gain", "neutral", "loss", "deep_deletion", None]
    tables = {
        "patient": pd.DataFrame([{"patient_id": "A", "sex": "male"}]),
        "pair": pd.DataFrame([pair]),
        "gene_copy": pd.DataFrame({"pair_id": "T_vs_N", "gene": list("abcdef"), "call": calls}),
        "segment": pd.DataFrame([
            {"pair_id": "T_vs_N", "chrom": "chr8", "start": 0, "end": 500, "n_bin": 9, "log2": 0.5},
            {"pair_id": "T_vs_N", "chrom": "chrUn_1", "start": 0, "end": 500, "n_bin": 9, "log2": 0.5}]),
    }  # fmt: skip
    done = export_study(tables, "hg19", tmp_path / "s", StudyNames())
    assert (
        tmp_path / "s" / "data_cna.txt"
    ).read_text() == "Hugo_Symbol\tT\na\t2\nb\t1\nc\t0\nd\t-1\ne\t-2\nf\tNA\n"
    segments = (tmp_path / "s" / "data_cna_hg19.seg").read_text().splitlines()
    assert segments == ["ID\tchrom\tloc.start\tloc.end\tnum.mark\tseg.mean", "T\t8\t0\t500\t9\t0.5"]
    assert any("contigs" in text for text in done.left_out)


def test_other_folders_are_not_written_over(tmp_path, run, trial):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("all of it")
    for words in (("export", "cbioportal", trial), ("import", "cbioportal", write_study(tmp_path / "study"))):
        code, _, said = run(*words, "--out", tmp_path / "mine")
        assert code == 2 and "exists and is not" in said
    assert run("export", "cbioportal", trial, "--out", tmp_path / "x", "--study-id", "a b")[0] == 2
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_maf_with_a_table_of_samples(tmp_path, run):
    study = write_study(tmp_path / "study")
    table = tmp_path / "samples.csv"
    table.write_text("sample_id,patient_id,timepoint\nA1,A,baseline\nB1,B,baseline\nC1,C,progression\n")
    words = ["import", "maf", study / "data_mutations.txt", "--samples", table, "--out", tmp_path / "made"]
    assert run(*words)[0] == 0
    tables = build_from(run, tmp_path / "made", tmp_path / "cohort")
    assert tables["pair"].set_index("tumor_sample_id")["timepoint"].to_dict() == {
        "A1": "baseline", "B1": "baseline", "C1": "progression"}  # fmt: skip
    assert tables["variant"]["patient_id"].tolist() == ["A", "A", "B"]
    table.write_text("sample_id,patient_id\nA1,A\n")
    code, _, said = run(*words)
    assert code == 2 and "'B1' is not in the table of samples" in said


def test_derived_endpoints_come_back_the_same_or_not_at_all(tmp_path, run):
    from wes_biomarkers.contracts.tables import COHORT_CLINICAL

    code, _, said = run(
        "simulate", "--level", "tables", "--patients", "200", "--seed", "7", "--out", tmp_path / "t"
    )
    assert code == 0, said
    names = ["--study-id", "a", "--name", "a", "--description", "a", "--cancer-type", "a"]
    for words in (
        ["export", "cbioportal", tmp_path / "t/cohort", "--out", tmp_path / "s", *names],
        ["import", "cbioportal", tmp_path / "s", "--out", tmp_path / "i"],
        ["cohort", "build", "--clinical", tmp_path / "i/clinical.csv", "--out", tmp_path / "c"],
    ):
        code, _, said = run(*words)
        assert code == 0, said
    before, after = (
        dict(read_cohort(tmp_path / name).tables)["clinical"].set_index("patient_id")
        for name in ("t/cohort", "c")
    )
    after = after.reindex(before.index)
    assert (before["highest_toxicity_grade"] != before["grade_any"]).any(), (
        "the trial has grades outside the window"
    )
    for name in set(COHORT_CLINICAL.by_name) & set(before) & set(after) - {"os_origin", "pfs_origin"}:
        there = after[name].notna()
        assert before.loc[there, name].tolist() == after.loc[there, name].tolist(), name
    assert after["objective_response"].notna().sum() == before["objective_response"].notna().sum() > 0
    assert pd.api.types.is_numeric_dtype(after["sbs_smoking"]), "1.2e-11 is written as plain decimals"
