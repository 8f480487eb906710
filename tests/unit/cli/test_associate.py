"""`wes-biomarkers associate`: options, wrong input, what is written where."""

from __future__ import annotations

import csv
import io
import json
import shutil

import pandas as pd
import pytest

from wes_biomarkers.cli.main import main
from wes_biomarkers.contracts.association import ASSOCIATION, ASSOCIATION_FLAGS
from wes_biomarkers.io.cohort_folder import read_cohort
from wes_biomarkers.join.frame import Join

PLAN = """schema = "wes_biomarkers.plan/1"
title = "%s"
[[analysis]]
name = "prognosis"
endpoint = "os"
features = ["nlr", "gene:TP53"]
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A simulated trial of 120 patients as a cohort folder."""
    folder = tmp_path_factory.mktemp("trial")
    with pytest.raises(SystemExit) as stopped:
        main(
            [
                "--quiet",
                "simulate",
                "--level",
                "tables",
                "--patients",
                "120",
                "--seed",
                "3",
                "--out",
                f"{folder}/t",
            ]
        )
    assert stopped.value.code == 0
    return folder / "t" / "cohort"


@pytest.fixture
def call(built, capsys):
    """Runs `associate` on the trial; returns (exit code, stdout, stderr)."""

    def run(*words, cohort=built):
        capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main(["associate", str(cohort), *map(str, words)])
        said = capsys.readouterr()
        return stopped.value.code or 0, said.out, said.err

    return run


def rows(text):
    return list(csv.DictReader(io.StringIO(text), delimiter="\t"))


def test_stdout_is_the_table_alone(call):
    code, out, err = call("--endpoint", "os", "--feature", "nlr", "--feature", "tmb_per_mb")
    table = rows(out)
    assert code == 0 and out.splitlines()[0].split("\t") == list(ASSOCIATION.names)
    assert {row["feature"] for row in table} == {"nlr", "tmb_per_mb"} and all(row["effect"] for row in table)
    assert all(None not in row and None not in row.values() for row in table)  # as many cells as headings
    assert err.startswith("2 effects: 2 estimated")


def test_same_call_same_bytes(call, tmp_path):
    texts, words = (
        [],
        ("--endpoint", "pfs", "--feature", "nlr", "--feature", "protein:IL6", "--adjust", "age"),
    )
    for name in ("a.tsv", "b.tsv"):
        assert call(*words, "-o", tmp_path / name)[0] == 0
        texts.append((tmp_path / name).read_bytes())
    assert texts[0] == texts[1] and len(texts[0].splitlines()) == 3


def test_listed_features_can_all_be_read(built, call):
    code, out, err = call("--list")
    names = out.splitlines()
    assert code == 0 and not err and len(names) == len(set(names))
    assert {"tmb_per_mb", "nlr", "age", "gene:TP53", "protein:IL6"} <= set(names)
    assert not {"os_months", "os_event", "patient_id", "death_date"} & set(names)
    reader = Join(read_cohort(built).tables).reader()
    assert all(reader.read(name).value.notna().any() for name in names)


