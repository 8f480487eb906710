"""The cohort being served: its database, its columns, and the tables statistics read; renewed when it is rebuilt."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from wes_biomarkers.contracts.tables import TABLES
from wes_biomarkers.io.cohort_folder import MANIFEST
from wes_biomarkers.io.tables import read_parquet
from wes_biomarkers.join.frame import Join
from wes_biomarkers.query.database import CohortDatabase
from wes_biomarkers.serve.filters import Where, read_filter, where

#: Tables that statistics read whole; the others stay in their files.
_SMALL = ("patient", "sample", "pair", "biomarker", "qc", "gene", "gene_copy", "clinical", "toxicity", "assessment",
          "proteomics_sample", "proteomics", "protein", "association")  # fmt: skip
#: Columns of patient_biomarker that are no facts of a patient to filter by.
_HIDDEN = ("patient_id", "pair_id", "timepoint", "specimen")
_DTYPES = {"VARCHAR": "string", "DOUBLE": "float", "BIGINT": "int", "BOOLEAN": "bool", "DATE": "date"}


class Served:
    """One state of a cohort folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = CohortDatabase(folder)
        self.stamp = _stamp(folder)

    @property
    def manifest(self) -> Mapping[str, Any]:
        """cohort.json."""
        return self.database.manifest

    @cached_property
    def source(self) -> str:
        """The view or table that holds a row a patient."""
        names = {view.name for view in self.database.views}
        if "patient_biomarker" in names:
            return "patient_biomarker"
        return "clinical" if "clinical" in self.database.tables else "patient"

    @cached_property
    def columns(self) -> dict[str, str]:
        """Columns to filter by -> dtype, in the order of the tables."""
        described = self.database.columns()
        own = described[described["table"] == self.source]
        return {
            str(name): _DTYPES[str(kind)]
            for name, kind in zip(own["column"], own["type"], strict=True)
            if name not in _HIDDEN and kind in _DTYPES and not str(name).endswith(("_status", "_flags"))
        }

    def where(self, text: str | None) -> Where:
        """The reader's filter as SQL.

        Raises:
            InputError: as `filters`.
        """
        return where(read_filter(text), self.columns)

    def fetch(self, sql: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Rows of a question of our own, with bound values."""
        return self.database.fetch(sql, values)

    def patients(self, asked: Where) -> list[str]:
        """Ids of the patients that meet the filter, sorted."""
        rows = self.fetch(f"SELECT patient_id FROM {self.source} WHERE {asked.sql} ORDER BY 1", asked.values)
        return [row["patient_id"] for row in rows]

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables that statistics read."""
        return {
            name: read_parquet(self.folder / f"{name}.parquet", TABLES[name])
            for name in self.database.tables
            if name in _SMALL
        }

    def join(self, asked: Where) -> Join:
        """The join of the patients that meet the filter."""
        chosen = set(self.patients(asked))
        own = {name: table[table["patient_id"].isin(chosen)] for name, table in self.tables.items()
               if name in ("patient", "clinical")}  # fmt: skip
        return Join({**self.tables, **own})


class Keeper:
    """Gives the present state of a folder; a rebuilt cohort is opened anew at the next question."""

    def __init__(self, folder: Path) -> None:
        self._lock, self._served = threading.Lock(), Served(folder)

    def now(self) -> Served:
        """The present state.

        Raises:
            InputError: the cohort is gone or half-written.
        """
        with self._lock:
            if _stamp(self._served.folder) != self._served.stamp:
                self._served = Served(self._served.folder)
            return self._served


def _stamp(folder: Path) -> tuple[int, int] | None:
    try:
        found = (folder / MANIFEST).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino
