"""The kinds of substitution a simulated tumour has: a mixture of COSMIC signatures, and drawing from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.features.signature_fit import SignatureTable
from wes_biomarkers.simulate.sequence import reverse_complement


@dataclass(frozen=True)
class Spectrum:
    """A mixture of signatures: their names, their shares (k,) and the probability of each channel in each (96, k)."""

    names: tuple[str, ...]
    shares: npt.NDArray[np.float64]
    channels: tuple[str, ...]
    matrix: npt.NDArray[np.float64]

    def draw(self, rng: np.random.Generator) -> tuple[str, str, str]:
        """(signature, trinucleotide with a pyrimidine in the middle, the base it becomes)."""
        which = int(rng.choice(len(self.names), p=self.shares))
        channel = self.channels[int(rng.choice(len(self.channels), p=self.matrix[:, which]))]
        return self.names[which], channel[0] + channel[2] + channel[6], channel[4]


def parse_mixture(text: str) -> dict[str, float]:
    """Shares, summing to 1, by signature.

    >>> parse_mixture("SBS2:3 SBS13:1")
    {'SBS2': 0.75, 'SBS13': 0.25}

    Raises:
        ValueError: a word that is not NAME:share with a share above 0.
    """
    shares = {}
    for word in text.split():
        name, _, share = word.partition(":")
        if not name or not float(share) > 0:
            raise ValueError(f"{word} is not NAME:share with a share above 0")
        shares[name] = float(share)
    return {name: share / sum(shares.values()) for name, share in shares.items()}


def make_spectrum(text: str, table: SignatureTable) -> Spectrum:
    """The spectrum of a mixture.

    Raises:
        InputError: signatures the table does not have, all of them.
    """
    mixture = parse_mixture(text)
    unknown = [name for name in mixture if name not in table.names]
    if unknown:
        remedy = f"Change tumor.signatures; {table.version} is installed."
        raise InputError([Fault("no such signature", remedy, value=name) for name in unknown])
    columns = [table.names.index(name) for name in mixture]
    matrix = np.asarray(table.matrix, dtype=np.float64)[:, columns]
    shares = np.array(list(mixture.values()))
    return Spectrum(tuple(mixture), shares, tuple(table.channels), matrix / matrix.sum(axis=0))


def pyrimidine_context(trinucleotide: str) -> str:
    """The trinucleotide on the strand where its middle base is C or T.

    >>> pyrimidine_context("TGA")
    'TCA'
    """
    return trinucleotide if trinucleotide[1] in "CT" else reverse_complement(trinucleotide)