def test_all_asks_every_feature_and_writes_parquet(call, tmp_path):
    (tmp_path / "clinical.csv").write_text(
        "patient_id,nlr,colour,os_months,os_event\nA,2,r,3,1\nB,3,r,4,0\nC,5,g,9,1\nD,4,g,2,1\nE,2,r,5,1\n"
    )
    with pytest.raises(SystemExit):
        main(
            ["--quiet", "cohort", "build", "--clinical", f"{tmp_path}/clinical.csv", "--out", f"{tmp_path}/c"]
        )
    words = ("--endpoint", "os", "--all", "-o", tmp_path / "t.parquet")
    code, out, _ = call(*words, cohort=tmp_path / "c")
    table = pd.read_parquet(tmp_path / "t.parquet")
    assert code == 0 and not out and list(table.columns) == list(ASSOCIATION.names)
    assert set(table["feature"]) == {"nlr", "colour"} and (table["n"] == 5).all()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--endpoint", "os"), "--feature NAME or --all"),
        (("--feature", "nlr"), "--plan, or --endpoint"),
        (("--endpoint", "survival", "--feature", "nlr"), "survival"),
        (("--endpoint", "os", "--feature", "tmb_pr_mb"), "tmb_per_mb"),
        (("--endpoint", "os", "--feature", "protein:NONE"), "no such feature"),
        (("--endpoint", "os", "--feature", "nlr", "--method", "exact"), "cox"),
        (("--endpoint", "os", "--feature", "nlr", "--adjust", "best_response"), "cannot adjust"),
        (("--endpoint", "os", "--feature", "nlr", "--cutpoint", "high"), "median or maximal"),
        (("--endpoint", "os", "--feature", "nlr", "--population", "arm:none"), "no patient of this arm"),
        (("--endpoint", "os", "--feature", "nlr", "--population", "men"), "population is not known"),
        (("--endpoint", "os", "--feature", "nlr", "--by", "arm", "--population", "arm:immunotherapy"), "within one arm"),
        (("--endpoint", "response", "--feature", "nlr", "--landmark", "3"), "endpoint with time"),
        (("--endpoint", "os", "--feature", "nlr", "--landmark", "0"), "landmark"),
        (("--endpoint", "os", "--feature", "nlr", "--subgroup", "colour"), "no such clinical column"),
        (("--endpoint", "os", "--feature", "nlr", "-o", "table.xlsx"), ".tsv or .parquet"),
    ],
)  # fmt: skip
def test_wrong_use_is_told_with_a_remedy(call, words, said):
    code, out, err = call(*words)
    assert code == 2 and not out and said in err


def test_a_cohort_that_is_none(call, tmp_path):
    code, _, err = call("--list", cohort=tmp_path)
    assert code == 2 and "cohort" in err


def test_an_endpoint_without_its_columns(call, tmp_path):
    (tmp_path / "clinical.csv").write_text("patient_id,nlr\nA,2.5\nB,3.5\n")
    with pytest.raises(SystemExit):
        main(
            ["--quiet", "cohort", "build", "--clinical", f"{tmp_path}/clinical.csv", "--out", f"{tmp_path}/c"]
        )
    code, out, err = call("--endpoint", "os", "--feature", "nlr", cohort=tmp_path / "c")
    row = rows(out)[0]
    assert code == 0 and not err.startswith("1 effects: 1 estimated")
    assert (row["status"], row["n"], row["effect"]) == ("not_evaluable", "0", "") and row["reason"]


