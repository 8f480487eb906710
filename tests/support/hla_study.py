"""Simulated individuals typed against IMGT/HLA: shared by the slice, the full runs and the benchmark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path

from wes_biomarkers.cli.feature.hla import exon_bases
from wes_biomarkers.contracts.hla import Allele
from wes_biomarkers.features.hla_model import SCORED_EXONS, LocusModel, build_models
from wes_biomarkers.features.hla_place import (
    MIN_WORDS_PAIR,
    Reads,
    WordIndex,
    count_words,
    index_words,
)
from wes_biomarkers.features.hla_typing import Typing, TypingRules, type_reads
from wes_biomarkers.io.hla_reference import read_hla_reference
from wes_biomarkers.simulate.hla_reads import (
    HlaReadParameters,
    count_right,
    draw_alleles,
    simulate_reads,
)


@dataclass(frozen=True)
class Study:
    """A reference made ready once: alleles that may be drawn, their exons, models and words."""

    drawable: tuple[Allele, ...]
    exons: dict[Allele, dict[int, str]]
    models: tuple[LocusModel, ...]
    index: WordIndex


@cache
def prepare(folder: Path) -> Study:
    """The study of a folder of IMGT/HLA files. Alleles without one of the scored exons are not drawn."""
    reference = read_hla_reference(folder)
    bases = exon_bases(reference)
    exons = dict(zip(reference.alleles, bases, strict=True))
    drawable = tuple(
        allele for allele, held in exons.items() if set(SCORED_EXONS[allele.mhc_class]) <= held.keys()
    )
    models = build_models(reference.alleles, bases)
    return Study(drawable, exons, models, index_words(models))


@cache
def common_weights() -> dict[str, float]:
    """Rough weights of common alleles."""
    text = resources.files("wes_biomarkers.definitions").joinpath("hla_common_alleles.tsv").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")][1:]
    return {name: float(weight) for name, weight in rows}


def keep_hla(study: Study, reads: Reads) -> Reads:
    """The pairs with enough words, turned, as fishing gives them."""
    counts = count_words(study.index, reads)
    keep = counts.max(axis=1) >= MIN_WORDS_PAIR
    return reads.take(keep).turned((counts[:, 1] > counts[:, 0])[keep])


@dataclass(frozen=True)
class Outcome:
    """One gene of one individual: how many of its two alleles are right, and what was said."""

    seed: int
    mhc_class: str
    right: int
    truth: tuple[Allele, Allele]
    typing: Typing


def type_individual(
    study: Study, seed: int, depth: float, weights: dict[str, float] | None = None
) -> list[Outcome]:
    """Draw, sequence and type one individual; alleles by `weights`, the common ones unless given."""
    truth = draw_alleles(common_weights() if weights is None else weights, study.drawable, seed)
    reads = simulate_reads(truth, study.exons, replace(HlaReadParameters(), depth=depth), seed)
    found = {
        typing.gene: typing
        for typing in type_reads(study.models, keep_hla(study, reads), TypingRules(), study.index)
    }
    return [
        Outcome(
            seed,
            pair[0].mhc_class,
            count_right(found[gene].alleles, found[gene].ambiguity, pair),
            pair,
            found[gene],
        )
        for gene, pair in truth.items()
    ]


def share_right(outcomes: Sequence[Outcome]) -> float:
    """Share of alleles that are right."""
    return sum(outcome.right for outcome in outcomes) / (2 * len(outcomes))
