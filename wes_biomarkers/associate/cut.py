"""The cutpoint that separates outcomes best, with the p value that pays for the search."""

from __future__ import annotations

from dataclasses import dataclass

from wes_biomarkers.associate.asked import Asked
from wes_biomarkers.contracts.plan import Cutpoint
from wes_biomarkers.join.frame import FEATURE


@dataclass(frozen=True)
class SearchedCut:
    """A cut found on these patients, or why none was.

    Attributes:
        value: `high` is at or above it.
        p_corrected: of the search as a whole.
        reason: why there is none; empty where there is.
    """

    value: float | None = None
    p_corrected: float | None = None
    reason: str = ""

    def as_cutpoint(self) -> Cutpoint:
        """The cut as an analysis states one."""
        return Cutpoint("maximally_selected", self.value)


def searched_cut(asked: Asked) -> SearchedCut:
    """The maximally selected cut of a number, by log-rank scores for survival and by chi-square for yes and no."""
    from wes_biomarkers.stats.cutpoint import maximally_selected

    frame, feature = asked.frame, asked.joined.feature
    if feature is None or feature.kind != "number":
        return SearchedCut(reason="only a number can be cut")
    if asked.kind not in ("survival", "binary") or "entry" in frame:
        return SearchedCut(
            reason="cutpoints are searched for survival without late entry and for yes and no only"
        )
    values = frame[FEATURE].to_numpy(float)
    if asked.kind == "survival":
        found = maximally_selected(
            values, time=frame["time"].to_numpy(float), event=frame["event"].to_numpy(bool)
        )
    else:
        found = maximally_selected(values, outcome=frame["value"].to_numpy(bool), seed=asked.seed)
    if found.status != "ok":
        return SearchedCut(reason=found.reason)
    return SearchedCut(found.value, found.p_corrected)
