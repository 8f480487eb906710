"""A site for sharing holds nobody, hides small counts, and answers as the API does."""

import json
import re
import shutil
import tomllib

import pandas as pd
import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.io.files import packaged_text
from wes_biomarkers.report.site import static_page, write_site
from wes_biomarkers.report.site_answers import Level, Question, address
from wes_biomarkers.report.site_counts import COUNTS, made_coarse
from wes_biomarkers.report.site_shared import without_patients
from wes_biomarkers.simulate.tables.cohort import simulate_tables
from wes_biomarkers.simulate.tables.parameters import TableParameters

K = 5


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    out = tmp_path_factory.mktemp("trial") / "trial"
    simulate_tables(TableParameters(n_patient=90, seed=3), out)
    return out / "cohort"


@pytest.fixture(scope="module")
def rules():
    found = tomllib.loads(packaged_text("site.toml"))
    found["features"]["shown"] = ["tmb_per_mb", "stage"]
    found["filters"] = {"columns": ["assignment"], "features": ["stage"]}
    found["genes"]["shown"] = 4
    found["endpoints"] = {"survival": ["os"], "response": ["response"], "toxicity": ["toxicity_grade_any"],
                          "treatment": ["os"]}  # fmt: skip
    return found


@pytest.fixture(scope="module")
def site(cohort, rules, tmp_path_factory):
    folder = tmp_path_factory.mktemp("out") / "site"
    write_site(cohort, folder, min_cell=K, rules=rules)
    return folder


def answers_of(folder):
    found = {}
    for path in sorted((folder / "data").glob("*.js")):
        text = path.read_text()
        found |= json.loads(text[text.index("{", text.index("wesAnswers")) : text.rindex("}") + 1])
    return found


def counts_of(value):
    if isinstance(value, dict):
        for key, each in value.items():
            if key in COUNTS and isinstance(each, int):
                yield each
            elif key == "at_risk":
                yield from (n for n in each if n is not None)
            else:
                yield from counts_of(each)
    elif isinstance(value, list):
        for each in value:
            yield from counts_of(each)


def test_no_id_and_no_day_is_in_any_file(site, cohort):
    ids = set()
    for path in cohort.glob("*.parquet"):
        table = pd.read_parquet(path)
        of_no_one = ("definition_id", "plan_id", "transcript_id")
        columns = [name for name in table if name.endswith("_id") and name not in of_no_one]
        ids |= {str(each) for name in columns for each in table[name].dropna() if each}
    clinical = pd.read_parquet(cohort / "clinical.parquet")
    days = {str(day)[:10] for name in clinical if name.endswith("_date") for day in clinical[name].dropna()}
    assert len(ids) > 90
    assert len(days) > 50
    texts = [
        path.read_text() for path in [*(site / "data").glob("*.js"), site / "index.html", site / "site.json"]
    ]
    text = "\n".join(texts)
    words = set(re.findall(r"[\w.:-]+", text)) | set(re.findall(r"\w+", text))
    assert words & (ids | days) == set()
    assert not re.search(r"\b(19|20)\d\d-\d\d-\d\d\b", text)


def test_no_answer_has_rows_or_points(site):
    for where, answer in answers_of(site).items():
        for key in ("rows", "points", "patients", "bits", "at", "tracks"):
            if not where.startswith("/api/plan") and isinstance(answer, dict):
                assert not answer.get(key), (where, key)


def test_every_count_is_a_multiple_of_k_and_no_less(site):
    found = list(counts_of(answers_of(site)))
    assert len(found) > 500
    assert all(n >= K and n % K == 0 for n in found)


def words_of(answer, name=""):
    if isinstance(answer, dict):
        for key, each in answer.items():
            yield from words_of(each, key)
    elif isinstance(answer, list):
        for each in answer:
            yield from words_of(each, name)
    elif isinstance(answer, str) and name not in ("sql", "python"):
        yield answer


