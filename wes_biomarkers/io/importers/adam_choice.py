"""What a user may choose when ADaM data sets are imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class AdamChoice:
    """What the user may choose.

    Attributes:
        subject: the column whose ids become patient ids.
        date_origin: 1960 or 1970, where the files do not tell.
        endpoints: `os` and `pfs` -> their PARAMCD.
        evaluator: whose responses are read, where there are several (PARCAT2 or RSEVAL).
        immune_related: ADAE's column that marks immune-related events; there is no standard one.
        all_events: keep events that are not treatment-emergent.
        keep: further columns of ADSL to keep, under their names in lower case.
    """

    subject: str = "USUBJID"
    date_origin: int | None = None
    endpoints: Mapping[str, str] = field(default_factory=lambda: {"os": "OS", "pfs": "PFS"})
    evaluator: str | None = None
    immune_related: str | None = None
    all_events: bool = False
    keep: tuple[str, ...] = ()
