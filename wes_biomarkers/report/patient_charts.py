"""One patient's pictures, for the report and for the browser's page: what the cohort holds in, charts out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from wes_biomarkers.plots.clonality import ccf_histogram, followed_chart
from wes_biomarkers.plots.copy_number import copies_profile
from wes_biomarkers.plots.lesions import lesion_chart
from wes_biomarkers.plots.names import label
from wes_biomarkers.plots.neoantigens import ranked_candidates
from wes_biomarkers.plots.percentile import percentile_chart
from wes_biomarkers.plots.signatures import exposure_bars
from wes_biomarkers.plots.timeline import timeline_chart
from wes_biomarkers.report.tables import number_text

Facts = Mapping[str, Any]
Tables = Mapping[str, pd.DataFrame]

_SPAN = ("lane", "kind", "start", "end", "open", "words")
_MARK = ("lane", "kind", "day", "words", "detail")
_EXPOSURE = (
    "pair_id",
    "definition_id",
    "signature",
    "exposure",
    "exposure_low",
    "exposure_high",
    "n_mutation",
)
#: Biomarkers whose place in the cohort is drawn; the table holds all.
_SHOWN = (
    "tmb_per_mb", "n_frameshift", "msi_score", "sbs_apobec", "sbs_clock", "sbs_smoking", "sbs_hrd_like", "purity", "ploidy",
    "fga_log2", "loh_fraction", "hrd_loh", "hrd_lst", "hrd_tai", "n_clonal", "clonal_fraction", "math_score", "n_driver",
    "hed", "n_hla_homozygous", "n_hla_lost", "n_neoantigen", "n_neoantigen_strong", "n_neoantigen_clonal",
    "n_neoantigen_per_mb",
)  # fmt: skip


@dataclass(frozen=True)
class PatientChart:
    """A picture of a patient, or of one of their pairs.

    Attributes:
        kind: timeline, lesions, ctdna, percentile, copy_number, signatures, clones or neoantigens.
        pair_id: None where it is of the patient.
        chart: the picture.
        alt: what it says, in words.
    """

    kind: str
    pair_id: str | None
    chart: Any
    alt: str


def patient_charts(
    facts: Facts, mine: Tables, flags: Sequence[str], width: int = 620
) -> Iterator[PatientChart]:
    """The pictures there is anything for.

    Args:
        facts: of `serve.pages.patient.patient_page`.
        mine: the cohort's tables cut to the patient.
        flags: of the data.
        width: of the time line and of the genome in pixels.
    """
    yield from _course(facts, flags, width)
    yield from _followed(facts, flags)
    for pair in (str(each["pair_id"]) for each in facts["pairs"]):
        yield from _percentiles(facts, pair, flags)
        yield from _of_pair(facts, mine, pair, flags, width)


def _course(facts: Facts, flags: Sequence[str], width: int) -> Iterator[PatientChart]:
    line = facts["timeline"]
    if line is None:
        return
    spans, marks = course_frames(line)
    if spans["start"].notna().any() or marks["day"].notna().any():
        title = f"Course of {facts['patient_id']}"
        events = ", ".join(f"{event['kind']} on day {event['day']}" for event in line["events"])
        text = f"{title}, days from {line['origin']}: {events or 'no events'}; {len(line['toxicity'])} adverse events."
        chart = timeline_chart(spans, marks, title, flags, origin=line["origin"], width=width)
        yield PatientChart("timeline", None, chart, text)
    visits = pd.DataFrame(line["assessments"], columns=["day", "response", "change_percent"])
    if visits[["day", "change_percent"]].notna().all(axis=1).sum() > 1:
        title = f"Target lesions of {facts['patient_id']}"
        chart = lesion_chart(visits, title, flags, origin=line["origin"], width=width)
        best = visits["change_percent"].min()
        yield PatientChart("lesions", None, chart, f"{title}: best change {best:+.0f} % since baseline.")


def course_frames(line: Facts) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(spans, marks) of `plots.timeline.timeline_chart` from a time line of `serve.pages.timeline`."""
    spans = [
        (each["name"], each["name"], each["start"], each["end"], each["open"], label(each["detail"] or ""))
        for each in line["phases"]
    ]
    marks = [("Events", each["kind"], each["day"], "", "") for each in line["events"]]
    for each in line["assessments"]:
        change, response = each["change_percent"], each["response"] or "NE"
        words = "" if change is None else f"{change:+.0f} %"
        marks.append(("Assessments", response, each["day"], words, response))
    for each in line["samples"]:
        role = "normal" if each["role"] == "normal" else "tumour"
        detail = ", ".join(label(each[name]) for name in ("specimen", "timepoint") if each[name])
        marks.append((f"{role.capitalize()} samples", f"{role} sample", each["day"], "", detail))
    for each in sorted(line["toxicity"], key=lambda event: (event["start"] is None, event["start"])):
        if each["start"] is not None:
            words = ", ".join(word for word in ("immune_related", "serious") if each[word]).replace("_", "-")
            span = (label(each["term"] or "unnamed"), f"grade {each['grade']}", each["start"], each["end"])
            spans.append((*span, each["open"], words))
    return pd.DataFrame(spans, columns=list(_SPAN)), pd.DataFrame(marks, columns=list(_MARK))


