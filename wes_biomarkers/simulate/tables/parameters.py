"""Every knob of a trial simulated as tables, with its default. All effects are invented."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from typing import Any

from wes_biomarkers.errors import Fault, InputError

MAX_PATIENTS = 100_000
ARMS = ("immunotherapy", "immunotherapy_radiotherapy")


@dataclass(frozen=True)
class Effects:
    """What acts on an outcome, as logarithms of ratios, each given all the others.

    Names are those of `terms.py`: a biomarker, covariate or `protein:NAME` counts by standard deviation, `gene:NAME`
    altered against not, `ecog` by grade.
    """

    main: Mapping[str, float] = field(default_factory=dict)
    """effect in the first arm (prognostic)"""
    treatment: float = 0.0
    """the second arm received against the first, where every term is 0"""
    interaction: Mapping[str, float] = field(default_factory=dict)
    """change of the effect of treatment (predictive): logarithm of the ratio of ratios"""


@dataclass(frozen=True)
class PopulationParameters:
    """Who enters, and what is known of them."""

    n_site: int = 6
    site_sd: float = 0.15
    """spread of the centres' log hazards"""
    first_day: str = "2020-01-07"
    """first induction, ISO 8601"""
    accrual_days: int = 900
    cutoff: str = "2025-06-30"
    """data cutoff, ISO 8601"""
    sequenced_share: float = 0.95
    failed_share: float = 0.02
    """pairs that fail"""
    not_evaluable_share: float = 0.05
    """of each record of a pair"""
    informative_missing: float = 0.0
    """log odds of a record not being evaluable, a standard deviation of the patient's log hazard"""
    covariate_missing_share: float = 0.04
    """of pdl1_cps, nlr and ecog"""
    late_share: float = 0.25
    """of the allocated who are still followed 90 days later: a plasma sample of that day"""


@dataclass(frozen=True)
class InductionParameters:
    """Response to PD-1 inhibitor and chemotherapy; responders may be allocated."""

    responder_share: float = 0.7
    """where every term is 0"""
    declined_share: float = 0.1
    """responders who do not go on"""
    effects: Effects = Effects(main={"tmb_per_mb": 0.2, "pdl1_cps": 0.2})


@dataclass(frozen=True)
class AllocationParameters:
    """Randomisation or the patient's own choice."""

    randomized_share: float = 0.6
    """of the allocated; the others choose"""
    preference: Mapping[str, float] = field(
        default_factory=lambda: {"age": -0.4, "ecog": -0.4, "loh_fraction": 0.3}
    )
    """log odds of choosing radiotherapy by term: terms that also act on survival confound the preference part"""
    radiotherapy_share: float = 0.5
    """of those who choose, where every term is 0"""
    crossover_share: float = 0.04
    """who receive the other arm"""


@dataclass(frozen=True)
class SurvivalParameters:
    """Progression and death after allocation: proportional hazards, Weibull baseline."""

    median_os_months: float = 24.0
    """in the first arm, where every term is 0"""
    median_pfs_months: float = 11.0
    shape: float = 1.1
    """of the Weibull distribution: above 1 hazards rise"""
    kendall_tau: float = 0.3
    """dependence of the times to progression and death"""
    median_unallocated_months: float = 10.0
    """survival of those who were not allocated, from 84 days on"""
    lost_per_year: float = 0.04
    """rate of loss to follow-up"""
    informative_loss: float = 0.0
    """log hazard ratio of loss to follow-up, a standard deviation of the patient's log hazard of death"""
    effects: Effects = Effects(
        main={"loh_fraction": 0.35, "gene:TP53": 0.25, "protein:IL6": 0.3, "age": 0.1, "ecog": 0.3, "nlr": 0.15},
        treatment=-0.35,
        interaction={"tmb_per_mb": -0.6, "gene:NFE2L2": 0.7},
    )  # fmt: skip


@dataclass(frozen=True)
class ResponseParameters:
    """Confirmed response after allocation."""

    share: float = 0.4
    """in the first arm, where every term is 0"""
    needs_follow_up: bool = True
    """only who lives without progression to the confirming visit is a responder: compared by survival, responders
    then have immortal time. Without it, response obeys its odds ratios exactly"""
    effects: Effects = Effects(
        main={"n_neoantigen": 0.4, "protein:CXCL9": 0.5}, treatment=0.4, interaction={"fga_log2": -0.4}
    )


@dataclass(frozen=True)
class ToxicityParameters:
    """Adverse events: a Poisson process from the first dose to 90 days after the last."""

    events_per_month: float = 0.2
    """in the first arm, where every term is 0"""
    unassessed_share: float = 0.04
    effects: Effects = Effects(
        main={"protein:IL6": 0.25, "age": 0.1}, treatment=0.25, interaction={"hed": 0.3}
    )


@dataclass(frozen=True)
class ProteomicsParameters:
    """Proteins of the blood, log2."""

    n_protein: int = 24
    measured_share: float = 0.9
    """of the patients"""
    n_batch: int = 4
    batch_sd: float = 0.2
    below_limit_share: float = 0.08
    """of each protein's values"""
    missing_share: float = 0.02
    late_share: float = 0.3
    """of the allocated who are still followed 90 days later: a second sample of that day"""


