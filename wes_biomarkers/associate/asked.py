"""One analysis of one joined frame, and the rows it answers with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from wes_biomarkers.associate.guards import center_problem, outcome_problem
from wes_biomarkers.associate.rows import Row, not_evaluable, with_flags
from wes_biomarkers.contracts.plan import Analysis
from wes_biomarkers.join.frame import JoinedFrame
from wes_biomarkers.stats.estimate import Estimate


@dataclass(frozen=True)
class Asked:
    """What is asked of which patients.

    Attributes:
        joined: the patients with outcome, covariates and feature.
        analysis: the question.
        seed: of resampling.
    """

    joined: JoinedFrame
    analysis: Analysis
    seed: int = 1

    @property
    def frame(self) -> pd.DataFrame:
        """The joined frame."""
        return self.joined.frame

    @property
    def kind(self) -> str:
        """Of the endpoint."""
        return self.joined.base.endpoint.kind

    @property
    def feature(self) -> str:
        """Name of the feature, or of the arms' column where the question has none."""
        return self.joined.feature.name if self.joined.feature is not None else self.analysis.arm_column

    def row(
        self, estimate: Estimate, term: str, role: str, *, scale: str = "", adjust: Iterable[str] = (),
        population: str = "", primary: bool = False,
    ) -> Row:  # fmt: skip
        """A row with the frame's flags added to the estimate's."""
        flagged = with_flags(estimate, self.joined.flags)
        return Row(
            self.analysis, self.feature, flagged, term, role, scale, population_words(self.analysis, population),
            self.joined.base.origin, tuple(adjust), primary,
        )  # fmt: skip

    def no_answer(self, reason: str, *, refused: bool = False, flags: Iterable[str] = ()) -> list[Row]:
        """The one row that says why there is no answer."""
        role = {"predictive": "predictive", "treatment": "treatment", "preference": "treatment"}
        estimate = not_evaluable(reason, len(self.frame), self.n_event(), refused=refused, flags=tuple(flags))
        return [self.row(estimate, self.feature, role.get(self.analysis.question, "prognostic"))]

    def problem(self) -> str:
        """Why these patients cannot answer this; empty where they can."""
        return center_problem(self.kind, self.analysis, self.frame) or outcome_problem(self.joined)

    def n_event(self) -> int | None:
        """Events, or patients with the outcome, of the frame; None for a grade."""
        column = {"survival": "event", "binary": "value", "competing": "state", "recurrent": "count"}.get(
            self.kind
        )
        if column is None:
            return None
        values = self.frame[column].to_numpy(np.float64)
        return int(values.sum() if self.kind == "recurrent" else (values == 1).sum())


def population_words(analysis: Analysis, words: str = "") -> str:
    """The population as the table names it, by its own words where it is a part of one."""
    words = words or ("the endpoint's own" if analysis.population == "endpoint" else analysis.population)
    return f"{words}, {analysis.subgroup}: {analysis.level}" if analysis.level else words
