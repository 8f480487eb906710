"""What a validation says: a measure a line, with its tolerance and verdict, and the particulars behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: (pair, what, particular) of a miss, a false call or a value off the truth.
Particular = tuple[str, str, str]


@dataclass(frozen=True)
class Measure:
    """One line of the validation: `n_ok` of `n`, the value, the tolerance if any, and the verdict."""

    biomarker: str
    measure: str
    n: int
    n_ok: int
    value: float | None
    tolerance: str
    ok: bool | None


@dataclass(frozen=True)
class Validation:
    """All measures, and the particulars."""

    measures: tuple[Measure, ...]
    particulars: tuple[Particular, ...]

    @property
    def ok(self) -> bool:
        """Whether every measure with a tolerance is inside it."""
        return all(measure.ok is not False for measure in self.measures)


def share_measure(biomarker: str, name: str, hits: Sequence[bool], least: float | None) -> Measure:
    """The share of hits; judged where `least` is given: outside below it; without anything to hit no verdict."""
    value = sum(hits) / len(hits) if hits else None
    shown = "" if least is None else "all" if least == 1 else f">= {least:g}"
    ok = None if least is None or value is None else value >= least
    return Measure(biomarker, name, len(hits), sum(hits), value, shown, ok)


def error_measure(biomarker: str, name: str, errors: Iterable[float], most: float) -> Measure:
    """The median absolute error, outside above `most`; `n_ok` are those within it."""
    absolute = sorted(round(abs(error), 6) for error in errors)
    n = len(absolute)
    median = (absolute[(n - 1) // 2] + absolute[n // 2]) / 2 if n else None
    n_ok = sum(error <= most for error in absolute)
    return Measure(
        biomarker, name, n, n_ok, median, f"<= {most:g}", None if median is None else median <= most
    )
