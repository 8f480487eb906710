"""Where the data sets lie that `bin/setup` takes out of pinned wheels (containers/wes-biomarkers/fetch)."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path


def installed_sets(name: str) -> Iterator[Path]:
    """Folders `share/<name>-<version>` of the set-up or the container's environment, newest version first."""
    home = os.environ.get("WES_BIOMARKERS_HOME")
    checkout = Path(__file__).resolve().parents[2] / ".wes"
    for place in (Path(home) if home else None, Path(sys.prefix).parent, Path(sys.prefix), checkout):
        if place is not None:
            yield from sorted(place.glob(f"share/{name}-*"), key=version_of, reverse=True)


def version_of(path: Path) -> tuple[int, ...]:
    """The numbers in a name such as cosmic-3.6 or COSMIC_v3.6_SBS_GRCh38.txt.

    >>> version_of(Path("COSMIC_v3.6_SBS_GRCh38.txt"))
    (3, 6)
    """
    match = re.search(r"(?:_v|-)(\d+(?:\.\d+)*)", path.name)
    return tuple(int(number) for number in match.group(1).split(".")) if match else ()
