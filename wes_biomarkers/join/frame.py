"""One patient x endpoint x feature frame, with the flow of who was lost on the way."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, replace

import pandas as pd

from wes_biomarkers.contracts.endpoints import ENDPOINTS, Endpoint
from wes_biomarkers.contracts.plan import Analysis
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.join.features import FeatureReader, FeatureValues, is_baseline
from wes_biomarkers.join.flow import Flow, unless
from wes_biomarkers.join.on_treatment import at_landmark, known_after_origin
from wes_biomarkers.join.outcome import read_outcome
from wes_biomarkers.join.population import enrol, origin_dates, origin_name, sample_steps
from wes_biomarkers.join.recurrent import EVENT_MONTHS, event_months
from wes_biomarkers.stats.adverse_events import ToxicityRules
from wes_biomarkers.stats.endpoints import DAYS_PER_MONTH

ARM, ASSIGNMENT, SITE, FEATURE = "arm", "assignment", "site", "feature"
_UNDATED = "collection day unknown and not at baseline"
_AFTER_ORIGIN = "sample taken after the clock started; a landmark would allow it"
_AFTER_LANDMARK = "sample taken after the landmark"
_IS_TREATMENT = "it is the treatment: ask `--question treatment`, which says whether chance allocated it"
_FAILED_QUALITY = "quality control failed"
#: So many bases are kept at most.
_N_BASES = 24
#: Reasons that speak of the day of the sample.
LATE = (_UNDATED, _AFTER_ORIGIN, _AFTER_LANDMARK)


Steps = tuple[tuple[str, pd.Series], ...]


@dataclass(frozen=True)
class Base:
    """What all features of an analysis share.

    Attributes:
        population: the flow up to the population.
        sequenced: further, to those whose sequencing passed quality control; as `population` without samples.
        steps: further steps, of endpoint and covariates: name and, by patient id, why a patient goes.
        frame: every patient of the clinical table, by id: the outcome's columns (join.outcome), `arm`, `assignment`,
            `site` where the cohort has them, each covariate and stratum under its own name.
        endpoint: of the outcome.
        origin: the day its time counts from.
        flags: codes of contracts.association.
    """

    population: Flow
    sequenced: Flow
    steps: Steps
    frame: pd.DataFrame
    endpoint: Endpoint
    origin: str
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class JoinedFrame:
    """The patients of one analysis of one feature.

    Attributes:
        frame: as Base.frame, of the patients left, with `feature`; nothing missing but in arm, assignment, site.
        flow: who was lost, step by step.
        base: what it was made from.
        feature: what `feature` holds; None in a frame without one.
        flags: codes of contracts.association.
        refused: why the analysis must not be done; empty where it may.
    """

    frame: pd.DataFrame
    flow: Flow
    base: Base
    feature: FeatureValues | None = None
    flags: tuple[str, ...] = ()
    refused: str = ""


def _refuse_late(analysis: Analysis, endpoint: Endpoint) -> None:
    """Refuse covariates, strata, subgroups and arms that are only known after the clock started.

    The arm received has an estimand of its own, and a flag.

    Raises:
        InputError: naming each.
    """
    uses = {
        "adjust for": (*analysis.adjust, *analysis.strata),
        "make subgroups of": (analysis.subgroup,),
        "compare arms by": (
            analysis.treatment if analysis.treatment not in ("arm_assigned", "arm_received") else "",
        ),
    }
    faults = [
        Fault(f"cannot {use} it: {late}", "Take what was known before.", value=name)
        for use, names in uses.items()
        for name in dict.fromkeys(filter(None, names))
        if (late := known_after_origin(name, endpoint))
    ]
    if faults:
        raise InputError(faults)


def _known_allocation(frame: pd.DataFrame, population: Flow, analysis: Analysis) -> Steps:
    """Why patients of unknown arm or allocation go, where these vary: models are adjusted for them."""
    steps = []
    for name, label in ((ARM, analysis.arm_column), (ASSIGNMENT, ASSIGNMENT)):
        if name not in frame:
            continue
        left = frame.loc[population.left, name]
        if left.isna().any() and left.nunique() > 1:
            steps.append((f"with {label}", unless(frame[name].notna(), f"{label} unknown", frame.index)))
    return tuple(steps)


@dataclass
class Join:
    """One cohort, and the frames of its analyses.

    Attributes:
        tables: the cohort's tables.
        toxicity_rules: those it was built with; None: the ones of definitions/endpoints.toml.
        readers: of features, one for each rule for samples, made when first used.
        bases: what all features of an analysis share, made when first used.
    """

    tables: Mapping[str, pd.DataFrame]
    toxicity_rules: ToxicityRules | None = None
    readers: dict[tuple[str, ...], FeatureReader] = field(default_factory=dict)
    bases: dict[Analysis, Base] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if "clinical" not in self.tables:
            raise InputError([Fault("the cohort has no clinical table", "Build it with --clinical.")])
        self.clinical = self.tables["clinical"].set_index("patient_id")
        self.failed_quality = _failed_quality(self.tables)

    def over(self, tables: Mapping[str, pd.DataFrame]) -> Join:
        """The same patients with other tables of features; what was worked out of the patients is shared."""
        found = copy(self)
        found.tables, found.readers = tables, {(): self.reader().over(tables)}
        return found

    def reader(self, rule: tuple[str, ...] = ()) -> FeatureReader:
        """Features under a rule for samples."""
        return self.readers.setdefault(rule, FeatureReader(self.tables, rule))

    def base(self, analysis: Analysis) -> Base:
        """The population with its outcome, arms, covariates and strata, before any feature.

        Raises:
            InputError: unknown columns or features, a population or endpoint the cohort lacks, a covariate that is
                only known after the clock started.
        """
        asked = replace(analysis, name="", features=(), cutpoint=None)
        found = self.bases.get(asked)
        if found is None:
            found = self._base(asked)
            if len(self.bases) >= _N_BASES:
                self.bases.clear()
            self.bases[asked] = found
        return found

    def _base(self, analysis: Analysis) -> Base:
        endpoint = ENDPOINTS[analysis.endpoint]
        population = enrol(self.tables["patient"]["patient_id"].to_list(), self.clinical, endpoint, analysis)
        outcome = read_outcome(self.clinical, endpoint, analysis)
        origin = origin_name(self.clinical, endpoint)
        sources = ((ARM, analysis.arm_column), (ASSIGNMENT, ASSIGNMENT), (SITE, SITE))
        present = {name: self.clinical[source] for name, source in sources if source in self.clinical}
        frame, steps = outcome.frame.assign(**present), list(outcome.steps)
        flags = outcome.flags
        if analysis.method == "andersen_gill":
            frame[EVENT_MONTHS], reason = event_months(self.tables, endpoint, self.toxicity_rules)
            steps.append(("with the day of every event", reason.reindex(frame.index)))
        _refuse_late(analysis, endpoint)
        if endpoint.phase == "after_allocation" or "entry" in frame:
            steps += _known_allocation(frame, population, analysis)
        center = (SITE,) if analysis.center else ()
        for name in dict.fromkeys((*analysis.adjust, *analysis.strata, *center)):
            values = self.reader(analysis.sample_rule).read(name)
            steps.append((f"with {name}", self.why_not(values, origin, analysis)))
            frame[name] = values.value.reindex(frame.index)
            flags += values.flags
        sequenced = population.copy()
        if "pair" in self.tables:
            sample_steps(self.tables, sequenced)
        return Base(population, sequenced, tuple(steps), frame, endpoint, origin, tuple(dict.fromkeys(flags)))

    def without_feature(self, base: Base) -> JoinedFrame:
        """The base frame of those who have everything."""
        flow = base.population.copy()
        return JoinedFrame(self._finish(base, flow), flow, base, flags=base.flags)

    def with_feature(self, base: Base, analysis: Analysis, name: str) -> JoinedFrame:
        """The base frame with one feature; patients without it go, each with a reason.

        Features known only after the clock started are refused, unless a landmark makes them known by then.
        """
        values, refused = self.read(base, analysis, name)
        flags = base.flags + values.flags
        if refused:
            flow = base.population.copy()
            return JoinedFrame(base.frame.iloc[:0].assign(feature=None), flow, base, values, flags, refused)
        sequenced = values.from_sample and not name.startswith("protein")
        flow = (base.sequenced if sequenced else base.population).copy()
        flow.keep(f"evaluable for {values.name}", self.why_not(values, base.origin, analysis))
        frame = self._finish(base, flow)
        if self._any_late(values, base.origin, flow):
            flags = (*flags, "feature_after_origin")
        return JoinedFrame(
            frame.assign(**{FEATURE: values.value.reindex(frame.index)}), flow, base, values, flags
        )

    def read(self, base: Base, analysis: Analysis, name: str) -> tuple[FeatureValues, str]:
        """A feature as the analysis takes it, at its landmark if any, and why it is refused; empty where it is not.

        Raises:
            InputError: the cohort has no such feature.
        """
        values = self.reader(analysis.sample_rule).read(name)
        refused = known_after_origin(name, base.endpoint)
        if name in ("arm_assigned", "arm_received"):
            return values, refused or _IS_TREATMENT
        if refused and analysis.landmark_months is not None:
            dates = origin_dates(self.clinical, base.origin)
            found = at_landmark(self.tables, name, dates, analysis.landmark_months)
            return (values, refused) if found is None else (found, "")
        return values, refused

    @staticmethod
    def _finish(base: Base, flow: Flow) -> pd.DataFrame:
        for name, reason in base.steps:
            flow.keep(name, reason)
        return base.frame.loc[flow.left]

    def why_not(self, values: FeatureValues, origin: str, analysis: Analysis) -> pd.Series:
        """Why each patient's value cannot be used: unknown, or collected after the clock (or landmark) started."""
        reason = values.reason
        if values.from_sample and not values.name.startswith("protein"):
            failed = pd.Series(reason.index.isin(self.failed_quality), index=reason.index)
            reason = reason.mask(reason.isna() & failed, _FAILED_QUALITY)
        if not values.from_sample or values.collected is None or values.timepoint is None:
            return reason
        start = origin_dates(self.clinical, origin).reindex(reason.index)
        allowed = pd.Timedelta(days=DAYS_PER_MONTH * (analysis.landmark_months or 0.0))
        collected = _days(values.collected).reindex(reason.index)
        late = (collected > start + allowed).fillna(False)
        undated = (collected.isna() | start.isna()) & ~is_baseline(values.timepoint.reindex(reason.index))
        words = _AFTER_LANDMARK if analysis.landmark_months else _AFTER_ORIGIN
        reason = reason.mask(reason.isna() & late, words)
        return reason.mask(reason.isna() & undated, _UNDATED)

    def _any_late(self, values: FeatureValues, origin: str, flow: Flow) -> bool:
        if not values.from_sample or values.collected is None:
            return False
        start = origin_dates(self.clinical, origin).reindex(flow.left)
        return bool((_days(values.collected).reindex(flow.left) > start).fillna(False).any())


def _failed_quality(tables: Mapping[str, pd.DataFrame]) -> frozenset[str]:
    """Patients whose every pair failed quality control."""
    if "qc" not in tables:
        return frozenset()
    qc = tables["qc"]
    failed = qc["status"] == "failed"
    return frozenset(qc.loc[failed, "patient_id"]) - set(qc.loc[~failed, "patient_id"])


def _days(values: pd.Series) -> pd.Series:
    """Days as such; pandas would look through those that are already."""
    return values if pd.api.types.is_datetime64_dtype(values) else pd.to_datetime(values)
