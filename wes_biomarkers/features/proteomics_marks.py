"""Cells of a proteomics table: numbers, and the marks that say a value lies out of the assay's range."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Sides of the range of quantification beyond which a value lies.
BELOW, QUANTIFIED, ABOVE = -1, 0, 1

#: Bits of a value's flags.
BELOW_LOD, EXTRAPOLATED, QC_WARNING, ZERO = 1, 2, 4, 8
FLAG_BITS: Mapping[str, int] = {
    "below_lod": BELOW_LOD,
    "extrapolated": EXTRAPOLATED,
    "qc_warning": QC_WARNING,
    "zero": ZERO,
}

_NUMBER = r"[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+\."
_LIMIT = re.compile(rf"([<>≤≥])=?\s*(-?(?:{_NUMBER}))")
_STARRED = re.compile(rf"\*\s*({_NUMBER})|({_NUMBER})\s*\*")
_MISSING = frozenset({"", "na", ".", "nan", "null", "none", "n/a", "---", "***", "filtered"})
_BELOW = frozenset(
    {"oor<", "<oor", "<lloq", "<loq", "<lod", "blq", "bloq", "blod", "bdl", "nd", "n.d.", "notdetected", "<llod"}
)  # fmt: skip
_ABOVE = frozenset({"oor>", ">oor", ">uloq", ">loq", "alq", "aloq", "auloq", ">ulod"})


@dataclass(frozen=True)
class Cells:
    """Parsed cells, each array of shape (n,).

    Attributes:
        raw: the number in the cell, of `<0.5` its limit; NaN where there is none.
        side: `BELOW`, `QUANTIFIED` or `ABOVE`.
        flags: bits of `FLAG_BITS`.
        unreadable: neither number, mark nor unknown.
    """

    raw: NDArray[np.float64]
    side: NDArray[np.int8]
    flags: NDArray[np.uint8]
    unreadable: NDArray[np.bool_]


def parse_mark(text: str) -> tuple[float, int, int] | None:
    """A cell that is no plain number: its number, side and flags; None where it is unreadable.

    `OOR <` and `OOR >` (Bio-Plex), `<0.5`, `>100`, `<LLOQ`, `BLQ`, `ND` are censored; `*5.88` was extrapolated
    beyond the standard curve; `proteomics_censoring.censor` says on which side. `---`, `***`, `Filtered` are missing.

    >>> parse_mark("OOR <"), parse_mark("<0.5"), parse_mark("*5.88"), parse_mark("haemolysed")
    ((nan, -1, 0), (0.5, -1, 0), (5.88, 0, 2), None)
    """
    word = re.sub(r"\s+", "", text).lower()
    if word in _MISSING:
        return float("nan"), QUANTIFIED, 0
    if word in _BELOW:
        return float("nan"), BELOW, 0
    if word in _ABOVE:
        return float("nan"), ABOVE, 0
    if limit := _LIMIT.fullmatch(text.strip()):
        return float(limit[2]), BELOW if limit[1] in "<≤" else ABOVE, 0
    if starred := _STARRED.fullmatch(text.strip()):
        return float(starred[1] or starred[2]), QUANTIFIED, EXTRAPOLATED
    return None


def parse_cells(cells: Sequence[str] | NDArray[np.object_]) -> Cells:
    """Every cell of a column or of a flattened table.

    Plain numbers are read in bulk, each distinct mark once.
    """
    import pandas as pd

    text = pd.Series(cells, dtype="object")
    raw = pd.to_numeric(text, errors="coerce").to_numpy(np.float64, copy=True)
    side, flags = np.zeros(len(raw), np.int8), np.zeros(len(raw), np.uint8)
    unreadable = np.isinf(raw)
    raw[unreadable] = np.nan
    places = np.flatnonzero(np.isnan(raw) & ~unreadable)
    codes, words = pd.factorize(text.to_numpy()[places])
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(len(words) + 1))
    for code, word in enumerate(words):
        here = places[order[starts[code] : starts[code + 1]]]
        parsed = parse_mark(str(word))
        if parsed is None:
            unreadable[here] = True
            continue
        raw[here], side[here], flags[here] = parsed
    return Cells(raw, side, flags, unreadable)


def count_marks(raw: NDArray[np.float64], side: NDArray[np.int8], flags: NDArray[np.uint8]) -> dict[str, int]:
    """How often each kind of mark occurs: `OOR <`, `OOR >`, `<number`, `>number`, `*number`; those met only."""
    number = np.isfinite(raw)
    counts = {
        "OOR <": int(((side == BELOW) & ~number).sum()),
        "OOR >": int(((side == ABOVE) & ~number).sum()),
        "<number": int(((side == BELOW) & number).sum()),
        ">number": int(((side == ABOVE) & number).sum()),
        "*number": int(((flags & EXTRAPOLATED) > 0).sum()),
    }
    return {kind: n for kind, n in counts.items() if n}
