"""One opened cohort as the browser needs it: columns of patients in memory, everything else where it lies."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from wes_biomarkers.contracts.biomarkers import BIOMARKERS
from wes_biomarkers.contracts.tables import TABLES
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.cohort_folder import MANIFEST
from wes_biomarkers.io.tables import read_parquet
from wes_biomarkers.query.database import CohortDatabase

if TYPE_CHECKING:
    from wes_biomarkers.contracts.schema import Column

#: One row a patient, in memory.
WIDE = "browser_patient"
#: Which gene is altered in whom, in memory.
ALTERED = "browser_altered"
#: Tables with a few rows a patient at most: what statistics need whole. Others are asked for what a feature needs.
_SMALL = (
    "patient",
    "clinical",
    "sample",
    "pair",
    "biomarker",
    "qc",
    "proteomics_sample",
    "toxicity",
    "assessment",
)
#: Tables with many rows a patient -> the column that a feature `prefix:NAME` is found by.
_LARGE = {"gene": "gene", "gene_copy": "gene", "proteomics": "protein", "proteomics_change": "protein"}
#: A column of words with more levels than this is no filter.
MAX_LEVEL = 60
_KINDS = {"BOOLEAN": "bool", "VARCHAR": "string", "DATE": "date", "DOUBLE": "float", "FLOAT": "float"}


class Store:
    """A cohort opened once and asked by many.

    Attributes:
        folder: of the cohort.
        database: for the browser's own questions.
        asked: for questions users write, with memory of its own.
        manifest: cohort.json.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stamp = stamp_of(folder)
        self.database = CohortDatabase(folder)
        self.asked = CohortDatabase(folder, memory="512MB")
        self.manifest = self.database.manifest
        self._lock = threading.Lock()
        self._kept: dict[str, Any] = {}
        view = "patient_biomarker"
        if view not in {each.name for each in self.database.views}:
            raise InputError([Fault("the cohort has no table patient", "Build it again.", file=str(folder))])
        self.database.keep(
            WIDE, f"SELECT v.*, p.n_pair FROM {view} v JOIN patient p USING (patient_id) ORDER BY patient_id"
        )
        rows = self.database.select(f"DESCRIBE {WIDE}").to_pandas()
        self.types = {
            str(name): _kind(str(text)) for name, text in zip(rows.iloc[:, 0], rows.iloc[:, 1], strict=True)
        }
        if self.has("gene") and self.has("pair"):
            self.database.keep(
                ALTERED,
                "SELECT g.patient_id, g.gene FROM gene g JOIN baseline_pair USING (patient_id, pair_id) "
                "WHERE g.status IN ('altered', 'biallelic')",
            )

    def close(self) -> None:
        """Frees the memory."""
        self.database.close()
        self.asked.close()

    def has(self, table: str) -> bool:
        """Whether the cohort has this table, with a row in it."""
        return bool(self.manifest["tables"].get(table, {}).get("n_row", 0))

    def remembered(self, key: str, make: Any) -> Any:
        """What `make` gives, made once."""
        with self._lock:
            if key in self._kept:
                return self._kept[key]
        made = make()
        with self._lock:
            return self._kept.setdefault(key, made)

    @cached_property
    def patients(self) -> pd.Index:
        """Ids in order; masks and columns below are in this order."""
        found: pd.Index = pd.Index(self.column("patient_id").to_numpy(object), dtype=object)
        return found

    def column(self, name: str) -> pd.Series:
        """A column of the patients.

        Raises:
            InputError: no such column.
        """
        self.kind(name)

        def read() -> pd.Series:
            """From memory."""
            frame = self.database.select(
                f"SELECT {quoted(name)} AS x FROM {WIDE} ORDER BY patient_id"
            ).to_pandas()
            return frame["x"]

        found: pd.Series = self.remembered(f"column {name}", read)
        return found

    def kind(self, name: str) -> str:
        """bool, string, date, int or float.

        Raises:
            InputError: no such column.
        """
        if name not in self.types:
            remedy = "GET /api/columns names them all."
            raise InputError([Fault("the cohort has no such column", remedy, value=name[:80])])
        return self.types[name]

    def frame(self, names: Sequence[str], mask: np.ndarray | None = None) -> pd.DataFrame:
        """Columns of the patients, of those of a mask."""
        frame = pd.DataFrame({name: self.column(name) for name in names})
        return frame if mask is None else frame[mask].reset_index(drop=True)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> pd.DataFrame:
        """The answer to a question of ours."""
        return self.database.select(sql, parameters).to_pandas()

    def table(self, name: str) -> pd.DataFrame:
        """A small table whole, typed as declared."""
        path = self.folder / f"{name}.parquet"
        found: pd.DataFrame = self.remembered(f"table {name}", lambda: read_parquet(path, TABLES[name]))
        return found

    def tables(self, mask: np.ndarray, features: Collection[str] = ()) -> dict[str, pd.DataFrame]:
        """The cohort's tables cut to the patients of a mask: the small ones, and what the features need of others."""
        ids = set(self.patients[mask])
        everybody = len(ids) == len(self.patients)
        found = {}
        for name in _SMALL:
            if name in self.manifest["tables"]:
                whole = self.table(name)
                found[name] = (
                    whole if everybody else whole[whole["patient_id"].isin(ids)].reset_index(drop=True)
                )
        wanted = {text for name in features if (text := _asked_of(name))}
        for name, key in _LARGE.items():
            if wanted and name in self.manifest["tables"]:
                part = self._part(name, key, sorted(wanted))
                found[name] = part[part["patient_id"].isin(ids)].reset_index(drop=True)
        return found

    def _part(self, name: str, key: str, wanted: Sequence[str]) -> pd.DataFrame:
        marks = ", ".join("?" for _ in wanted)
        columns = self.database.columns()
        names = set(columns.loc[columns["table"] == name, "column"])
        if key not in names:
            return pd.DataFrame(columns=[*names])
        return self.rows(f'SELECT * FROM "{name}" WHERE "{key}" IN ({marks})', wanted)

    @cached_property
    def genes(self) -> frozenset[str]:
        """Genes whose status the cohort holds."""
        if not self.has("gene"):
            return frozenset()
        return frozenset(self.rows("SELECT DISTINCT gene FROM gene")["gene"])


