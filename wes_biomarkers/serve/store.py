"""One opened cohort as the browser needs it: columns of patients in memory, everything else where it lies."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from wes_biomarkers.contracts.biomarkers import BIOMARKERS
from wes_biomarkers.contracts.tables import TABLES
from wes_biomarkers.errors import ContractError, Fault, InputError
from wes_biomarkers.io.tables import read_parquet
from wes_biomarkers.join.frame import Join
from wes_biomarkers.query.database import CohortDatabase
from wes_biomarkers.serve.asker import Asker
from wes_biomarkers.serve.pages.genes import GeneCells, grouped_cells, unknown_cells

if TYPE_CHECKING:
    from wes_biomarkers.contracts.schema import Column

#: Each patient's place in the order of masks and columns, as a table in memory: patient_id, place.
PLACE = "browser_place"
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
        asked: for questions users write.
        manifest: cohort.json.
        types: kind of each column of the patients.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = CohortDatabase(folder)
        self.asked = Asker(folder)
        self.manifest = self.database.manifest
        self._lock = threading.Lock()
        self._kept: dict[str, Any] = {}
        self.calls = lru_cache(_N_CALLS)(self._calls)
        self._joins = lru_cache(_N_JOINS)(self._patients)
        if "patient_biomarker" not in {each.name for each in self.database.views}:
            raise InputError([Fault("the cohort has no table patient", "Build it again.", file=str(folder))])
        if self.has("pair") and self.has("sample"):
            self.database.keep_view("baseline_pair")
        wide = "SELECT v.*, p.n_pair FROM patient_biomarker v JOIN patient p USING (patient_id) ORDER BY patient_id"
        described = self.database.select(f"DESCRIBE {wide}").table.to_pydict()
        self.types: dict[str, str] = dict(
            zip(described["column_name"], map(_kind, described["column_type"]), strict=True)
        )
        self._wide = self.database.select(wide).table
        self.database.keep(
            PLACE, "SELECT patient_id, row_number() OVER (ORDER BY patient_id) - 1 AS place FROM patient"
        )

    def close(self) -> None:
        """Frees the memory."""
        self.database.close()
        self.asked.close()

    @property
    def flags(self) -> tuple[str, ...]:
        """What pictures of this cohort say of its data."""
        return ("synthetic",) if self.manifest.get("synthetic") else ()

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
        found: pd.Series = self.remembered(f"column {name}", lambda: _series(self._wide[name]))
        return found

    def cells(self, names: Sequence[str], at: np.ndarray) -> list[list[Any]]:
        """Values of columns, each a list, of the patients at some places."""
        return [self._wide[name].take(at).to_pylist() for name in names]

    def numbers(self, name: str) -> np.ndarray:
        """A column of numbers or days (since 1970) as floats, NaN where unknown, shape (patients,).

        Raises:
            InputError: no such column.
        """
        import pyarrow as pa

        def read() -> np.ndarray:
            """From memory."""
            values = self._wide[name]
            days = pa.types.is_date(values.type)
            values = values.cast(pa.int32()) if days else values
            return np.asarray(values.cast(pa.float64(), safe=False).to_numpy(), np.float64)

        self.kind(name)
        found: np.ndarray = self.remembered(f"numbers {name}", read)
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
        found: pd.DataFrame = self.remembered(f"table {name}", lambda: self._read(name))
        return found

    def _read(self, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """A table, or some of its columns, typed as declared and in the order of its key.

        Raises:
            InputError: no such table, one that breaks its contract, or the cohort was built again.
        """
        path = self.folder / f"{name}.parquet"
        try:
            found = read_parquet(path, TABLES[name], columns)
        except ContractError as error:
            raise InputError([Fault(f"{error}", "Build the cohort again.", file=str(path))]) from error
        self.database.check_unchanged()
        return found

    def tables(self, mask: np.ndarray, features: Collection[str] = ()) -> Mapping[str, pd.DataFrame]:
        """The cohort's tables cut to the patients of a mask: the small ones, and what the features need of others.

        Each is cut when it is first looked at.
        """
        everybody = bool(mask.all())
        wanted = sorted({text for name in features if (text := _asked_of(name))})
        makers: dict[str, Callable[[], pd.DataFrame]] = {
            name: partial(self._cut, name, None if everybody else mask, features)
            for name in _SMALL
            if name in self.manifest["tables"]
        }
        for name, key in _LARGE.items() if wanted else ():
            if name in self.manifest["tables"]:
                makers[name] = partial(self._part, name, key, wanted)
        return LazyTables(makers)

    def join(self, mask: np.ndarray, features: Collection[str] = ()) -> Join:
        """The patients of a mask, to be joined with features; what is common to all features is made once.

        Raises:
            InputError: the cohort has no clinical table.
        """
        shared = self._joins(mask.tobytes())
        own = self.tables(mask, features)
        kept = [name for name in _SMALL if name != "biomarker"]
        return shared.over(LazyTables({
            name: partial((shared.tables if name in kept else own).__getitem__, name) for name in own
        }))  # fmt: skip

    def _patients(self, mask: bytes) -> Join:
        return Join(self.tables(np.frombuffer(mask, bool)))

    def _cut(self, name: str, mask: np.ndarray | None, features: Collection[str]) -> pd.DataFrame:
        """A small table, its rows of a mask; of biomarkers, those columns that the features need."""
        whole: pd.DataFrame = self._biomarkers(features) if name == "biomarker" else self.table(name)
        if mask is None:
            return whole
        at: np.ndarray = self.remembered(
            f"places {name}", lambda: self.patients.get_indexer(pd.Index(whole["patient_id"]))
        )
        part: pd.DataFrame = whole[mask[at] & (at >= 0)]
        part.index = pd.RangeIndex(len(part))
        return part

    def _biomarkers(self, features: Collection[str]) -> pd.DataFrame:
        """The biomarker table with its ids and the features' columns; whole where a feature is unknown."""
        if any(name not in self.types and not self._knows_gene_or_protein(name) for name in features if name):
            return self.table("biomarker")
        table, ids = TABLES["biomarker"], ("patient_id", "pair_id")
        parts = [self.remembered("biomarker ids", lambda: self._read("biomarker", ids))]
        for name in dict.fromkeys(features):
            if f"{name}_status" in table.by_name:
                columns = [
                    each for each in (name, f"{name}_status", f"{name}_flags") if each in table.by_name
                ]
                parts.append(self.remembered(
                    f"biomarker {name}",
                    lambda columns=columns: self._read("biomarker", [*ids, *columns])[columns],
                ))  # fmt: skip
        found: pd.DataFrame = pd.concat(parts, axis=1)
        return found

    def _knows_gene_or_protein(self, feature: str) -> bool:
        name = _asked_of(feature)
        return name in (self.proteins if feature.startswith("protein") else self.genes)

    def _part(self, name: str, key: str, wanted: Sequence[str]) -> pd.DataFrame:
        marks = ", ".join("?" for _ in wanted)
        names = set(self.columns.loc[self.columns["table"] == name, "column"])
        if key not in names:
            return pd.DataFrame(columns=[*names])
        return self.rows(f'SELECT * FROM "{name}" WHERE "{key}" IN ({marks})', wanted)

    def _calls(self, genes: tuple[str, ...]) -> pd.DataFrame:
        """Passing calls in genes, of the pairs that stand for patients."""
        marks = ", ".join("?" for _ in genes)
        return self.rows(
            "SELECT patient_id, gene, transcript_id, consequence, aa_change, is_pass FROM variant "
            f"JOIN baseline_pair USING (patient_id, pair_id) WHERE is_pass AND gene IN ({marks})",
            genes,
        )

    @cached_property
    def columns(self) -> pd.DataFrame:
        """Every column of every table."""
        return self.database.columns()

    @cached_property
    def proteins(self) -> frozenset[str]:
        """Proteins with a row in the cohort."""
        if not self.has("proteomics"):
            return frozenset()
        return frozenset(self.rows("SELECT DISTINCT protein FROM proteomics")["protein"])

    @cached_property
    def genes(self) -> frozenset[str]:
        """Genes whose status the cohort holds."""
        if not self.has("gene"):
            return frozenset()
        return frozenset(self.rows("SELECT DISTINCT gene FROM gene")["gene"])

    def gene(self, name: str) -> GeneCells:
        """One of `genes` in each patient, by the pair that stands for them."""

        def read() -> dict[str, GeneCells]:
            """All genes at once."""
            alike = self.database.select(_ALIKE).table.to_pandas() if self.has("pair") else pd.DataFrame()
            return grouped_cells(alike, len(self.patients))

        cells: dict[str, GeneCells] = self.remembered("genes", read)
        return cells.get(name) or unknown_cells(len(self.patients))


