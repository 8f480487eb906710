"""COSMIC's reference signatures: where the tables lie, and reading one.

`bin/setup` takes them out of the wheel of SigProfilerAssignment, since they may not be passed on with this package.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.features.mutation_channels import CHANNELS, Kind
from wes_biomarkers.features.signature_fit import SignatureTable
from wes_biomarkers.io.data_sets import installed_sets, version_of
from wes_biomarkers.io.files import sha256_file
from wes_biomarkers.io.lines import FaultList, read_lines

#: Names a folder of the user's own.
ENVIRONMENT = "WES_BIOMARKERS_SIGNATURES"
BUILDS = ("GRCh37", "GRCh38")

_REMEDY = f"Run bin/setup, or name a folder of COSMIC's tables by --signatures or ${ENVIRONMENT}."
_SUMS_TO_ONE_WITHIN = 0.02  #: COSMIC's rounding


def signature_folder(folder: Path | str | None = None) -> Path:
    """The folder of the tables: the one given, $WES_BIOMARKERS_SIGNATURES, the set-up's, or SigProfilerAssignment's.

    Raises:
        InputError: when there is none, or the one named is no folder.
    """
    named = folder or os.environ.get(ENVIRONMENT)
    if named:
        if not Path(named).is_dir():
            raise InputError([Fault("no such folder of reference signatures", _REMEDY, file=str(named))])
        return Path(named)
    found = next(_installed(), None)
    if found is None:
        raise InputError([Fault("COSMIC's reference signatures are not installed", _REMEDY)])
    return found


def _installed() -> Iterator[Path]:
    """Folders made by bin/setup or by the container's recipe, then SigProfilerAssignment's own."""
    yield from installed_sets("cosmic")
    spec = find_spec("SigProfilerAssignment")
    if spec is not None and spec.origin is not None:
        yield Path(spec.origin).parent / "data" / "Reference_Signatures"


def signature_file(
    kind: Kind, build: str = "GRCh38", exome: bool = True, folder: Path | str | None = None
) -> Path:
    """The newest table of a kind in a folder, or in its sub-folder named after the build.

    ID has one table for all builds, not corrected for exomes.

    Raises:
        InputError: when the folder holds none.
    """
    place = signature_folder(folder)
    suffix = "_exome" if exome and kind != "ID" else ""
    builds = (build, *(other for other in BUILDS if other != build)) if kind == "ID" else (build,)
    for asked in builds:
        pattern = f"COSMIC_v*_{kind}_{asked}{suffix}.txt"
        files = [*place.glob(pattern), *(place / asked).glob(pattern)]
        if files:
            return max(files, key=version_of)
    rule = f"holds no COSMIC table of {kind} for {build}{' exomes' if suffix else ''}"
    raise InputError([Fault(rule, _REMEDY, file=str(place))])


def read_signature_table(
    kind: Kind, build: str = "GRCh38", exome: bool = True, source: Path | str | None = None
) -> SignatureTable:
    """The reference signatures of a kind.

    Args:
        kind: `SBS`, `DBS` or `ID`.
        build: `GRCh37` or `GRCh38`; the mutational opportunities of the tables are those of this genome.
        exome: corrected for the trinucleotides or dinucleotides of exomes (ID has no such table).
        source: a table, or a folder of COSMIC's tables; see `signature_folder` for what is taken without it.

    Raises:
        InputError: no table, or one with wrong channels or values, every fault listed.
    """
    if source is not None and Path(source).is_file():
        path, version = Path(source), Path(source).name
    else:
        path = signature_file(kind, build, exome, source)
        number = ".".join(map(str, version_of(path)))
        version = f"COSMIC v{number} {'exome' if '_exome' in path.name else 'genome'}"
        version += "" if kind == "ID" else f" {build}"
    return _parse(path, kind, version)


def kind_of_table(source: Path | str | None) -> Kind | None:
    """The kind of a table file by the name of its first row; None for a folder, or no source.

    Raises:
        InputError: when it cannot be read, or its first row is no channel.
    """
    if source is None or Path(source).is_dir():
        return None
    lines = (line for line in read_lines(source) if line.strip())
    next(lines, "")
    first = next(lines, "").split("\t")[0].strip()
    for kind, channels in CHANNELS.items():
        if first in channels:
            return kind
    raise InputError(
        [Fault("is no table of signatures: its first row is no channel", _REMEDY, str(source), 2)]
    )


def _parse(path: Path, kind: Kind, version: str) -> SignatureTable:
    lines = [line for line in read_lines(path) if line.strip()]
    names = tuple(name.strip() for name in lines[0].split("\t")[1:])
    channels, faults = CHANNELS[kind], FaultList(path)
    known, rows = set(channels), {}
    for number, line in enumerate(lines[1:], start=2):
        channel, *cells = (cell.strip() for cell in line.split("\t"))
        remedy = f"Give COSMIC's table of {kind}, tab-separated, as it is."
        try:
            values = [float(cell) for cell in cells]
        except ValueError:
            values = []
        if channel not in known or channel in rows:
            faults.add(f"is no channel of {kind}, or there twice", remedy, row=number, value=channel)
        elif len(values) != len(names) or not np.isfinite(values).all() or min(values, default=0) < 0:
            faults.add("has not one number, 0 or more, for each signature", remedy, row=number, value=channel)
        else:
            rows[channel] = values
    if missing := [channel for channel in channels if channel not in rows]:
        faults.add(
            f"lacks {len(missing)} of {len(channels)} channels", "Give the whole table.", value=missing[0]
        )
    if faults.count:
        raise InputError(faults.faults())
    matrix = np.array([rows[channel] for channel in channels], np.float64).reshape(len(channels), -1)
    totals = matrix.sum(axis=0)
    wrong = [name for name, total in zip(names, totals, strict=True) if abs(total - 1) > _SUMS_TO_ONE_WITHIN]
    if not names or wrong:
        rule = f"signatures that do not sum to 1: {', '.join(wrong[:5])}" if wrong else "has no signature"
        raise InputError([Fault(rule, "Give a table of probabilities.", file=str(path))])
    return SignatureTable(kind, channels, names, matrix / totals, version, sha256_file(path))
