"""Pictures of genes and of one patient: what is drawn is what the frames hold."""

import re

import numpy as np
import pandas as pd
import pytest

from wes_biomarkers.plots.clonality import followed_chart
from wes_biomarkers.plots.cooccurrence import cooccurrence_chart
from wes_biomarkers.plots.copy_number import copies_profile, natural_order
from wes_biomarkers.plots.lesions import lesion_chart
from wes_biomarkers.plots.lollipop import lollipop_chart, short_change
from wes_biomarkers.plots.oncoprint import oncoprint_chart, tumour_order
from wes_biomarkers.plots.signatures import exposure_bars
from wes_biomarkers.plots.theme import themed
from wes_biomarkers.plots.timeline import timeline_chart


def frame(columns, *rows):
    return pd.DataFrame(list(rows), columns=columns.split())


CHANGES = "change consequence position kind n"
PAIRS = "gene_a gene_b n_both n_a_only n_b_only n_neither odds_ratio p_value q_value"
NO_DOMAIN = frame("name start end")


def spec(chart):
    return themed(chart).to_dict(validate=False)


def rows_of(drawn):
    """Every row of data in a specification."""
    return [row for rows in drawn["datasets"].values() for row in rows]


def test_lollipop_draws_what_has_a_residue_and_a_count():
    changes = frame(CHANGES, ("p.R175H", "missense_variant", 175, "missense", 3),
                    ("p.R2*", "stop_gained", 2, "truncating", None),
                    ("splice", "splice_donor_variant", None, "truncating", 2))  # fmt: skip
    domains = frame("name start end", ("DNA binding", 102, 292))
    drawn = spec(lollipop_chart(changes, domains, "Mutations of TP53", ("synthetic",), length=393))
    stems = {(row["residue"], row["patients"]) for row in rows_of(drawn) if "residue" in row}
    assert stems == {(175, 3)}
    (domain,) = {(row["domain"], row["from"], row["to"]) for row in rows_of(drawn) if "domain" in row}
    assert domain == ("DNA binding", 101, 292)
    axis = next(
        layer["encoding"]["x"] for layer in drawn["layer"] if layer["encoding"]["x"].get("title") == "residue"
    )
    assert axis["scale"]["domain"] == [0, 393]
    assert "SIMULATED DATA" in drawn["title"]["subtitle"]


@pytest.mark.parametrize("length", [None, 100])
def test_lollipop_ends_behind_the_last_mutation_where_the_length_is_unknown_or_wrong(length):
    drawn = spec(
        lollipop_chart(
            frame(CHANGES, ("p.R175H", "missense_variant", 175, "missense", 1)), NO_DOMAIN, "G", length=length
        )
    )
    axis = next(
        layer["encoding"]["x"] for layer in drawn["layer"] if layer["encoding"]["x"].get("title") == "residue"
    )
    assert axis["scale"]["domain"][1] == pytest.approx(182)


def test_a_long_change_is_cut():
    assert short_change("p.Ala12_Gly20del", "inframe_deletion") == "Ala12_Gly20…"
    assert short_change("5MAAAAAAAA>5MAT", "inframe_deletion") == "M5…"


def test_cooccurrence_colours_pairs_by_their_odds_and_leaves_out_the_withheld():
    pairs = frame(PAIRS, ("A", "B", 10, 0, 0, 10, "inf", 1e-5, 0.001), ("A", "C", 5, 5, 5, 5, 1.0, 1.0, 1.0),
                  ("B", "C", None, 5, 5, 5, None, None, None), ("A", "D", 0, 10, 10, 0, 0.0, 1e-5, None))  # fmt: skip
    rows = {
        (row["gene_a"], row["gene_b"]): row for row in rows_of(spec(cooccurrence_chart(pairs, "20 patients")))
    }
    assert set(rows) == {("A", "B"), ("A", "C"), ("A", "D")}
    assert rows["A", "B"]["shade"] == 4 and rows["A", "C"]["shade"] == 0 and rows["A", "D"]["shade"] == -4
    assert [each["mark"] for each in rows.values()] == ["●", "", ""]


