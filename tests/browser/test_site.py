"""A site opened from a plain file and from a plain web server: the same pages, no request elsewhere, no error."""

import functools
import http.server
import json
import re
import threading
import tomllib
from urllib.parse import quote

import pytest

from wes_biomarkers.io.files import packaged_text
from wes_biomarkers.report.site import write_site

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(cohort, tmp_path_factory):
    rules = tomllib.loads(packaged_text("site.toml"))
    rules["features"]["shown"] = ["tmb_per_mb", "stage"]
    rules["filters"] = {"columns": ["assignment"], "features": ["tmb_per_mb"]}
    folder = tmp_path_factory.mktemp("out") / "site"
    write_site(cohort, folder, rules=rules)
    return folder


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(params=["file", "http"])
def home(request, site):
    if request.param == "file":
        yield site.as_uri()
        return
    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture
def page(chromium, home):
    faults = []
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    opened.set_default_timeout(20_000)
    opened.on("console", lambda said: faults.append(said.text) if said.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on(
        "request",
        lambda asked: None if asked.url.startswith((home, "blob:", "data:")) else faults.append(asked.url),
    )
    yield opened
    context.close()
    assert faults == []


def go(page, home, name):
    page.goto(f"{home}/index.html#/{name}")
    page.wait_for_selector("main .card")


def narrowed(name, column, level):
    return f"{name}?f={quote(json.dumps([{'c': column, 'in': [level]}]))}"


def test_every_page_opens(page, home):
    go(page, home, "cohort")
    assert page.locator("nav a").all_inner_texts() == ["Cohort", "Biomarkers", "Genes", "Plan"]
    assert page.locator("[data-count=n_patient]").inner_text() == "60"
    assert page.get_by_role("region", name="Filter").get_by_text("no single patients").is_visible()
    assert page.locator(".grid").count() == 0
    page.get_by_role("link", name="Biomarkers").click()
    page.locator("figure", has_text="Survival").locator("svg, canvas").first.wait_for()
    page.get_by_role("link", name="Genes").click()
    page.get_by_role("list", name="Patients with an alteration").wait_for()
    page.get_by_role("link", name="Plan").click()
    page.get_by_text("Markers of the trial").wait_for()


def test_a_click_narrows_to_a_level_and_another_click_takes_it_back(page, home):
    go(page, home, "cohort")
    region = page.get_by_role("region", name="Assignment")
    button = region.get_by_role("button", name="randomized")
    n = button.locator(".bar-n").inner_text()
    button.click()
    page.locator("[data-count=n_patient]", has_text=re.compile(f"^{n}$")).wait_for()
    button.click()
    page.locator("[data-count=n_patient]", has_text=re.compile("^60$")).wait_for()
    assert page.get_by_role("region", name="Sex").get_by_role("button", name="female").is_disabled()


def test_what_it_does_not_hold_is_said_in_a_sentence(page, home):
    go(page, home, narrowed("biomarkers", "sex", "female"))
    assert page.locator(".fault").all_inner_texts() == [
        "This copy holds fixed answers; this choice needs the running browser."
    ]
    go(page, home, narrowed("biomarkers?feature=stage", "assignment", "randomized").replace("?f=", "&f="))
    assert page.get_by_text("Under a filter this copy holds no answer for Stage").is_visible()


def test_axe_finds_nothing_serious(page, home, serious):
    for name in ("cohort", "biomarkers", "genes"):
        go(page, home, name)
        page.wait_for_timeout(500)
        if home.startswith("http"):
            assert serious(page) == [], name


def test_with_patients_it_holds_rows_and_pages(chromium, cohort, tmp_path):
    rules = tomllib.loads(packaged_text("site.toml"))
    rules["features"]["shown"], rules["filters"] = ["none"], {"columns": ["sex"], "features": []}
    write_site(cohort, tmp_path / "site", patients=True, rules=rules)
    page, faults = chromium.new_page(), []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    go(page, (tmp_path / "site").as_uri(), narrowed("cohort", "sex", "female"))
    link = page.locator(".tabulator-row a").first
    patient = link.inner_text()
    link.click()
    page.wait_for_url(f"**#/patient/{patient}*")
    page.get_by_role("heading", name=re.compile(patient)).first.wait_for()
    page.close()
    assert faults == []