def test_no_word_is_more_exact_than_the_numbers(site):
    """An exact cut is a patient's value; with an exact standard deviation a withheld count can be computed."""
    texts = [
        text
        for where, answer in answers_of(site).items()
        if where.startswith(("/api/survival", "/api/response", "/api/toxicity", "/api/interaction"))
        for text in words_of(answer)
    ]
    assert any("per sd" in text for text in texts) and any(" > " in text for text in texts)
    for text in texts:
        assert "per sd (" not in text and not re.search(
            r"\d\.\d{3,}|[1-9]\d*\.\d\d", re.sub(r"(\.\d*?)0+\b", r"\1", text).replace("0.", "")
        ), text


def test_shares_are_of_the_counts_that_show(site):
    for where, answer in answers_of(site).items():
        for group in answer.get("by_group", []) if isinstance(answer, dict) else []:
            if group.get("rate") is not None:
                assert group["rate"] == round(group["n_event"] / group["n"], 2), where


def test_a_level_of_a_filter_is_not_what_remains_of_the_others(site):
    from wes_biomarkers.report.suppression import coarse

    found = answers_of(site)
    whole = found["/api/counts"]["by"]
    for where, answer in found.items():
        if where.startswith("/api/counts?"):
            for name, bars in answer["by"].items():
                assert [each["n_all"] for each in bars] == [each["n_all"] for each in whole[name]]
    # 40 = 9 + 9 + 9 + 9 + 4: what is left of 40 is 4
    answers = {Question("/x", (), level): {"n": n} for level, n in _levels(40, [9, 9, 9, 9, 4])}
    told = [answer["n"] for answer in made_coarse(answers, K).values()]
    assert coarse(4, K) is None
    assert told[-1] is None
    assert None in told[1:-1]


def _levels(everybody, sizes):
    return [(None, everybody), *((Level("c", str(at)), n) for at, n in enumerate(sizes))]


def test_curves_step_at_every_k_th_event_in_whole_months():
    steps = [{"time": 0.0, "survival": 1.0, "ci_low": None, "ci_high": None, "n_event": 0, "n_at_risk": 40}]
    steps += [
        {
            "time": 0.7 * at,
            "survival": 1 - at / 40,
            "ci_low": 0.1,
            "ci_high": 0.9,
            "n_event": 1,
            "n_at_risk": 41 - at,
        }
        for at in range(1, 40)
    ]
    group = {"name": "a", "n": 40, "n_event": 39, "at_risk": [40, 20], "median": 14.35, "curve": steps}
    told = dict.fromkeys(("method", "effect", "reason", "refused"))
    answer = {"n": 80, "groups": [group, group | {"name": "b"}], "sentences": [], **told}
    shared = without_patients("/api/survival", answer, K)["groups"][0]
    survival = [step["survival"] for step in shared["curve"]]
    assert survival[:4] == [1, 0.88, 0.75, 0.62]
    assert all(step["time"] == int(step["time"]) for step in shared["curve"])
    assert shared["curve"][-1]["time"] <= 0.7 * 36
    few = {**answer, "groups": [group, group | {"name": "b", "n": 6, "n_event": 3}]}
    held = without_patients("/api/survival", few, K)["groups"]
    assert held[1]["curve"] == []


def test_estimates_of_few_are_withheld_and_others_are_rounded():
    row = {"analysis": "a", "feature": "x", "endpoint": "os", "term": "x", "n": 40, "n_event": 4}
    row |= {"effect_kind": "hazard_ratio", "effect": 2.345, "ci_low": 1.123, "ci_high": 3.987}
    row |= {
        "p_value": 0.0321,
        "q_value": 0.064,
        "status": "ok",
        "reason": "4 events, fewer than 10",
        "sentences": [],
    }
    plan = {"plans": [], "rows": [row, row | {"n_event": 20, "reason": None}]}
    few, many = without_patients("/api/plan", plan, K)["rows"]
    assert few["effect"] is few["p_value"] is None
    assert few["status"] == "withheld"
    assert "4" not in few["reason"]
    assert (many["effect"], many["p_value"]) == (2.3, 0.03)


