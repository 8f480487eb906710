"""Catalogues of mutation counts drawn from mixtures of reference signatures, with the mixtures as truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from wes_biomarkers.features.signature_fit import FloatArray, SignatureTable
from wes_biomarkers.simulate.streams import stream

#: How signatures are drawn: `tumour`, SBS1 and SBS5 and one to three more; `any`, two to five of all alike.
Design = Literal["tumour", "any"]

CLOCK = ("SBS1", "SBS5")


@dataclass(frozen=True)
class Catalogues:
    """Simulated samples.

    Attributes:
        counts: mutations, shape (samples, channels).
        exposures: mutations expected of each signature, shape (samples, signatures); rows sum to those of `counts`.
    """

    counts: FloatArray
    exposures: FloatArray


def simulate_catalogues(
    table: SignatureTable,
    n_sample: int,
    seed: int,
    design: Design = "tumour",
    n_mutation: tuple[int, int] = (50, 1000),
) -> Catalogues:
    """Multinomial counts of mixtures of signatures.

    The number of mutations is log-uniform between the two limits; the shares of the drawn signatures are uniform
    on the simplex (Dirichlet with all parameters 1).

    Args:
        table: the signatures drawn from; with design `tumour` it holds SBS1 and SBS5.
        n_sample: how many catalogues.
        seed: of the stream.
        design: which signatures are active.
        n_mutation: lowest and highest number of mutations.
    """
    rng = stream(seed, "catalogues", design)
    names, (low, high) = np.array(table.names), np.log(n_mutation)
    always = np.flatnonzero(np.isin(names, CLOCK)) if design == "tumour" else np.empty(0, int)
    others = np.setdiff1d(np.arange(len(names)), always)
    exposures = np.zeros((n_sample, len(names)))
    counts = np.zeros((n_sample, len(table.channels)))
    for sample in range(n_sample):
        n_more = rng.integers(1, 4) if design == "tumour" else rng.integers(2, 6)
        active = np.concatenate([always, rng.choice(others, n_more, replace=False)])
        total = round(float(np.exp(rng.uniform(low, high))))
        exposures[sample, active] = total * rng.dirichlet(np.ones(len(active)))
        probabilities = table.matrix @ exposures[sample]
        counts[sample] = rng.multinomial(total, probabilities / probabilities.sum())
    return Catalogues(counts, exposures)
