"""Ids that differ only in what people type differently: never taken for one another, only suggested."""

from __future__ import annotations

import re
from collections.abc import Iterable


def folded_id(text: str) -> str:
    """An id without white space, case, leading zeros of its numbers, and the choice between `-`, `_` and `.`.

    >>> folded_id("P-007 "), folded_id("p_7")
    ('p-7', 'p-7')
    """
    joined = re.sub(r"[-_.]+", "-", re.sub(r"\s+", "", text).casefold())
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", joined)


def likely_counterparts(unmatched: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """For each unmatched id the one known id that it may stand for; none where several or none may.

    >>> likely_counterparts(["p01", "P9"], ["P1", "P2"])
    {'p01': 'P1'}
    """
    by_fold: dict[str, set[str]] = {}
    for name in known:
        by_fold.setdefault(folded_id(name), set()).add(name)
    found = {}
    for name in sorted(unmatched):
        candidates = by_fold.get(folded_id(name), set()) - {name}
        if len(candidates) == 1:
            found[name] = next(iter(candidates))
    return found
