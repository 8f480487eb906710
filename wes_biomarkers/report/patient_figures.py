"""The figures of one patient's page, from what the browser's page of the patient holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from wes_biomarkers.features.segments import COLUMNS, Segments
from wes_biomarkers.plots.clonality import ccf_histogram
from wes_biomarkers.plots.copy_number import genome_profile
from wes_biomarkers.plots.neoantigens import ranked_candidates
from wes_biomarkers.plots.percentile import percentile_chart
from wes_biomarkers.plots.signatures import exposure_bars
from wes_biomarkers.plots.timeline import timeline_chart
from wes_biomarkers.report.figure import Figure, draw
from wes_biomarkers.report.tables import number_text

Facts = Mapping[str, Any]
Tables = Mapping[str, pd.DataFrame]

_SPAN = ("lane", "kind", "start", "end", "open", "words")
_MARK = ("lane", "kind", "day", "words")
_KINDS = {"sbs96": "substitutions", "dbs78": "doublet substitutions", "id83": "insertions and deletions"}


def patient_figures(facts: Facts, mine: Tables, flags: Sequence[str]) -> dict[str, list[Figure]]:
    """The figures of each section (course, biomarkers, copy-number, signatures, clones, neoantigens).

    Args:
        facts: of `serve.pages.patient.patient_page`.
        mine: the cohort's tables cut to the patient.
        flags: of the data.
    """
    pairs = [pair["pair_id"] for pair in facts["pairs"]]
    return {
        "course": _course(facts, flags),
        "biomarkers": _percentiles(facts, pairs, flags),
        "copy-number": list(_copy_number(mine, pairs, flags)),
        "signatures": list(_signatures(facts, pairs, flags)),
        "clones": list(_clones(mine, pairs, flags)),
        "neoantigens": list(_neoantigens(mine, pairs, flags)),
    }


def _course(facts: Facts, flags: Sequence[str]) -> list[Figure]:
    line = facts["timeline"]
    if line is None:
        return []
    spans, marks = course_frames(line)
    if spans.empty and marks.empty:
        return []
    title = f"Course of {facts['patient_id']}"
    events = ", ".join(f"{event['kind']} on day {event['day']}" for event in line["events"])
    text = f"{title}, days from {line['origin']}: {events or 'no events'}; {len(line['toxicity'])} adverse events."
    return [draw("course", timeline_chart(spans, marks, title, flags, origin=line["origin"]), text)]


def course_frames(line: Facts) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(spans, marks) of `plots.timeline.timeline_chart` from a time line of `serve.pages.timeline`."""
    spans = [
        ("treatment", each["name"], each["start"], each["end"], each["open"], each["detail"] or "")
        for each in line["phases"]
    ]
    marks = [("events", each["kind"], each["day"], "") for each in line["events"]]
    for each in line["assessments"]:
        change = each["change_percent"]
        words = "" if change is None else f"{change:+.0f} %"
        marks.append(("assessments", each["response"] or "NE", each["day"], words))
    marks += [
        ("samples", "normal sample" if each["role"] == "normal" else "tumour sample", each["day"], "")
        for each in line["samples"]
    ]
    for each in sorted(line["toxicity"], key=lambda event: (event["start"] is None, event["start"])):
        if each["start"] is not None:
            words = ", ".join(word for word in ("immune_related", "serious") if each[word]).replace("_", "-")
            spans.append(
                (each["term"], f"grade {each['grade']}", each["start"], each["end"], each["open"], words)
            )
    return pd.DataFrame(spans, columns=list(_SPAN)), pd.DataFrame(marks, columns=list(_MARK))


def _percentiles(facts: Facts, pairs: Sequence[str], flags: Sequence[str]) -> list[Figure]:
    figures = []
    for pair in pairs:
        rows = [
            {"label": each["name"].replace("_", " "), "percentile": each["percentile"], "words": _with_unit(each),
             "n_known": each["n_known"]}
            for each in facts["biomarkers"]
            if each["pair_id"] == pair and each["name"] in _SHOWN and each.get("percentile") is not None
        ]  # fmt: skip
        if rows:
            frame = pd.DataFrame(rows)
            title = f"{pair} among the cohort"
            text = (
                f"{title}, percentiles: "
                + "; ".join(f"{row['label']} {row['percentile']:.0f}" for row in rows)
                + "."
            )
            least, most = frame["n_known"].min(), frame["n_known"].max()
            note = f"the cohort: the baseline pair of each patient, {least} to {most} of them known"
            figures.append(draw(f"percentile-{pair}", percentile_chart(frame, title, flags, (note,)), text))
    return figures


