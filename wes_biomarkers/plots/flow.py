"""The flow of patients: boxes from enrolled to analysed, who was lost at each step and why (CONSORT, REMARK)."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import altair as alt

from wes_biomarkers.plots.theme import BLUE, GREY, INK, inline_chart, message
from wes_biomarkers.plots.words import explained

_BOX, _SIDE, _GAP, _LINE = 210, 230, 30, 16
#: Letters that fit a line of a box, and of a box of reasons.
_LETTERS, _SIDE_LETTERS = 32, 36


@dataclass(frozen=True)
class FlowStep:
    """A step and who left after it.

    Attributes:
        label: what these patients have in common: `enrolled`, `allocated` ...
        n: patients.
        dropped: reason -> patients who go no further.
    """

    label: str
    n: int
    dropped: Mapping[str, int] = field(default_factory=dict)


def check_flow(steps: Sequence[FlowStep], arms: Mapping[str, Sequence[FlowStep]] | None = None) -> None:
    """Nobody may vanish: each step has those of the step before but for the dropped, and the arms sum up.

    Raises:
        ValueError: the numbers do not add up; the message names the step.
    """
    for chain in (steps, *(arms or {}).values()):
        for before, after in pairwise(chain):
            if before.n - sum(before.dropped.values()) != after.n:
                raise ValueError(f"{before.label} less the dropped does not give {after.label}")
    if arms and steps:
        left = steps[-1].n - sum(steps[-1].dropped.values())
        if left != sum(chain[0].n for chain in arms.values() if chain):
            raise ValueError(f"{steps[-1].label} less the dropped is not the sum of the arms")


def flow_chart(
    steps: Sequence[FlowStep],
    title: str,
    flags: Sequence[str] = (),
    arms: Mapping[str, Sequence[FlowStep]] | None = None,
    notes: Sequence[str] = (),
) -> alt.TopLevelMixin:
    """Boxes with counts, one below the other; those lost, by reason, to the right; arms side by side below.

    Args:
        steps: of all patients.
        title: names the study.
        flags: of the data.
        arms: the steps of each arm after the last common one.
        notes: lines below the title.

    Raises:
        ValueError: a patient vanishes without a reason.
    """
    if not steps:
        return message("There is no patient.")
    check_flow(steps, arms)
    picture = _Picture()
    column = (_BOX + _GAP + _SIDE + _GAP) if arms and _any_dropped(arms) else _BOX + _GAP
    names = list(arms or {})
    left = max(0.0, (column * (len(names) - 1)) / 2)
    bottom = picture.chain(left, 0, steps, to_arms=bool(names))
    if names:
        fork = bottom + _GAP / 2
        middle = left + _BOX / 2
        centres = [column * at + _BOX / 2 for at in range(len(names))]
        picture.line(middle, bottom, middle, fork)
        picture.line(min(centres), fork, max(centres), fork)
        for at, (name, centre) in enumerate(zip(names, centres, strict=True)):
            picture.arrow(centre, fork, centre, fork + _GAP)
            chain = [FlowStep(f"{name}: {step.label}", step.n, step.dropped) for step in (arms or {})[name]]
            picture.chain(column * at, fork + _GAP, chain)
    width, height = picture.size()
    heading = explained(title, flags, *notes, width=int(max(width, 420)))
    return alt.layer(*picture.layers(width, height)).properties(title=heading)


def _any_dropped(arms: Mapping[str, Sequence[FlowStep]]) -> bool:
    return any(step.dropped for chain in arms.values() for step in chain)


class _Picture:
    """Boxes, lines and texts in pixels from the upper left corner."""

    def __init__(self) -> None:
        self.boxes: list[dict[str, Any]] = []
        self.lines: list[dict[str, Any]] = []
        self.heads: list[dict[str, Any]] = []
        self.texts: list[dict[str, Any]] = []

    def line(self, x: float, y: float, x2: float, y2: float) -> None:
        """A straight line."""
        self.lines.append({"x": x, "y": y, "x2": x2, "y2": y2})

    def arrow(self, x: float, y: float, x2: float, y2: float) -> None:
        """A line with a head at its second end, down or to the right."""
        self.line(x, y, x2, y2)
        down = y2 > y
        self.heads.append(
            {
                "x": x2 - (0 if down else 4),
                "y": y2 - (4 if down else 0),
                "shape": "triangle-down" if down else "triangle-right",
            }
        )

    def box(self, x: float, y: float, width: float, lines: Sequence[str], side: bool) -> float:
        """Draw a box with its first line bold (not at the side); returns its lower edge."""
        bottom = y + _LINE * len(lines) + 14
        self.boxes.append({"x": x, "y": y, "x2": x + width, "y2": bottom, "colour": GREY if side else BLUE})
        for at, text in enumerate(lines):
            bold = not side and at == len(lines) - 1
            place = x + 10 if side else x + width / 2
            self.texts.append(
                {"x": place, "y": y + 7 + _LINE * (at + 0.5), "text": text, "bold": bold, "side": side}
            )
        return bottom

    def chain(self, x: float, y: float, steps: Sequence[FlowStep], to_arms: bool = False) -> float:
        """Boxes below each other with the lost beside the arrows; returns the end of the last box or arrow."""
        middle = x + _BOX / 2
        for at, step in enumerate(steps):
            lines = [*textwrap.wrap(step.label, _LETTERS), f"n = {step.n:,}"]
            bottom = self.box(x, y, _BOX, lines, side=False)
            is_last = at == len(steps) - 1
            y = bottom
            if step.dropped:
                reasons = [f"excluded: {sum(step.dropped.values()):,}"] if len(step.dropped) > 1 else []
                for reason, n in step.dropped.items():
                    reasons += textwrap.wrap(f"{n:,} {reason}", _SIDE_LETTERS, subsequent_indent="   ")
                top = bottom + _GAP / 2
                edge = self.box(x + _BOX + _GAP, top, _SIDE, reasons, side=True)
                half = (top + edge) / 2
                self.arrow(middle, half, x + _BOX + _GAP, half)
                y = edge - _GAP / 2 if not is_last or to_arms else half
                self.line(middle, bottom, middle, y)
            if not is_last:
                self.arrow(middle, y, middle, y + _GAP)
                y += _GAP
        return y

    def size(self) -> tuple[float, float]:
        """Width and height of all that was drawn."""
        return max(box["x2"] for box in self.boxes) + 2, max(box["y2"] for box in self.boxes) + 2

    def layers(self, width: float, height: float) -> list[alt.Chart]:
        """What was drawn, on scales of one pixel a unit."""
        x = alt.X("x:Q", scale=alt.Scale(domain=[-1, width], nice=False), axis=None)
        y = alt.Y("y:Q", scale=alt.Scale(domain=[height, -1], nice=False), axis=None)
        size = {"width": int(width), "height": int(height)}
        rules = inline_chart(self.lines, **size).mark_rule(color=GREY, strokeWidth=1.3)
        boxes = inline_chart(self.boxes, **size).mark_rect(fill="white", strokeWidth=1.4, cornerRadius=4)
        heads = inline_chart(self.heads, **size).mark_point(filled=True, color=GREY, size=55, opacity=1)
        layers = [
            rules.encode(x=x, y=y, x2="x2:Q", y2="y2:Q"),
            boxes.encode(x=x, y=y, x2="x2:Q", y2="y2:Q", stroke=alt.Stroke("colour:N", scale=None)),
            heads.encode(x=x, y=y, shape=alt.Shape("shape:N", scale=None)),
        ]
        for bold in (False, True):
            for side in (False, True):
                rows = [row for row in self.texts if (row["bold"], row["side"]) == (bold, side)]
                mark: Any = inline_chart(rows, **size).mark_text(
                    align="left" if side else "center", fontSize=12, color=INK,
                    fontWeight=600 if bold else "normal", baseline="middle",
                )  # fmt: skip
                if rows:
                    layers.append(mark.encode(x=x, y=y, text="text:N"))
        return layers
