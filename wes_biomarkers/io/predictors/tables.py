"""Files that spare predicting again: the quantiles of a background, and affinities of peptides."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.files import atomic_path
from wes_biomarkers.io.lines import read_lines
from wes_biomarkers.io.predictors.background import Background, packaged_background
from wes_biomarkers.neoantigens.binding import Predictor
from wes_biomarkers.neoantigens.ranks import PERCENTS, BackgroundRanks

_KEY = "key"

Tables = Mapping[str, NDArray[np.float64]]


def ranks_key(predictor: Predictor, peptides: Sequence[str]) -> str:
    """A checksum of predictor, its version, the background's peptides and the percents kept."""
    parts = [predictor.name, predictor.version, *peptides, *map(repr, PERCENTS.tolist())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def background_ranks(
    predictor: Predictor,
    mhc_class: str,
    background: Background,
    folders: Sequence[Path] = (),
    store: Path | None = None,
) -> BackgroundRanks:
    """Ranks against a background.

    Args:
        predictor: whose affinities are ranked.
        mhc_class: "I" or "II".
        background: natural peptides.
        folders: where tables of quantiles may lie.
        store: a folder that is looked into as well, and where new ones are written.
    """
    peptides = background.peptides(mhc_class)
    key = ranks_key(predictor, peptides)
    tables: dict[str, NDArray[np.float64]] = {}
    for folder in [*folders, *([] if store is None else [store])]:
        tables |= read_tables(folder / table_name(predictor, key), key)
    keep = None if store is None else partial(write_tables, store / table_name(predictor, key), key)
    return BackgroundRanks(predictor, peptides, background.description(mhc_class), tables, keep)


def table_name(predictor: Predictor, key: str) -> str:
    """The name of a file of quantiles."""
    return f"ranks_{predictor.name}_{key[:12]}.npz"


def write_tables(path: Path, key: str, tables: Tables) -> None:
    """Write quantiles by allele, with the key they belong to; the same bytes for the same tables."""
    arrays: dict[str, Any] = {_KEY: np.array(key)} | {name: tables[name] for name in sorted(tables)}
    with atomic_path(path) as temporary, open(temporary, "wb") as handle:
        np.savez(handle, **arrays)


def read_tables(path: Path, key: str) -> dict[str, NDArray[np.float64]]:
    """The quantiles of a file; none when it is absent, broken or of another key."""
    try:
        with np.load(path) as arrays:
            if str(arrays[_KEY]) != key:
                return {}
            return {name: arrays[name] for name in arrays.files if name != _KEY}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return {}


@dataclass
class CachedPredictor:
    """A predictor that remembers affinities, in a file if `save` is called.

    Attributes:
        predictor: asked for what is not remembered.
        path: the file: TSV (plain or .gz), a first line with the predictor's name and version, then columns
            allele, peptide, ic50_nm.
        known: affinity in nM by (allele, peptide).
    """

    predictor: Predictor
    path: Path
    known: dict[tuple[str, str], float] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """The predictor's name."""
        return self.predictor.name

    @property
    def version(self) -> str:
        """The predictor's version."""
        return self.predictor.version

    def supports(self, allele: str) -> bool:
        """Whether the predictor has a model of the allele."""
        return self.predictor.supports(allele)

    def predict(self, peptides: Sequence[str], allele: str) -> NDArray[np.float64]:
        """IC50 in nM of each peptide (n,); only new ones are predicted."""
        new = [peptide for peptide in dict.fromkeys(peptides) if (allele, peptide) not in self.known]
        if new:
            affinity = self.predictor.predict(new, allele).tolist()
            self.known |= {(allele, peptide): ic50 for peptide, ic50 in zip(new, affinity, strict=True)}
        return np.array([self.known[allele, peptide] for peptide in peptides], np.float64)

    def save(self) -> None:
        """Write the file, rows sorted."""
        import gzip

        lines = [_cache_head(self.predictor), "allele\tpeptide\tic50_nm"]
        lines += [f"{allele}\t{peptide}\t{ic50!r}" for (allele, peptide), ic50 in sorted(self.known.items())]
        data = ("\n".join(lines) + "\n").encode()
        with atomic_path(self.path) as temporary:
            temporary.write_bytes(gzip.compress(data, mtime=0) if self.path.suffix == ".gz" else data)


def open_cache(predictor: Predictor, path: Path | str) -> CachedPredictor:
    """A predictor with the affinities of a file, or with none when there is no such file yet.

    Raises:
        InputError: a file of another predictor or version, or with rows that are none.
    """
    cached = CachedPredictor(predictor, Path(path))
    if not cached.path.exists():
        return cached
    for row, line in enumerate(read_lines(path), start=1):
        if row == 1 and line.rstrip("\n") != _cache_head(predictor):
            remedy = "Give another file, or delete this one to make it anew."
            raise InputError([Fault("is no cache of this predictor and version", remedy, str(path), row)])
        if row > 2:
            try:
                allele, peptide, ic50 = line.rstrip("\n").split("\t")
                cached.known[allele, peptide] = float(ic50)
            except ValueError as error:
                remedy = "Delete the file to make it anew."
                raise InputError([Fault("is no allele, peptide and IC50", remedy, str(path), row)]) from error
    return cached


def _cache_head(predictor: Predictor) -> str:
    return f"# {predictor.name} {predictor.version}"


def fill_ranks(predictor: Predictor, mhc_class: str, alleles: Iterable[str], folder: Path) -> None:
    """Write the quantiles of many alleles' affinities for the packaged background into a folder.

    `bin/setup` does so once, so that no run has to.
    """
    ranks = background_ranks(predictor, mhc_class, packaged_background())
    key = ranks_key(predictor, ranks.peptides)
    write_tables(
        folder / table_name(predictor, key), key, {allele: ranks.table(allele) for allele in alleles}
    )