def _asked_of(feature: str) -> str:
    """The gene or protein a feature names; empty for a column."""
    prefix, _, rest = feature.partition(":")
    known = ("gene", "mutation", "amplification", "deletion", "protein", "protein_change")
    return rest.partition("@")[0] if prefix in known else ""


def _kind(text: str) -> str:
    return _KINDS.get(text, "int" if "INT" in text else "string")


def quoted(name: str) -> str:
    """A column's name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def stamp_of(folder: Path) -> tuple[int, int]:
    """What changes when the cohort is built again.

    Raises:
        InputError: there is no cohort.
    """
    try:
        found = (folder / MANIFEST).stat()
    except OSError:
        rule, remedy = (
            "no cohort here, or it is just being built",
            "Run `wes-biomarkers cohort build`, or try again.",
        )
        raise InputError([Fault(rule, remedy, file=str(folder / MANIFEST))]) from None
    return found.st_ino, found.st_mtime_ns


class Hub:
    """The cohort that is served: opened again when it was built again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._store = Store(folder)

    def store(self) -> Store:
        """The cohort as it is now.

        Raises:
            InputError: it is gone, or no longer one of this version.
        """
        stamp = stamp_of(self.folder)
        with self._lock:
            if stamp != self._store.stamp:
                self._store = Store(self.folder)
            return self._store


def declared(name: str) -> Column | None:
    """The declaration of a column of the patients, where there is one."""
    return _DECLARED.get(name)


_DECLARED: Mapping[str, Column] = {
    **TABLES["patient"].by_name, **TABLES["biomarker"].by_name, **TABLES["clinical"].by_name,
}  # fmt: skip
#: Biomarkers' own columns, without their status and flags.
BIOMARKER_COLUMNS: Mapping[str, str] = {each.column.name: each.definition_id for each in BIOMARKERS}
