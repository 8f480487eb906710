"""Who was lost at each step from enrolment to the analysis, and why: nobody vanishes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class Step:
    """One box of the flow: how many are left, and how many went for which reason (most frequent first)."""

    name: str
    n: int
    lost: tuple[tuple[str, int], ...] = ()


@dataclass
class Flow:
    """The patients left after each step, built step by step.

    Attributes:
        left: ids still in, in their first order.
        steps: what happened so far.
        losses: step and, by patient id, the reason, of those who went.
    """

    left: pd.Index
    steps: list[Step] = field(default_factory=list)
    losses: list[tuple[str, pd.Series]] = field(default_factory=list)

    @classmethod
    def start(cls, name: str, ids: Iterable[str]) -> Flow:
        """A flow whose first step is everybody."""
        left = pd.Index(list(ids), dtype=object)
        return cls(left, [Step(name, len(left))])

    def copy(self) -> Flow:
        """A flow that can go on by itself."""
        return Flow(self.left, list(self.steps), list(self.losses))

    def keep(self, name: str, reason: pd.Series) -> None:
        """The next step.

        Args:
            name: of the step.
            reason: by patient id, why the patient goes; missing where the patient stays, or was never in.
        """
        why = reason.reindex(self.left)
        gone = why[why.notna()].astype(str)
        self.left = self.left[why.isna().to_numpy()]
        counts = gone.value_counts()
        lost = sorted(
            ((str(word), int(n)) for word, n in counts.items()), key=lambda item: (-item[1], item[0])
        )
        self.steps.append(Step(name, len(self.left), tuple(lost)))
        if len(gone):
            self.losses.append((name, gone))


def unless(stays: pd.Series, reason: str, patients: pd.Index | None = None) -> pd.Series:
    """The reason by patient id where `stays` is not true; patients it lacks have the reason too."""
    known = stays.astype("boolean")
    if patients is not None:
        known = known.reindex(patients)
    return pd.Series(reason, index=known.index, dtype=object).mask(known.fillna(False).to_numpy(bool))


def flow_frame(flow: Flow) -> pd.DataFrame:
    """The flow as a table: step, n, and a row for each reason with n_lost (one row for a step that lost nobody)."""
    rows = []
    for step in flow.steps:
        for reason, n_lost in step.lost or ((None, 0),):
            rows.append({"step": step.name, "n": step.n, "reason": reason, "n_lost": n_lost})
    return pd.DataFrame(rows, columns=["step", "n", "reason", "n_lost"])


def losses_frame(flow: Flow) -> pd.DataFrame:
    """Everyone who was lost: patient_id, step, reason, sorted by patient id."""
    parts = [
        pd.DataFrame({"patient_id": reasons.index, "step": step, "reason": reasons.to_numpy()})
        for step, reasons in flow.losses
    ]
    columns = ["patient_id", "step", "reason"]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    return frame.sort_values("patient_id", kind="stable", ignore_index=True)
