"""The table of the full simulations: one line a measure, kept in tests/acceptance/results.tsv, shown in docs/acceptance.md.

    python tests/support/acceptance_table.py      writes docs/acceptance.md from tests/acceptance/results.tsv

A later line of the same biomarker, measure and seeds takes the place of an earlier one.
"""

from __future__ import annotations

import csv
import datetime
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE, PAGE = ROOT / "tests" / "acceptance" / "results.tsv", ROOT / "docs" / "acceptance.md"
#: What a run itself changes.
_MADE = ("tests/acceptance/results.tsv", "docs/acceptance.md")
HEADING = ("biomarker", "measure", "seeds", "n", "value", "limit", "verdict", "minutes", "commit", "date")

INTRODUCTION = """# Acceptance: the full simulations and comparisons

`bin/test --acceptance` runs whole simulated trials, the simulations of each biomarker and the comparisons with other
programs, on seeds that nothing was tuned on. Each line below names the commit it was measured at (`-dirty`: with changes
not yet committed), the seeds, and the minutes its simulation took on two shared cores. `limit` is what the project asks
of itself; a line without one is shown beside others for comparison.

This page is made by `python tests/support/acceptance_table.py` from `tests/acceptance/results.tsv`.
"""


@dataclass(frozen=True)
class Measure:
    """One figure: what was measured, over how many, its value, the limit in words, and whether it held."""

    measure: str
    n: int
    value: float | None
    limit: str = ""
    ok: bool | None = None


def commit() -> str:
    """The commit of the code that is running; `-dirty` when anything but the results themselves differs from it."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=False)
        return done.stdout.strip()

    changed = git(
        "status", "--porcelain", "--untracked-files=no", "--", ".", *(f":!{path}" for path in _MADE)
    )
    return (git("describe", "--always", "--exclude", "*") or "unknown") + ("-dirty" if changed else "")


def note(biomarker: str, seeds: str, minutes: float, measures: Iterable[Measure]) -> None:
    """Add lines to tests/acceptance/results.tsv."""
    TABLE.parent.mkdir(exist_ok=True)
    is_new = not TABLE.exists()
    day, at = datetime.date.today().isoformat(), commit()
    with open(TABLE, "a", newline="") as handle:
        writer = csv.writer(handle, delimiter="\t", lineterminator="\n")
        if is_new:
            writer.writerow(HEADING)
        for m in measures:
            verdict = {True: "ok", False: "outside", None: ""}[m.ok]
            value = "" if m.value is None else f"{m.value:.4g}"
            writer.writerow(
                (biomarker, m.measure, seeds, m.n, value, m.limit, verdict, f"{minutes:.1f}", at, day)
            )


def page() -> str:
    """docs/acceptance.md."""
    with open(TABLE, newline="") as handle:
        rows = {(r["biomarker"], r["measure"], r["seeds"]): r for r in csv.DictReader(handle, delimiter="\t")}
    lines = [INTRODUCTION, "| " + " | ".join(HEADING) + " |", "|" + "---|" * len(HEADING)]
    for key in sorted(rows, key=lambda key: key[0]):
        lines.append("| " + " | ".join(rows[key][name] for name in HEADING) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
