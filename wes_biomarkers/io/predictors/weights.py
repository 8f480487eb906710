"""The predictors whose weights `bin/setup` takes out of pinned wheels: MHCnuggets and SMMPMBEC."""

from __future__ import annotations

import os
import zipfile
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.data_sets import installed_sets
from wes_biomarkers.neoantigens.mhcnuggets import Mhcnuggets
from wes_biomarkers.neoantigens.smmpmbec import Smmpmbec

#: Names a folder of the user's own, which holds the folders of FILES.
ENVIRONMENT = "WES_BIOMARKERS_PREDICTORS"
#: Predictor -> (name of its data set, file in it).
FILES = {"mhcnuggets": ("mhcnuggets", "weights.npz"), "smmpmbec": ("epytope", "matrices.npz")}
#: The package's own test network, kept among the weights; no allele.
TEST_NETWORK = "test"


def weight_file(name: str, home: Path | str | None = None) -> Path:
    """The weights of a predictor: under the folder given, $WES_BIOMARKERS_PREDICTORS, or the set-up's.

    Raises:
        InputError: when there are none.
    """
    data_set, file = FILES[name]
    named = home or os.environ.get(ENVIRONMENT)
    folders = sorted(Path(named).glob(f"{data_set}-*"), reverse=True) if named else installed_sets(data_set)
    found = next((folder / file for folder in folders if (folder / file).is_file()), None)
    if found is None:
        remedy = f"Run bin/setup, or name by ${ENVIRONMENT} a folder that holds {data_set}-<version>/{file}."
        place = None if named is None else str(named)
        raise InputError([Fault(f"the weights of {name} are not installed", remedy, file=place)])
    return found


def version_of_set(path: Path) -> str:
    """The version in the name of a data set's folder: 2.4.1 of mhcnuggets-2.4.1/weights.npz."""
    return path.parent.name.partition("-")[2]


def open_mhcnuggets(mhc_class: str, home: Path | str | None = None) -> Mhcnuggets:
    """MHCnuggets' networks of a class; each is read when it is first used.

    Raises:
        InputError: no weights, or a file that is not theirs.
    """
    path = weight_file("mhcnuggets", home)
    return read_mhcnuggets(path, mhc_class, version_of_set(path))


def read_mhcnuggets(path: Path, mhc_class: str, version: str) -> Mhcnuggets:
    """The same from a file of weights."""
    alleles = frozenset(name for name in _names(path) if name != TEST_NETWORK and class_of(name) == mhc_class)
    return Mhcnuggets(mhc_class, alleles, partial(_read_array, path), version)


def open_smmpmbec(home: Path | str | None = None) -> Smmpmbec:
    """SMMPMBEC's matrices (class I).

    Raises:
        InputError: no matrices, or a file that is not theirs.
    """
    path = weight_file("smmpmbec", home)
    matrices = {}
    for name in _names(path):
        allele, _, length = name.partition(" ")
        matrices[allele, int(length)] = _read_array(path, name).astype(np.float64)
    return Smmpmbec(matrices, version_of_set(path))


def class_of(allele: str) -> str:
    """ "I" or "II" by the gene's name.

    >>> class_of("A*02:01"), class_of("DQA1*05:01-DQB1*02:01")
    ('I', 'II')
    """
    return "II" if allele.startswith("D") else "I"


def _read_array(path: Path, name: str) -> NDArray[np.float32]:
    with np.load(path) as arrays:
        array: NDArray[np.float32] = arrays[name]
    return array


def _names(path: Path) -> list[str]:
    try:
        with np.load(path) as arrays:
            return list(arrays.files)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise InputError([Fault("is no file of weights", "Run bin/setup again.", file=str(path))]) from error
