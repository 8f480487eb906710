"""What each route answers, as types: what OpenAPI declares, and the columns of an Arrow stream."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from wes_biomarkers.contracts.association import ASSOCIATION

#: A cell of a table: unknown is null, days are ISO text, infinite bounds are `inf` and `-inf`.
Cell = bool | int | float | str | None
Row = dict[str, Cell]
Number = float | str | None
#: A chart as Vega-Lite, data inside; null where there is nothing to draw.
Picture = dict[str, Any] | None
_TYPES = {"int": int, "float": Number, "bool": bool, "string": str, "date": str, "datetime": str}


class Shape(BaseModel):
    """An answer, or a part of one; it holds what is declared and nothing else."""

    model_config = ConfigDict(extra="forbid")


class FaultLine(Shape):
    """One thing wrong with a question."""

    rule: str
    remedy: str
    file: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None


class Refusal(Shape):
    """Why a question has no answer."""

    error: str
    message: str
    faults: list[FaultLine]


class TableLine(Shape):
    """A table of the cohort."""

    name: str
    n_row: int
    doc: str


class PlanLine(Shape):
    """A plan whose analyses the cohort holds."""

    plan_id: str
    title: str


class EndpointLine(Shape):
    """An endpoint of which some patient has a value."""

    name: str
    title: str
    kind: str
    rule: str
    origin: str


class CohortAnswer(Shape):
    """The cohort in short."""

    name: str
    counts: dict[str, int]
    builds: list[str]
    synthetic: bool
    plans: list[PlanLine]
    tables: list[TableLine]
    endpoints: list[EndpointLine]
    has: dict[str, bool]


class Level(Shape):
    """A value of a column and how many have it."""

    value: Cell
    n: int


class ColumnLine(Shape):
    """A column patients can be filtered by."""

    table: str
    name: str
    dtype: str
    unit: str | None
    doc: str
    definition_id: str | None
    n_known: int
    allowed: list[str] = []
    min: Cell = None
    max: Cell = None
    levels: list[Level] = []


class SqlColumn(Shape):
    """A column of a table or view."""

    name: str
    dtype: str
    unit: str | None
    doc: str | None


class SqlTable(Shape):
    """A table or view of SQL."""

    name: str
    doc: str
    n_row: int | None
    columns: list[SqlColumn]


class GeneLine(Shape):
    """In how many patients a gene is altered."""

    gene: str
    n: int


class Lost(Shape):
    """Patients who left the flow for one reason."""

    reason: str
    n: int


class FlowStep(Shape):
    """A step of the flow."""

    step: str
    n: int
    excluded: int
    reason: str
    lost: list[Lost]


class Bar(Shape):
    """A bar: patients with a value, or from `bin[0]` up to `bin[1]`, under the filter and in all."""

    value: Cell = None
    bin: list[float] = Field(default=[], max_length=2)
    n: int
    n_all: int


class CountsAnswer(Shape):
    """Counts under a filter."""

    n_patient: int
    n_pair: int
    flow: list[FlowStep]
    by: dict[str, list[Bar]]


class PatientsAnswer(Shape):
    """A page of the patients' grid."""

    n: int
    rows: list[Row]


def _estimate() -> type[Shape]:
    """A row of the table association, with its flags in words."""
    fields: dict[str, Any] = {
        column.name: (_TYPES[column.dtype] | None if column.nullable else _TYPES[column.dtype], ...)  # type: ignore[operator]
        for column in ASSOCIATION.columns
    }
    return create_model(
        "Estimate", __base__=Shape, __doc__=_estimate.__doc__, sentences=(list[str], ...), **fields
    )


EstimateLine = _estimate()


class Told(Shape):
    """What every answer about an analysis tells of itself."""

    endpoint: str
    feature: str
    title: str
    origin: str
    rule: str
    n: int
    n_event: int | None
    method: str | None
    effect: EstimateLine | None  # type: ignore[valid-type]
    p_value: Number
    definition_id: str | None
    rows: list[EstimateLine]  # type: ignore[valid-type]
    refused: str | None
    reason: str | None
    flags: list[str]
    sentences: list[str]
    prespecified: bool
    flow: list[FlowStep]
    sql: str
    python: str
    picture: Picture


class Step(Shape):
    """A step of a curve; `survival` of Kaplan and Meier, or `incidence` and `competing` of Aalen and Johansen."""

    time: float
    survival: float | None = None
    incidence: float | None = None
    competing: float | None = None
    ci_low: float | None
    ci_high: float | None
    n_censored: float | None = None
    n_event: float | None = None
    n_at_risk: float | None = None


class Curve(Shape):
    """The curve of a group."""

    name: str
    n: int
    n_event: int
    n_competing: int | None = None
    curve: list[Step]
    at_risk: list[int]
    median: Number = None
    median_low: Number = None
    median_high: Number = None


class LogRank(Shape):
    """The log-rank test of the groups."""

    status: str
    reason: str | None
    chi_square: float | None
    degrees: int | None
    p: float | None


class Cox(Shape):
    """The hazard ratio."""

    hr: Number
    ci_low: Number
    ci_high: Number
    p: Number
    scale: str | None
    term: str


class Curves(Told):
    """An analysis with curves."""

    groups: list[Curve]
    ticks: list[float]
    log_rank: LogRank | None = None
    gray: None = None
    notes: list[str] = []


class SurvivalAnswer(Curves):
    """Curves by groups of a feature."""

    cox: Cox | None
    cut_label: str


class InteractionAnswer(Curves):
    """The interaction test and the effects beside it."""

    interaction: EstimateLine | None  # type: ignore[valid-type]
    forest: list[EstimateLine]  # type: ignore[valid-type]


class Point(Shape):
    """A patient's feature and outcome."""

    patient_id: str
    value: float
    outcome: str


class Box(Shape):
    """Quartiles of a feature by outcome."""

    outcome: str
    n: int
    min: float
    q1: float
    median: float
    q3: float
    max: float


class Rate(Shape):
    """The outcome in a group."""

    name: str
    n: int
    n_event: int | None = None
    rate: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    levels: list[Level]


class RankTest(Shape):
    """The feature of those with against those without the outcome."""

    method: str
    p: float | None
    auc: float | None
    reason: str | None


class OutcomeAnswer(Told):
    """An outcome that is no time, by a feature."""

    kind: str
    cut_label: str
    points: list[Point]
    n_point_shown: int | None = None
    box: list[Box]
    by_group: list[Rate]
    rank_test: RankTest | None


class PointBin(Shape):
    """Patients in a bin of two features."""

    x0: float
    x1: float
    y0: float
    y1: float
    n: int


class Correlation(Shape):
    """Of two features."""

    method: str
    value: float | None
    p: float | None
    reason: str | None = None


class ValuesAnswer(Shape):
    """Points of two features, or counts in bins."""

    n: int
    n_chosen: int
    method: str
    definition_id: str | None
    names: dict[str, str]
    rows: list[Row]
    bins: list[PointBin]
    correlation: Correlation | None
    sql: str
    python: str
    picture: Picture


class SqlField(Shape):
    """A column of an answer in SQL."""

    name: str
    dtype: str


class SqlAnswer(Shape):
    """The answer to a question in SQL."""

    columns: list[SqlField]
    rows: list[dict[str, Any]]
    truncated: bool
    seconds: float
