"""The endpoints of a trial: each with its columns, origin, population, baseline and rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

EndpointKind = Literal["survival", "binary", "ordinal", "competing", "recurrent"]
Phase = Literal["induction", "after_allocation"]

#: States of a time to an event that something else may prevent.
STATES = ("censored", "event", "competing")


@dataclass(frozen=True)
class Endpoint:
    """One endpoint of the clinical table.

    Attributes:
        name: what `--endpoint` and plan.toml call it.
        kind: survival (months, event), binary (value), ordinal (grade), competing (months, state: one of
            `STATES`), recurrent (number of events, months of exposure).
        columns: its columns in the cohort's clinical table, in the order `kind` states.
        phase: `induction` counts from the start of induction, all who started it; `after_allocation` from
            allocation (a study without one: from the first dose, else the start of induction).
        rule: how it is made, in one sentence.
        source: where the rule comes from.
    """

    name: str
    kind: EndpointKind
    columns: tuple[str, ...]
    phase: Phase
    rule: str
    source: str = ""


_AFTER: Phase = "after_allocation"
_RECIST = "RECIST 1.1 (Eisenhauer 2009)"

ENDPOINTS: Mapping[str, Endpoint] = {
    endpoint.name: endpoint
    for endpoint in (
        Endpoint("os", "survival", ("os_months", "os_event"), _AFTER,
                 "origin to death from any cause, censored at the last day known alive"),
        Endpoint("pfs", "survival", ("pfs_months", "pfs_event"), _AFTER,
                 "origin to first progression or death, censored at the last adequate assessment", _RECIST),
        Endpoint("os_induction", "survival", ("os_induction_months", "os_induction_event"), "induction",
                 "start of induction to death; by arm it is left-truncated at allocation"),
        Endpoint("induction_response", "binary", ("induction_objective_response",), "induction",
                 "CR or PR to induction; NE counts as no", _RECIST),
        Endpoint("response", "binary", ("objective_response",), _AFTER,
                 "confirmed CR or PR; NE counts as no", _RECIST),
        Endpoint("response_unconfirmed", "binary", ("objective_response_unconfirmed",), _AFTER,
                 "CR or PR, confirmed or not; NE counts as no", _RECIST),
        Endpoint("response_evaluable", "binary", ("objective_response_evaluable",), _AFTER,
                 "confirmed CR or PR among the evaluable", _RECIST),
        Endpoint("durable_benefit", "binary", ("durable_benefit",), _AFTER,
                 "CR, PR or SD and 183 days without progression or death; censored earlier is unknown"),
        *(
            endpoint
            for cause, words in (("any", "of any cause"), ("related", "treatment-related"),
                                 ("immune", "immune-related"))
            for endpoint in (
                Endpoint("toxicity" if cause == "any" else f"toxicity_{cause}", "binary",
                         (f"high_grade_{cause}",), _AFTER,
                         f"an event {words} of CTCAE grade 3 or more within the window", "CTCAE"),
                Endpoint(f"toxicity_grade_{cause}", "ordinal", (f"grade_{cause}",), _AFTER,
                         f"worst CTCAE grade {words} within the window, 0 for none", "CTCAE"),
                Endpoint(f"toxicity_time_{cause}", "competing",
                         (f"high_grade_{cause}_months", f"high_grade_{cause}_state"), _AFTER,
                         f"first dose to the first event {words} of grade 3 or more; death competes", "CTCAE"),
                Endpoint(f"toxicity_count_{cause}", "recurrent", (f"n_event_{cause}", "exposure_months"),
                         _AFTER, f"events {words} within the window, by months of exposure", "CTCAE"),
            )
        ),
        Endpoint("toxicity_radiation", "binary", ("radiation_grade2",), _AFTER,
                 "radiation pneumonitis or oesophagitis of grade 2 or more to 180 days after radiotherapy",
                 "CTCAE"),
    )
}  # fmt: skip
