import json
import shutil

import pandas as pd
import pytest

from wes_biomarkers.contracts.biomarkers import BIOMARKERS
from wes_biomarkers.contracts.tables import TABLES
from wes_biomarkers.join.samples import choose_samples


def tables_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "cohort.json"}


def tsv(folder, name):
    return pd.read_csv(folder / f"{name}.tsv", sep="\t", dtype=str, keep_default_na=False)


@pytest.fixture
def eight(tmp_path, make):
    root = make.results(tmp_path / "res", make.ids(8), failed=("P08",), thin=("P03",), second=("P02",))
    clinical = make.clinical(tmp_path / "c.csv", [*(i for i in make.ids(8) if i != "P05"), "X1", "X2"])
    return root, clinical


def test_tables_say_what_the_results_say(eight, tmp_path, run):
    root, clinical = eight
    code, _, said = run("cohort", "build", root, "--out", tmp_path / "co", "--clinical", clinical)
    assert code == 0 and "P05" in said and "X1, X2" in said
    cohort = tmp_path / "co"
    wide = tsv(cohort, "biomarker").set_index("pair_id")
    assert len(wide) == 9
    for pair, row in wide.iterrows():
        records = root / "pairs" / pair / "records" / "tmb.json"
        if pair.startswith("P08"):
            assert {row[f"{biomarker.column.name}_status"] for biomarker in BIOMARKERS} == {"failed"}
            assert {row[biomarker.column.name] for biomarker in BIOMARKERS} == {""}
            continue
        record = json.loads(records.read_text())[0]
        assert record["definition_id"] == "wes_nonsyn"
        assert row["tmb_per_mb_status"] == record["status"]
        value = record["values"]["tmb_per_mb"]
        assert row["tmb_per_mb"] == ("" if value is None else repr(float(value)))
        counts = [int(row[f"n_{kind}"]) for kind in ("snv", "indel", "mnv")]
        assert int(row["n_mutation"]) == record["values"]["n_mutation"] == sum(counts)
        assert row["n_mnv"] == str(record["values"]["n_mnv"]) and row["n_mnv_status"] == "ok"
        assert row["n_snv"] == str(record["values"]["n_snv"]) and row["n_snv_status"] == "ok"
        assert row["contamination"] == "" and row["contamination_status"] == "not_evaluable"
        assert row["tmb_high_flags"] == ";".join(sorted(record["flags"]))
    assert wide.loc["P03_T1_vs_P03_N", "tmb_per_mb_status"] == "not_evaluable"
    assert wide.loc["P03_T1_vs_P03_N", "callable_mb"] == "0.03"
    pairs = tsv(cohort, "pair").set_index("pair_id")
    assert pairs.loc["P08_T1_vs_P08_N", "reason"] == "Mutect2 stopped: out of memory"
    variants = tsv(cohort, "variant")
    counts = variants[variants["is_pass"] == "true"]["pair_id"].value_counts()
    ok = [pair for pair in wide.index if not pair.startswith("P08")]
    assert {pair: str(counts[pair]) for pair in ok} == {pair: wide.loc[pair, "n_mutation"] for pair in ok}
    assert (variants["start"] == "999").sum() == 8, "0-based: the first record is POS 1000"


def test_long_table_keeps_every_definition_reason_and_interval(eight, tmp_path, run):
    run("cohort", "build", eight[0], "--out", tmp_path / "co", "--clinical", eight[1])
    long = tsv(tmp_path / "co", "feature")
    assert set(long["definition_id"]) == {"wes_nonsyn", "wes_all", "qc", "clinical"}
    row = long[(long["pair_id"] == "P03_T1_vs_P03_N") & (long["name"] == "tmb_per_mb")].iloc[0]
    assert (row["status"], row["value"]) == ("not_evaluable", "") and "below the floor" in row["reason"]
    main = long[(long["name"] == "tmb_per_mb") & (long["status"] == "ok")]
    assert (main["ci_low"] != "").all() and (main["unit"] == "mutations/Mb").all()
    assert (long[long["name"] == "n_snv"]["ci_low"] == "").all()
    crp = long[long["feature"] == "crp"]
    assert len(crp) == 9 and set(crp["pair_id"]) == {""}
    assert "age" not in set(long["feature"]), "declared clinical columns are no features"


def test_a_later_batch_gives_the_same_tables(tmp_path, make, run):
    whole = make.results(tmp_path / "whole", make.ids(4), second=("P02",))
    first = make.results(tmp_path / "first", make.ids(2), second=("P02",))
    later = make.results(tmp_path / "later", make.ids(2, first=3))
    clinical = make.clinical(tmp_path / "c.csv", make.ids(4))
    for out, folders in (("a", [whole]), ("b", [first, later]), ("c", [later, first])):
        assert run("cohort", "build", *folders, "--out", tmp_path / out, "--clinical", clinical)[0] == 0
    assert tables_of(tmp_path / "a") == tables_of(tmp_path / "b") == tables_of(tmp_path / "c")
    assert (tmp_path / "b" / "cohort.json").read_bytes() == (tmp_path / "c" / "cohort.json").read_bytes()