def test_all_faults_of_a_plan_at_once(call, tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text(
        'schema = "wes_biomarkers.plan/1"\n[[analysis]]\nendpoint = "os"\nfeatures = ["nlr"]\ncolour = "red"\n'
        '[[analysis]]\nendpoint = "life"\nfeatures = "nlr"\nquestion = "why"\n'
    )
    code, out, err = call("--plan", plan)
    assert code == 2 and not out
    assert all(word in err for word in ("colour", "life", "why", "features is no list"))
    plan.write_text("schema = 3")
    assert call("--plan", plan)[0] == 2
    plan.write_text(PLAN % "x")
    code, _, err = call("--plan", plan, "--endpoint", "os")
    assert code == 2 and "without --plan" in err
    assert call("--plan", tmp_path / "none.toml")[0] == 2


def test_planned_rows_carry_the_plan(call, tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN % "first")
    table = rows(call("--plan", plan)[1])
    assert {row["prespecified"] for row in table} == {"true"} and len({row["plan_id"] for row in table}) == 1
    assert not any("exploratory" in row["flags"] for row in table)
    asked = rows(call("--endpoint", "os", "--feature", "nlr", "--feature", "gene:TP53")[1])
    assert [row["effect"] for row in asked] == [row["effect"] for row in table]
    assert all("exploratory" in row["flags"] for row in asked)


def test_stored_tables_of_plans_stand_side_by_side(built, call, tmp_path):
    cohort = tmp_path / "cohort"
    shutil.copytree(built, cohort)
    before = {path.name: path.read_bytes() for path in cohort.iterdir() if path.suffix == ".parquet"}
    for title in ("first", "second"):
        (tmp_path / f"{title}.toml").write_text(PLAN % title)
    for _ in range(2):
        assert call("--plan", tmp_path / "first.toml", "--store", cohort=cohort)[0] == 0
    once = read_cohort(cohort).tables["association"]
    assert set(once["feature"]) == {"nlr", "gene:TP53"} and once["plan_id"].nunique() == 1
    assert call("--plan", tmp_path / "second.toml", "--store", cohort=cohort)[0] == 0
    assert call("--endpoint", "os", "--feature", "nlr", "--store", cohort=cohort)[0] == 0
    both = read_cohort(cohort)
    counts = both.tables["association"]["plan_id"].fillna("").value_counts()
    assert len(counts) == 3 and sorted(counts)[1:] == [len(once)] * 2 and counts[""] < len(once)
    assert call("--endpoint", "os", "--feature", "nlr", "--store", cohort=cohort)[0] == 0
    assert (
        read_cohort(cohort).tables["association"].equals(both.tables["association"])
    )  # asked again: replaced
    plans = json.loads((cohort / "cohort.json").read_text())["plans"]
    assert {item["title"] for item in plans.values()} == {"first", "second"}
    after = {name: (cohort / name).read_bytes() for name in before}
    assert after == before


def test_who_was_lost(call, tmp_path):
    words = ("--flow", tmp_path / "flow.tsv", "--losses", tmp_path / "losses.tsv")
    table = rows(call("--endpoint", "os", "--feature", "tmb_per_mb", *words)[1])
    flow = pd.read_csv(tmp_path / "flow.tsv", sep="\t")
    losses = pd.read_csv(tmp_path / "losses.tsv", sep="\t")
    assert flow["n"].iloc[0] == 120 == flow["n_lost"].sum() + int(table[0]["n"])
    assert len(losses) == flow["n_lost"].sum() == losses["patient_id"].nunique()
    assert losses["reason"].notna().all()


def test_what_would_mislead_is_refused_aloud(call):
    code, out, err = call("--endpoint", "os", "--feature", "best_response")
    assert code == 0 and rows(out)[0]["status"] == "refused" and "live long enough" in err
    code, out, _ = call("--endpoint", "os", "--feature", "tmb_per_mb", "--by", "arm", "--cutpoint", "maximal")
    assert code == 0 and rows(out)[0]["status"] == "refused"


def test_questions_of_arms_need_no_feature(call, tmp_path):
    balance = tmp_path / "balance.tsv"
    code, out, _ = call(
        "--endpoint", "os", "--question", "preference", "--adjust", "age,ecog", "--balance", balance
    )
    assert code == 0 and {row["role"] for row in rows(out)} == {"treatment"}
    assert {"covariate", "difference", "weighted"} <= set(pd.read_csv(balance, sep="\t").columns)
    code, out, _ = call("--endpoint", "os", "--question", "treatment", "--by", "arm_received")
    assert code == 0 and rows(out)[0]["feature"] == "arm_received"
    assert "observational_treatment" in rows(out)[0]["flags"]


def test_every_flag_printed_has_its_sentence(call):
    words = ("--feature", "protein:IL6", "--feature", "gene:TP53", "--feature", "tmb_per_mb")
    table = rows(call("--endpoint", "toxicity", *words, "--subgroup", "sex")[1])
    codes = {code for row in table for code in row["flags"].split(";") if code}
    assert "exploratory" in codes and codes <= set(ASSOCIATION_FLAGS)