def _followed(facts: Facts, flags: Sequence[str]) -> Iterator[PatientChart]:
    samples = (facts["evolution"] or {}).get("followed", [])
    if len(samples) < 2:
        return
    days = [each["date"] or f"sample {at}" for at, each in enumerate(samples, 1)]
    rows = [
        {"label": day if days.count(day) == 1 else f"{day} ({at})",
         "words": ", ".join(label(each[name]) for name in ("timepoint", "specimen") if each[name]),
         "n": each["n"], "n_shared": each["n_shared"], "mean_vaf": each["mean_vaf"]}
        for at, (day, each) in enumerate(zip(days, samples, strict=True), 1)
    ]  # fmt: skip
    title = f"Mutations of {facts['patient_id']} over time"
    told = "; ".join(f"{row['words']} {row['mean_vaf']:.3f}" for row in rows)
    chart = followed_chart(pd.DataFrame(rows), title, flags)
    yield PatientChart("ctdna", None, chart, f"{title}, mean allele fraction: {told}.")


def _percentiles(facts: Facts, pair: str, flags: Sequence[str]) -> Iterator[PatientChart]:
    rows = [
        {"label": label(each["name"]), "percentile": each["percentile"], "words": _with_unit(each),
         "n_known": each["n_known"]}
        for each in facts["biomarkers"]
        if each["pair_id"] == pair and each["name"] in _SHOWN and each.get("percentile") is not None
    ]  # fmt: skip
    if rows:
        frame = pd.DataFrame(rows)
        title = f"{pair} among the cohort"
        told = "; ".join(f"{row['label']} {row['percentile']:.0f}" for row in rows)
        least, most = frame["n_known"].min(), frame["n_known"].max()
        note = f"the cohort: the baseline pair of each patient, {least} to {most} of them known"
        chart = percentile_chart(frame, title, flags, (note,))
        yield PatientChart("percentile", pair, chart, f"{title}, percentiles: {told}.")


def _with_unit(biomarker: Facts) -> str:
    unit = biomarker["unit"] if biomarker["unit"] != "fraction" else None
    return f"{number_text(float(biomarker['value']))} {unit or ''}".rstrip()


def _of_pair(
    facts: Facts, mine: Tables, pair: str, flags: Sequence[str], width: int
) -> Iterator[PatientChart]:
    segments = _rows(mine, "segment", pair)
    if len(segments):
        title = f"Copy number of {pair}"
        chart = copies_profile(segments, title, flags, width=width)
        yield PatientChart("copy_number", pair, chart, f"{title}: {len(segments)} segments.")
    fitted = pd.DataFrame(facts["signatures"], columns=list(_EXPOSURE))
    fitted = fitted[(fitted["pair_id"] == pair) & (fitted["exposure"].fillna(0) > 0)]
    if len(fitted):
        title = f"Mutational signatures of {pair}"
        largest = fitted.sort_values("exposure", ascending=False).head(3)
        told = ", ".join(
            f"{name} {share:.0%}"
            for name, share in zip(largest["signature"], largest["exposure"], strict=True)
        )
        chart = exposure_bars(fitted, title, flags, ("lines: 95 % intervals",))
        yield PatientChart("signatures", pair, chart, f"{title}: {told}.")
    variant = _rows(mine, "variant", pair)
    if len(variant):
        passing = variant[variant["is_pass"].fillna(False).astype(bool)]
        if passing["ccf"].notna().any():
            title = f"Clonality of {pair}"
            n = int((passing["clonality"] == "clonal").sum())
            text = f"{title}: {n} of {int(passing['ccf'].notna().sum())} mutations are clonal."
            yield PatientChart("clones", pair, ccf_histogram(passing, title, flags), text)
    candidates = _rows(mine, "neoantigen", pair)
    if len(candidates) and candidates["rank_pct"].notna().any():
        title = f"Neoantigens of {pair}"
        text = f"{title}: ranks of {len(candidates)} best peptides, tumour against wild type."
        yield PatientChart("neoantigens", pair, ranked_candidates(candidates, title, flags), text)


def _rows(mine: Tables, name: str, pair: str) -> pd.DataFrame:
    table = mine.get(name, pd.DataFrame())
    return table[table["pair_id"] == pair] if len(table) else table