@dataclass(frozen=True)
class TableParameters:
    """All parameters of a trial simulated as tables."""

    n_patient: int = 200
    seed: int = 1
    variants_per_patient: int = 20
    population: PopulationParameters = PopulationParameters()
    induction: InductionParameters = InductionParameters()
    allocation: AllocationParameters = AllocationParameters()
    survival: SurvivalParameters = SurvivalParameters()
    response: ResponseParameters = ResponseParameters()
    toxicity: ToxicityParameters = ToxicityParameters()
    proteomics: ProteomicsParameters = ProteomicsParameters()

    def as_dict(self) -> dict[str, Any]:
        """The parameters as plain types, in the shape of the TOML file."""
        return asdict(self)


def without_effects(parameters: TableParameters) -> TableParameters:
    """The same trial where nothing acts on any outcome: no biomarker, covariate, treatment or centre.

    Who prefers what stays as it was: with nothing to confound, it does no harm.
    """
    return replace(
        parameters,
        population=replace(parameters.population, site_sd=0.0),
        induction=replace(parameters.induction, effects=Effects()),
        survival=replace(parameters.survival, effects=Effects()),
        response=replace(parameters.response, effects=Effects()),
        toxicity=replace(parameters.toxicity, effects=Effects()),
    )


#: Numbers that are shares or rates: lowest and highest value.
_RANGES: Mapping[str, tuple[float, float]] = {
    "n_patient": (1, MAX_PATIENTS),
    "seed": (0, 2**32 - 1),
    "variants_per_patient": (0, 5000),
    "population.n_site": (1, 500),
    "population.site_sd": (0, 3),
    "population.accrual_days": (1, 1800),
    "survival.median_os_months": (0.5, 600),
    "survival.median_pfs_months": (0.5, 600),
    "survival.median_unallocated_months": (0.5, 600),
    "survival.shape": (0.3, 5),
    "survival.kendall_tau": (0, 0.9),
    "survival.lost_per_year": (0, 5),
    "toxicity.events_per_month": (0, 5),
    "proteomics.n_protein": (2, 2000),
    "proteomics.n_batch": (1, 100),
    "proteomics.batch_sd": (0, 5),
}


def _numbers(item: Any, prefix: str = "") -> Iterator[tuple[str, float]]:
    for each in fields(item):
        value, name = getattr(item, each.name), f"{prefix}{each.name}"
        if is_dataclass(value):
            yield from _numbers(value, f"{name}.")
        elif isinstance(value, int | float):
            yield name, value


def effect_tables(parameters: TableParameters) -> dict[str, Mapping[str, float]]:
    """Every table of effects by its name in the TOML file."""
    tables = {"allocation.preference": parameters.allocation.preference}
    for name in ("induction", "survival", "response", "toxicity"):
        effects = getattr(parameters, name).effects
        tables[f"{name}.effects.main"] = effects.main
        tables[f"{name}.effects.interaction"] = effects.interaction
    return tables


def check_table_parameters(parameters: TableParameters, terms: tuple[str, ...]) -> None:
    """Refuse numbers no trial can be made from, and effects of things the trial does not have.

    Args:
        parameters: all of them.
        terms: names that may have an effect.

    Raises:
        InputError: naming each of them.
    """
    faults = []
    for name, value in _numbers(parameters):
        low, high = _RANGES.get(name, (0, 1) if name.endswith("_share") or name == "response.share" else
                                (-math.inf, math.inf))  # fmt: skip
        if not low <= value <= high or not math.isfinite(value):
            rule = f"outside {low:g} to {high:g}"
            faults.append(Fault(rule, "Change this parameter.", column=name, value=str(value)))
    if parameters.survival.median_pfs_months >= parameters.survival.median_os_months:
        remedy = "Give a shorter time to progression than to death."
        faults.append(Fault("not below median_os_months", remedy, column="survival.median_pfs_months"))
    for table, effects in effect_tables(parameters).items():
        for name, effect in effects.items():
            if name not in terms:
                remedy = f"Use one of {', '.join(terms)}."
                faults.append(Fault("no such term", remedy, column=f"{table}.{name}", value=name))
            elif isinstance(effect, bool) or not isinstance(effect, int | float) or not math.isfinite(effect):
                faults.append(Fault("not a number", "Give a number.", column=f"{table}.{name}"))
    faults += _share_faults(parameters)
    faults += _day_faults(parameters.population)
    if faults:
        raise InputError(faults)


def _share_faults(parameters: TableParameters) -> list[Fault]:
    """Shares whose log odds are needed may be neither 0 nor 1."""
    shares = {
        "induction.responder_share": parameters.induction.responder_share,
        "allocation.radiotherapy_share": parameters.allocation.radiotherapy_share,
        "response.share": parameters.response.share,
    }
    return [
        Fault("neither 0 nor 1 is possible", "Give a share between.", column=name, value=str(share))
        for name, share in shares.items()
        if share in (0, 1)
    ]


def _day_faults(population: PopulationParameters) -> list[Fault]:
    import datetime as dt

    faults, days = [], []
    for name in ("first_day", "cutoff"):
        try:
            days.append(dt.date.fromisoformat(getattr(population, name)))
        except ValueError:
            faults.append(Fault("not a date", "Write it as 2024-03-31.", column=f"population.{name}"))
    if len(days) == 2 and (days[1] - days[0]).days < population.accrual_days + 120:
        remedy = "Let accrual end 120 days before the cutoff."
        faults.append(Fault("too early for the accrual", remedy, column="population.cutoff"))
    return faults
