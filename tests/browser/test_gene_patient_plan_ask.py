"""The pages Genes, Patient, Plan and Ask in Chromium: numbers, keyboard, downloads, axe, no outside request."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
PLAN = """
schema = "wes_biomarkers.plan/1"
title = "Markers of the trial"
[families.all]
adjustment = "holm"
[[analysis]]
name = "response"
endpoint = "response"
features = ["tmb_per_mb"]
"""
PAGES = ("genes", "patient/P000003", "plan", "ask")


def command(*words):
    done = subprocess.run(
        [sys.executable, "-m", "wes_biomarkers", *map(str, words)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser") / "trial"
    command("simulate", "--level", "tables", "--patients", 60, "-o", folder)
    plan = folder.parent / "plan.toml"
    plan.write_text(PLAN)
    command("associate", folder / "cohort", "--plan", plan, "--store", "-o", folder.parent / "a.tsv")
    return folder / "cohort"


@pytest.fixture(scope="module")
def address(cohort):
    uvicorn = pytest.importorskip("uvicorn")
    from wes_biomarkers.serve.app import create_app

    server = uvicorn.Server(uvicorn.Config(create_app(cohort), host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(300):
        if server.started:
            break
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def chromium():
    sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright")
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("no chromium on this machine: apt install chromium")
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, address):
    """A page that fails its test on a console error, a script error or a request elsewhere."""
    faults = []
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    opened = context.new_page()
    opened.set_default_timeout(20_000)
    opened.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on(
        "request",
        lambda asked: None if asked.url.startswith((address, "blob:", "data:")) else faults.append(asked.url),
    )
    yield opened
    context.close()
    assert faults == []


def open_page(page, address, name):
    page.goto(f"{address}/#/{name}")
    page.wait_for_selector("main .card")
    page.wait_for_load_state("networkidle")


def test_oncoprint_shows_the_tables_numbers(page, address, cohort):
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
    assert page.locator("svg a", has_text="TP53").count() == 1


def test_a_gene_by_keyboard_leads_to_its_mutations_and_back(page, address):
    open_page(page, address, "genes")
    link = page.locator(".oncoprint a").nth(1)
    name = link.text_content().strip()
    link.focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=f"Mutations of {name}").wait_for()
    assert f"gene={name}" in page.url
    page.go_back()
    page.wait_for_function("!location.hash.includes('gene=')")


def test_oncoprint_downloads_as_picture_and_table(page, address):
    open_page(page, address, "genes")
    figure = page.locator("figure", has_text="Alterations by patient").first
    for kind, start in (("SVG", b"<svg"), ("PNG", b"\x89PNG"), ("CSV", b"gene,")):
        with page.expect_download() as got:
            figure.get_by_role("button", name=kind).click()
        assert Path(got.value.path()).read_bytes().lstrip(b"\xef\xbb\xbf").startswith(start)


def test_patient_shows_what_the_tables_hold(page, address, cohort):
    open_page(page, address, "patient/P000003")
    table = pd.read_parquet(cohort / "biomarker.parquet")
    value = table[table["patient_id"] == "P000003"]["tmb_per_mb"].iloc[0]
    row = page.locator(".measured tr", has_text=re.compile("^TMB per Mb")).first
    assert float(row.locator("td.number").inner_text().split()[0]) == pytest.approx(value, rel=0.01)
    for title in ("Time line", "Copy number", "Variants"):
        assert page.get_by_role("heading", name=title).count() == 1
    if not (cohort / "neoantigen.parquet").is_file():
        assert page.get_by_role("heading", name="Neoantigens", exact=True).count() == 0, "absent, not empty"


def test_plan_tells_prespecified_from_exploratory(page, address):
    open_page(page, address, "plan")
    assert page.get_by_text("Markers of the trial").count() == 1
    assert page.locator("figure .badge.prespecified").count() == 1
    assert page.locator("figure .badge.exploratory").count() == 0


def test_a_question_typed_and_answered(page, address, cohort):
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


def test_a_question_is_kept_in_this_browser(page, address):
    open_page(page, address, "ask")
    page.get_by_label("Name to save the question by").fill("mine <b>")
    page.get_by_role("button", name="Save", exact=True).click()
    page.reload()
    page.get_by_role("button", name="mine <b>", exact=True).wait_for()


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(page, address, name):
    if not AXE.is_file():
        pytest.skip("no axe-core: run `npm ci` in frontend/")
    open_page(page, address, name)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    serious = [(each["id"], [node["html"][:160] for node in each["nodes"]][:3])
               for each in found if each["impact"] in ("serious", "critical")]  # fmt: skip
    assert serious == []


@pytest.mark.parametrize("width", [1024, 1440])
@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_wider_than_the_window(page, address, name, width):
    page.set_viewport_size({"width": width, "height": 768})
    open_page(page, address, name)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
