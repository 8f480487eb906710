"""How a feature declares its wide columns and its named values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wes_biomarkers.contracts.record import STATUSES
from wes_biomarkers.contracts.schema import Column


def status_column(name: str = "status") -> Column:
    """A column that says whether a value can be used."""
    return Column(name, "string", "whether the value can be used", nullable=False, allowed=STATUSES)


def flags_column(name: str = "flags") -> Column:
    """A column of flag codes."""
    return Column(name, "string", "codes separated by semicolons; empty for none", nullable=False)


@dataclass(frozen=True)
class Biomarker:
    """One wide column of `biomarker`: which value of which record fills it.

    A value is taken only from a record whose status is `ok`. `evidence` columns (counts, coverage, callable
    bases) are measured even where the biomarker resting on them is not evaluable, and are kept then.
    """

    column: Column
    feature: str
    definition_id: str
    value: str
    evidence: bool = False

    def columns(self) -> tuple[Column, Column, Column]:
        """The value's column and its `_status` and `_flags`."""
        name = self.column.name
        return self.column, status_column(f"{name}_status"), flags_column(f"{name}_flags")


@dataclass(frozen=True)
class Value:
    """A named output of a feature: its unit and meaning. A feature's interval belongs to its `main` value."""

    doc: str
    unit: str | None = None
    main: bool = False


#: (feature, name of the value) -> what it is; the long `feature` table takes units from here.
Values = Mapping[tuple[str, str], Value]
