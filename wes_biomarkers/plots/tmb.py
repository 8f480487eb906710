"""Charts of tumour mutational burden."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from wes_biomarkers.plots.labels import MAX_LABELLED, pair_labels, say_missing
from wes_biomarkers.plots.theme import BLUE, GREY, INK, VERMILLION, inline_chart, message, titled

#: A symmetric log axis shows 0 and hundreds together; linear below this.
_LINEAR_BELOW = 5
_TICKS = (0, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
_WIDTH = 860

HIGH, LOW = "high", "low"
GROUP_COLOURS = alt.Scale(domain=[HIGH, LOW], range=[VERMILLION, BLUE])
_GROUP_SHAPES = alt.Scale(domain=[HIGH, LOW], range=["diamond", "circle"])


def tmb_group(tmb_high: object) -> str | None:
    """`high` or `low`; None when unknown."""
    if tmb_high is None or tmb_high is pd.NA:
        return None
    return HIGH if tmb_high else LOW


def _scale(largest: float) -> tuple[alt.Scale, list[int]]:
    ticks = [tick for tick in _TICKS if tick <= largest * 1.4] or [0, 2]
    top = max(largest * 1.15, 2.0)
    return alt.Scale(type="symlog", constant=_LINEAR_BELOW, domain=[0, top], nice=False), ticks


def _rows(pairs: pd.DataFrame) -> list[dict[str, object]]:
    """One plain row a pair, highest burden first, pairs without a value last."""
    labels = pair_labels(pairs)
    rows: list[dict[str, object]] = []
    for _, pair in pairs.iterrows():
        ok = pair["tmb_per_mb_status"] == "ok" and pd.notna(pair["tmb_per_mb"])
        rows.append(
            {
                "label": labels[str(pair["pair_id"])],
                "pair": pair["pair_id"],
                "tmb": float(pair["tmb_per_mb"]) if ok else None,
                "low": float(pair["ci_low"]) if ok and pd.notna(pair["ci_low"]) else None,
                "high": float(pair["ci_high"]) if ok and pd.notna(pair["ci_high"]) else None,
                "group": tmb_group(pair["tmb_high"]) if ok else None,
                "status": str(pair["tmb_per_mb_status"]).replace("_", " "),
                "reason": pair["reason"] if pd.notna(pair["reason"]) else "",
            }
        )

    def order(row: dict[str, object]) -> tuple[float, str]:
        """Highest burden first, unknown last, then by label."""
        value = row["tmb"]
        return (-value if isinstance(value, float) else float("inf"), str(row["label"]))

    return sorted(rows, key=order)


def _label_angle(step: float, longest: int) -> int:
    """Level labels where they fit, else slanted, else upright."""
    if step >= 7.5 * longest:
        return 0
    return -40 if step >= 26 else -90


def tmb_by_patient(
    pairs: pd.DataFrame, cutoff: float | None, definition: str, flags: Sequence[str]
) -> alt.TopLevelMixin:
    """Burden of every pair with its Poisson interval, the cutoff, and pairs that have no value.

    Args:
        pairs: a row a pair: patient_id, pair_id, timepoint, tmb_per_mb, tmb_high, tmb_per_mb_status,
            ci_low, ci_high, reason.
        cutoff: of the definition, mutations/Mb; None draws no line.
        definition: id of the definition.
        flags: of the values shown.
    """
    if pairs.empty:
        return message("No pairs.")
    rows = _rows(pairs)
    say_missing(rows, "tmb", "status")
    tops = [row["high"] if row["high"] is not None else row["tmb"] for row in rows]
    largest = max([float(top) for top in tops if isinstance(top, int | float)] + [cutoff or 0.0])
    scale, ticks = _scale(largest)
    step = min(80.0, _WIDTH / len(rows))
    longest = max(len(str(row["label"])) for row in rows)
    x = alt.X(
        "label:N",
        sort=None,
        scale=alt.Scale(domain=[str(row["label"]) for row in rows]),
        title=None,
        axis=alt.Axis(
            labels=len(rows) <= MAX_LABELLED,
            ticks=False,
            labelAngle=_label_angle(step, longest),
            labelLimit=150,
            labelFontSize=12 if len(rows) <= 40 else 10,
        ),
    )
    y = alt.Y("tmb:Q", scale=scale, title="mutations per Mb", axis=alt.Axis(values=ticks, format="d"))
    tooltip = [
        alt.Tooltip("pair:N"),
        alt.Tooltip("tmb:Q", title="mutations/Mb", format=".2f"),
        alt.Tooltip("low:Q", title="95 % from", format=".2f"),
        alt.Tooltip("high:Q", title="to", format=".2f"),
        alt.Tooltip("status:N"),
        alt.Tooltip("reason:N"),
    ]
    base = inline_chart(rows, width=max(300, int(step * len(rows))), height=300)
    colour = alt.Color("group:N", scale=GROUP_COLOURS, title="TMB", legend=alt.Legend(symbolOpacity=1))
    known = base.transform_filter("datum.tmb !== null")
    layers = [
        known.mark_rule(strokeWidth=min(2.0, 0.5 * step), opacity=0.55).encode(
            x=x, y=alt.Y("low:Q", scale=scale), y2="high:Q", color=colour
        ),
        known.mark_point(filled=True, size=80, opacity=1).encode(
            x=x,
            y=y,
            color=colour,
            shape=alt.Shape("group:N", scale=_GROUP_SHAPES, title="TMB"),
            tooltip=tooltip,
        ),
        base.transform_filter("datum.said !== null")
        .mark_text(angle=270, align="left", dx=6, fontSize=11, color="#52606d", fontStyle="italic")
        .encode(x=x, y=alt.value(300), text="said:N", tooltip=tooltip),
    ]
    if cutoff is not None:
        line = inline_chart([{"cutoff": cutoff, "text": f"cutoff {cutoff:g}"}])
        layers.insert(
            0, line.mark_rule(strokeDash=[5, 4], color=INK).encode(y=alt.Y("cutoff:Q", scale=scale))
        )
        layers.append(
            line.mark_text(align="left", baseline="middle", dx=5, fontSize=11, color=INK).encode(
                x=alt.value("width"), y=alt.Y("cutoff:Q", scale=scale), text="text:N"
            )
        )
    note = (
        f"definition {definition}; bars: exact Poisson 95 % interval; axis logarithmic above {_LINEAR_BELOW}"
    )
    return alt.layer(*layers).properties(title=titled("Tumour mutational burden by patient", flags, note))


def _spread(values: Sequence[float]) -> list[float]:
    """Sideways places between -1 and 1 that keep near points apart, the same for the same values."""
    order = sorted(range(len(values)), key=lambda index: (values[index], index))
    places = [0.0] * len(values)
    for rank, index in enumerate(order):
        places[index] = (0.0, 0.45, -0.45, 0.9, -0.9)[rank % 5]
    return places


def tmb_by_response(
    patients: pd.DataFrame,
    title: str,
    notes: Sequence[str],
    flags: Sequence[str],
    cutoff: float | None = None,
) -> alt.TopLevelMixin:
    """Burden in responders and non-responders: box of quartiles, and every patient as a point.

    Args:
        patients: one row a patient, no missing: patient_id, tmb_per_mb, group, response.
        title: names the endpoint.
        notes: lines below the title, such as the test.
        flags: of the values shown.
        cutoff: drawn as a line where given.
    """
    if patients.empty:
        return message("No patient has both a burden and a response.")
    frame = patients.sort_values(["group", "tmb_per_mb", "patient_id"])
    counts = frame["group"].value_counts()
    rows: list[dict[str, object]] = []
    for group, members in frame.groupby("group", sort=False):
        places = _spread([float(value) for value in members["tmb_per_mb"]])
        for (_, patient), place in zip(members.iterrows(), places, strict=True):
            rows.append(
                {
                    "patient": patient["patient_id"],
                    "tmb": float(patient["tmb_per_mb"]),
                    "place": place,
                    "group": f"{group} (n = {counts[group]})",
                    "response": patient["response"],
                }
            )
    boxes = []
    for group, members in frame.groupby("group", sort=False):
        if len(members) >= 4:
            low, middle, high = (float(v) for v in members["tmb_per_mb"].quantile([0.25, 0.5, 0.75]))
            boxes.append({"group": f"{group} (n = {counts[group]})", "q1": low, "median": middle, "q3": high})
    scale, ticks = _scale(max([float(frame["tmb_per_mb"].max()), cutoff or 0.0]))
    names = sorted({str(row["group"]) for row in rows}, reverse=True)
    x = alt.X(
        "group:N",
        title=None,
        sort=names,
        scale=alt.Scale(domain=names),
        axis=alt.Axis(labelAngle=0, ticks=False, labelFontSize=13, labelLimit=220),
    )
    colour = alt.Color(
        "response:N",
        title="response",
        scale=alt.Scale(
            domain=["CR", "PR", "SD", "PD", "NE"], range=["#009E73", "#56B4E9", "#E69F00", "#D55E00", GREY]
        ),
        legend=alt.Legend(values=[r for r in ("CR", "PR", "SD", "PD", "NE") if r in set(frame["response"])]),
    )
    size = {"width": 340, "height": 280}
    box = inline_chart(boxes, **size)
    points = inline_chart(rows, **size)
    layers = [
        box.mark_bar(size=96, fill="#eef1f4", stroke=GREY).encode(
            x=x, y=alt.Y("q1:Q", scale=scale), y2="q3:Q"
        ),
        box.mark_tick(size=96, thickness=2.5, color=INK).encode(x=x, y=alt.Y("median:Q", scale=scale)),
        points.mark_circle(size=90, opacity=0.95, stroke="white", strokeWidth=0.8).encode(
            x=x,
            y=alt.Y("tmb:Q", scale=scale, title="mutations per Mb", axis=alt.Axis(values=ticks, format="d")),
            xOffset=alt.XOffset("place:Q", scale=alt.Scale(domain=[-2, 2])),
            color=colour,
            tooltip=["patient:N", "response:N", alt.Tooltip("tmb:Q", title="mutations/Mb", format=".2f")],
        ),
    ]
    if cutoff is not None:
        line = inline_chart([{"cutoff": cutoff}])
        layers.insert(
            0, line.mark_rule(strokeDash=[5, 4], color=INK).encode(y=alt.Y("cutoff:Q", scale=scale))
        )
    return alt.layer(*layers).properties(title=titled(title, flags, *notes))


def tmb_by_definition(values: pd.DataFrame, flags: Sequence[str]) -> alt.TopLevelMixin:
    """The burdens of every pair by each definition; a line joins those of a pair, a tick is the median.

    Args:
        values: a row a pair and definition: pair_id, definition_id, tmb_per_mb (NaN where it has no value), in the
            order in which definitions are to be shown.
        flags: of the values shown.
    """
    known = values[values["tmb_per_mb"].notna()]
    if known.empty:
        return message("No burden by any definition.")
    counts = known["definition_id"].value_counts()
    order = [name for name in dict.fromkeys(values["definition_id"]) if name in counts]
    names = {name: [name, f"n = {counts[name]}"] for name in order}
    rows = [
        {"pair": row["pair_id"], "definition": row["definition_id"], "tmb": float(row["tmb_per_mb"])}
        for _, row in known.iterrows()
    ]
    medians = [
        {"definition": name, "tmb": float(known.loc[known["definition_id"] == name, "tmb_per_mb"].median())}
        for name in order
    ]
    scale, ticks = _scale(float(known["tmb_per_mb"].max()))
    label = "datum.value"
    for name, (first, second) in names.items():
        label = f"datum.value == '{name}' ? ['{first}', '{second}'] : {label}"
    size = {"width": max(240, 104 * len(order)), "height": 300}
    x = alt.X(
        "definition:N",
        sort=order,
        title=None,
        scale=alt.Scale(domain=order),
        axis=alt.Axis(labelAngle=0, labelExpr=label, ticks=False, labelFontSize=11),
    )
    y = alt.Y("tmb:Q", scale=scale, title="mutations per Mb", axis=alt.Axis(values=ticks, format="d"))
    points = inline_chart(rows, **size)
    layers = (
        points.mark_line(color=GREY, strokeWidth=0.8, opacity=0.4).encode(x=x, y=y, detail="pair:N"),
        points.mark_circle(color=BLUE, size=42, opacity=0.75, stroke="white", strokeWidth=0.5).encode(
            x=x, y=y, tooltip=["pair:N", "definition:N", alt.Tooltip("tmb:Q", format=".2f")]
        ),
        inline_chart(medians, **size)
        .mark_tick(color=INK, size=44, thickness=2.5)
        .encode(x=x, y=y, tooltip=["definition:N", alt.Tooltip("tmb:Q", title="median", format=".2f")]),
    )
    note = f"a line joins the values of one pair; bar: median; axis logarithmic above {_LINEAR_BELOW}"
    return alt.layer(*layers).properties(title=titled("One tumour, several definitions", flags, note))