HITS = frame("gene tumour kinds", ("G1", "b", "truncating;loh"), ("G1", "c", "loh"), ("G2", "a", "not_evaluable"),
             ("G2", "c", "amplification"), ("G9", "a", "other"), ("G1", "z", "other"))  # fmt: skip
TUMOURS = pd.DataFrame({"tumour": ["a", "b", "c"], "arm": ["y", None, "x"], "tmb": [1.0, 2.0, np.nan]})
GENES = frame("gene n_altered n_known", ("G1", 1, 3), ("G2", 1, 2))


def test_oncoprint_draws_each_kind_in_its_columns():
    drawn = spec(
        oncoprint_chart(
            HITS, TUMOURS, GENES, "Drivers", tracks={"arm": "Arm", "tmb": "TMB, per Mb"}, width=248
        )
    )
    place = drawn["usermeta"]["oncoprint"]
    assert place["step"] == 26 and place["order"] == "1,2,0"
    fills = {
        row["fill"]: row["path"] for row in rows_of(drawn) if "path" in row and row["path"].startswith("M118")
    }
    assert "#1f2933" in fills, "the truncated gene of b stands first"
    assert fills["#1f2933"].count("M") == 1
    texts = [row["text"] for row in rows_of(drawn) if "text" in row]
    assert {"G1", "G2", "33 %", "50 %", "Arm", "TMB, per Mb", "Truncating", "LOH", "Amplification"} <= set(
        texts
    )
    assert "Other change" not in texts, "neither the gene nor the tumour is drawn"


def test_bars_tell_how_many_of_the_altered_have_both_copies_hit():
    genes = frame("gene n_altered n_biallelic n_known", ("G1", 2, 1, 3), ("G2", 1, 0, 2))
    rows = rows_of(spec(oncoprint_chart(HITS, TUMOURS, genes, "Drivers", width=400)))
    bars = [row for row in rows if row.get("fill") == "#c3ccd6" and "path" in row]
    assert [re.search(r"h([\d.]+)", row["path"])[1] for row in bars[:2]] == ["60", "30"]
    texts = [row["text"] for row in rows if "text" in row]
    assert {"67 %", "50 %", "1", "0", "both copies hit"} <= set(texts)
    plain = rows_of(spec(oncoprint_chart(HITS, TUMOURS, GENES, "Drivers", width=400)))
    assert "both copies hit" not in [row.get("text") for row in plain]


def test_tumours_are_grouped_by_a_track_with_the_unknown_last():
    bits = np.array([[0, 1, 0], [0, 0, 8]])
    assert tumour_order(bits).tolist() == [1, 2, 0]
    assert tumour_order(bits, TUMOURS["arm"]).tolist() == [2, 0, 1]
    assert tumour_order(bits, TUMOURS["tmb"]).tolist() == [0, 1, 2]


def test_oncoprint_of_ten_thousand_tumours_stays_small():
    random = np.random.default_rng(1)
    tumours = pd.DataFrame({"tumour": np.arange(10_000).astype(str)})
    hits = pd.DataFrame(
        {"gene": "G1", "tumour": random.choice(tumours["tumour"], 4000, replace=False), "kinds": "other"}
    )
    drawn = spec(oncoprint_chart(hits, tumours, GENES, "Many"))
    assert len([row for row in rows_of(drawn) if "path" in row]) < 10
    whole = next(row["path"] for row in rows_of(drawn) if row.get("fill") == "#009E73")
    assert whole.count("M") == 1, "sorted neighbours are one rectangle"


def test_copies_lie_on_contigs_in_their_order():
    segments = frame(
        "chrom start end log2 total_cn minor_cn", ("chr10", 0, 50, 0.5, 3, 1), ("chr2", 10, 90, 0.0, 2, None)
    )
    rows = [row for row in rows_of(spec(copies_profile(segments, "Copy number"))) if "line" in row]
    assert [(row["line"], row["x"], row["x2"], row["y"]) for row in rows] == [
        ("all copies", 10, 90, 2.0), ("all copies", 90, 140, 3.0), ("minor allele", 90, 140, 1.0),
    ]  # fmt: skip
    assert rows[0]["where"] == "chr2:11-90"
    assert natural_order(pd.Series(["chr10", "chrX", "chr2", "chr2"])) == [2, 3, 0, 1]