def test_the_same_cohort_gives_the_same_bytes_in_any_number_of_processes(site, cohort, rules, tmp_path):
    write_site(cohort, tmp_path / "again", min_cell=K, rules=rules, processes=2)
    names = sorted(path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file())
    assert names == sorted(
        path.relative_to(tmp_path / "again").as_posix()
        for path in (tmp_path / "again").rglob("*")
        if path.is_file()
    )
    for name in names:
        assert (site / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name


def test_with_patients_every_patient_has_a_part(rules, tmp_path):
    simulate_tables(TableParameters(n_patient=12, seed=3), tmp_path / "trial")
    cohort = tmp_path / "trial" / "cohort"
    some = rules | {"features": {"shown": ["tmb_per_mb"]}, "filters": {"columns": [], "features": []}}
    write_site(cohort, tmp_path / "site", patients=True, rules=some)
    found = answers_of(tmp_path / "site")
    ids = pd.read_parquet(cohort / "patient.parquet")["patient_id"]
    assert len(found["/api/patients"]["rows"]) == len(ids)
    assert {f"/api/patient/{each}" for each in ids} <= set(found)
    assert found["/api/oncoprint"]["patients"]
    assert found["/api/cohort"]["site"]["min_cell"] == 0


def test_only_a_site_is_replaced(cohort, rules, site, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years")
    with pytest.raises(InputError, match="not a site"):
        write_site(cohort, tmp_path / "mine", rules=rules)
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years"
    shutil.copytree(site, tmp_path / "old")
    (tmp_path / "old" / "data" / "stale.js").write_text("")
    few = rules | {"features": {"shown": ["none"]}, "filters": {"columns": [], "features": []}}
    write_site(cohort, tmp_path / "old", min_cell=K, rules=few)
    assert not (tmp_path / "old" / "data" / "stale.js").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "old"]


@pytest.mark.parametrize("options", [{"min_cell": 2}, {"patients": True, "min_cell": 5}])
def test_thresholds_that_hide_nothing_are_refused(cohort, tmp_path, options):
    with pytest.raises(InputError):
        write_site(cohort, tmp_path / "site", **options)
    assert not list(tmp_path.iterdir())


def test_addresses_are_those_the_page_writes():
    # as URLSearchParams writes them
    assert address("/api/x", {"b": "a b~*(é)", "a": "", "c": "1"}) == "/api/x?b=a+b%7E*%28%C3%A9%29&c=1"
    level = Level("arm_assigned", "a")
    assert level.text == '[{"c":"arm_assigned","in":["a"]}]'


def test_a_page_of_another_version_is_refused():
    with pytest.raises(InputError, match="not of this version"):
        static_page("<html></html>")


def test_pictures_show_what_the_answers_tell_and_no_more(site, cohort):
    """A picture is made of the shared answer: its counts are as coarse, its curves as withheld, its patients nobody."""
    ids = set(pd.read_parquet(cohort / "clinical.parquet", columns=["patient_id"])["patient_id"])
    drawn = 0
    for where, answer in answers_of(site).items():
        picture = answer.get("picture") if isinstance(answer, dict) else None
        if not picture:
            continue
        drawn += 1
        rows = [row for rows in picture["datasets"].values() for row in rows]
        assert not any(str(value) in ids for row in rows for value in row.values()), where
        counts = [row[name] for row in rows for name in ("n", "patients") if row.get(name) is not None]
        assert all(n % K == 0 for n in counts), where
        curves = {each["name"]: each["curve"] for each in answer.get("groups", [])}
        steps = {step["time"] for curve in curves.values() for step in curve}
        assert {row["time"] for row in rows if "estimate" in row} <= steps, where
    assert drawn > 5
