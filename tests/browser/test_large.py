"""A cohort of 2,000 patients: every page opens, counts are the tables', nothing serious for axe, prints on paper."""

import io
import threading
import time

import pandas as pd
import pytest

pytestmark = pytest.mark.browser
PAGES = ("cohort", "biomarkers", "genes", "patient/P000002", "ask")


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    from wes_biomarkers.simulate.tables.cohort import simulate_tables
    from wes_biomarkers.simulate.tables.parameters import TableParameters

    out = tmp_path_factory.mktemp("large") / "trial"
    simulate_tables(TableParameters(n_patient=2000, seed=5), out)
    return out / "cohort"


@pytest.fixture(scope="module")
def address(large):
    uvicorn = pytest.importorskip("uvicorn")
    from wes_biomarkers.serve.app import create_app

    server = uvicorn.Server(uvicorn.Config(create_app(large), host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_fits_prints_and_reads_aloud(page, address, open_page, serious, name):
    pypdf = pytest.importorskip("pypdf")
    page.set_viewport_size({"width": 1024, "height": 768})
    open_page(page, address, name)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1024
    assert serious(page) == []
    printed = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4")))
    assert 1 <= len(printed.pages) <= 12
    assert printed.pages[0].extract_text().strip()


def test_a_filter_counts_what_the_tables_hold(page, address, open_page, large):
    clinical = pd.read_parquet(large / "clinical.parquet")
    expected = int((clinical["sex"] == "female").sum())
    open_page(page, address, 'cohort?f=[{"c":"sex","in":["female"]}]')
    page.get_by_text(f"{expected:,} of 2,000 patients").first.wait_for()


def test_the_first_thing_a_key_reaches_skips_to_the_page(page, address, open_page):
    open_page(page, address, "cohort")
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("(document.activeElement.textContent || '').trim()"))
    assert all(name in reached for name in ("Cohort", "Biomarkers", "Genes", "Ask"))