def test_nothing_of_place_or_time_is_written(eight, tmp_path, run):
    moved = shutil.copytree(eight[0], tmp_path / "elsewhere")
    for out, folder in (("a", eight[0]), ("b", moved)):
        run("cohort", "build", folder, "--out", tmp_path / out, "--clinical", eight[1])
    assert tables_of(tmp_path / "a") == tables_of(tmp_path / "b")
    assert (tmp_path / "a" / "cohort.json").read_bytes() == (tmp_path / "b" / "cohort.json").read_bytes()
    for path in (tmp_path / "a").iterdir():
        assert str(tmp_path).encode() not in path.read_bytes()
        assert b"pandas" not in path.read_bytes()


PROTEOMICS_TABLES = {"proteomics_sample", "protein", "proteomics", "proteomics_change"}


def test_manifest(eight, tmp_path, run):
    run("cohort", "build", eight[0], "--out", tmp_path / "co", "--clinical", eight[1])
    manifest = json.loads((tmp_path / "co" / "cohort.json").read_text())
    assert manifest["build"] == "simulated-v1" and manifest["synthetic"] is True
    assert manifest["counts"] == {
        "n_patient": 10, "n_sequenced_patient": 8, "n_clinical_patient": 9, "n_sample": 17, "n_pair": 9,
        "n_failed_pair": 1, "n_excluded_patient": 0,
    }  # fmt: skip
    assert manifest["unmatched"]["sequenced_without_clinical"] == ["P05"]
    assert manifest["unmatched"]["clinical_without_sequenced"] == ["X1", "X2"]
    absent = {"protein_domain", "toxicity", "worst_grade", "assessment", "association", *PROTEOMICS_TABLES}
    assert set(manifest["tables"]) == set(TABLES) - absent


def test_excluded_patients_are_nowhere(eight, tmp_path, make, run):
    listed = tmp_path / "withdrawn.txt"
    listed.write_text("patient_id\nP02\r\n# asked on paper\nX1\nP99\n")
    toxicity = make.toxicity(tmp_path / "t.csv", ["P01", "P02", "X1"])
    code, _, said = run("cohort", "build", eight[0], "--out", tmp_path / "co", "--clinical", eight[1],
                        "--toxicity", toxicity, "--exclude", listed)  # fmt: skip
    assert code == 0 and "P99" in said
    for path in (tmp_path / "co").glob("*.tsv"):
        assert "P02" not in path.read_text() and "X1" not in path.read_text(), path.name
    assert "P02" not in (tmp_path / "co" / "cohort.json").read_text()


def test_pair_given_twice(eight, tmp_path, run):
    code, _, said = run("cohort", "build", eight[0], eight[0], "--out", tmp_path / "co")
    assert code == 2 and said.count("pair is also in") == 9 and not (tmp_path / "co").exists()


def test_builds_do_not_mix_unless_told(tmp_path, make, run):
    one = make.results(tmp_path / "one", ["P01"])
    two = make.results(tmp_path / "two", ["P02"], build="GRCh38")
    code, _, said = run("cohort", "build", one, two, "--out", tmp_path / "co")
    assert code == 3 and "GRCh38" in said and "simulated-v1" in said and not (tmp_path / "co").exists()
    assert run("cohort", "build", one, two, "--out", tmp_path / "co", "--allow-mixed")[0] == 0
    assert json.loads((tmp_path / "co" / "cohort.json").read_text())["builds"] == ["GRCh38", "simulated-v1"]


def test_other_schema_version(eight, tmp_path, run):
    study = json.loads((eight[0] / "study.json").read_text()) | {"schema": "wes_biomarkers.study/9"}
    (eight[0] / "study.json").write_text(json.dumps(study))
    code, _, said = run("cohort", "build", eight[0], "--out", tmp_path / "co")
    assert code == 2 and "study/9" in said


def test_no_common_patient(tmp_path, make, run):
    root = make.results(tmp_path / "res", ["P01"])
    clinical = make.clinical(tmp_path / "c.csv", ["0001", "0002"])
    code, _, said = run("cohort", "build", root, "--out", tmp_path / "co", "--clinical", clinical)
    assert code == 2 and "P01" in said and "0001" in said


def test_clinical_table_alone(tmp_path, make, run):
    clinical = make.clinical(tmp_path / "c.csv", ["A1", "A2"])
    toxicity = make.toxicity(tmp_path / "t.csv", ["A1"])
    code, _, _ = run(
        "cohort", "build", "--out", tmp_path / "co", "--clinical", clinical, "--toxicity", toxicity
    )
    assert code == 0
    assert {path.stem for path in (tmp_path / "co").glob("*.parquet")} == {
        "patient",
        "feature",
        "clinical",
        "toxicity",
        "worst_grade",
    }
    long = tsv(tmp_path / "co", "feature")
    assert list(long["feature"]) == ["crp", "crp"] and list(long["definition_id"]) == ["clinical"] * 2
    joined = tsv(tmp_path / "co", "clinical").set_index("patient_id")
    assert (
        joined.loc["A1", "highest_toxicity_grade"] == "1"
        and joined.loc["A2", "highest_toxicity_grade"] == "0"
    )


