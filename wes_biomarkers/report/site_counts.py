"""All counts of a site made coarse together, so that no level of a filter is what remains of the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.report.site_answers import Level, Question
from wes_biomarkers.report.suppression import coarse, shown_cells

#: Keys under which answers count patients, pairs or events.
COUNTS = frozenset((
    "n", "n_all", "n_patient", "n_pair", "n_event", "n_known", "n_altered", "n_mutated", "n_both", "n_a_only",
    "n_b_only", "n_neither", "n_row", "excluded", "n_sample", "n_variant",
))  # fmt: skip
#: What tells the entries of a list apart, wherever they stand in it.
_NAMES = ("gene", "name", "term", "value", "bin", "outcome", "step")
Path = tuple[Any, ...]
_EVERYBODY = ("n_patient",)


def made_coarse(answers: Mapping[Question, Any], k: int) -> dict[Question, Any]:
    """The answers with every count coarse; those a reader could find by subtraction between answers are None."""
    families: dict[str, dict[Level | None, Any]] = {}
    for question, answer in answers.items():
        families.setdefault(question.key, {})[question.level] = answer
    hidden = {key: _hidden(family, k) for key, family in families.items()}
    found = {
        question: _finished(_coarsened(answer, (), hidden[question.key].get(question.level, set()), k))
        for question, answer in answers.items()
    }
    _tell_known(found, k)
    return found


def _tell_known(answers: dict[Question, Any], k: int) -> None:
    """How many patients each column is known of, as the bars tell it already; in place."""
    counts, columns = answers.get(Question("/api/counts")), answers.get(Question("/api/columns"))
    if k <= 1 or counts is None or columns is None:
        return
    for column in columns:
        unknown = [each for each in counts["by"].get(column["name"], ()) if each.get("value", "") is None]
        column["n_known"] = (counts["n_patient"] or 0) - sum(each["n_all"] or 0 for each in unknown)


def _hidden(family: Mapping[Level | None, Any], k: int) -> dict[Level | None, set[Path]]:
    """Counts to withhold beside those below k: each count of all patients is the sum over a column's levels."""
    found: dict[Level | None, set[Path]] = {level: set() for level in family}
    if k <= 1 or None not in family:
        return found
    counts = {level: dict(_counts(answer, ())) for level, answer in family.items()}
    columns = sorted({level.column for level in family if level})
    for paths in _tables(counts[None]):
        for column in columns or [""]:
            levels = [level for level in family if level and level.column == column]
            rows = [None, *levels]
            table = np.array([[counts[level].get(path, 0) for path in paths] for level in rows], np.int64)
            rest = table[0] - table[1:].sum(0)
            if (rest < 0).any():  # groups of their own, such as those at each level's median
                continue
            if paths[0][0] != "by":
                others = rest if rest.any() else rest[:0]
                shown = shown_cells(np.append(table[1:, 0], others)[None], k)[0][0]
                _hide(found, levels, paths, shown[: len(levels), None])
                continue
            others = np.array([counts[level][_EVERYBODY] for level in rows], np.int64) - table.sum(1)
            if others.any():
                table = np.column_stack([table, others])
            left = table[0] - table[1:].sum(0)  # the levels that are not offered
            whole = np.vstack([table[1:], left]) if left.any() else table[1:]
            published = np.arange(len(whole)) < max(len(levels), 1)
            cells, totals = shown_cells(whole, k, published)
            _hide(found, [*levels, None], paths, np.vstack([cells[: len(levels)], totals]))
    bars = {(*path[:-1], "n_all") for path in found[None] if path[0] == "by"}
    return {level: paths | bars for level, paths in found.items()}


def _hide(
    found: dict[Level | None, set[Path]], levels: list[Any], paths: list[Path], shown: NDArray[np.bool_]
) -> None:
    for level, line in zip(levels, shown, strict=True):
        found[level] |= {path for path, told in zip(paths, line, strict=False) if not told}


def _tables(counts: Mapping[Path, int]) -> list[list[Path]]:
    """Counts that share a total: the bars of one chart; any other stands alone."""
    found: dict[Path, list[Path]] = {}
    for path in counts:
        found.setdefault(path[:2] if path[0] == "by" else path, []).append(path)
    return [paths for key, paths in found.items() if key[0] == "by" or len(paths) == 1]


def _counts(answer: Any, path: Path) -> Iterator[tuple[Path, int]]:
    """Each count of an answer with where it stands; not the ones of all patients under a filter."""
    if isinstance(answer, Mapping):
        for key, value in answer.items():
            if key in COUNTS and isinstance(value, int):
                if key != "n_all":
                    yield (*path, key), value
            elif key == "at_risk":
                yield from (((*path, key, at), n) for at, n in enumerate(value))
            else:
                yield from _counts(value, (*path, key))
    elif isinstance(answer, list):
        for at, each in enumerate(answer):
            yield from _counts(each, (*path, _name(each, at)))


def _name(each: Any, at: int) -> Any:
    if isinstance(each, Mapping):
        named = tuple(str(each[name]) for name in _NAMES if name in each)
        return named or at
    return at


def _coarsened(answer: Any, path: Path, hidden: set[Path], k: int) -> Any:
    if isinstance(answer, Mapping):
        return {key: _entry(key, value, (*path, key), hidden, k) for key, value in answer.items()}
    if isinstance(answer, list):
        return [_coarsened(each, (*path, _name(each, at)), hidden, k) for at, each in enumerate(answer)]
    return answer


def _entry(key: str, value: Any, path: Path, hidden: set[Path], k: int) -> Any:
    if key in COUNTS and isinstance(value, int) and not isinstance(value, bool):
        return None if path in hidden else coarse(value, k)
    if key == "at_risk":
        return [None if (*path, at) in hidden else coarse(n, k) for at, n in enumerate(value)]
    return _coarsened(value, path, hidden, k)


def _finished(answer: Any) -> Any:
    """Shares of the counts that are shown; bars that stand for nobody left out; genes in the order of what shows."""
    if isinstance(answer, list):
        kept = [
            each
            for each in answer
            if not (isinstance(each, Mapping) and "gene" in each and each.get("n", 0) is None)
        ]
        if kept and isinstance(kept[0], Mapping) and set(kept[0]) == {"gene", "n"}:
            kept.sort(key=lambda each: (-each["n"], each["gene"]))
        return [_finished(each) for each in kept]
    if not isinstance(answer, Mapping):
        return answer
    if "rate" in answer:
        return {**answer, **_share(answer["n"], answer["n_event"])}
    if "by" in answer:
        bars = {name: bins for name, bins in answer["by"].items() if any(each["n_all"] for each in bins)}
        return {**answer, "by": bars}
    return {key: _finished(value) for key, value in answer.items()}


def _share(n: int | None, n_event: int | None) -> dict[str, Any]:
    from wes_biomarkers.stats.proportions import wilson_interval

    if not n or n_event is None:
        return {"rate": None, "ci_low": None, "ci_high": None}
    low, high = wilson_interval(n_event, n)
    return {"rate": round(n_event / n, 2), "ci_low": round(low, 2), "ci_high": round(high, 2)}
