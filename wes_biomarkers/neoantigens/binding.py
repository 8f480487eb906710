"""How well peptides bind HLA molecules: the interface every predictor keeps, and its use over many alleles.

An allele is named with two fields and without "HLA-": `A*02:01`, `DRB1*01:01`; a class II molecule of two
variable chains is `DQA1*05:01-DQB1*02:01` (neoantigens/heterodimers.py). Peptides are in one-letter code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.errors import Fault, InputError

#: The residues predictors were trained on; a peptide with any other letter (U, X, B, Z ...) has no prediction.
RESIDUES = "ACDEFGHIKLMNPQRSTVWY"
#: What a flag of `Binding.flags` says.
BINDING_FLAGS: Mapping[str, str] = MappingProxyType(
    {
        "nearest_allele": "the predictor has no model of the allele: its nearest supported allele's was used",
        "synthetic_hla": "an invented allele with the binding model of a real one",
        "unsupported_allele": "the predictor has no model of the allele: its binding is unknown",
    }
)

_NONE: Mapping[str, str] = MappingProxyType({})


class Predictor(Protocol):
    """A model of binding affinity."""

    @property
    def name(self) -> str:
        """Its name, as the user gives it."""

    @property
    def version(self) -> str:
        """The version of its program or weights."""

    def supports(self, allele: str) -> bool:
        """Whether it has a model of the allele or molecule."""

    def predict(self, peptides: Sequence[str], allele: str) -> NDArray[np.float64]:
        """IC50 in nM of each peptide (n,), for an allele it supports; NaN where it cannot (length, letters)."""


class Ranks(Protocol):
    """Percentile ranks of affinities against natural peptides; 0 is the strongest binder, 100 the weakest."""

    @property
    def background(self) -> str:
        """Which natural peptides the ranks are against."""

    def rank(self, peptides: Sequence[str], ic50_nm: NDArray[np.float64], allele: str) -> NDArray[np.float64]:
        """Percent of the background that binds the allele better (n,); NaN where unknown."""


@dataclass(frozen=True)
class Binding:
    """The binding of n peptides, each once, to m alleles, each once.

    Attributes:
        peptides: (n) in the order they were first given.
        alleles: (m) in the order they were first given.
        ic50_nm: (n, m) predicted IC50 in nM; NaN where unknown.
        rank_pct: (n, m) percentile rank against natural peptides; NaN where unknown.
        used: (m) the allele whose model was used; None where the predictor has none.
        flags: by allele, the keys of BINDING_FLAGS that hold; an allele without any is absent.
        n_unusual: peptides with a letter that is none of the twenty residues; all of their values are NaN.
    """

    peptides: tuple[str, ...]
    alleles: tuple[str, ...]
    ic50_nm: NDArray[np.float64]
    rank_pct: NDArray[np.float64]
    used: tuple[str | None, ...]
    flags: Mapping[str, tuple[str, ...]]
    n_unusual: int = 0


def is_usual(peptide: str) -> bool:
    """Whether a peptide holds nothing but the twenty residues.

    >>> is_usual("GILGFVFTL"), is_usual("GILGFVFTX"), is_usual("")
    (True, False, False)
    """
    return bool(peptide) and not peptide.strip(RESIDUES)


def is_null(allele: str) -> bool:
    """Whether an allele, or a chain of a molecule, is not expressed (suffix N).

    >>> is_null("A*24:09N"), is_null("A*02:01"), is_null("DQA1*01:01-DQB1*05:41N")
    (True, False, True)
    """
    return any(chain.endswith("N") for chain in allele.split("-"))


def predict_binding(
    peptides: Sequence[str],
    alleles: Sequence[str],
    predictor: Predictor,
    ranks: Ranks,
    *,
    borrowed: Mapping[str, str] = _NONE,
    nearest: Callable[[str], str | None] | None = None,
) -> Binding:
    """Affinities and ranks of every peptide for every allele; each distinct pair is predicted once.

    Give the peptides and alleles of a whole cohort at once: what its patients share costs nothing more.

    Args:
        peptides: one-letter codes; repeats are dropped.
        alleles: names as in the module's docstring; repeats are dropped.
        predictor: the model of affinity.
        ranks: the background of the ranks, of the same predictor.
        borrowed: of an invented allele, the real one whose model is used in its stead.
        nearest: the supported allele to use for one that is not (None: there is none near). Without it
            an unsupported allele keeps its column, unknown and flagged.

    Raises:
        InputError: naming every null allele: it presents nothing, and is not to be predicted.
    """
    distinct, columns = tuple(dict.fromkeys(peptides)), tuple(dict.fromkeys(alleles))
    if faults := [_null_fault(allele) for allele in columns if is_null(allele)]:
        raise InputError(faults)
    usual = np.array([is_usual(peptide) for peptide in distinct], bool)
    asked = [peptide for peptide, fits in zip(distinct, usual, strict=True) if fits]
    ic50_nm = np.full((len(distinct), len(columns)), np.nan)
    rank_pct = ic50_nm.copy()
    done: dict[str, int] = {}
    used, flags = [], {}
    for column, allele in enumerate(columns):
        model, marks = _choose_model(allele, predictor, borrowed, nearest)
        used.append(model)
        if marks:
            flags[allele] = marks
        if model is None:
            continue
        if model in done:
            ic50_nm[:, column], rank_pct[:, column] = ic50_nm[:, done[model]], rank_pct[:, done[model]]
            continue
        done[model] = column
        affinity = predictor.predict(asked, model)
        ic50_nm[usual, column] = affinity
        rank_pct[usual, column] = ranks.rank(asked, affinity, model)
    n_unusual = len(distinct) - len(asked)
    return Binding(distinct, columns, ic50_nm, rank_pct, tuple(used), MappingProxyType(flags), n_unusual)


def _choose_model(
    allele: str,
    predictor: Predictor,
    borrowed: Mapping[str, str],
    nearest: Callable[[str], str | None] | None,
) -> tuple[str | None, tuple[str, ...]]:
    """The allele whose model serves, and the flags."""
    flags = ["synthetic_hla"] if allele in borrowed else []
    model: str | None = borrowed.get(allele, allele)
    if model is not None and not predictor.supports(model):
        model = nearest(model) if nearest is not None else None
        flags.append("unsupported_allele" if model is None else "nearest_allele")
    return model, tuple(sorted(flags))


def _null_fault(allele: str) -> Fault:
    return Fault(
        "a null allele presents no peptide", "Leave it out of the alleles to be predicted.", value=allele
    )