def test_faults_of_both_clinical_tables_at_once(tmp_path, run):
    clinical, toxicity = tmp_path / "c.csv", tmp_path / "t.csv"
    clinical.write_text("patient_id,ecog\nP1,7\n")
    toxicity.write_text("patient_id,term,grade\nP1,rash,0\n")
    code, _, said = run(
        "cohort", "build", "--out", tmp_path / "co", "--clinical", clinical, "--toxicity", toxicity
    )
    assert code == 2 and "column ecog" in said and "grade 0" in said and not (tmp_path / "co").exists()


@pytest.mark.parametrize("origin", ["first_dose_date", "induction_start_date"])
@pytest.mark.parametrize("later", ["progression_date", "last_contact_date", "last_assessment_date"])
def test_a_day_before_the_origin_is_a_fault_of_the_table(origin, later, tmp_path, run):
    clinical = tmp_path / "c.csv"
    clinical.write_text(f"patient_id,{origin},{later}\nP1,2022-03-01,2022-02-01\n")
    code, _, said = run("cohort", "build", "--out", tmp_path / "co", "--clinical", clinical)
    assert code == 2 and "c.csv" in said and "row 2" in said and f"column {later}" in said
    assert "2022" not in said.replace(str(tmp_path), "") and not (tmp_path / "co").exists()


def test_events_of_a_patient_not_assessed_are_refused(tmp_path, run):
    clinical, toxicity = tmp_path / "c.csv", tmp_path / "t.csv"
    clinical.write_text("patient_id,toxicity_assessed\nP1,false\n")
    toxicity.write_text("patient_id,term,grade\nP1,rash,3\n")
    code, _, said = run(
        "cohort", "build", "--out", tmp_path / "co", "--clinical", clinical, "--toxicity", toxicity
    )
    assert code == 2 and "toxicity_assessed is false" in said and "rash" not in said


def test_only_a_cohort_is_replaced(eight, tmp_path, run):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("work")
    code, _, said = run("cohort", "build", eight[0], "--out", mine)
    assert code == 2 and "not a cohort folder" in said
    assert [path.name for path in mine.iterdir()] == ["thesis.txt"]


def test_a_failed_build_leaves_the_old_cohort(eight, tmp_path, run):
    out = tmp_path / "co"
    run("cohort", "build", eight[0], "--out", out, "--clinical", eight[1])
    before = tables_of(out)
    (eight[0] / "pairs" / "P01_T1_vs_P01_N" / "somatic.vcf.gz").unlink()
    code, _, said = run("cohort", "build", eight[0], "--out", out)
    assert code == 2 and "somatic.vcf.gz" in said and tables_of(out) == before
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".co")]
    assert run("cohort", "build", "--out", out, "--clinical", eight[1])[0] == 0
    assert "biomarker.tsv" not in tables_of(out)


def test_a_pair_without_a_record_was_not_requested(eight, tmp_path, run):
    (eight[0] / "pairs" / "P01_T1_vs_P01_N" / "records" / "tmb.json").unlink()
    run("cohort", "build", eight[0], "--out", tmp_path / "co")
    wide = tsv(tmp_path / "co", "biomarker").set_index("pair_id")
    assert wide.loc["P01_T1_vs_P01_N", "tmb_per_mb_status"] == "not_requested"


def test_a_sample_described_twice_otherwise(tmp_path, make, run):
    one, two = make.results(tmp_path / "one", ["P01"]), make.results(tmp_path / "two", ["P02"])
    study = json.loads((two / "study.json").read_text())
    study["samples"].append(study["samples"][0] | {"sample_id": "P01_N"})
    (two / "study.json").write_text(json.dumps(study))
    code, _, said = run("cohort", "build", one, two, "--out", tmp_path / "co")
    assert code == 2 and "P01_N" in said and "described otherwise" in said


def test_nothing_given(tmp_path, run):
    assert run("cohort", "build", "--out", tmp_path / "co")[0] == 2
    code, _, said = run("cohort", "build", tmp_path / "no", "--out", tmp_path / "co")
    assert code == 2 and "no such result folder" in said


def test_outcome_never_uses_a_later_sample():
    wide = pd.DataFrame(
        {
            "patient_id": ["A", "A", "B", "C", "C"],
            "pair_id": ["a1", "a2", "b1", "c1", "c2"],
            "timepoint": ["baseline", "progression", "progression", "baseline", "baseline"],
            "specimen": ["plasma", "tissue", "tissue", "plasma", "ffpe"],
        }
    )
    assert list(choose_samples(wide, "pair_id")["pair_id"]) == ["a1", "c2"]
