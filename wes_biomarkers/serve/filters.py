"""The reader's filter: a JSON list of conditions, turned into SQL with bound values."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wes_biomarkers.errors import Fault, InputError

GENE = "gene:"
MAX_CONDITIONS, MAX_VALUES = 50, 1000
_SHAPE = 'Write a list such as [{"c": "arm_assigned", "in": ["a"]}, {"c": "age", "ge": 50, "le": 70}].'


@dataclass(frozen=True)
class Where:
    """A condition of SQL on patient_biomarker with its bound values."""

    sql: str
    values: tuple[Any, ...] = ()


def read_filter(text: str | None) -> list[Mapping[str, Any]]:
    """The conditions of the query parameter `f`.

    Raises:
        InputError: not a list of conditions.
    """
    if not text:
        return []
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError([Fault("the filter is no JSON", _SHAPE, column="f")]) from error
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        raise InputError([Fault("the filter is no list of conditions", _SHAPE, column="f")])
    if len(given) > MAX_CONDITIONS:
        raise InputError([Fault("too many conditions", f"Ask at most {MAX_CONDITIONS}.", column="f")])
    return given


def where(conditions: list[Mapping[str, Any]], columns: Mapping[str, str]) -> Where:
    """The conditions as SQL; all must hold. An unknown value meets none, except that `in` may name null.

    Args:
        conditions: of `read_filter`.
        columns: name -> dtype (string, float, int, bool, date) of the columns that can be asked.

    Raises:
        InputError: listing every condition that is not understood.
    """
    parts: list[str] = []
    values: list[Any] = []
    faults: list[Fault] = []
    for item in conditions:
        name = item.get("c")
        if not isinstance(name, str) or set(item) - {"c", "in", "ge", "le"}:
            faults.append(Fault("a condition is not understood", _SHAPE, column="f"))
        elif name.startswith(GENE):
            parts.append(_gene(name.removeprefix(GENE), item, values, faults))
        elif name not in columns:
            faults.append(
                Fault("no such column to filter by", "/api/columns names them.", column="f", value=name[:60])
            )
        else:
            parts += _column(name, columns[name], item, values, faults)
    if faults:
        raise InputError(faults)
    return Where(" AND ".join(parts) or "true", tuple(values))


def _gene(symbol: str, item: Mapping[str, Any], values: list[Any], faults: list[Fault]) -> str:
    wanted = item.get("in")
    if not isinstance(wanted, list) or not wanted or not all(isinstance(value, bool) for value in wanted):
        faults.append(
            Fault("a gene is altered, true, or not, false", '{"c": "gene:TP53", "in": [true]}', column="f")
        )
        return "true"
    states = [
        state for flag in set(wanted) for state in (("altered", "biallelic") if flag else ("unaltered",))
    ]
    values += [symbol, states]
    return "pair_id IN (SELECT pair_id FROM gene WHERE gene = ? AND list_contains(?, status))"


def _column(
    name: str, dtype: str, item: Mapping[str, Any], values: list[Any], faults: list[Fault]
) -> list[str]:
    parts = []
    for key, sign in (("ge", ">="), ("le", "<=")):
        bound = item.get(key)
        if bound is None:
            continue
        if (
            dtype not in ("float", "int")
            or isinstance(bound, bool)
            or not isinstance(bound, int | float)
            or not math.isfinite(bound)
        ):
            faults.append(Fault("a range is for numbers", "Use `in` for words.", column="f", value=name))
            continue
        parts.append(f'"{name}" {sign} ?')
        values.append(float(bound))
    if "in" in item:
        parts.append(_among(name, dtype, item["in"], values, faults))
    return parts


def _among(name: str, dtype: str, wanted: Any, values: list[Any], faults: list[Fault]) -> str:
    kinds: dict[str, tuple[type, ...]] = {"bool": (bool,), "float": (int, float), "int": (int, float)}
    kind = kinds.get(dtype, (str,))
    known = [value for value in wanted if value is not None] if isinstance(wanted, list) else None
    if known is None or len(known) > MAX_VALUES or not all(isinstance(value, kind) for value in known):
        faults.append(Fault(f"`in` needs a list of {dtype}", _SHAPE, column="f", value=name))
        return "true"
    either = []
    if known:
        either.append(f'list_contains(?, "{name}")')
        values.append(known)
    if len(known) < len(wanted):
        either.append(f'"{name}" IS NULL')
    return f"({' OR '.join(either)})" if either else "false"
