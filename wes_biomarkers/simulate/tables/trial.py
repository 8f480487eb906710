"""A whole simulated trial as arrays: milliseconds for 200 patients, so that thousands can be made in memory."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.simulate.streams import stream
from wes_biomarkers.simulate.tables.allocation import Allocation, draw_allocation, draw_outcome
from wes_biomarkers.simulate.tables.biomarkers import Columns, draw_biomarkers
from wes_biomarkers.simulate.tables.genes import GENE_NAMES, Alterations, draw_alterations
from wes_biomarkers.simulate.tables.parameters import TableParameters, check_table_parameters
from wes_biomarkers.simulate.tables.proteomics import draw_standardised
from wes_biomarkers.simulate.tables.survival import Course, draw_course
from wes_biomarkers.simulate.tables.terms import (
    BIOMARKER_SCALES,
    COVARIATE_SCALES,
    linear_predictor,
    protein_names,
    term_names,
)
from wes_biomarkers.simulate.tables.toxicity import WINDOW_DAYS, AdverseEvents, draw_events
from wes_biomarkers.stats.endpoints import DAYS_PER_MONTH

Numbers = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: Days from one tumour assessment to the next.
VISIT_DAYS = 56
#: Days after allocation on which late samples are taken.
LATE_DAYS = 90
RESPONSES = np.array(["CR", "PR", "SD", "PD", "NE"], dtype=object)
STAGES = np.array(["II", "III", "IVA", "IVB"], dtype=object)


@dataclass(frozen=True)
class Response:
    """Response after allocation, shape (n,) each; it means nothing for the unallocated.

    Attributes:
        confirmed: CR or PR that a later visit confirmed.
        best: index into `RESPONSES`.
        visit: visit of the first CR or PR, from 1; 0 where there is none.
    """

    confirmed: Mask
    best: NDArray[np.int64]
    visit: NDArray[np.int64]


@dataclass(frozen=True)
class SimulatedTrial:
    """Truth and course of n patients, nothing missing; days from the first day of the trial.

    Attributes:
        parameters: it was made with.
        covariates: age, male, ecog, stage, site, nlr, pdl1_cps and unmeasured, by name, of shape (n,).
        biomarkers: wide columns by name, of shape (n,).
        genes: alterations.
        proteins: log2 abundance at baseline in standard deviations from the mean, shape (n, proteins).
        terms: whatever may have an effect, on its scale, by name, of shape (n,).
        allocation, course, response, events: what happened.
        log_hazard: of progression and death after allocation, shape (n,).
        toxicity_assessed: adverse events were asked for, shape (n,).
    """

    parameters: TableParameters
    covariates: Columns
    biomarkers: Columns
    genes: Alterations
    proteins: Numbers
    terms: dict[str, Numbers]
    allocation: Allocation
    course: Course
    response: Response
    events: AdverseEvents
    log_hazard: Numbers
    toxicity_assessed: Mask

    @property
    def n(self) -> int:
        """Patients."""
        return len(self.log_hazard)

    def overall_survival(self) -> tuple[Numbers, Mask]:
        """Months from allocation and whether they ended with death, shape (n,); NaN for the unallocated."""
        months = (self.course.last_contact - self.allocation.day) / DAYS_PER_MONTH
        return months, np.isfinite(self.course.death)

    def progression_free_survival(self) -> tuple[Numbers, Mask]:
        """Months from allocation and whether they ended with progression or death; NaN for the unallocated."""
        event = np.fmin(self.course.progression, self.course.death)
        months = (np.fmin(event, self.course.last_contact) - self.allocation.day) / DAYS_PER_MONTH
        return months, np.isfinite(event)

    def high_grade_toxicity(self) -> tuple[Numbers, NDArray[np.int64]]:
        """Months from the first dose to the first event of grade 3 or more and the state, shape (n,).

        State 0: censored 90 days after the last dose or when lost; 1: the event; 2: death before it. Months are
        NaN without a first dose, follow-up after it or assessment.
        """
        course = self.course
        severe = self.events.grade >= 3
        first = np.full(self.n, np.nan)
        who, at = np.unique(self.events.patient[severe], return_index=True)
        first[who] = self.events.onset[severe][at]
        end = np.minimum(course.last_dose + WINDOW_DAYS, course.last_contact)
        state = np.where(np.isfinite(first), 1, np.where(course.death <= end, 2, 0))
        days = np.fmin(first, end) - course.first_dose
        return np.where(self.toxicity_assessed & (days > 0), days, np.nan) / DAYS_PER_MONTH, state


def cutoff_day(parameters: TableParameters) -> int:
    """The data cutoff in days from the first day of the trial."""
    population = parameters.population
    return (dt.date.fromisoformat(population.cutoff) - dt.date.fromisoformat(population.first_day)).days


def simulate_trial(parameters: TableParameters, seed: int | None = None) -> SimulatedTrial:
    """A trial of `parameters.n_patient` patients; the same seed (default: the parameters') gives the same.

    Raises:
        InputError: for parameters no trial can be made from.
    """
    check_table_parameters(parameters, term_names(parameters.proteomics.n_protein))
    n, origin = parameters.n_patient, parameters.seed if seed is None else seed
    random = {
        part: stream(origin, "tables", part)
        for part in ("biomarkers", "proteins", "covariates", "allocation", "survival", "response", "toxicity")
    }
    genes = draw_alterations(random["biomarkers"], n)
    biomarkers = draw_biomarkers(random["biomarkers"], n, genes)
    proteins = draw_standardised(random["proteins"], n, parameters.proteomics.n_protein)
    covariates = draw_covariates(random["covariates"], n, parameters.population.n_site)
    terms = assemble_terms(covariates, biomarkers, genes, proteins)
    site = covariates["site"].astype(np.int64)
    allocation = draw_allocation(random["allocation"], terms, site, parameters.population.accrual_days,
                                 parameters.induction, parameters.allocation)  # fmt: skip
    centre = parameters.population.site_sd * random["survival"].standard_normal(parameters.population.n_site)
    log_hazard = centre[site] + linear_predictor(terms, parameters.survival.effects, allocation.received)
    course = draw_course(
        random["survival"], allocation, log_hazard, cutoff_day(parameters), parameters.survival
    )
    response = draw_response(random["response"], terms, allocation, course, parameters)
    assessed = random["toxicity"].random(n) >= parameters.toxicity.unassessed_share
    rate = np.exp(linear_predictor(terms, parameters.toxicity.effects, allocation.received))
    rate *= parameters.toxicity.events_per_month * assessed
    events = draw_events(random["toxicity"], course, allocation.received, rate)
    return SimulatedTrial(parameters, covariates, biomarkers, genes, proteins, terms, allocation, course,
                          response, events, log_hazard, assessed)  # fmt: skip


def draw_covariates(rng: np.random.Generator, n: int, n_site: int) -> Columns:
    """What is known of n patients at the start, and `unmeasured`, which is in no table."""
    weights = 1 / np.arange(1, n_site + 1) ** 0.5
    return {
        "age": np.round(COVARIATE_SCALES["age"].mean + 8 * rng.standard_normal(n)).clip(25, 95),
        "male": rng.random(n) < 0.72,
        "ecog": rng.choice(3, n, p=[0.45, 0.45, 0.1]),
        "stage": STAGES[rng.choice(4, n, p=[0.1, 0.4, 0.25, 0.25])],
        "site": rng.choice(n_site, n, p=weights / weights.sum()),
        "nlr": np.round(2 ** (1.6 + 0.7 * rng.standard_normal(n)), 2).clip(0.2, 60),
        "pdl1_cps": np.floor(2 ** (3.0 + 1.7 * rng.standard_normal(n))).clip(0, 100),
        "unmeasured": rng.standard_normal(n),
    }


def assemble_terms(
    covariates: Columns, biomarkers: Columns, genes: Alterations, proteins: Numbers
) -> dict[str, Numbers]:
    """Whatever may have an effect, on its scale, by name."""
    terms = {name: scale(biomarkers[name].astype(float)) for name, scale in BIOMARKER_SCALES.items()}
    terms |= {name: scale(covariates[name].astype(float)) for name, scale in COVARIATE_SCALES.items()}
    terms |= {f"gene:{name}": genes.altered[:, at].astype(float) for at, name in enumerate(GENE_NAMES)}
    names = protein_names(proteins.shape[1])
    return terms | {f"protein:{name}": proteins[:, at] for at, name in enumerate(names)}


def draw_response(
    rng: np.random.Generator,
    terms: dict[str, Numbers],
    allocation: Allocation,
    course: Course,
    parameters: TableParameters,
) -> Response:
    """Response after allocation; see `ResponseParameters` for who may be a responder."""
    n = len(course.death)
    predictor = linear_predictor(terms, parameters.response.effects, allocation.received)
    confirmed = draw_outcome(rng, parameters.response.share, predictor)
    unconfirmed = rng.random(n) < 0.06
    complete, other = rng.random(n) < 0.25, rng.random(n)
    visit = 1 + (rng.random(n) < 0.4)
    seen = np.fmin(course.progression, course.last_contact) - allocation.day
    if parameters.response.needs_follow_up:
        # A confirming visit follows the first; an unconfirmed response needs its own visit alone.
        confirmed &= seen > (visit + 1) * VISIT_DAYS
        unconfirmed &= seen > visit * VISIT_DAYS
    responded = confirmed | unconfirmed
    early = np.isfinite(course.progression) & (course.progression - allocation.day <= VISIT_DAYS)
    without = np.where(early, 3, np.where((other < 0.05) | (seen <= VISIT_DAYS), 4, 2))
    best = np.where(responded, np.where(complete & confirmed, 0, 1), without)
    return Response(confirmed, best, np.where(responded, visit, 0))
