"""HLA types of simulated patients: real names drawn by the rough weights of the packaged table."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.io.files import packaged_text
from wes_biomarkers.simulate.streams import stream
from wes_biomarkers.simulate.tables.biomarkers import LOCI
from wes_biomarkers.simulate.tables.trial import SimulatedTrial


@cache
def _weights() -> dict[str, tuple[NDArray[np.object_], NDArray[np.float64]]]:
    """Names and shares of the alleles of each locus."""
    rows = [line.split("\t") for line in packaged_text("hla_common_alleles.tsv").splitlines()
            if line and not line.startswith("#")][1:]  # fmt: skip
    found = {}
    for locus in LOCI:
        mine = [(name, float(weight)) for name, weight in rows if name.startswith(f"{locus}*")]
        share = np.array([weight for _, weight in mine])
        found[locus] = (np.array([name for name, _ in mine], dtype=object), share / share.sum())
    return found


def draw_alleles(trial: SimulatedTrial) -> dict[str, NDArray[np.object_]]:
    """`hla_a_1` to `hla_c_2` by name, shape (n,); both alike where the trial has the locus homozygous."""
    rng = stream(trial.parameters.seed, "tables", "hla")
    found: dict[str, NDArray[np.object_]] = {}
    for locus in LOCI:
        names, share = _weights()[locus]
        first = rng.choice(len(names), trial.n, p=share)
        other = rng.choice(len(names), trial.n, p=share)
        other = np.where(
            other == first, (first + 1 + rng.integers(len(names) - 1, size=trial.n)) % len(names), other
        )
        same = trial.biomarkers[f"hla_loh_{locus.lower()}"] == "homozygous"
        second = np.where(same, first, other)
        low, high = np.minimum(first, second), np.maximum(first, second)
        found[f"hla_{locus.lower()}_1"], found[f"hla_{locus.lower()}_2"] = names[low], names[high]
    return found


def types(trial: SimulatedTrial) -> NDArray[np.object_]:
    """The alleles of every patient, shape (n, loci, 2)."""
    alleles = draw_alleles(trial)
    loci = [[alleles[f"hla_{locus.lower()}_{number}"] for number in (1, 2)] for locus in LOCI]
    return np.asarray(np.moveaxis(np.array(loci, dtype=object), 2, 0))


def lost_alleles(trial: SimulatedTrial) -> NDArray[np.int64]:
    """Which allele of each locus the tumour lost, 1 or 2, 0 for neither; shape (n, loci)."""
    states = np.stack([trial.biomarkers[f"hla_loh_{locus.lower()}"] for locus in LOCI], axis=1)
    which = stream(trial.parameters.seed, "tables", "lost_allele").integers(1, 3, states.shape)
    return np.where(states == "loss", which, 0)
