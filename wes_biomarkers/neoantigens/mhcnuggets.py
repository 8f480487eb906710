"""MHCnuggets' networks of binding affinity, class I and II, run in NumPy.

One network an allele (Shao 2020, Cancer Immunol Res, MHCnuggets 2.4.1): a peptide's residues, each as a vector of
21 with .9 at its own place and .005 elsewhere, go through an LSTM of 64 units with the gates Keras had then
(`hard_sigmoid`), its last state through a dense layer (tanh) and an output (sigmoid). The output p means an IC50 of
50,000^(1 - p) nM. The weights are data that `bin/setup` takes out of the package (io/predictors).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from wes_biomarkers.neoantigens.binding import RESIDUES, is_usual

NAME = "mhcnuggets"
N_UNIT = 64
#: Letters of the package's alphabet: the twenty residues, in this order, and X.
N_LETTER = len(RESIDUES) + 1
OWN, OTHER = 0.9, (1 - 0.9) / (N_LETTER - 1)
MAX_IC50_NM = 50_000.0
#: Peptide lengths of a class. The package masks class I at 15 and class II at 30 residues; these are the lengths
#: that occur in vivo.
LENGTHS = {"I": range(8, 16), "II": range(9, 31)}
#: Peptides in one matrix product: small enough for the cache.
_BATCH = 2048


@dataclass(frozen=True)
class Network:
    """The weights of one allele, float32.

    Attributes:
        kernel: (21, 256) from a letter to the gates input, forget, cell and output, 64 units each.
        recurrent: (64, 256) from the last state to the gates.
        bias: (256,) of the gates.
        dense: (64, 64) from the last state, dense_bias (64,).
        output: (64,) from the dense layer, output_bias a number.
    """

    kernel: NDArray[np.float32]
    recurrent: NDArray[np.float32]
    bias: NDArray[np.float32]
    dense: NDArray[np.float32]
    dense_bias: NDArray[np.float32]
    output: NDArray[np.float32]
    output_bias: NDArray[np.float32]


#: The parts of a network in the order they are packed in, with their shapes.
SHAPES = {
    "kernel": (N_LETTER, 4 * N_UNIT),
    "recurrent": (N_UNIT, 4 * N_UNIT),
    "bias": (4 * N_UNIT,),
    "dense": (N_UNIT, N_UNIT),
    "dense_bias": (N_UNIT,),
    "output": (N_UNIT,),
    "output_bias": (1,),
}
N_WEIGHT = sum(int(np.prod(shape)) for shape in SHAPES.values())


def unpack(weights: NDArray[np.float32]) -> Network:
    """The network of a flat array of weights (26241,), its parts in the order of SHAPES.

    Raises:
        ValueError: for another number of weights.
    """
    if weights.shape != (N_WEIGHT,):
        raise ValueError(f"{weights.shape} are not the {N_WEIGHT} weights of a network")
    parts, start = {}, 0
    for name, shape in SHAPES.items():
        size = int(np.prod(shape))
        parts[name] = np.ascontiguousarray(weights[start : start + size].reshape(shape), np.float32)
        start += size
    return Network(**parts)


def compute_scores(peptides: Sequence[str], network: Network) -> NDArray[np.float32]:
    """The network's output, 0 to 1, for n usual peptides of any lengths; the same bits on any number of processors."""
    inputs = np.float32(OWN - OTHER) * network.kernel + np.float32(OTHER) * network.kernel.sum(axis=0)
    inputs += network.bias
    order = np.array(sorted(range(len(peptides)), key=peptides.__getitem__), np.int64)
    scores = np.empty(len(peptides), np.float32)
    with threadpool_limits(1):  # threads add up single precision in another order
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            scores[rows] = _forward([peptides[row] for row in rows.tolist()], inputs, network)
    return scores


def _forward(peptides: Sequence[str], inputs: NDArray[np.float32], network: Network) -> NDArray[np.float32]:
    """The output for a batch, sorted; `inputs` is what each letter brings to the gates, bias included.

    Each distinct beginning of the peptides is run once: neighbours in the order share theirs.
    """
    letters, lengths = pad(peptides)
    scores = np.empty(len(peptides), np.float32)
    fresh = np.zeros(len(peptides), bool)
    fresh[0] = True
    state = cell = np.zeros((1, N_UNIT), np.float32)
    parent = np.zeros(len(peptides), np.int64)
    for place in range(letters.shape[1]):
        fresh[1:] |= letters[1:, place] != letters[:-1, place]
        begun = fresh & (lengths > place)
        first = np.flatnonzero(begun)
        gates = state[parent[first]] @ network.recurrent
        gates += inputs[letters[first, place]]
        into, keep, new, out = np.split(gates, 4, axis=1)
        cell = cell[parent[first]] * _hard_sigmoid(keep)
        cell += _hard_sigmoid(into) * np.tanh(new)
        state = _hard_sigmoid(out) * np.tanh(cell)
        parent = np.cumsum(begun) - 1
        ended = np.flatnonzero(lengths == place + 1)
        scores[ended] = _output(state[parent[ended]], network)
    return scores


def _output(state: NDArray[np.float32], network: Network) -> NDArray[np.float32]:
    """The two layers after the last residue."""
    hidden = np.tanh(state @ network.dense + network.dense_bias)
    logit: NDArray[np.float32] = hidden @ network.output + network.output_bias
    return np.float32(1) / (np.float32(1) + np.exp(-logit))


def _hard_sigmoid(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Keras 2: .2 x + .5 within 0 and 1."""
    line = values * np.float32(0.2)
    line += np.float32(0.5)
    return np.clip(line, 0, 1, out=line)


def ic50_of(score: NDArray[np.float32]) -> NDArray[np.float64]:
    """IC50 in nM of a network's output: 50,000^(1 - score)."""
    ic50_nm: NDArray[np.float64] = MAX_IC50_NM ** (1 - score.astype(np.float64))
    return ic50_nm


@dataclass(frozen=True)
class Mhcnuggets:
    """The predictor, of one class.

    Attributes:
        mhc_class: "I" or "II".
        alleles: those with a network.
        weights: gives an allele's flat weights (26241,), see `unpack`.
        version: of the package the weights are from.
    """

    mhc_class: str
    alleles: frozenset[str]
    weights: Callable[[str], NDArray[np.float32]] = field(repr=False)
    version: str
    name: str = NAME

    def supports(self, allele: str) -> bool:
        """Whether there is a network of the allele or molecule."""
        return allele in self.alleles

    def predict(self, peptides: Sequence[str], allele: str) -> NDArray[np.float64]:
        """IC50 in nM of each peptide (n,); NaN for a length outside LENGTHS or an unusual letter."""
        lengths = LENGTHS[self.mhc_class]
        fits = np.array([len(peptide) in lengths and is_usual(peptide) for peptide in peptides], bool)
        asked = [peptide for peptide, fit in zip(peptides, fits, strict=True) if fit]
        ic50_nm = np.full(len(peptides), np.nan)
        ic50_nm[fits] = ic50_of(compute_scores(asked, unpack(self.weights(allele))))
        return ic50_nm


def pad(peptides: Sequence[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Places in RESIDUES (n, longest), 255 beyond a peptide's end, and lengths (n,) of n usual peptides."""
    lengths = np.fromiter(map(len, peptides), np.int64, len(peptides))
    places = np.full(256, 255, np.uint8)
    places[np.frombuffer(RESIDUES.encode(), np.uint8)] = np.arange(len(RESIDUES))
    text = np.array(peptides, dtype=f"S{lengths.max()}")
    return places[text.view(np.uint8).reshape(len(peptides), -1)], lengths
