"""One protein by group and time, with values beyond the assay's range drawn as such."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import altair as alt
import numpy as np
import pandas as pd

from wes_biomarkers.plots.theme import (
    BLUE,
    GREEN,
    GREY,
    INK,
    PURPLE,
    VERMILLION,
    inline_chart,
    message,
    titled,
)

_COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, INK)
#: Half the width over which the points of one group and time are spread, in places.
_SPREAD = 0.3
_GAP = 0.7
_PLACE_WIDTH = 105
_HEIGHT = 320
_SHAPES = {"": "circle", "below": "triangle-down", "above": "triangle-up"}


def censored_median(value: Sequence[float], censored: Sequence[str]) -> float | None:
    """The median with values below a limit as the lowest and above one as the highest.

    None where it falls on a censored value, or among quantified ones that a limit reaches above (below).

    >>> censored_median([1.0, 2.0, 5.0], ["below", "", ""]), censored_median([1.0, 1.0, 5.0], ["below", "below", ""])
    (2.0, None)
    """
    numbers, sides = np.asarray(value, float), np.asarray(censored, dtype=object)
    held = ~np.isnan(numbers) | (sides != "")
    numbers, sides = numbers[held], sides[held]
    if not len(numbers):
        return None
    ordered = np.sort(np.select([sides == "below", sides == "above"], [-np.inf, np.inf], numbers))
    middle = ordered[(len(ordered) - 1) // 2 : len(ordered) // 2 + 1]
    median = float(middle.mean()) if np.isfinite(middle).all() else np.nan
    told = (numbers[sides == "below"] <= median).all() and (numbers[sides == "above"] >= median).all()
    return median if told and np.isfinite(median) else None


def protein_by_group(
    frame: pd.DataFrame, protein: str, times: Sequence[str], flags: Iterable[str] = (), *, unit: str = "log2"
) -> alt.TopLevelMixin:
    """Each patient's values by group and time point, joined over time, with medians.

    A censored value is an open triangle at its limit that points to where the value lies; the median is drawn where it
    can be told.

    Args:
        frame: a row a sample: patient_id, group, timepoint, value, censored; of a censored value without a known
            limit nothing is drawn, but it counts.
        protein: its name, for the title.
        times: time points in their order; samples of others are left out.
        flags: of the data.
        unit: of the values.
    """
    shown = frame[frame["timepoint"].isin(list(times)) & frame["group"].notna()]
    if shown.empty:
        return message(f"{protein}: no values.")
    groups = sorted(shown["group"].astype(str).unique())
    rows, summary = _points(shown, groups, times), summaries(shown, groups, times)
    width = int(_PLACE_WIDTH * (len(groups) * len(times) + _GAP * (len(groups) - 1)))
    last = _place(len(groups) - 1, len(times) - 1, len(times))
    x_scale = alt.Scale(domain=[-0.55, last + 0.55], nice=False)
    colour = alt.Color("group:N", scale=alt.Scale(domain=groups, range=_colours(len(groups))), legend=None)
    y = alt.Y("value:Q", title=f"{protein}, {unit}", scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=6))
    base = inline_chart(rows, width=width, height=_HEIGHT)
    x = alt.X("x:Q", scale=x_scale, axis=None)
    labels = inline_chart(summary)
    layers = [
        base.mark_line(strokeWidth=0.8, opacity=0.28).encode(x=x, y=y, detail="patient:N", color=colour),
        base.mark_point(size=38, strokeWidth=1.3, opacity=0.85).encode(
            x=x, y=y, color=colour, fill=alt.Fill("fill:N", scale=None),
            shape=alt.Shape("censored:N", legend=None,
                            scale=alt.Scale(domain=list(_SHAPES), range=list(_SHAPES.values()))),
            tooltip=["patient:N", "group:N", "time:N", alt.Tooltip("value:Q", format=".2f"), "censored:N"],
        ),
        labels.transform_filter("datum.median !== null").mark_rule(strokeWidth=3.5, color=INK).encode(
            x=alt.X("from:Q", scale=x_scale), x2="to:Q", y=alt.Y("median:Q")),
        labels.mark_text(dy=20, fontSize=12, color=INK).encode(
            x=alt.X("x:Q", scale=x_scale), y=alt.value(_HEIGHT), text="time:N"),
        labels.mark_text(dy=37, fontSize=11, color=GREY).encode(
            x=alt.X("x:Q", scale=x_scale), y=alt.value(_HEIGHT), text="counted:N"),
        labels.transform_filter("datum.first").mark_text(
            dy=-10, fontSize=13, fontWeight=600, align="left").encode(
            x=alt.X("left:Q", scale=x_scale), y=alt.value(0), text="group:N", color=colour),
    ]  # fmt: skip
    told = all(row["median"] is not None for row in summary)
    notes = ["bars: medians" if told else "bars: medians, where limits above them do not leave them open"]
    if (shown["censored"] != "").any():
        notes.append("open triangles: beyond the range of quantification, drawn at the limit")
    chart: alt.LayerChart = alt.layer(*layers).resolve_scale(color="shared", y="shared")
    chart = chart.properties(title=titled(protein, flags, *notes))
    return chart


def _colours(n: int) -> list[str]:
    return [_COLOURS[index % len(_COLOURS)] for index in range(n)]


def _place(group: int, time: int, n_time: int) -> float:
    return group * (n_time + _GAP) + time


def _points(shown: pd.DataFrame, groups: list[str], times: Sequence[str]) -> list[dict[str, object]]:
    """A row a drawn sample; the points of a place lie side by side, a patient at the same offset at all times."""
    patients = {name: index for index, name in enumerate(sorted(shown["patient_id"].astype(str).unique()))}
    colours = dict(zip(groups, _colours(len(groups)), strict=True))
    rows: list[dict[str, object]] = []
    columns = ("patient_id", "group", "timepoint", "value", "censored")
    for patient, group, time, value, side in zip(*(shown[name] for name in columns), strict=True):
        if pd.isna(value):
            continue
        offset = (patients[str(patient)] * 0.618034) % 1  # the golden ratio spreads any number evenly
        place = _place(groups.index(str(group)), list(times).index(time), len(times))
        rows.append(
            {
                "patient": str(patient),
                "group": str(group),
                "time": str(time),
                "x": place + _SPREAD * (2 * offset - 1),
                "value": float(value),
                "censored": str(side),
                "fill": "white" if side else colours[str(group)],
            }
        )
    return rows


def summaries(shown: pd.DataFrame, groups: list[str], times: Sequence[str]) -> list[dict[str, object]]:
    """A row a group and time: its place, median (None where it cannot be told) and counts, also in words."""
    rows: list[dict[str, object]] = []
    for g, group in enumerate(groups):
        for t, time in enumerate(times):
            part = shown[(shown["group"].astype(str) == group) & (shown["timepoint"] == time)]
            place, side = _place(g, t, len(times)), part["censored"]
            words = [f"n = {len(part)}"]
            words += [
                f"{int((side == end).sum())} {end}" for end in ("below", "above") if (side == end).any()
            ]
            rows.append(
                {
                    "group": group,
                    "time": str(time),
                    "x": place,
                    "left": place - 0.4,
                    "from": place - _SPREAD,
                    "to": place + _SPREAD,
                    "first": t == 0,
                    "median": censored_median(part["value"].to_list(), side.to_list()),
                    "n": len(part),
                    "n_below": int((side == "below").sum()),
                    "n_above": int((side == "above").sum()),
                    "counted": ", ".join(words),
                }
            )
    return rows


#: How a sample's value of a protein can be, with its colour.
_DETECTION = {
    "quantified": BLUE,
    "below the range": "#b9d3e6",
    "above the range": VERMILLION,
    "missing": "#e6e9ed",
}
_BAR_WIDTH, _BAR_ROW = 300, 17


def detection_bars(
    proteins: pd.DataFrame, title: str, flags: Iterable[str] = (), notes: Sequence[str] = ()
) -> alt.TopLevelMixin:
    """Of how many samples each protein has a number, lies beyond the assay's range, or is missing.

    Args:
        proteins: protein, n_quantified, n_below, n_above, n_missing; drawn in this order.
        title: names the assay or cohort.
        flags: of the data.
        notes: lines below the title.
    """
    if proteins.empty:
        return message("No protein was measured.")
    counted = ("n_quantified", "n_below", "n_above", "n_missing")
    rows = []
    for protein, *counts in zip(*(proteins[name] for name in ("protein", *counted)), strict=True):
        total, start = sum(counts), 0.0
        for state, n in zip(_DETECTION, counts, strict=True):
            if n:
                share = n / total
                rows.append({"protein": str(protein), "state": state, "samples": int(n), "start": start,
                             "end": start + share})  # fmt: skip
                start += share
    shown = [state for state in _DETECTION if any(row["state"] == state for row in rows)]
    colour = alt.Color("state:N", title=None, sort=shown,
                       scale=alt.Scale(domain=shown, range=[_DETECTION[state] for state in shown]),
                       legend=alt.Legend(orient="top", direction="horizontal", symbolType="square"))  # fmt: skip
    order = [str(name) for name in proteins["protein"]]
    chart: alt.Chart = (
        inline_chart(rows, width=_BAR_WIDTH, height=_BAR_ROW * len(order))
        .mark_bar()
        .encode(
            x=alt.X("start:Q", title="share of samples", scale=alt.Scale(domain=[0, 1]),
                    axis=alt.Axis(format="%", tickCount=5, grid=False)),
            x2="end:Q",
            y=alt.Y("protein:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False, labelFontSize=11)),
            color=colour,
            tooltip=["protein:N", "state:N", "samples:Q"],
        )
        .properties(title=titled(title, flags, *notes))
    )  # fmt: skip
    return chart


def level_ranges(
    levels: pd.DataFrame,
    title: str,
    flags: Iterable[str] = (),
    notes: Sequence[str] = (),
    *,
    unit: str = "log2",
) -> alt.TopLevelMixin:
    """Where each protein's levels lie: median, quartiles (box) and 10 % to 90 % (line) of its quantified values.

    Args:
        levels: protein, value; proteins are drawn in the order they first come, unknown values left out.
        title: says which samples.
        flags: of the data.
        notes: lines below the title.
        unit: of the values.
    """
    known = levels[levels["value"].notna()]
    if known.empty:
        return message("No protein has a number.")
    quantiles = (
        known.groupby("protein", sort=False)["value"]
        .quantile(np.array([0.1, 0.25, 0.5, 0.75, 0.9]))
        .unstack()
    )
    n = known.groupby("protein")["value"].size()
    names = ("low", "q1", "median", "q3", "high")
    rows = [
        {"protein": str(protein), "n": int(n[protein])} | dict(zip(names, map(float, values), strict=True))
        for protein, values in zip(quantiles.index, quantiles.to_numpy(), strict=True)
    ]
    order = [str(row["protein"]) for row in rows]
    base = inline_chart(rows, width=_BAR_WIDTH, height=_BAR_ROW * len(order))
    y = alt.Y("protein:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False, labelFontSize=11))
    tips = ["protein:N", "n:Q", *(alt.Tooltip(f"{name}:Q", format=".2f") for name in names)]
    x = alt.X("low:Q", title=unit, scale=alt.Scale(zero=False))
    return alt.layer(
        base.mark_rule(color=GREY).encode(x=x, x2="high:Q", y=y),
        base.mark_bar(color="#b9d3e6", height=9).encode(x=alt.X("q1:Q"), x2="q3:Q", y=y, tooltip=tips),
        base.mark_tick(color=INK, thickness=2.4, size=11).encode(x=alt.X("median:Q"), y=y),
    ).properties(title=titled(title, flags, *notes))
