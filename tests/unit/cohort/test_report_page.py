import html
import json
import re

import pytest

from wes_biomarkers.cli.main import main


def pictures_of(page):
    """Each picture's markup by its name."""
    return dict(re.findall(r'(?s)<div class="chart" id="chart-([^"]*)"[^>]*>(<svg.*?</svg>)</div>', page))


def visible(page):
    return html.unescape(re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.S))


@pytest.fixture(scope="module")
def built(tmp_path_factory, make):
    """A simulated cohort's folder and its page."""
    root = tmp_path_factory.mktemp("report")
    results = make.results(root / "res", make.ids(20), failed=("P08",), thin=("P03",), second=("P02",))
    clinical = make.clinical(root / "c.csv", [*(i for i in make.ids(20) if i != "P05"), "X1"])
    for words in (
        ["cohort", "build", results, "--out", root / "co", "--clinical", clinical],
        ["report", root / "co", "-o", root / "r.html"],
    ):
        with pytest.raises(SystemExit) as stopped:
            main([str(word) for word in words])
        assert stopped.value.code == 0
    return root / "co", (root / "r.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(built):
    return built[1]


def test_page_needs_nothing_from_outside(page):
    outside = re.compile(r"""<(?:link|iframe|img|object)\b|\bsrc\s*=|href\s*=\s*["'](?!#)|@import|url\(""")
    markup = re.sub(r"<script>.*?</script>", "", page, flags=re.S)
    assert not outside.findall(markup)


def test_every_chart_draws_and_carries_the_flags(page):
    pictures = pictures_of(page)
    own = {"coverage", "tmb-patient", "tmb-definitions", "tmb-induction", "tmb-response", "km-os", "km-pfs"}
    assert own <= set(pictures)
    for name, drawing in pictures.items():
        assert "SIMULATED DATA" in drawing or name not in own, name
        assert "undefined" not in drawing and "NaN" not in drawing
    burden = pictures["tmb-patient"]
    assert "callable floor lowered by the user" in burden and "cutoff 10" in burden
    assert "not evaluable" in burden and "failed" in burden


def test_charts_have_words_for_those_who_cannot_see_them(page):
    labels = re.findall(r'<div class="chart"[^>]*role="img" aria-label="([^"]+)"', page)
    assert len(labels) == len(pictures_of(page)) and all(len(label) > 30 for label in labels)


def test_simulated_is_said_loudly(page):
    text = visible(page)
    assert text.index("SIMULATED DATA.") < text.index("<h1>")
    assert "<title>SIMULATED" in page and "Lowered floor." in text


def test_reasons_statuses_and_unmatched_ids_are_shown(page):
    text = visible(page)
    assert "Mutect2 stopped: out of memory" in text
    assert 'title="0.03 callable Mb, below the floor of 0.05">not evaluable' in text
    assert (
        "Sequenced, without a clinical row: 1" in text and "In the clinical table, not sequenced: 1" in text
    )
    assert "exploratory" in page


def test_flow_ends_at_those_in_the_survival_charts(page):
    drawn = pictures_of(page)["km-os"]
    n_drawn = sum(int(n) for _, n in set(re.findall(r">(TMB high|TMB low): (\d+) patient", drawn)))
    steps = re.findall(
        r"<li><div><b>(\d+)</b><span>([^<]+)</span>(?:<small>([^<]+)</small>)?", page[: page.index("</ol>")]
    )
    (before, label, _), (value, last, lost) = steps[-2:]
    assert (label, last) == ("with baseline TMB and clinical row", "in the survival charts")
    assert lost == "1 never allocated" and int(value) == n_drawn == int(before) - 1
    text = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", visible(page)))
    assert "Not in the survival charts: 1 P15 (never allocated)" in text


def test_counts_by_kind_are_shown(page):
    heads = re.findall(
        r'<button type="button">([^<]+)</button>', page[page.index('id="biomarker-table-1"') :]
    )
    start = heads.index("mutations")
    assert heads[start : start + 4] == ["mutations", "SNV", "indel", "MNV"]


def test_same_cohort_same_page(built, run):
    folder, page = built
    code, out, _ = run("report", folder, "-o", "-")
    assert code == 0 and out == page and str(folder.parent) not in page


def test_real_data_are_not_called_simulated(tmp_path, make, run):
    root = make.results(tmp_path / "res", ["P01"], synthetic=False, flags=())
    run("cohort", "build", root, "--out", tmp_path / "co")
    run("report", tmp_path / "co", "-o", tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text()
    assert "SIMULATED" not in text and "Lowered floor" not in text
    assert set(pictures_of(text)) == {"coverage", "tmb-patient", "tmb-definitions"}


def test_hostile_text_stays_text(tmp_path, make, run):
    root = make.results(tmp_path / "res", ["P01", "P02"], failed=("P02",))
    study = json.loads((root / "study.json").read_text())
    evil = "</script><script>alert(1)</script>"
    for pair in study["pairs"]:
        pair["timepoint"] = evil
        pair["reason"] = evil if pair["status"] == "failed" else ""
    (root / "study.json").write_text(json.dumps(study))
    run("cohort", "build", root, "--out", tmp_path / "co")
    run("report", tmp_path / "co", "-o", tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text()
    assert "alert(1)" in text and "<script>alert(1)" not in text


def test_clinical_table_alone(tmp_path, make, run):
    clinical = make.clinical(tmp_path / "c.csv", make.ids(12))
    run("cohort", "build", "--out", tmp_path / "co", "--clinical", clinical)
    assert run("report", tmp_path / "co", "-o", tmp_path / "r.html")[0] == 0
    text = (tmp_path / "r.html").read_text()
    assert {"km-os", "km-pfs"} <= set(pictures_of(text)) and "coverage" not in pictures_of(text)
    assert "Biomarkers by pair" not in text
    assert "<b>11</b><span>in the survival charts</span><small>1 never allocated</small>" in text
    assert "all patients: 11 patients" in pictures_of(text)["km-os"]


def test_nothing_evaluable_still_makes_a_page(tmp_path, make, run):
    root = make.results(tmp_path / "res", make.ids(3), thin=("P01", "P02"), failed=("P03",))
    clinical = make.clinical(tmp_path / "c.csv", make.ids(3))
    run("cohort", "build", root, "--out", tmp_path / "co", "--clinical", clinical)
    assert run("report", tmp_path / "co", "-o", tmp_path / "r.html")[0] == 0
    page = (tmp_path / "r.html").read_text()
    assert "none evaluable" in visible(page)
    pictures = pictures_of(page)
    for name in ("coverage", "tmb-patient", "km-os", "km-pfs"):
        assert "SIMULATED DATA" in pictures[name]
    assert "all patients: 3 patients" in pictures["km-os"]
    assert "<b>3</b><span>in the survival charts, whatever their burden</span></div>" in page


def test_all_failed_is_still_called_simulated(tmp_path, make, run):
    root = make.results(tmp_path / "res", make.ids(2), failed=("P01", "P02"))
    run("cohort", "build", root, "--out", tmp_path / "co")
    run("report", tmp_path / "co", "-o", tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text()
    assert "<title>SIMULATED" in page
    assert "SIMULATED DATA" in pictures_of(page)["tmb-patient"]
    assert visible(page).count("Mutect2 stopped: out of memory") >= 2


def test_no_cohort(tmp_path, run):
    code, _, said = run("report", tmp_path, "-o", tmp_path / "r.html")
    assert code == 2 and not (tmp_path / "r.html").exists() and "cohort.json" in said


def test_evolution_is_told_by_patient(tmp_path, make, run):
    results = make.results(tmp_path / "res", ["P01", "P02"], second=("P01", "P02"))

    def told(patient, **changes):
        record = {
            "schema": "wes_biomarkers.record/1", "patient_id": patient, "sample_id": "",
            "pair_id": f"{patient}_T2_vs_{patient}_N", "feature": "evolution", "definition_id": "wes_evolution",
            "status": "ok", "reason": "", "flags": [], "numerator": 3, "denominator": 16, "ci": None,
            "provenance": {}, "values": {
                "turnover_fraction": 0.1875, "compared_with": f"{patient}_T1_vs_{patient}_N",
                "n_kept": 13, "n_gained": 2, "n_lost": 1, "n_unknown": 4,
            },
        }  # fmt: skip
        folder = results / "patients" / patient / "records"
        folder.mkdir(parents=True)
        (folder / "evolution.json").write_text(json.dumps([record | changes]))

    nothing = {"turnover_fraction": None, "n_kept": 0, "n_gained": None, "n_lost": None, "n_unknown": 9}
    told("P01")
    told("P02", status="not_evaluable", reason="no reads were given", values=nothing)
    run("cohort", "build", results, "--out", tmp_path / "co")
    run("report", tmp_path / "co", "-o", tmp_path / "r.html")
    page = visible((tmp_path / "r.html").read_text(encoding="utf-8"))
    part = page[page.index("<h3>Evolution</h3>") :].split("</table>")[0]
    first, second = re.findall(r"<tr><th scope=\"row\">.*?</tr>", part)
    cells = [re.sub("<[^>]+>", "", cell) for cell in re.findall("<td.*?</td>", first)]
    assert cells == ["P01_T1_vs_P01_N", "13", "2", "1", "4", "0.188"]
    cells = [re.sub("<[^>]+>", "", cell) for cell in re.findall("<td.*?</td>", second)]
    assert cells == ["", "0", "", "", "9", "not evaluable"] and "no reads were given" in second


def test_without_evolution_no_table_of_it(page):
    assert "<h3>Evolution</h3>" not in page
