"""The `association` table: one row an estimated effect, and the flags that change how it is read."""

from __future__ import annotations

from collections.abc import Mapping

from wes_biomarkers.contracts.schema import Column, Table

EFFECT_KINDS = (
    "hazard_ratio", "subdistribution_hazard_ratio", "odds_ratio", "rate_ratio", "mean_difference",
    "rmst_difference", "survival_difference", "risk_difference", "auc", "auc_difference", "c_index", "correlation",
    "ratio_of_hazard_ratios", "ratio_of_odds_ratios", "ratio_of_rate_ratios", "e_value",
    "calibration_slope", "selection_frequency", "power", "none",
)  # fmt: skip

#: What an effect says: of the feature alone, of a feature changing the effect of treatment, of the feature within
#: one arm (never evidence of prediction), or of treatment within a subgroup.
ROLES = ("prognostic", "predictive", "within_arm", "treatment")

#: Code -> sentence a physician understands. Every table and figure prints the sentence.
ASSOCIATION_FLAGS: Mapping[str, str] = {
    "arm_specific": "This is the effect within one arm. It says nothing about whether the treatment works "
    "differently by this feature; only the interaction test does.",
    "as_received": "Patients are compared by what they received, which was only known after the clock started: "
    "who died early had no time to receive it. A landmark guards against that.",
    "censored_as_ranks": "Some values lie outside what the assay can measure; patients are compared by rank.",
    "competing_risk_ignored": "Patients who died could no longer have the event; they were counted as censored.",
    "constant_feature": "Every patient has the same value, so nothing can be compared.",
    "data_driven_cutpoint": "The cutpoint was chosen on these patients. Its p value pays for the search, but the "
    "effect is too good to be true for new patients.",
    "exploratory": "This analysis was not in the plan. Treat it as an idea to test, not as a finding.",
    "feature_after_origin": "The feature was measured after the clock started. Only patients still followed at the "
    "landmark are counted.",
    "few_events": "There are fewer than ten events for each number estimated: the estimate is unstable.",
    "firth": "Estimated by Firth's penalised likelihood, because events are few or groups separate.",
    "landmark": "Only patients still at risk at the landmark are counted, and time starts there.",
    "left_truncated": "Patients count from the day they entered, not from the start of the clock.",
    "non_proportional_hazards": "The effect changes over time, so one hazard ratio is only an average; read the "
    "restricted mean survival time beside it.",
    "non_proportional_odds": "The effect differs between grades, so one odds ratio over all grades is only an average.",
    "observational_treatment": "Treatment was not allocated at random here: who got it may differ in other ways.",
    "one_group_small": "One of the compared groups has fewer than five patients.",
    "responders_by_survival": "Responders must live long enough to respond. Compared from the landmark only.",
    "separation": "The feature splits the outcomes perfectly, so an ordinary odds or hazard ratio does not exist.",
    "time_varying": "Each patient counts as without it until the day it began, and as with it from then on.",
    "unbalanced_weights": "After weighting, some characteristic still differs between the arms.",
    "unknown_as_zero": "Zeros in this feature look like missing values that were filled in.",
}  # fmt: skip

ASSOCIATION = Table(
    name="association", key=("analysis", "feature", "endpoint", "population", "method", "term", "plan_id"),
    version=1,
    doc="Estimated effects of features on endpoints, one row an effect. What cannot be evaluated says why.",
    columns=(
        Column("analysis", "string", "name of the analysis in the plan; `ad hoc` without one", nullable=False),
        Column("feature", "string", "the feature", nullable=False),
        Column("scale", "string", "what one unit of the effect is: per unit, per sd, high against low at a cut"),
        Column("endpoint", "string", "the endpoint", nullable=False),
        Column("origin", "string", "the day the endpoint counts from; ready_made: times given; undated: none recorded"),
        Column("population", "string", "who is counted", nullable=False),
        Column("estimand", "string", "whose treatment is compared",
               allowed=("intention_to_treat", "as_received")),
        Column("landmark_months", "float", "months after the origin from which patients are counted",
               unit="months", minimum=0),
        Column("method", "string", "the estimator", nullable=False),
        Column("term", "string", "which effect of the model", nullable=False),
        Column("role", "string", "what the effect can say", allowed=ROLES),
        Column("adjust", "string", "covariates of the model, separated by semicolons"),
        Column("strata", "string", "stratification factors, separated by semicolons"),
        Column("n", "int", "patients counted", nullable=False, minimum=0),
        Column("n_event", "int", "events, or patients with the outcome", minimum=0),
        Column("effect_kind", "string", "what the effect is", allowed=EFFECT_KINDS),
        Column("effect", "float", "the effect"),
        Column("ci_low", "float", "lower end of its 95 % interval"),
        Column("ci_high", "float", "upper end of its 95 % interval"),
        Column("p_value", "float", "two-sided", minimum=0, maximum=1),
        Column("q_value", "float", "adjusted within the family", minimum=0, maximum=1),
        Column("p_permutation", "float", "p by permuting the patients, on demand", minimum=0, maximum=1),
        Column("p_max", "float", "p by permutation of the largest statistic of the analysis: adjusted for all its features",
               minimum=0, maximum=1),
        Column("family", "string", "the tests adjusted together"),
        Column("adjustment", "string", "how p was adjusted",
               allowed=("benjamini_hochberg", "benjamini_yekutieli", "holm", "none")),
        Column("status", "string", "whether it could be evaluated", nullable=False,
               allowed=("ok", "not_evaluable", "refused")),
        Column("reason", "string", "why not"),
        Column("flags", "string", "codes separated by semicolons"),
        Column("prespecified", "bool", "was in the plan", nullable=False),
        Column("plan_id", "string", "first 12 digits of the plan's SHA-256"),
    ),
)  # fmt: skip
