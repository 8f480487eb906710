"""A plan of analyses: what is compared with what, in whom and how, declared before the data are looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

PLAN_SCHEMA = "wes_biomarkers.plan/1"
#: Name of the one analysis a command line asks for.
AD_HOC = "ad hoc"

Question = Literal["prognostic", "predictive", "treatment", "preference", "model"]

#: What an analysis can ask, with its meaning.
QUESTIONS = {
    "prognostic": "does the feature go with the outcome, whatever the treatment",
    "predictive": "does the treatment work differently by the feature (interaction test, arms beside it)",
    "treatment": "does the outcome differ between the arms",
    "preference": "does the treatment effect differ between the randomised and those who chose",
    "model": "how well do the features together foretell the outcome (nested cross-validation)",
}

POPULATIONS = {
    "endpoint": "the endpoint's own: all who started induction, or all allocated (a study without allocation: all)",
    "all": "every patient with the endpoint",
    "randomized": "the allocated by randomisation",
    "preference": "the allocated by their own choice",
}
#: `arm:NAME` is a population too: the patients of one arm.
ARM_POPULATION = "arm:"

SCALES = ("per_sd", "per_unit", "per_doubling")
CUTPOINTS = ("value", "median", "maximally_selected")
#: What the centre may be: a baseline of its own, a cluster with a robust variance, a random effect.
CENTERS = ("stratum", "cluster", "random")
#: Weights of those who chose their arm, in the preference design; the first is the one without asking.
WEIGHTS = ("overlap", "ipw")
ESTIMANDS = ("intention_to_treat", "as_received")
ADJUSTMENTS = ("benjamini_hochberg", "benjamini_yekutieli", "holm", "none")

#: Estimators a user may ask for, by the kind of endpoint; the first is the one without asking.
METHODS: dict[str, tuple[str, ...]] = {
    "survival": ("cox", "cox_firth", "rmst"),
    "binary": ("logistic", "logistic_firth", "exact"),
    "ordinal": ("proportional_odds",),
    "competing": ("fine_gray", "cause_specific"),
    "recurrent": ("negative_binomial", "andersen_gill"),
}


@dataclass(frozen=True)
class Cutpoint:
    """Where a feature is cut into high and low: `kind` is one of CUTPOINTS, `value` given for `value` only."""

    kind: str
    value: float | None = None


@dataclass(frozen=True)
class Analysis:
    """One planned analysis, or one asked for on the command line.

    Attributes:
        name: of the analysis; rows of the association table carry it.
        endpoint: a name of contracts.endpoints.ENDPOINTS.
        features: names as `associate --features` lists them.
        question: a key of QUESTIONS.
        population: a key of POPULATIONS, or `arm:NAME`.
        subgroup: a clinical column; the analysis is done in all patients and again in each of its levels.
        level: the level of the subgroup; set while the analysis runs.
        estimand: whose treatment is compared.
        treatment: the clinical column of the arms; empty: arm_assigned, or arm_received for `as_received`.
        reference_arm: the arm others are compared with; empty: the first by name.
        adjust: features that are covariates of the model.
        strata: clinical columns with baselines of their own.
        center: one of CENTERS or empty: what the column `site` is in the model.
        weights: one of WEIGHTS.
        landmark_months: after the origin; None for none.
        scale: what one unit of a number is.
        cutpoint: None for the feature as it is.
        method: one of METHODS; empty for the endpoint's first.
        tau_months: horizon of restricted means; None: the longest every arm is followed.
        time_varying: take features that begin while patients are followed as they were at each moment.
        family: tests adjusted together.
        spline: test beside it whether a number's effect is a straight line.
        n_permutation: of the patients, for p values by permutation and for the largest of the family; 0 for none.
        power_ratio: tell the power to find this ratio in these patients, and what 80 % power finds; None for not.
        sample_rule: choices of `<timepoint> <specimen>` in order; empty for the default.
    """

    name: str
    endpoint: str
    features: tuple[str, ...] = ()
    question: Question = "prognostic"
    population: str = "endpoint"
    subgroup: str = ""
    level: str = ""
    estimand: str = "intention_to_treat"
    treatment: str = ""
    reference_arm: str = ""
    adjust: tuple[str, ...] = ()
    strata: tuple[str, ...] = ()
    center: str = ""
    weights: str = WEIGHTS[0]
    landmark_months: float | None = None
    scale: str = "per_sd"
    cutpoint: Cutpoint | None = None
    method: str = ""
    tau_months: float | None = None
    time_varying: bool = False
    family: str = "all"
    spline: bool = False
    n_permutation: int = 0
    power_ratio: float | None = None
    sample_rule: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """The arm received has an estimand of its own, however it is asked for."""
        if self.treatment == "arm_received":
            object.__setattr__(self, "estimand", "as_received")
        if self.treatment in ("arm_assigned", "arm_received"):
            object.__setattr__(self, "treatment", "")

    @property
    def arm_column(self) -> str:
        """The clinical column that holds the arms."""
        if self.treatment:
            return self.treatment
        return "arm_assigned" if self.estimand == "intention_to_treat" else "arm_received"


@dataclass(frozen=True)
class Plan:
    """The prespecified analyses.

    Attributes:
        title: in words.
        analyses: in the plan's order.
        families: name -> how its p values are adjusted.
        plan_id: first 12 digits of the SHA-256 of the plan's bytes; empty for analyses asked for ad hoc.
        sha256: the whole checksum.
    """

    title: str
    analyses: tuple[Analysis, ...]
    families: dict[str, str] = field(default_factory=dict)
    plan_id: str = ""
    sha256: str = ""

    @property
    def prespecified(self) -> bool:
        """Whether the analyses come from a plan."""
        return bool(self.plan_id)