def test_without_copies_the_log_ratio_is_drawn():
    segments = frame("chrom start end log2", ("1", 0, 50, 0.5))
    assert [row["y"] for row in rows_of(spec(copies_profile(segments, "A"))) if "line" in row] == [0.5]


def test_signatures_of_several_kinds_stand_together():
    fitted = frame("definition_id signature exposure exposure_low exposure_high", ("id83", "ID1", 0.9, None, None),
                   ("sbs96", "SBS1", 0.2, 0.1, 0.3), ("sbs96", "SBS5", 0.8, 0.7, 0.9))  # fmt: skip
    drawn = rows_of(spec(exposure_bars(fitted, "Signatures")))
    assert [row["signature"] for row in drawn[:3]] == ["SBS5", "SBS1", "ID1"]
    assert {row["kind"] for row in drawn} == {"substitutions", "insertions and deletions"}


def test_samples_of_one_day_stand_apart_or_are_counted():
    spans = frame(
        "lane kind start end open words",
        ("Treatment", "Treatment", 0, 60, False, "A"),
        ("Rash", "grade 2", 5, 9, False, ""),
    )
    marks = frame("lane kind day words detail", ("Tumour samples", "tumour sample", -5, "", "tissue"),
                  ("Tumour samples", "tumour sample", -5, "", "plasma"), 
                  ("Normal samples", "normal sample", -5, "", ""))  # fmt: skip
    drawn = spec(timeline_chart(spans, marks, "Course"))
    points = {row["lane"]: row for row in rows_of(drawn) if "detail" in row}
    assert (
        points["Tumour samples"]["written"] == "× 2"
        and points["Tumour samples"]["detail"] == "tissue; plasma"
    )
    assert points["Normal samples"]["day"] == -5
    lanes = next(layer["encoding"]["y"]["sort"] for layer in drawn["layer"] if "y" in layer["encoding"])
    assert lanes == ["Treatment", "Tumour samples", "Normal samples", "Rash"]


def test_lesions_and_followed_mutations_are_as_in_the_frame():
    visits = frame("day response change_percent", (60, "PR", -40.0), (0, None, 0.0), (90, "PD", None))
    rows = [row for row in rows_of(spec(lesion_chart(visits, "Lesions"))) if "day" in row]
    assert [(row["day"], row["change"], row["response"]) for row in rows[:2]] == [
        (0, 0.0, ""),
        (60, -40.0, "PR"),
    ]
    samples = frame(
        "label words n n_shared mean_vaf", ("d1", "Baseline", 4, 4, 0.2), ("d2", "Week 8", 4, 0, 0.0)
    )
    rows = rows_of(spec(followed_chart(samples, "Followed")))
    assert [(row["sample"], row["found"], row["mean"]) for row in rows[:2]] == [
        ("d1", 4, 0.2),
        ("d2", 0, 0.0),
    ]


@pytest.mark.parametrize("chart", [
    lollipop_chart(frame(CHANGES), NO_DOMAIN, "G"),
    cooccurrence_chart(frame(PAIRS), "G"),
    oncoprint_chart(HITS, TUMOURS.head(0), GENES, "G"),
    oncoprint_chart(HITS, TUMOURS, GENES.head(0), "G"),
    copies_profile(frame("chrom start end log2"), "A"),
    lesion_chart(frame("day response change_percent"), "P"),
    followed_chart(frame("label words n n_shared mean_vaf"), "P"),
])  # fmt: skip
def test_what_has_nothing_to_draw_says_so(chart):
    drawn = spec(chart)
    assert drawn["mark"]["type"] == "text" and "title" not in drawn
