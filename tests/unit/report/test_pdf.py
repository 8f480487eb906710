"""PDF by the machine's browser, or a clear word that there is none."""

from __future__ import annotations

import shutil

import pytest

from wes_biomarkers.errors import ToolError
from wes_biomarkers.report import pdf

PAGE = "<!DOCTYPE html><html lang='en'><title>t</title><style>{style}</style><body>{body}</body></html>"
needs_browser = pytest.mark.skipif(not any(map(shutil.which, pdf.BROWSERS)), reason="needs chromium")


def test_without_a_browser_the_remedy_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match="package chromium"):
        pdf.write_pdf(tmp_path / "a.pdf", "<p>")
    assert not (tmp_path / "a.pdf").exists()


def test_a_browser_that_fails_leaves_no_file(monkeypatch, tmp_path):
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\necho no display >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(pdf, "find_browser", lambda: str(broken))
    with pytest.raises(ToolError, match="no display"):
        pdf.write_pdf(tmp_path / "a.pdf", "<p>")
    assert not (tmp_path / "a.pdf").exists()


@pytest.mark.parametrize(("user", "without"), [(0, True), (1000, False)])
def test_the_sandbox_is_left_out_for_root_alone(monkeypatch, tmp_path, user, without):
    fake = tmp_path / "chromium"
    case = 'case $each in --print-to-pdf=*) echo x > "${each#*=}";; esac'
    fake.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/said\nfor each; do {case}; done\n')
    fake.chmod(0o755)
    monkeypatch.setattr(pdf, "find_browser", lambda: str(fake))
    monkeypatch.setattr(pdf.os, "geteuid", lambda: user)
    pdf.write_pdf(tmp_path / "a.pdf", "<p>")
    assert ("--no-sandbox" in (tmp_path / "said").read_text()) == without
    assert (tmp_path / "a.pdf").read_text() == "x\n"


@needs_browser
def test_pages_are_numbered_and_figures_stay_whole_and_vector(tmp_path):
    from importlib.resources import files

    from pypdf import PdfReader

    style = files("wes_biomarkers.report").joinpath("style.css").read_text()
    bar = '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="500"><rect width="300" height="500"/></svg>'
    tall = "".join(
        f'<figure><div class="chart">{bar}</div><figcaption>part {n}</figcaption></figure>' for n in range(4)
    )
    pdf.write_pdf(
        tmp_path / "a.pdf",
        PAGE.format(style=style, body=f"<main><section><h2>Four</h2>{tall}</section></main>"),
    )
    pages = PdfReader(tmp_path / "a.pdf").pages
    assert 2 <= len(pages) <= 4
    texts = [page.extract_text() for page in pages]
    assert all(f"{n} / {len(pages)}" in text for n, text in enumerate(texts, 1))
    assert "Four" in texts[0] and "part 0" in texts[0]
    assert not any(page.images for page in pages)
