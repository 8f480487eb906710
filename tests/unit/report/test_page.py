"""The report holds its pictures as vectors, every section the cohort has, and says what was planned."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hand_made_cohort import hand_made_tables

from wes_biomarkers.contracts.association import ASSOCIATION_FLAGS
from wes_biomarkers.io.cohort_folder import Cohort, read_cohort
from wes_biomarkers.io.definitions import read_tmb_definitions
from wes_biomarkers.report.figure import compact_svg
from wes_biomarkers.report.methods_text import methods_text, read_citations
from wes_biomarkers.report.outcome_figures import flow_figures, term_counts, toxicity_figures
from wes_biomarkers.report.page import render_report


@pytest.fixture(scope="module")
def cohort(trial):
    return read_cohort(trial)


@pytest.fixture(scope="module")
def page(cohort):
    return render_report(cohort, read_tmb_definitions())


def section(page, name):
    """The markup of one section."""
    return re.search(rf'(?s)<section id="{name}">.*?</section>', page)[0]


def test_every_chart_is_a_vector_picture_with_ids_of_its_own(page):
    pictures = re.findall(r'(?s)<div class="chart" id="chart-([^"]*)"[^>]*>(<svg.*?</svg>)</div>', page)
    assert len(pictures) > 12 and len({name for name, _ in pictures}) == len(pictures)
    ids = re.findall(r'(?<![-\w])id="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    for _, svg in pictures:
        ElementTree.fromstring(svg)
        used = set(re.findall(r"url\(#([^)]*)\)", svg))
        assert used <= set(re.findall(r'\bid="([^"]*)"', svg))
    assert "vegaEmbed" not in page and "<canvas" not in page and "base64" not in page


def test_nothing_is_loaded_from_elsewhere(page):
    addresses = set(re.findall(r'(?:src|href)="([^"#][^"]*)"', page))
    assert not addresses and set(re.findall(r"https?://[^\s\"'<)]+", page)) <= {"http://www.w3.org/2000/svg"}


def test_a_cohort_with_everything_shows_everything(page, cohort):
    assert "worst_grade" in cohort.tables and "proteomics" in cohort.tables
    for name in ("flow", "waterfall", "spider", "swimmer", "grades", "terms", "incidence", "protein-levels"):
        assert f'id="chart-{name}"' in page, name


def test_what_a_cohort_lacks_is_absent(cohort):
    left = {name: table for name, table in cohort.tables.items()
            if name not in ("association", "proteomics", "protein", "proteomics_sample", "assessment", "clinical",
                            "toxicity", "worst_grade")}  # fmt: skip
    page = render_report(Cohort(left, cohort.manifest), read_tmb_definitions())
    for name in ("associations", "proteins", "course", "toxicity", "survival"):
        assert f'id="{name}"' not in page and f'href="#{name}"' not in page


def test_the_planned_and_the_exploratory_are_told_apart(page, cohort):
    text = section(page, "associations")
    stored = cohort.tables["association"]
    headings = re.findall(r"<h3>(.*?) <span class=\"badge [a-z_]+\">(\w+)</span></h3>", text)
    assert headings == [("prognosis: Overall survival", "prespecified"),
                        ("Objective response, confirmed", "exploratory")]  # fmt: skip
    assert text.count('<tr><th scope="row">') == len(stored)
    assert ASSOCIATION_FLAGS["exploratory"] in text
    assert "Burden &lt;and&gt; survival" in text and "Burden <and>" not in page


def test_the_same_cohort_gives_the_same_bytes(page, cohort):
    assert render_report(cohort, read_tmb_definitions()) == page


def test_the_page_stays_small(page):
    """200 patients with everything make 4.3 MB; what makes a page grow shows in 60 patients first."""
    assert len(page.encode()) < 2e6


def test_a_manifest_of_an_earlier_build_is_read(cohort):
    left = {name: cohort.tables[name] for name in ("patient", "clinical")}
    left["feature"] = cohort.tables["feature"].head(0)
    fewer = dict(cohort.manifest) | {
        "unmatched": {"sequenced_without_clinical": [], "clinical_without_sequenced": []}
    }
    assert "Who is in the cohort" in render_report(Cohort(left, fewer), read_tmb_definitions())


def test_numbers_in_words_are_not_rounded_with_the_coordinates():
    svg = '<svg><g transform="translate(1.23456,0.00001)"><text x="1.5">p = 0.00012</text></g></svg>'
    assert (
        compact_svg(svg, "a")
        == '<svg><g transform="translate(1.23,0)"><text x="1.5">p = 0.00012</text></g></svg>'
    )


def test_marks_tell_what_the_chart_said_they_tell():
    label = "x: 1; patient: P&quot;1; why: a; b"
    mark = f'<path aria-label="{label}" role="graphics-symbol" aria-roledescription="point" d="M0,0"/>'
    assert (
        compact_svg(mark, "a", frozenset({"patient", "why"}))
        == '<path data-tip="patient: P&quot;1; why: a; b" d="M0,0"/>'
    )
    assert compact_svg(mark, "a") == '<path d="M0,0"/>'


def test_the_flow_counts_the_hand_made_patients():
    (flow,) = flow_figures(hand_made_tables(), ())
    assert (
        "10 in the cohort" in flow.alt and "9 with a clinical row" in flow.alt and "8 allocated" in flow.alt
    )
    assert "4 with the endpoint os" in flow.alt


def test_severe_events_are_counted_by_arm(cohort):
    (grades, incidence, terms) = toxicity_figures(cohort.tables, ())
    clinical = cohort.tables["clinical"]
    asked = clinical[clinical["grade_any"].notna() & clinical["arm_assigned"].notna()]
    assert f"grade 3 or more in {int((asked['grade_any'] >= 3).sum())} of {len(asked)} patients" in grades.alt
    assert "Gray" in incidence.alt and terms.name == "terms"
    arms = asked.set_index("patient_id")["arm_assigned"].astype("string")
    counts = term_counts(cohort.tables, arms)
    worst = cohort.tables["worst_grade"]
    first = counts.iloc[0]
    mine = worst[(worst["attribution"] == "any") & (worst["term"] == first["term"])]
    mine = mine[mine["patient_id"].isin(arms.index[arms == first["group"]])]
    assert first["n"] == (arms == first["group"]).sum() and first["n_any"] == len(mine)
    assert first["n_severe"] == (mine["grade"] >= 3).sum()


def test_methods_name_versions_settings_and_cite_in_order(cohort):
    tools = {"fastp": "0.23.2", "bwa": "0.7.17", "samtools": "1.16.1", "gatk": "4.6.2.0", "bcftools": "1.16"}
    study = {
        "digest": "ab" * 32,
        "parameters": {"bqsr": True, "min_depth_tumor": 25, "predictor": "netmhcpan"},
    }
    manifest = dict(cohort.manifest) | {"tools": tools, "studies": [study]}
    tables = dict(cohort.tables)
    tables["pair"] = tables["pair"].assign(entry="fastq")
    found = methods_text(manifest, tables, read_tmb_definitions())
    n = int(tables["association"]["prespecified"].sum())
    text = " ".join(paragraph for _, paragraph in found.paragraphs)
    for words in ("fastp 0.23.2 [1]", "bwa mem 0.7.17 [2]", "GATK 4.6.2.0 [4, 5]", "a depth of 25 in the tumour",
                  "VAF >= 0.05", f"{n} of them prespecified", "abababababab"):  # fmt: skip
        assert words in text, words
    numbers = [int(number) for group in re.findall(r"\[([\d, ]+)\]", text) for number in group.split(", ")]
    assert sorted(set(numbers)) == list(range(1, len(found.references) + 1))
    assert list(dict.fromkeys(numbers)) == sorted(set(numbers))
    assert set(found.references) <= set(read_citations().values())


def test_methods_say_nothing_of_what_was_not_done(cohort):
    left = {name: cohort.tables[name] for name in ("patient", "clinical")}
    left["feature"] = cohort.tables["feature"].head(0)
    found = methods_text(cohort.manifest, left, read_tmb_definitions())
    assert [title for title, _ in found.paragraphs] == ["Endpoints", "Statistics", "Reproducibility"]
    assert not any("fastp" in reference for reference in found.references)
