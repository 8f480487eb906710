"""The pages Genes, Patient, Plan and Ask in Chromium: numbers, keyboard, downloads, axe, no outside request."""

import re
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.browser
PAGES = ("genes", "patient/P000003", "plan", "ask")


def test_oncoprint_shows_the_tables_numbers(page, address, open_page, cohort):
    open_page(page, address, "genes")
    gene = pd.read_parquet(cohort / "gene.parquet")
    pair = pd.read_parquet(cohort / "pair.parquet")
    baseline = pair[(pair["timepoint"] == "baseline") & (pair["status"] == "ok")]
    tp53 = gene[(gene["gene"] == "TP53") & gene["pair_id"].isin(baseline["pair_id"])]
    kinds = {"truncating", "hotspot", "other", "amplification", "deep_deletion"}
    altered = sum(bool(kinds & set(str(hits).split(";"))) for hits in tp53["hits"].fillna(""))
    figure = page.locator("figure", has_text="Alterations by patient").first
    figure.get_by_text("Table", exact=True).click()
    row = figure.locator("tbody tr", has_text=re.compile("^TP53")).first
    row.wait_for()
    cells = row.locator("td").all_inner_texts()
    assert int(cells[2]) == altered
    assert page.locator(".oncoprint a", has_text="TP53").count() == 1
    assert page.locator(".oncoprint svg text", has_text=re.compile("^TP53$")).count() == 1


def test_pointing_at_a_cell_tells_it_and_a_click_opens_the_patient(page, address, open_page):
    open_page(page, address, "genes")
    box = page.locator(".oncoprint .chart svg").bounding_box()
    place = page.evaluate("fetch('/api/oncoprint').then((found) => found.json())")
    layout = place["picture"]["usermeta"]["oncoprint"]
    scale = box["width"] / (layout["width"] + 10)
    x = (5 + layout["left"] + layout["step"] / 2) * scale
    y = (5 + layout["top"] + layout["row"] / 2) * scale
    page.mouse.move(box["x"] + x, box["y"] + y)
    first = place["patients"][int(layout["order"].split(",")[0])]
    page.get_by_text(first, exact=True).first.wait_for()
    page.mouse.click(box["x"] + x, box["y"] + y)
    page.get_by_role("heading", name=f"Patient {first}").wait_for()


def test_a_patient_is_found_from_the_navigation(page, address, open_page):
    open_page(page, address, "cohort")
    page.get_by_role("navigation").get_by_role("link", name="Patient").click()
    page.get_by_role("heading", name="Choose a patient").wait_for()
    page.get_by_role("link", name="P000002", exact=True).click()
    page.get_by_role("heading", name="Patient P000002").wait_for()


def test_a_gene_by_keyboard_leads_to_its_mutations_and_back(page, address, open_page):
    open_page(page, address, "genes")
    link = page.locator(".oncoprint a").nth(1)
    name = link.text_content().strip()
    link.focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=f"Mutations of {name}").wait_for()
    assert f"gene={name}" in page.url
    page.go_back()
    page.wait_for_function("!location.hash.includes('gene=')")


def test_oncoprint_downloads_as_picture_and_table(page, address, open_page):
    open_page(page, address, "genes")
    figure = page.locator("figure", has_text="Alterations by patient").first
    for kind, start in (("SVG", b"<svg"), ("PNG", b"\x89PNG"), ("CSV", b"gene,")):
        with page.expect_download() as got:
            figure.get_by_role("button", name=kind).click()
        assert Path(got.value.path()).read_bytes().lstrip(b"\xef\xbb\xbf").startswith(start)


def test_patient_shows_what_the_tables_hold(page, address, open_page, cohort):
    open_page(page, address, "patient/P000003")
    table = pd.read_parquet(cohort / "biomarker.parquet")
    value = table[table["patient_id"] == "P000003"]["tmb_per_mb"].iloc[0]
    row = page.locator(".measured tr", has_text=re.compile("^TMB per Mb")).first
    assert float(row.locator("td.number").inner_text().split()[0]) == pytest.approx(value, rel=0.01)
    for title in ("Time line", "Copy number", "Variants"):
        assert page.get_by_role("heading", name=title).count() == 1
    if not (cohort / "neoantigen.parquet").is_file():
        assert page.get_by_role("heading", name="Neoantigens", exact=True).count() == 0, "absent, not empty"


def test_plan_tells_prespecified_from_exploratory(page, address, open_page):
    open_page(page, address, "plan")
    assert page.get_by_text("Markers of the trial").count() == 1
    assert page.locator("figure .badge.prespecified").count() == 1
    assert page.locator("figure .badge.exploratory").count() == 0


def test_a_question_typed_and_answered(page, address, open_page, cohort):
    open_page(page, address, "ask")
    page.locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.type("SELECT patient_id FROM patient")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("[data-count=rows]")
    assert int(page.locator("[data-count=rows]").inner_text()) == len(
        pd.read_parquet(cohort / "patient.parquet")
    )
    with page.expect_download() as got:
        page.get_by_role("button", name="CSV of these rows").click()
    assert Path(got.value.path()).read_text(encoding="utf-8-sig").startswith("patient_id")


def test_a_question_is_kept_in_this_browser(page, address, open_page):
    open_page(page, address, "ask")
    page.get_by_label("Name to save the question by").fill("mine <b>")
    page.get_by_role("button", name="Save", exact=True).click()
    page.reload()
    page.get_by_role("button", name="mine <b>", exact=True).wait_for()


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
