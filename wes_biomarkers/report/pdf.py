"""A page printed as PDF by a browser of the machine, without a window and without a network."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from wes_biomarkers.errors import ToolError
from wes_biomarkers.io.files import atomic_path

#: Browsers looked for on PATH, in this order.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_SECONDS = 300
_OPTIONS = (
    "--headless",
    "--disable-gpu",
    "--disable-extensions",
    "--disable-background-networking",
    "--no-first-run",
    "--no-pdf-header-footer",
)


def find_browser() -> str:
    """The path of a Chromium or Chrome.

    Raises:
        ToolError: none is on PATH.
    """
    for name in BROWSERS:
        path = shutil.which(name)
        if path:
            return path
    raise ToolError(
        "A PDF is printed by Chromium or Chrome, and neither is on PATH. Install the package chromium (Debian, Ubuntu), "
        "or write HTML and print it from a browser."
    )


def write_pdf(path: Path | str, html: str) -> None:
    """Print a self-contained page, by its rules for paper.

    Args:
        path: of the PDF.
        html: the page.

    Raises:
        ToolError: no browser, or it failed.
    """
    browser = find_browser()
    with tempfile.TemporaryDirectory() as folder, atomic_path(path) as temporary:
        page, printed = Path(folder) / "page.html", Path(folder) / "page.pdf"
        page.write_text(html, encoding="utf-8")
        own = ["--no-sandbox"] if os.geteuid() == 0 else []
        command = [
            browser,
            *_OPTIONS,
            *own,
            f"--user-data-dir={folder}/profile",
            f"--print-to-pdf={printed}",
            page.as_uri(),
        ]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        except subprocess.TimeoutExpired as error:
            raise ToolError(f"{browser} did not print the page in {_SECONDS} s.") from error
        if done.returncode or not printed.is_file() or not printed.stat().st_size:
            raise ToolError(f"{browser} could not print the page.", command[:1], done.stderr[-2000:])
        shutil.copyfile(printed, temporary)