def _with_unit(biomarker: Facts) -> str:
    unit = biomarker["unit"] if biomarker["unit"] != "fraction" else None
    return f"{number_text(float(biomarker['value']))} {unit or ''}".rstrip()


#: Biomarkers whose place in the cohort is drawn; the table holds all.
_SHOWN = (
    "tmb_per_mb", "n_frameshift", "msi_score", "sbs_apobec", "sbs_clock", "sbs_smoking", "sbs_hrd_like", "purity", "ploidy",
    "fga_log2", "loh_fraction", "hrd_loh", "hrd_lst", "hrd_tai", "n_clonal", "clonal_fraction", "math_score", "n_driver",
    "hed", "n_hla_homozygous", "n_hla_lost", "n_neoantigen", "n_neoantigen_strong", "n_neoantigen_clonal",
    "n_neoantigen_per_mb",
)  # fmt: skip


def _copy_number(mine: Tables, pairs: Sequence[str], flags: Sequence[str]) -> Iterator[Figure]:
    for pair, rows in _by_pair(mine.get("segment"), pairs):
        columns = {
            name: rows[name].to_numpy(dtype=object) if name == "chrom" else _numbers(rows, name)
            for name in COLUMNS
        }
        chart = genome_profile(Segments.of(columns), None, None, (), flags)
        yield draw(f"copy-number-{pair}", chart, f"Copy number of {pair}: {len(rows)} segments.", pair)


def _numbers(rows: pd.DataFrame, name: str) -> np.ndarray:
    values = (
        pd.to_numeric(rows[name], errors="coerce").astype("Float64").to_numpy(np.float64, na_value=np.nan)
    )
    return np.nan_to_num(values) if name in ("n_bin", "n_het") else values


def _signatures(facts: Facts, pairs: Sequence[str], flags: Sequence[str]) -> Iterator[Figure]:
    rows = pd.DataFrame(facts["signatures"], columns=["pair_id", "definition_id", "signature", "exposure", "exposure_low",
                                                      "exposure_high", "n_mutation"])  # fmt: skip
    for (pair, definition), part in rows.groupby(["pair_id", "definition_id"], sort=False):
        n = part["n_mutation"].max()
        title = f"Signatures of {_KINDS.get(str(definition), definition)}"
        notes = (str(pair), f"{n:.0f} mutations" if pd.notna(n) else "")
        largest = part.sort_values("exposure", ascending=False).head(3)
        words = ", ".join(
            f"{name} {share:.0%}"
            for name, share in zip(largest["signature"], largest["exposure"], strict=True)
        )
        yield draw(
            f"signatures-{pair}-{definition}",
            exposure_bars(part, title, flags, notes),
            f"{title} of {pair}: {words}.",
        )


def _clones(mine: Tables, pairs: Sequence[str], flags: Sequence[str]) -> Iterator[Figure]:
    for pair, rows in _by_pair(mine.get("variant"), pairs):
        passing = rows[rows["is_pass"].fillna(False).astype(bool)]
        if passing["ccf"].notna().any():
            title = f"Clonality of {pair}"
            n = int((passing["clonality"] == "clonal").sum())
            text = f"{title}: {n} of {int(passing['ccf'].notna().sum())} mutations are clonal."
            yield draw(f"clones-{pair}", ccf_histogram(passing, title, flags), text)


def _neoantigens(mine: Tables, pairs: Sequence[str], flags: Sequence[str]) -> Iterator[Figure]:
    for pair, rows in _by_pair(mine.get("neoantigen"), pairs):
        if rows["rank_pct"].notna().any():
            title = f"Neoantigens of {pair}"
            text = f"{title}: ranks of {len(rows)} best peptides, tumour against wild type."
            yield draw(f"neoantigens-{pair}", ranked_candidates(rows, title, flags), text)


def _by_pair(table: pd.DataFrame | None, pairs: Sequence[str]) -> Iterator[tuple[str, pd.DataFrame]]:
    """Each pair with its rows, of those that have any."""
    for pair in pairs if table is not None else ():
        rows = table[table["pair_id"] == pair] if table is not None else pd.DataFrame()
        if len(rows):
            yield pair, rows
