"""The record envelope: how every feature value travels from its computation to the cohort tables."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from wes_biomarkers.errors import ContractError

RECORD_SCHEMA = "wes_biomarkers.record/1"

Status = Literal["ok", "not_evaluable", "not_requested", "failed"]
STATUSES: tuple[str, ...] = get_args(Status)

#: Every flag a record may carry, and what it tells the reader.
FLAGS: Mapping[str, str] = {
    "below_one_callable_mb": "less than 1 callable Mb: the rate rests on thin evidence",
    "callable_floor_lowered": "the user lowered the floor of callable Mb below which a rate is not evaluable",
    "contamination_high": "estimated cross-sample contamination is above the limit",
    "few_mutations": "fewer than 10 mutations have a clonality: shares rest on thin evidence",
    "hla_conflict": "the HLA types given are not those that the normal's reads show; the given ones were used",
    "hla_from_tumor": "HLA was typed from the tumour's reads, which cannot show an allele that the tumour lost",
    "hla_incomplete": "an allele of HLA-A, -B or -C is not known: peptides it would present are not counted",
    "hla_incomplete_ii": "an HLA class II molecule is not known: class II peptides it would present are not counted",
    "hla_low_confidence": "the reads of an HLA locus are few, or another pair of alleles explains them nearly as well",
    "hla_tumor_differs": "the tumour's reads show an HLA allele that the person does not have: a mix-up of samples?",
    "low_coverage": "mean coverage is below the recommended minimum",
    "low_vaf_specimen": "plasma or urine: allele fractions are low, counts depend on tumour fraction",
    "many_indeterminate": "more than a fifth of the mutations have no clonality",
    "needs_review": "a person should look at the evidence before using the value",
    "nearest_allele": "the predictor has no model of an allele: its nearest supported allele's was used",
    "no_expression_match": "none of the mutated genes is in the expression table: do names and ids agree?",
    "no_matched_normal": "compared with a baseline of other people's normals, not with the patient's own",
    "no_population_af": "no population allele frequencies were available to remove germline variants",
    "no_self_proteome": "no reference proteome was given: peptides that normal proteins hold were not dropped",
    "purity_uncertain": "another purity and ploidy explain the segments nearly as well, or the interval is wide",
    "signatures_build_assumed": "the genome is neither GRCh37 nor GRCh38, or not known: signature tables of GRCh38",
    "signatures_low_cosine": "the fitted signatures resemble the counts less than cosine .90",
    "signatures_restricted": "the user restricted the candidate signatures; the reason says why",
    "site_floor_lowered": "the user lowered the number of microsatellites below which MSI is not evaluable",
    "synthetic": "simulated: made from reads on an invented genome, or drawn as tables",
    "synthetic_hla": "an invented HLA family with the binding models of real alleles",
    "unreadable_variants": "transcripts of some variants cannot be translated: what they change is not counted",
    "unsupported_allele": "the predictor has no model of an allele: peptides it would present are not counted",
    "wide_ccf_interval": "half of the cancer cell fractions have an interval wider than .5: low purity or depth",
}


#: Keys of the envelope, in the order of the contract.
ENVELOPE = (
    *("schema", "patient_id", "sample_id", "pair_id", "feature", "definition_id", "status", "reason"),
    *("flags", "values", "numerator", "denominator", "ci", "provenance"),
)


@dataclass(frozen=True)
class Record:
    """One feature of one pair or sample.

    A missing value is None, never 0; a 0 is always measured. `ci` is the (lower, upper) interval of the
    feature's main value, in its unit. `values` holds the named outputs as JSON scalars or lists of them.

    >>> Record(patient_id="P1", feature="tmb", definition_id="wes_nonsyn", status="ok")
    Traceback (most recent call last):
    ...
    wes_biomarkers.errors.ContractError: record tmb of 'P1' names neither a sample nor a pair
    """

    patient_id: str
    feature: str
    definition_id: str
    status: Status
    sample_id: str = ""
    pair_id: str = ""
    reason: str = ""
    flags: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    numerator: float | None = None
    denominator: float | None = None
    ci: tuple[float, float] | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)
    schema: str = RECORD_SCHEMA

    def __post_init__(self) -> None:
        name = f"record {self.feature} of {self.patient_id!r}"
        if self.schema != RECORD_SCHEMA:
            raise ContractError(f"{name} has schema {self.schema!r}; this version reads {RECORD_SCHEMA!r}")
        if not (self.sample_id or self.pair_id):
            raise ContractError(f"{name} names neither a sample nor a pair")
        if self.status not in STATUSES:
            raise ContractError(f"{name} has unknown status {self.status!r}")
        if self.status in ("not_evaluable", "failed") and not self.reason:
            raise ContractError(f"{name} is {self.status} without a reason")
        unknown = sorted(set(self.flags) - set(FLAGS))
        if unknown:
            raise ContractError(f"{name} has undeclared flags {unknown}")

    def as_dict(self) -> dict[str, Any]:
        """The envelope as plain JSON types, keys in the order of the contract."""
        data = asdict(self)
        data["flags"] = sorted(self.flags)
        data["ci"] = None if self.ci is None else list(self.ci)
        return {key: data[key] for key in ENVELOPE}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Record:
        """A record from its JSON form.

        Raises:
            ContractError: when a key is missing or unknown, a value breaks the envelope, or a number is not
                finite (JSON knows neither NaN nor infinity, but Python reads them).
        """
        fields = dict(data)
        if not isinstance(fields.get("values", {}), Mapping):
            raise ContractError("not a record: values is no object")
        for name in ("values", "numerator", "denominator", "ci"):
            if not _is_finite(fields.get(name)):
                raise ContractError(f"not a record: {name} holds a number that is not finite")
        try:
            fields["flags"] = tuple(fields.get("flags", ()))
            if fields.get("ci") is not None:
                lower, upper = fields["ci"]
                fields["ci"] = (lower, upper)
            return cls(**fields)
        except (TypeError, ValueError) as error:
            raise ContractError(f"not a record: {error}") from error


def _is_finite(value: Any) -> bool:
    """Whether no number within a JSON value is NaN or infinite."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, Mapping):
        return all(map(_is_finite, value.values()))
    return all(map(_is_finite, value)) if isinstance(value, list | tuple) else True
