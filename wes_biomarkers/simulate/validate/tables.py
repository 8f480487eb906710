"""Tables of a result folder, as rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from wes_biomarkers.io.files import read_text
from wes_biomarkers.simulate.validate.truth import Row


def read_table(path: Path) -> Sequence[Row] | None:
    """The rows of a TSV, or None where there is no file."""
    return list(csv.DictReader(io.StringIO(read_text(path)), delimiter="\t")) if path.is_file() else None