#: Choices of genes whose calls are kept, and of patients whose joins are.
_N_CALLS, _N_JOINS = 16, 2
#: Patients in whom a gene is alike, as their places.
_ALIKE = f"""
    SELECT gene, role, status, hits, list(place) AS place
    FROM gene JOIN baseline_pair USING (patient_id, pair_id) JOIN {PLACE} USING (patient_id)
    GROUP BY ALL ORDER BY ALL
"""


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


class LazyTables(Mapping[str, pd.DataFrame]):
    """Tables by name, each made when it is first looked at."""

    def __init__(self, makers: Mapping[str, Callable[[], pd.DataFrame]]) -> None:
        self._makers = makers
        self._made: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        """The table of that name."""
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        """Whether there is such a table, without making it."""
        return name in self._makers

    def __iter__(self) -> Iterator[str]:
        """Names."""
        return iter(self._makers)

    def __len__(self) -> int:
        """Number of tables."""
        return len(self._makers)


def _series(values: Any) -> pd.Series:
    """An Arrow column as pandas; words stay where Arrow keeps them."""
    import pyarrow as pa

    kinds = {
        pa.bool_(): pd.BooleanDtype(),
        pa.int64(): pd.Int64Dtype(),
        pa.string(): pd.StringDtype("pyarrow"),
    }
    found: pd.Series = values.to_pandas(types_mapper=kinds.get)
    return found


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
        with self._lock:
            if not self._store.database.is_unchanged():
                before, self._store = self._store, Store(self.folder)
                before.asked.close()
            return self._store


def declared(name: str) -> Column | None:
    """The declaration of a column of the patients, where there is one."""
    return _DECLARED.get(name)


_DECLARED: Mapping[str, Column] = {
    **TABLES["patient"].by_name, **TABLES["biomarker"].by_name, **TABLES["clinical"].by_name,
}  # fmt: skip
#: Biomarkers' own columns, without their status and flags.
BIOMARKER_COLUMNS: Mapping[str, str] = {each.column.name: each.definition_id for each in BIOMARKERS}
