"""The page Patient shows reads where alignments were kept, and asks nothing of anyone else for them."""

import shutil
from urllib.parse import quote

import pandas as pd
import pytest
from kept_alignments import write_reads, write_reference
from starlette.testclient import TestClient

from wes_biomarkers.serve.app import create_app


@pytest.fixture(scope="module")
def kept(cohort, tmp_path_factory):
    """results/cohort and results/samples: a pair with a clear substitution, one with a deletion; the reference."""
    results = tmp_path_factory.mktemp("kept")
    shutil.copytree(cohort, results / "cohort")
    patient = TestClient(create_app(cohort), base_url="http://localhost").get("/api/patient/P000001").json()
    rows = patient["variants"]["rows"]
    chosen = next(row for row in rows if len(row["ref"]) == len(row["alt"]) == 1) | {"patient_id": "P000001"}
    pair = next(row for row in patient["pairs"] if row["pair_id"] == chosen["pair_id"])
    contig, at, length = chosen["chrom"], chosen["start"], chosen["start"] + 20_000
    bases = write_reference(results / "genome.fa", contig, length, at, chosen["ref"])
    for name, n_alt in ((pair["tumor_sample_id"], 12), (pair["normal_sample_id"], 0)):
        path = results / "samples" / name / f"{name}.bam"
        write_reads(path, contig, length, at, bases, alt=chosen["alt"], n_alt=n_alt)
    deleted = _with_deletion(results / "cohort", contig, at + 40, bases[min(at, 5000) + 40 :][:2])
    path = results / "samples" / deleted["tumor_sample_id"] / f"{deleted['tumor_sample_id']}.bam"
    write_reads(path, contig, length, at + 41, bases[41:], alt="", n_alt=3)
    return results, chosen, deleted


def _with_deletion(cohort, contig, start, ref):
    """Makes a passing variant of another patient a deletion of one base."""
    table = pd.read_parquet(cohort / "variant.parquet")
    at = table.index[(table["patient_id"] == "P000002") & table["is_pass"]][0]
    table.loc[at, ["chrom", "start", "ref", "alt", "kind"]] = [contig, start, ref, ref[0], "deletion"]
    table.to_parquet(cohort / "variant.parquet")
    pairs = pd.read_parquet(cohort / "pair.parquet").set_index("pair_id")
    row = table.loc[at].to_dict()
    return row | {"tumor_sample_id": pairs.loc[row["pair_id"], "tumor_sample_id"]}


@pytest.fixture(scope="module", params=["with the reference", "without it"])
def address(request, serving, kept):
    reference = kept[0] / "genome.fa" if request.param == "with the reference" else None
    with serving(kept[0] / "cohort", reference=reference) as found:
        yield found


def _site(chosen):
    return ":".join(str(chosen[name]) for name in ("chrom", "start", "ref", "alt"))


def _show(page, address, open_page, chosen):
    open_page(page, address, f"patient/{chosen['patient_id']}")
    figure = page.locator("figure", has=page.get_by_role("heading", name="Reads", exact=True))
    figure.get_by_label("Variant").select_option(_site(chosen))
    figure.locator(".reads[aria-busy=false]").wait_for()
    page.wait_for_load_state("networkidle")
    return figure


def test_reads_at_a_chosen_variant(page, address, open_page, kept, serious):
    answers = []
    page.on("response", lambda got: answers.append((got.url.removeprefix(address), got.status)))
    figure = _show(page, address, open_page, kept[1])
    data = [status for url, status in answers if url.startswith("/api/alignment/") and url.endswith("/data")]
    assert len(data) >= 2 and set(data) == {206}
    assert sum("/assets/igv-" in url for url, _ in answers) == 1
    tracks = [text.split(",")[0] for text in figure.locator(".igv-track-label").all_inner_texts() if text]
    assert tracks == ["Tumour", "Normal"]
    assert serious(page) == []


def test_a_read_tells_its_base(page, address, open_page, kept):
    """Reads with the alternative base are sorted to the top."""
    figure = _show(page, address, open_page, kept[1])
    tumour = figure.locator(".igv-viewport").nth(2)
    width = tumour.bounding_box()["width"]
    tumour.click(position={"x": width / 2, "y": 62})
    popup = figure.locator(".igv-ui-popover", has_text="Read Base").first
    popup.wait_for()
    told = popup.inner_text().replace("\xa0", "")
    assert f"Read Base:{kept[1]['alt']}" in told
    tumour.click(button="right", position={"x": width / 2, "y": 62})
    figure.get_by_text("Save Image (PNG)").wait_for()
    assert figure.get_by_text("BLAT").count() == 0


def test_reads_with_a_deletion_come_first(page, address, open_page, kept):
    """They lie last in the file."""
    tumour = _show(page, address, open_page, kept[2]).locator(".igv-viewport").nth(2)
    tumour.click(position={"x": tumour.bounding_box()["width"] / 2 - 60, "y": 62})
    popup = page.locator(".igv-ui-popover", has_text="Cigar").first
    popup.wait_for()
    assert "1D" in popup.inner_text()


def test_the_table_leads_to_the_reads(page, address, open_page, kept):
    open_page(page, address, f"patient/{kept[1]['patient_id']}")
    assert page.evaluate("window.igv === undefined")
    page.locator(f'a[href*="at={quote(_site(kept[1]), safe="")}"]').click()
    page.locator(".reads[aria-busy=false]").wait_for()
    pictures = "[...document.querySelector('.reads > div').shadowRoot.querySelectorAll('canvas')]"
    drawn = f"{pictures}.map(each => each.toDataURL()).join()"
    before = page.evaluate(drawn)
    page.get_by_role("button", name="Wider").click()
    page.wait_for_function(f"before => {drawn} !== before", arg=before)


def test_who_has_no_alignment_has_no_section(page, address, open_page, cohort, kept):
    asked = []
    page.on("request", lambda each: asked.append(each.url))
    pairs = pd.read_parquet(cohort / "pair.parquet")
    shown = [each["patient_id"] for each in kept[1:]]
    other = pairs[~pairs["patient_id"].isin(shown) & (pairs["status"] == "ok")].iloc[0]
    open_page(page, address, f"patient/{other['patient_id']}")
    page.get_by_role("heading", name="Variants").wait_for()
    assert page.get_by_role("heading", name="Reads", exact=True).count() == 0
    assert not any("/assets/igv-" in url or "/api/alignment/" in url for url in asked)
