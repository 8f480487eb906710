"""Columns and values of clonality and evolution."""

from __future__ import annotations

from wes_biomarkers.contracts.biomarkers.base import Biomarker, Value, Values
from wes_biomarkers.contracts.schema import Column


def _clonality(
    name: str, dtype: str, doc: str, unit: str | None = None, *, evidence: bool = False
) -> Biomarker:
    maximum = 1 if unit == "fraction" else None
    column = Column(name, dtype, doc, unit=unit, minimum=0, maximum=maximum)  # type: ignore[arg-type]
    return Biomarker(column, "clonality", "wes_clonality", name, evidence)


BIOMARKERS: tuple[Biomarker, ...] = (
    _clonality("n_clonal", "int", "mutations in every tumour cell"),
    _clonality("n_subclonal", "int", "mutations in some of the tumour cells"),
    _clonality("n_indeterminate", "int", "mutations whose clonality cannot be told", evidence=True),
    _clonality("clonal_fraction", "float", "n_clonal / (n_clonal + n_subclonal)", "fraction"),
    _clonality("math_score", "float", "spread of the allele fractions, 100 x MAD / median", evidence=True),
    _clonality("n_cluster", "int", "clusters of mutations by cancer cell fraction"),
    _clonality("cluster_shannon", "float", "Shannon's diversity of the clusters"),
)

VALUES: Values = {
    ("clonality", "clonal_fraction"): Value("clonal share of mutations with a class", "fraction", main=True),
    ("clonality", "n_clonal"): Value("mutations in every tumour cell"),
    ("clonality", "n_subclonal"): Value("mutations in some of the tumour cells"),
    ("clonality", "n_indeterminate"): Value("mutations whose clonality cannot be told"),
    ("clonality", "median_ccf"): Value("median cancer cell fraction", "fraction"),
    ("clonality", "math_score"): Value("spread of the allele fractions, 100 x MAD / median"),
    ("clonality", "n_cluster"): Value("clusters of mutations by cancer cell fraction"),
    ("clonality", "cluster_shannon"): Value("Shannon's diversity of the clusters, natural logarithm"),
    ("clonality", "cluster_ccf"): Value("cancer cell fraction of each cluster in this sample", "fraction"),
    ("evolution", "turnover_fraction"): Value(
        "mutations gained or lost among those known", "fraction", main=True
    ),
    ("evolution", "compared_with"): Value("pair of the earlier time point"),
    ("evolution", "n_kept"): Value("mutations found at both time points"),
    ("evolution", "n_gained"): Value("mutations found later only, which would have been seen earlier"),
    ("evolution", "n_lost"): Value("mutations found earlier only, which would have been seen later"),
    ("evolution", "n_unknown"): Value("mutations found once, the other sample being blind to them"),
}
