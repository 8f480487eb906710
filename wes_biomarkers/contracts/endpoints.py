"""The endpoints of a trial: each with its columns, origin, population, baseline and rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from wes_biomarkers.contracts.clinical import ATTRIBUTIONS

EndpointKind = Literal["survival", "binary", "ordinal", "competing", "recurrent"]
Phase = Literal["induction", "after_allocation"]
Population = Literal["induced", "allocated", "evaluable", "treated", "irradiated"]

#: States of a time to an event that something else may prevent.
STATES = ("censored", "event", "competing")

#: Who is counted, in words. `allocated` are all patients in a study that does not allocate.
POPULATIONS: Mapping[Population, str] = {
    "induced": "all who started induction",
    "allocated": "all allocated",
    "evaluable": "all allocated with a response other than NE",
    "treated": "all who had a first dose and were asked for adverse events",
    "irradiated": "all who had radiotherapy and were asked for adverse events",
}

#: The day an endpoint counts from, by its phase or population.
ORIGINS: Mapping[str, str] = {
    "induction": "start of induction",
    "after_allocation": "allocation; in a study without one the first dose, else the start of induction",
    "treated": "first dose; where none is recorded in the study, allocation, else the start of induction",
    "irradiated": "first fraction of radiotherapy",
}


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
        population: whose value is known, one of `POPULATIONS`.
        rule: how it is made, in one sentence.
        source: where the rule comes from.
    """

    name: str
    kind: EndpointKind
    columns: tuple[str, ...]
    phase: Phase
    population: Population
    rule: str
    source: str = ""

    @property
    def title(self) -> str:
        """Its name as a heading."""
        return _TITLES.get(self.name, self.name.replace("_", " ").capitalize())

    @property
    def origin(self) -> str:
        """The day it counts from, in words."""
        return ORIGINS.get(self.population, ORIGINS[self.phase])


_TITLES = {
    "os": "Overall survival",
    "pfs": "Progression-free survival",
    "os_induction": "Overall survival from induction",
    "induction_response": "Response to induction",
    "response": "Objective response, confirmed",
    "response_unconfirmed": "Objective response, confirmed or not",
    "response_evaluable": "Objective response among the evaluable",
    "toxicity": "Toxicity of grade 3 or more",
    "toxicity_related": "Treatment-related toxicity of grade 3 or more",
    "toxicity_immune": "Immune-related toxicity of grade 3 or more",
    "toxicity_grade_any": "Worst grade of toxicity",
    "toxicity_grade_related": "Worst grade of treatment-related toxicity",
    "toxicity_grade_immune": "Worst grade of immune-related toxicity",
    "toxicity_count_any": "Number of adverse events",
    "toxicity_count_related": "Number of treatment-related adverse events",
    "toxicity_count_immune": "Number of immune-related adverse events",
    "toxicity_time_any": "Time to toxicity of grade 3 or more",
    "toxicity_time_related": "Time to treatment-related toxicity of grade 3 or more",
    "toxicity_time_immune": "Time to immune-related toxicity of grade 3 or more",
    "toxicity_radiation": "Radiation toxicity of grade 2 or more",
}
_AFTER: Phase = "after_allocation"
_RECIST = "RECIST 1.1 (Eisenhauer 2009)"


def _toxicity_endpoints(cause: str, words: str) -> Iterator[Endpoint]:
    yield Endpoint(
        "toxicity" if cause == "any" else f"toxicity_{cause}",
        "binary",
        (f"high_grade_{cause}",),
        _AFTER,
        "treated",
        f"an event {words} of CTCAE grade 3 or more within the window",
        "CTCAE",
    )
    yield Endpoint(
        f"toxicity_grade_{cause}",
        "ordinal",
        (f"grade_{cause}",),
        _AFTER,
        "treated",
        f"worst CTCAE grade {words} within the window, 0 for none",
        "CTCAE",
    )
    yield Endpoint(
        f"toxicity_time_{cause}",
        "competing",
        (f"high_grade_{cause}_months", f"high_grade_{cause}_state"),
        _AFTER,
        "treated",
        f"first dose to the first event {words} of grade 3 or more; death competes",
        "CTCAE",
    )
    yield Endpoint(f"toxicity_count_{cause}", "recurrent", (f"n_event_{cause}", f"exposure_{cause}_months"), _AFTER,
                   "treated", f"events {words} in the time of exposure, by its months", "CTCAE")  # fmt: skip


ENDPOINTS: Mapping[str, Endpoint] = {
    endpoint.name: endpoint
    for endpoint in (
        Endpoint("os", "survival", ("os_months", "os_event"), _AFTER, "allocated",
                 "origin to death from any cause, censored at the last day known alive"),
        Endpoint("pfs", "survival", ("pfs_months", "pfs_event"), _AFTER, "allocated",
                 "origin to first progression or death, censored at the last adequate assessment", _RECIST),
        Endpoint("os_induction", "survival", ("os_induction_months", "os_induction_event"), "induction", "induced",
                 "start of induction to death; by arm it is left-truncated at allocation"),
        Endpoint("induction_response", "binary", ("induction_objective_response",), "induction", "induced",
                 "CR or PR to induction; NE counts as no", _RECIST),
        Endpoint("response", "binary", ("objective_response",), _AFTER, "allocated",
                 "confirmed CR or PR; NE counts as no", _RECIST),
        Endpoint("response_unconfirmed", "binary", ("objective_response_unconfirmed",), _AFTER, "allocated",
                 "CR or PR, confirmed or not; NE counts as no", _RECIST),
        Endpoint("response_evaluable", "binary", ("objective_response_evaluable",), _AFTER, "evaluable",
                 "confirmed CR or PR among the evaluable", _RECIST),
        Endpoint("durable_benefit", "binary", ("durable_benefit",), _AFTER, "allocated",
                 "CR, PR or SD and 183 days without progression or death; censored earlier is unknown"),
        *(endpoint for cause, words in ATTRIBUTIONS.items() for endpoint in _toxicity_endpoints(cause, words)),
        Endpoint("toxicity_radiation", "binary", ("radiation_grade2",), _AFTER, "irradiated",
                 "radiation pneumonitis or oesophagitis of grade 2 or more to 180 days after radiotherapy",
                 "CTCAE"),
    )
}  # fmt: skip
