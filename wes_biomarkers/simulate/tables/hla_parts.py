"""The tables `hla` and `hla_loh` of a simulated trial: types of the patient, and what the tumour lost of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.contracts.hla_tables import HLA, HLA_LOH
from wes_biomarkers.simulate.streams import stream
from wes_biomarkers.simulate.tables.biomarkers import LOCI
from wes_biomarkers.simulate.tables.hla import lost_alleles, types
from wes_biomarkers.simulate.tables.parts import (
    Index,
    Source,
    arrow_part,
    known,
    named,
    pair_ranges,
    tissue,
    words,
)

#: Read pairs of an allele in the normal, and in the tumour for every two copies there, on average.
_READS_NORMAL, _READS_TUMOR = 500, 800
_Z95 = 1.959964


def hla_parts(source: Source) -> Iterator[Any]:
    """The `hla` table: HLA-A, -B and -C of the patient of every tissue."""
    alleles = types(source.trial)
    for chosen in pair_ranges(source.pairs, source.trial.n):
        used = tissue(source, chosen, "hla")
        who, n = source.pairs.patient[used], len(used) * len(LOCI)
        every, zero = np.arange(n), np.zeros(n, np.int64)
        yield arrow_part(HLA, n, named(source, np.repeat(used, len(LOCI))) | {
            "locus": words(LOCI, np.tile(np.arange(len(LOCI)), len(used))),
            "allele_1": words(alleles[who, :, 0].ravel(), every),
            "allele_2": words(alleles[who, :, 1].ravel(), every),
            "confidence": words(["high"], zero),
            "status": words(["ok"], zero),
            "source": words(["simulated"], zero),
        })  # fmt: skip


def hla_loh_parts(source: Source) -> Iterator[Any]:
    """The `hla_loh` table: each locus of every tissue that did not fail, in the state the wide table gives it."""
    pairs = source.pairs
    alleles, lost = types(source.trial), lost_alleles(source.trial)
    for number, chosen in enumerate(pair_ranges(pairs, source.trial.n)):
        rng = stream(source.seed, "tables", "hla_loh", str(number))
        used = chosen[~pairs.failed[chosen] & ~pairs.late[chosen]]
        who, row, n = pairs.patient[used], np.repeat(used, len(LOCI)), len(used) * len(LOCI)
        states = [pairs.columns[f"hla_loh_{locus.lower()}"][used].astype(object) for locus in LOCI]
        state = np.stack(states, axis=1).ravel()
        same, which = state == "homozygous", lost[who].ravel()
        one, two = alleles[who].reshape(n, 2).T
        measured = _measure(rng, pairs.columns["purity"][row].astype(float), _copies(rng, source, row, which))
        yield arrow_part(HLA_LOH, n, named(source, row) | {
            "locus": words(LOCI, np.tile(np.arange(len(LOCI)), len(used))),
            "allele_1": words(one, np.arange(n)),
            "allele_2": words(two, np.arange(n)),
            **{name: known(values, same) for name, values in measured.items()},
            "state": words(state, np.arange(n)),
            "lost_allele": words(np.where(which == 1, one, two), np.where(which > 0, np.arange(n), -1)),
        })  # fmt: skip


def _copies(rng: np.random.Generator, source: Source, row: Index, lost: Index) -> NDArray[np.int64]:
    """Copies of both alleles of each locus, shape (n, 2): none of the one that is `lost` (1 or 2; 0 for neither)."""
    doubled = source.pairs.columns["wgd"][row].astype(bool)
    usual = np.where(doubled, 2, 1)
    extra = rng.random((len(row), 2)) < 0.15
    faint = source.pairs.columns["purity"][row].astype(float) < 0.4
    # In a faint tumour the allele that is left has two copies: else its loss would not be seen.
    copies = np.where((lost > 0) & faint, 2, usual)[:, None] + (extra & (lost == 0)[:, None])
    return np.asarray(np.where(lost[:, None] == (1, 2), 0, copies))


def _measure(
    rng: np.random.Generator, purity: NDArray[np.float64], copies: NDArray[np.int64]
) -> dict[str, NDArray[Any]]:
    """What reads would show of the true copies (n, 2), by column; estimated as `features.hla_loh` does.

    Reads scatter half as much as chance would let them, so that no state contradicts its numbers.
    """
    from scipy.special import erfc, expit

    normal = rng.poisson(_READS_NORMAL, copies.shape)
    cells = (1 - purity)[:, None] + purity[:, None] * copies
    scatter = np.exp(0.5 / np.sqrt(_READS_TUMOR) * rng.standard_normal(copies.shape).clip(-1.5, 1.5))
    tumor = np.rint(normal * _READS_TUMOR / _READS_NORMAL * cells * scatter).astype(np.int64)
    ratio = np.log((tumor[:, 0] / normal[:, 0]) / (tumor[:, 1] / normal[:, 1]))
    error = np.sqrt((1 / tumor + 1 / normal).sum(axis=1))
    total = copies.sum(axis=1)
    held = 2 * (1 - purity) + purity * total

    def estimate(log_ratio: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.round(np.maximum(0, (held * expit(log_ratio) - (1 - purity)) / purity), 4))

    return {
        "n_site": rng.integers(8, 40, len(purity)),
        **{f"n_read_tumor_{at + 1}": tumor[:, at] for at in (0, 1)},
        **{f"n_read_normal_{at + 1}": normal[:, at] for at in (0, 1)},
        **{f"cn_{at}{end}": estimate(sign * ratio + shift * error) for at, sign in ((1, 1), (2, -1))
           for end, shift in (("", 0.0), ("_low", -_Z95), ("_high", _Z95))},
        "p_value": erfc(np.abs(ratio / error) / np.sqrt(2)),
        "total_cn": total.astype(float),
    }  # fmt: skip
