"""The rules endpoints are made with: definitions/endpoints.toml, changed by a trial's own file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.files import packaged_text, read_text
from wes_biomarkers.stats.adverse_events import ToxicityRules
from wes_biomarkers.stats.recist import ResponseRules

_LONGEST = 3660


@dataclass(frozen=True)
class EndpointRules:
    """All rules of endpoints."""

    toxicity: ToxicityRules
    response: ResponseRules

    def as_dict(self) -> dict[str, Any]:
        """The rules as plain JSON types."""
        return asdict(self)


@cache
def _packaged() -> dict[str, dict[str, Any]]:
    raw = tomllib.loads(packaged_text("endpoints.toml"))
    return {
        section: {name: entry["value"] for name, entry in entries.items()} for section, entries in raw.items()
    }


def read_endpoint_rules(path: Path | str | None = None) -> EndpointRules:
    """The packaged rules, with the values of a trial's own TOML file in their place.

    Args:
        path: tables `[toxicity]` and `[response]` with plain values: `window_days = 100`.

    Raises:
        InputError: every fault: not TOML, an unknown table or name, a value of the wrong type or range.
    """
    values = {section: dict(entries) for section, entries in _packaged().items()}
    if path is not None:
        faults = []
        for section, entries in _own(path).items():
            if section not in values or not isinstance(entries, dict):
                remedy = f"Tables: {', '.join(values)}."
                faults.append(Fault("no such table of rules", remedy, file=str(path), value=section))
                continue
            for name, value in entries.items():
                wrong = _wrong(values[section].get(name), value)
                if wrong:
                    remedy = f"Rules of {section}: {', '.join(_packaged()[section])}."
                    faults.append(Fault(wrong, remedy, file=str(path), column=f"{section}.{name}"))
                values[section][name] = value
        if faults:
            raise InputError(faults)
    terms = tuple(values["toxicity"].pop("radiation_terms"))
    return EndpointRules(
        ToxicityRules(**values["toxicity"], radiation_terms=terms), ResponseRules(**values["response"])
    )


def rules_of_cohort(manifest: Mapping[str, Any]) -> EndpointRules:
    """The rules a cohort was built with, of its cohort.json; the packaged ones where it names none."""
    used = manifest.get("endpoint_rules")
    if not used:
        return read_endpoint_rules()
    terms = tuple(used["toxicity"]["radiation_terms"])
    toxicity = ToxicityRules(**{**used["toxicity"], "radiation_terms": terms})
    return EndpointRules(toxicity, ResponseRules(**used["response"]))


def _own(path: Path | str) -> dict[str, Any]:
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise InputError([Fault(f"is not TOML: {error}", "Mend it.", file=str(path))]) from error


def _wrong(packaged: object, value: object) -> str | None:
    """What is wrong with a value that stands for the packaged one, or None."""
    if packaged is None:
        return "no such rule"
    if isinstance(packaged, bool):
        return None if isinstance(value, bool) else "is neither true nor false"
    if isinstance(packaged, list):
        good = isinstance(value, list) and value and all(isinstance(term, str) for term in value)
        return None if good else "is no list of terms"
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LONGEST:
        return f"is no whole number of days from 0 to {_LONGEST}"
    return None
