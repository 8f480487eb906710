"""One cohort served and opened in Chromium for every test of the pages; what a page may not do."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: axe-core 4.14.1 (MPL-2.0), as its authors publish it.
AXE = Path(__file__).with_name("axe.min.js")
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


def command(*words):
    done = subprocess.run(
        [sys.executable, "-m", "wes_biomarkers", *map(str, words)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def cohort(tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser") / "trial"
    command("simulate", "--level", "tables", "--patients", 60, "-o", folder)
    plan = folder.parent / "plan.toml"
    plan.write_text(PLAN)
    command("associate", folder / "cohort", "--plan", plan, "--store", "-o", folder.parent / "a.tsv")
    return folder / "cohort"


@contextmanager
def _serving(cohort, **options):
    uvicorn = pytest.importorskip("uvicorn")
    from wes_biomarkers.serve.app import create_app

    app = create_app(cohort, **options)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(300):
        if server.started:
            break
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="session")
def serving():
    """A cohort's browser, served while a with-block runs; its address."""
    return _serving


@pytest.fixture(scope="session")
def address(cohort):
    with _serving(cohort) as found:
        yield found


@pytest.fixture(scope="session")
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


def _open_page(page, address, name):
    page.goto(f"{address}/#/{name}")
    page.wait_for_selector("main .card")
    page.wait_for_load_state("networkidle")


@pytest.fixture(scope="session")
def open_page():
    """Open a page by its address after `#/` and wait until it stands still."""
    return _open_page


@pytest.fixture(scope="session")
def serious():
    """What axe finds serious or critical in a page."""

    def find(page):
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        return [
            (each["id"], [node["html"][:160] for node in each["nodes"]][:3])
            for each in found
            if each["impact"] in ("serious", "critical")
        ]

    return find
