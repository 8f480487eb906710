"""The pages Cohort and Biomarkers in Chromium: numbers equal the tables', links, keyboard, downloads, axe."""

import json
import re
from pathlib import Path
from urllib.parse import quote

import pandas as pd
import pytest

pytestmark = pytest.mark.browser
PAGES = ("cohort", "biomarkers")


def narrowed(page_name, *conditions):
    return f"{page_name}?f={quote(json.dumps(conditions))}"


def tally(page):
    return int(page.locator("[data-count=n_patient]").inner_text().replace(",", ""))


def wait_for_tally(page, n):
    page.locator("[data-count=n_patient]", has_text=re.compile(f"^{n}$")).wait_for()


def test_counts_follow_a_click_and_the_back_button(page, address, open_page, cohort):
    clinical = pd.read_parquet(cohort / "clinical.parquet")
    open_page(page, address, "cohort")
    assert tally(page) == len(clinical)
    site = clinical["site"].value_counts().index[0]
    page.get_by_role("region", name="Site").get_by_role("button", name=site).click()
    wait_for_tally(page, int((clinical["site"] == site).sum()))
    assert "site" in page.url
    page.go_back()
    wait_for_tally(page, len(clinical))


def test_a_shared_address_narrows_by_level_and_range(page, address, open_page, cohort):
    clinical = pd.read_parquet(cohort / "clinical.parquet")
    open_page(
        page, address, narrowed("cohort", {"c": "sex", "in": ["male"]}, {"c": "age", "ge": 60, "le": 70})
    )
    expected = clinical[(clinical["sex"] == "male") & clinical["age"].between(60, 70)]
    wait_for_tally(page, len(expected))
    sexes = page.get_by_role("region", name="Sex").locator("[aria-pressed=true] .bar-n")
    assert int(sexes.inner_text()) == len(expected)
    page.get_by_role("button", name="Remove Sex: male").click()
    wait_for_tally(page, int(clinical["age"].between(60, 70).sum()))


def test_a_range_is_set_by_keyboard(page, address, open_page, cohort):
    clinical = pd.read_parquet(cohort / "clinical.parquet")
    open_page(page, address, "cohort")
    page.get_by_label("Age from").focus()
    page.keyboard.type("65")
    page.keyboard.press("Enter")
    wait_for_tally(page, int((clinical["age"] >= 65).sum()))


def test_the_grid_lists_the_patients_and_links_to_them(page, address, open_page, cohort):
    clinical = pd.read_parquet(cohort / "clinical.parquet")
    open_page(page, address, narrowed("cohort", {"c": "sex", "in": ["female"]}))
    women = sorted(clinical.loc[clinical["sex"] == "female", "patient_id"])
    link = page.locator(".tabulator-row a").first
    assert link.inner_text() == women[0]
    link.click()
    page.wait_for_url(f"**/#/patient/{women[0]}*")


def test_survival_equals_the_python_api(page, address, open_page, cohort):
    from wes_biomarkers.associate.run import run_plan
    from wes_biomarkers.contracts.plan import Analysis, Plan
    from wes_biomarkers.io.cohort_folder import read_cohort
    from wes_biomarkers.join.frame import Join

    analysis = Analysis("here", "pfs", features=("pdl1_cps",), question="prognostic")
    table = run_plan(Join(dict(read_cohort(cohort).tables)), Plan("", (analysis,))).table
    effect = table[table["role"] == "prognostic"]["effect"].iloc[0]
    open_page(page, address, "biomarkers?feature=pdl1_cps&endpoint=pfs")
    figure = page.locator("figure", has_text="Survival: ")
    shown = float(figure.locator("[data-effect]").first.get_attribute("data-effect"))
    assert shown == pytest.approx(effect, rel=1e-9)


def test_survival_downloads_as_picture_and_table(page, address, open_page):
    open_page(page, address, "biomarkers")
    figure = page.locator("figure", has_text="Survival: ")
    for kind, start in (("SVG", b"<svg"), ("PNG", b"\x89PNG"), ("CSV", b"group,")):
        with page.expect_download() as got:
            figure.get_by_role("button", name=kind).click()
        assert Path(got.value.path()).read_bytes().startswith(start)


def test_every_chart_answers_a_searched_cut_and_none_calls_it_prespecified(page, address, open_page):
    open_page(page, address, "biomarkers?cut=maximal")
    assert page.locator(".fault").count() == 0
    survival = page.locator("figure", has_text="Survival: ")
    assert survival.locator(".badge.prespecified").count() == 0
    lead = survival.locator(".lead").inner_text()
    assert "searched" in lead and "Log-rank" not in lead, "the plain test does not pay for the search"


def test_sql_and_python_are_shown(page, address, open_page):
    open_page(page, address, narrowed("biomarkers", {"c": "sex", "in": ["male"]}))
    figure = page.locator("figure", has_text="Survival: ")
    figure.get_by_text("SQL", exact=True).click()
    assert "patient_biomarker" in figure.get_by_label("SQL").inner_text()
    figure.get_by_text("Python", exact=True).click()
    assert "run_plan" in figure.get_by_label("Python").inner_text()


def test_the_walk_by_keyboard_starts_with_a_way_past_the_navigation(page, address, open_page):
    open_page(page, address, "cohort")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    assert page.url.endswith("#/cohort")


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(page, address, open_page, serious, name):
    open_page(page, address, name)
    assert serious(page) == []


@pytest.mark.parametrize("width", [1024, 1440])
@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_wider_than_the_window(page, address, open_page, name, width):
    page.set_viewport_size({"width": width, "height": 768})
    open_page(page, address, name)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
