"""The report and a patient's page in Chromium, from a plain file: no request, no error, axe, what marks tell, the tables."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def pages(cohort, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    for words in (["-o", folder / "report.html"], ["--patient", "P000001", "-o", folder / "patient.html"]):
        command = [sys.executable, "-m", "wes_biomarkers", "report", str(cohort), *map(str, words)]
        subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture(params=["report", "patient"])
def opened(request, chromium, pages):
    """A page from a file that fails its test on an error or a further request."""
    faults = []
    page = chromium.new_page(viewport={"width": 1200, "height": 900})
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda sent: faults.append(sent.url))
    page.goto((pages / f"{request.param}.html").as_uri())
    faults.clear()
    yield page
    page.close()
    assert faults == []


def test_axe_finds_nothing_serious(opened, serious):
    assert serious(opened) == []


def test_a_mark_tells_what_it_shows(opened):
    mark = opened.locator("[data-tip]").first
    mark.scroll_into_view_if_needed()
    mark.hover(force=True)
    said = opened.locator(".tip").inner_text().split("\n")
    assert "; ".join(said) == mark.get_attribute("data-tip")
    opened.mouse.move(5, 5)
    assert opened.locator(".tip").is_hidden()


def test_a_table_sorts_and_is_searched(opened):
    table = opened.locator("table.sortable:has(tbody tr:nth-child(3)):has(td[data-sort])").first
    column = table.evaluate(
        "t => Array.from(t.tHead.rows[0].cells).findIndex((c, i) => c.querySelector('button')"
        " && t.tBodies[0].rows[0].cells[i].hasAttribute('data-sort'))"
    )
    table.locator("thead th").nth(column).locator("button").click()
    values = table.evaluate(f"t => Array.from(t.tBodies[0].rows).map(r => r.cells[{column}].dataset.sort)")
    known = [float(value) for value in values if re.fullmatch(r"-?[\d.e+-]+", value)]
    assert known == sorted(known) and values[: len(known)] == [value for value in values if value]


def test_narrow_pages_do_not_scroll_sideways(opened):
    opened.set_viewport_size({"width": 400, "height": 800})
    assert opened.evaluate("document.documentElement.scrollWidth") <= 405
