"""The picture of the cohort browser in the docs.

`python tests/support/browser_picture.py` simulates a trial, serves it, and writes docs/img/browser.png.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from pathlib import Path

IMAGE = Path(__file__).resolve().parents[2] / "docs" / "img" / "browser.png"
PAGE = "biomarkers?feature=tmb_per_mb"
WIDTH, HEIGHT = 1280, 880


def draw(image: Path = IMAGE) -> None:
    """Write the picture."""
    import uvicorn
    from playwright.sync_api import sync_playwright

    from wes_biomarkers.serve.app import create_app
    from wes_biomarkers.simulate.tables.cohort import simulate_tables
    from wes_biomarkers.simulate.tables.parameters import TableParameters

    with tempfile.TemporaryDirectory() as scratch:
        trial = Path(scratch) / "trial"
        simulate_tables(TableParameters(n_patient=600, seed=1), trial)
        app = create_app(trial / "cohort")
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        port = server.servers[0].sockets[0].getsockname()[1]
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            page.goto(f"http://127.0.0.1:{port}/#/{PAGE}")
            page.wait_for_selector("figure svg")
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(4000)
            page.screenshot(path=image)
            browser.close()
        server.should_exit = True
        thread.join(10)


if __name__ == "__main__":
    draw()
