"""REDCap's data dictionary: the fields of a project, their labels and choices."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.sheet import read_rows

NAME = "Variable / Field Name"
TYPE = "Field Type"
LABEL = "Field Label"
CHOICES = "Choices, Calculations, OR Slider Labels"
_WITH_CHOICES = ("radio", "dropdown", "checkbox")
_BUILT_IN: Mapping[str, Mapping[str, str]] = {
    "yesno": {"1": "Yes", "0": "No"},
    "truefalse": {"1": "True", "0": "False"},
}
_TAG = re.compile(r"<[^>]*>")
_FIRST_NUMBER = re.compile(r"\d+(\.\d+)?")


@dataclass(frozen=True)
class Field:
    """A field: its name, what the form shows, and its choices by code."""

    name: str
    label: str
    choices: Mapping[str, str]

    def readings(self, text: str) -> list[str]:
        """What a cell of the field says, the surest first.

        Without choices, or for a label, that is the cell itself. A code reads as its label; as itself only where
        the label begins with the same number: code 1 may well stand for `ECOG 0`. A label reads also as the number
        it begins with, if its code is the same.
        """
        by_label = {label.lower(): code for code, label in self.choices.items()}
        code = text if text in self.choices else by_label.get(text.lower())
        if code is None:
            return [text]
        label = self.choices[code]
        match = _FIRST_NUMBER.search(label)
        return [label, code] if match is not None and match.group() == code else [label]


@dataclass(frozen=True)
class Dictionary:
    """The fields of a project by name, and the names of those whose label is one field's alone."""

    fields: Mapping[str, Field]
    by_label: Mapping[str, str]

    def name_of(self, heading: str) -> str:
        """The field's name behind a heading, which may be its label; else the heading."""
        return heading if heading in self.fields else self.by_label.get(_plain(heading), heading)

    def field(self, heading: str) -> Field | None:
        """The field of a heading; None where the dictionary has none."""
        return self.fields.get(self.name_of(heading))


def _plain(text: str) -> str:
    """A label without markup."""
    return " ".join(_TAG.sub(" ", text).split())


def read_dictionary(path: Path) -> Dictionary:
    """Read a data dictionary (CSV).

    Raises:
        InputError: when its columns are absent, or a field is given twice.
    """
    sheet = read_rows(path)
    absent = [name for name in (NAME, TYPE, LABEL, CHOICES) if name not in sheet.columns]
    if absent:
        remedy = "Give the data dictionary as REDCap exports it."
        raise InputError([Fault(f"has no column {name}", remedy, file=str(path)) for name in absent])
    fields: dict[str, Field] = {}
    labels: dict[str, list[str]] = {}
    faults = []
    for number, row in zip(sheet.row_numbers, sheet.rows, strict=True):
        name, label = row[NAME], _plain(row[LABEL])
        if name in fields:
            faults.append(Fault("field given twice", "Keep one row.", file=str(path), row=number, value=name))
        choices = _BUILT_IN.get(row[TYPE], {})
        if row[TYPE] in _WITH_CHOICES:
            choices = _choices(row[CHOICES])
        fields[name] = Field(name, label, choices)
        labels.setdefault(label, []).append(name)
    if faults:
        raise InputError(faults)
    return Dictionary(fields, {label: names[0] for label, names in labels.items() if len(names) == 1})


def _choices(text: str) -> dict[str, str]:
    """`1, Male | 2, Female` as code -> label.

    >>> _choices("1, CR | 2, <b>PR</b>, confirmed")
    {'1': 'CR', '2': 'PR , confirmed'}
    """
    pairs = (piece.partition(",") for piece in text.split("|") if "," in piece)
    return {code.strip(): _plain(label) for code, _, label in pairs}
