"""Named definitions of biomarkers: the built-in registry and the user's own files, in TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.features.consequence import CLASSES, counted_terms
from wes_biomarkers.features.tmb import KINDS, NEEDS, Definition, Denominator, Filters
from wes_biomarkers.io.files import packaged_text, read_text

_FILTERS: Mapping[str, type] = {
    "require_pass": bool,
    "min_vaf": float,
    "min_depth": int,
    "min_alt_reads": int,
    "max_normal_alt_reads": int,
    "max_population_af": float,
}
_FRACTIONS = ("min_vaf", "max_population_af", "max_indeterminate_fraction")
_CUTOFFS: Mapping[str, type] = {"high_per_mb": float, "high_count": int, "high_count_min_mb": float}
_FLOORS: Mapping[str, type] = {
    "not_evaluable_below_mb": float,
    "flag_below_mb": float,
    "max_indeterminate_fraction": float,
}
_SECTIONS: Mapping[str, Mapping[str, type]] = {"filters": _FILTERS, "cutoffs": _CUTOFFS, "floors": _FLOORS}
_KEYS = ("doc", "like", "counts", "kinds", "denominator", "fixed_mb", "needs", *_SECTIONS, "reasons")
_DENOMINATORS: tuple[str, ...] = get_args(Denominator)


def read_tmb_definitions(path: Path | str | None = None) -> dict[str, Definition]:
    """The built-in definitions by id, in their order, followed by those of a user's file.

    Raises:
        InputError: every fault of the user's file: not TOML, an id already taken, unknown keys, classes or
            values of the wrong kind or out of range, a threshold without its reason (a changed one needs its own).
    """
    raw: dict[str, Any] = tomllib.loads(packaged_text("tmb.toml"))
    known = _Reader(raw, "definitions/tmb.toml").definitions(list(raw))
    if path is None:
        return known
    try:
        own = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise InputError([Fault(f"not valid TOML: {error}", "Mend it there.", file=str(path))]) from error
    reader = _Reader(raw | own, str(path))
    reader.faults += [
        Fault("the id is that of a built-in definition", "Choose another id.", file=str(path), column=name)
        for name in own
        if name in raw
    ]
    return known | reader.definitions([name for name in own if name not in raw])


class _Reader:
    """Turns the tables of a file into definitions, noting every fault."""

    def __init__(self, raw: Mapping[str, Any], file: str) -> None:
        self.raw = raw
        self.file = file
        self.faults: list[Fault] = []

    def definitions(self, names: list[str]) -> dict[str, Definition]:
        """The named definitions, or one error with all faults."""
        if not names and not self.faults:
            self.note("(file)", "holds no definition", "Add a table [my_id] as in the built-in registry.")
        made = {name: self.one(name) for name in names}
        if self.faults:
            raise InputError(self.faults)
        return {name: definition for name, definition in made.items() if definition is not None}

    def note(self, place: str, rule: str, remedy: str, value: object = None) -> None:
        """Add a fault at `place`, the dotted key."""
        text = None if value is None else str(value)
        self.faults.append(Fault(rule, remedy, file=self.file, column=place, value=text))

    def resolved(self, name: str, seen: tuple[str, ...] = ()) -> dict[str, Any] | None:
        """A definition's table with what it inherits by `like`."""
        table = self.raw[name]
        if not isinstance(table, dict):
            self.note(name, "is not a table", f"Write [{name}] and its keys below it.")
            return None
        base = table.get("like")
        if base is None:
            return dict(table)
        if not isinstance(base, str) or base not in self.raw or base in (*seen, name):
            self.note(f"{name}.like", "names no other definition", "Give the id of an existing one.", base)
            return None
        inherited = self.resolved(base, (*seen, name))
        if inherited is None:
            return None
        merged = inherited | table
        for section in ("filters", "floors"):
            if isinstance(table.get(section, {}), dict):
                merged[section] = _section(inherited, section) | _section(table, section)
        if isinstance(table.get("reasons", {}), dict):
            own, stale = _section(table, "reasons"), _changed(table, inherited)
            reasons = _section(inherited, "reasons") | own
            merged["reasons"] = {key: why for key, why in reasons.items() if key in own or key not in stale}
        return merged

    def one(self, name: str) -> Definition | None:
        """One definition; None when a fault was noted."""
        before = len(self.faults)
        table = self.resolved(name)
        if table is None:
            return None
        for key in set(table) - set(_KEYS):
            self.note(f"{name}.{key}", "unknown key", f"Known: {', '.join(_KEYS)}.")
        terms = self.words(name, table, "counts", tuple(CLASSES), required=True)
        kinds = self.words(name, table, "kinds", KINDS) or KINDS
        needs = self.words(name, table, "needs", NEEDS)
        denominator = table.get("denominator")
        if denominator not in _DENOMINATORS:
            known = ", ".join(_DENOMINATORS)
            self.note(f"{name}.denominator", "unknown or missing", f"Give one of: {known}.", denominator)
        fixed_mb = table.get("fixed_mb")
        if (denominator == "fixed" or fixed_mb is not None) and (
            not _is_number(fixed_mb) or float(fixed_mb or 0) <= 0
        ):
            self.note(
                f"{name}.fixed_mb", "a fixed denominator needs its size in Mb", "Give a number above 0."
            )
        numbers = {section: self.numbers(name, table, section) for section in _SECTIONS}
        reasons = self.reasons(name, table, numbers)
        if len(self.faults) > before:
            return None
        return Definition(
            id=name,
            doc=str(table.get("doc", "")),
            counts=counted_terms(terms),
            denominator=denominator,  # type: ignore[arg-type]
            kinds=kinds,
            filters=Filters(**numbers["filters"]),
            needs=needs,
            fixed_mb=None if fixed_mb is None else float(fixed_mb),
            reasons=reasons,
            **numbers["cutoffs"],
            **numbers["floors"],
        )

    def words(
        self, name: str, table: Mapping[str, Any], key: str, known: tuple[str, ...], *, required: bool = False
    ) -> tuple[str, ...]:
        """A list of known words; `counts` also takes Sequence Ontology terms."""
        values = table.get(key, [])
        if not isinstance(values, list) or (required and not values):
            self.note(f"{name}.{key}", "is not a list of names", f"Known: {', '.join(known)}.", values)
            return ()
        for value in values:
            try:
                recognised = value in known or (key == "counts" and bool(counted_terms([value])))
            except (KeyError, TypeError):
                recognised = False
            if not recognised:
                self.note(f"{name}.{key}", "unknown name", f"Known: {', '.join(known)}.", value)
        return tuple(map(str, values))

    def numbers(self, name: str, table: Mapping[str, Any], section: str) -> dict[str, Any]:
        """The thresholds of a section, checked for kind and range."""
        known = _SECTIONS[section]
        values = table.get(section, {})
        if not isinstance(values, dict):
            self.note(f"{name}.{section}", "is not a table", f"Write [{name}.{section}].")
            return {}
        for key, value in values.items():
            place = f"{name}.{section}.{key}"
            if key not in known:
                self.note(place, "unknown key", f"Known: {', '.join(known)}.")
            elif known[key] is bool:
                if not isinstance(value, bool):
                    self.note(place, "is not true or false", "Give true or false.", value)
            elif not _is_number(value) or value < 0 or (known[key] is int and value != int(value)):
                kind = "a whole number" if known[key] is int else "a number"
                self.note(place, f"is not {kind} from 0", "Give one.", value)
            elif key in _FRACTIONS and value > 1:
                self.note(place, "is a fraction of reads or alleles", "Give a number from 0 to 1.", value)
        return dict(values)

    def reasons(
        self, name: str, table: Mapping[str, Any], numbers: Mapping[str, Mapping[str, Any]]
    ) -> dict[str, str]:
        """The reason of each threshold; none may lack one, and one that was changed needs its own."""
        given = table.get("reasons", {})
        if not isinstance(given, dict):
            self.note(f"{name}.reasons", "is not a table", f"Write [{name}.reasons].")
            return {}
        thresholds = [key for section in numbers.values() for key in section if key != "require_pass"]
        for key in thresholds + (["fixed_mb"] if "fixed_mb" in table else []):
            if not str(given.get(key, "")).strip():
                self.note(f"{name}.reasons.{key}", "the threshold has no reason", "Say why, and the source.")
        return {str(key): str(value) for key, value in given.items()}


def _section(table: Mapping[str, Any], name: str) -> dict[str, Any]:
    values = table.get(name)
    return values if isinstance(values, dict) else {}


def _changed(table: Mapping[str, Any], inherited: Mapping[str, Any]) -> set[str]:
    """Keys of the thresholds that a table sets otherwise than what it takes over: their reasons do not carry over."""
    pairs = [(_section(table, name), _section(inherited, name)) for name in _SECTIONS]
    pairs.append(({key: table[key] for key in ("fixed_mb",) if key in table}, dict(inherited)))
    return {key for own, other in pairs for key, value in own.items() if value != other.get(key)}


def _is_number(value: object) -> bool:
    """A finite number, as a float holds it."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e15 < value < 1e15


assert set(_FILTERS) == {entry.name for entry in fields(Filters)}
