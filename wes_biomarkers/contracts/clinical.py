"""The clinical tables a user gives. Their values never appear in errors or logs."""

from __future__ import annotations

from collections.abc import Mapping

from wes_biomarkers.contracts.schema import ID_PATTERN, Column, Table

RESPONSES = ("CR", "PR", "SD", "PD", "NE")

#: What adverse events are attributed to, each with its word in an endpoint's rule.
ATTRIBUTIONS: Mapping[str, str] = {
    "any": "of any cause",
    "related": "treatment-related",
    "immune": "immune-related",
}

CLINICAL = Table(
    name="clinical",
    key=("patient_id",),
    version=1,
    doc="One row a patient: any of these columns, ready-made endpoints, and any further covariates.",
    open_ended=True,
    columns=(
        Column("patient_id", "string", "pseudonymous patient id", nullable=False, pattern=ID_PATTERN),
        Column("site", "string", "study centre"),
        Column("induction_start_date", "date", "first day of PD-1 inhibitor and chemotherapy"),
        Column("induction_response", "string", "best response to induction, RECIST 1.1", allowed=RESPONSES),
        Column("allocation_date", "date", "day of randomisation or of the patient's own choice"),
        Column("assignment", "string", "how the arm was allocated",
               allowed=("randomized", "preference", "not_allocated")),
        Column("arm_assigned", "string", "arm allocated; empty if never allocated"),
        Column("arm_received", "string", "arm received; differs from arm_assigned after a crossover"),
        Column("age", "float", "age at induction start", unit="years", minimum=0, maximum=120),
        Column("sex", "string", "sex", allowed=("female", "male", "unknown")),
        Column("ecog", "int", "ECOG performance status", minimum=0, maximum=5),
        Column("histology", "string", "tumour histology"),
        Column("stage", "string", "tumour stage"),
        Column("pdl1_cps", "float", "PD-L1 combined positive score", minimum=0, maximum=100),
        Column("first_dose_date", "date", "first dose of allocated treatment"),
        Column("last_dose_date", "date", "last dose of allocated treatment"),
        Column("radiotherapy_start_date", "date", "first fraction"),
        Column("radiotherapy_end_date", "date", "last fraction"),
        Column("best_response", "string", "best overall response after allocation, RECIST 1.1", allowed=RESPONSES),
        Column("response_confirmed", "bool", "a second assessment confirmed the response"),
        Column("progression_date", "date", "first progression after allocation"),
        Column("death_date", "date", "death from any cause"),
        Column("last_assessment_date", "date", "last adequate tumour assessment"),
        Column("last_contact_date", "date", "last day known alive"),
        Column("toxicity_assessed", "bool", "adverse events were asked for; with no event row it means none"),
        Column("os_months", "float", "overall survival, ready-made", unit="months", minimum=0),
        Column("os_event", "bool", "death observed, ready-made"),
        Column("pfs_months", "float", "progression-free survival, ready-made", unit="months", minimum=0),
        Column("pfs_event", "bool", "progression or death observed, ready-made"),
        Column("highest_toxicity_grade", "int", "worst CTCAE grade, 0 for none", minimum=0, maximum=5),
    ),
)  # fmt: skip

TOXICITY = Table(
    name="toxicity",
    key=("patient_id", "term", "onset_date"),
    version=1,
    doc="Adverse events, one row an event. Grade 0 is an error here: no row and toxicity_assessed means none.",
    open_ended=True,
    columns=(
        Column("patient_id", "string", "pseudonymous patient id", nullable=False, pattern=ID_PATTERN),
        Column("term", "string", "adverse event term", nullable=False),
        Column("organ", "string", "organ or system"),
        Column("grade", "int", "CTCAE grade", nullable=False, minimum=1, maximum=5),
        Column("onset_date", "date", "first day"),
        Column("resolved_date", "date", "last day; empty while ongoing"),
        Column("treatment_related", "bool", "related to treatment"),
        Column("immune_related", "bool", "immune-related"),
        Column("serious", "bool", "serious adverse event"),
    ),
)  # fmt: skip

ASSESSMENT = Table(
    name="assessment",
    key=("patient_id", "assessment_date"),
    version=1,
    doc="Tumour assessments, one row a visit. The visit before treatment has target_sum_mm and no response.",
    open_ended=True,
    columns=(
        Column("patient_id", "string", "pseudonymous patient id", nullable=False, pattern=ID_PATTERN),
        Column("assessment_date", "date", "day of the imaging", nullable=False),
        Column("response", "string", "overall response at this visit, RECIST 1.1; non-CR/non-PD is SD",
               allowed=RESPONSES),
        Column("target_sum_mm", "float", "sum of diameters of the target lesions", unit="mm", minimum=0),
        Column("non_target", "string", "response of the non-target lesions",
               allowed=("CR", "non_CR_non_PD", "PD", "NE")),
        Column("new_lesion", "bool", "a new lesion was seen"),
    ),
)  # fmt: skip
