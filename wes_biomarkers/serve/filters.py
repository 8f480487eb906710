"""The filter every page shares: conditions on patients, all of which hold; as masks and as SQL to copy."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.serve.store import Store, quoted

_MAX_CONDITION, _MAX_VALUE, _MAX_TEXT = 50, 500, 20_000
GENE = "gene:"
_EPOCH = datetime.date(1970, 1, 1)


@dataclass(frozen=True)
class Condition:
    """One condition: `column` is one of `values` (None: unknown), or a number from `ge` to `le`, both included."""

    column: str
    values: tuple[Any, ...] | None = None
    ge: Any = None
    le: Any = None


def read_filter(text: str | None) -> tuple[Condition, ...]:
    """The filter of an address.

    Args:
        text: JSON such as `[{"c": "arm_assigned", "in": ["a"]}, {"c": "tmb_per_mb", "ge": 5}]`; empty for none.

    Raises:
        InputError: no such filter.
    """
    if not text:
        return ()
    if len(text) > _MAX_TEXT:
        raise _fault(f"the filter is longer than {_MAX_TEXT} letters")
    try:
        found = json.loads(text, parse_constant=_refuse)
        json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError):
        raise _fault("the filter is not JSON") from None
    if not isinstance(found, list) or len(found) > _MAX_CONDITION:
        raise _fault(f"the filter is no list of at most {_MAX_CONDITION} conditions")
    return tuple(_condition(each) for each in found)


def _refuse(text: str) -> None:
    raise ValueError(text)


def _fault(rule: str) -> InputError:
    return InputError([Fault(rule, 'Write [{"c": COLUMN, "in": [...]}, {"c": COLUMN, "ge": X, "le": Y}].')])


def _condition(each: Any) -> Condition:
    if (
        not isinstance(each, dict)
        or not isinstance(each.get("c"), str)
        or set(each) - {"c", "in", "ge", "le"}
    ):
        raise _fault("a condition has c and in, ge or le")
    if len(each) < 2:
        raise _fault("a condition asks nothing")
    values = each.get("in")
    if "in" in each and (
        not isinstance(values, list)
        or len(values) > _MAX_VALUE
        or any(isinstance(value, dict | list) for value in values)
    ):
        raise _fault("`in` is no list of values")
    for bound in ("ge", "le"):
        if bound in each and (
            isinstance(each[bound], bool) or not isinstance(each[bound], int | float | str)
        ):
            raise _fault(f"`{bound}` is no number or day")
    return Condition(each["c"], None if values is None else tuple(values), each.get("ge"), each.get("le"))


def masks_of(store: Store, conditions: Sequence[Condition]) -> list[np.ndarray]:
    """For each condition, who meets it, in the order of `store.patients`.

    Raises:
        InputError: unknown columns, values of another kind than the column's.
    """
    return [
        _gene_mask(store, each) if each.column.startswith(GENE) else _mask(store, each) for each in conditions
    ]


def mask_of(store: Store, conditions: Sequence[Condition]) -> np.ndarray:
    """Who meets all conditions."""
    return joint(masks_of(store, conditions), len(store.patients))


def joint(masks: Sequence[np.ndarray], n: int) -> np.ndarray:
    """Who is in all masks."""
    return np.asarray(np.logical_and.reduce([np.ones(n, bool), *masks]), bool)


def _mask(store: Store, asked: Condition) -> np.ndarray:
    values, kind = store.column(asked.column), store.kind(asked.column)
    found = np.ones(len(values), bool)
    if asked.values is not None:
        known = [_typed(value, kind, asked.column) for value in asked.values if value is not None]
        found &= values.isin(known).fillna(False).to_numpy(bool)
        if None in asked.values:
            found |= values.isna().to_numpy(bool)
    for bound, below in ((asked.ge, False), (asked.le, True)):
        if bound is None:
            continue
        if kind in ("string", "bool"):
            raise InputError([Fault("a column of words has no range", "Use `in`.", value=asked.column[:80])])
        limit = _typed(bound, kind, asked.column)
        limit = (limit - _EPOCH).days if kind == "date" else limit
        numbers = store.numbers(asked.column)
        found &= numbers <= limit if below else numbers >= limit
    return found


def _typed(value: Any, kind: str, column: str) -> Any:
    """The value as the column's kind."""
    fits = {
        "string": isinstance(value, str),
        "bool": isinstance(value, bool),
        "date": isinstance(value, str),
    }.get(kind, isinstance(value, int | float) and not isinstance(value, bool))
    if fits and kind == "date":
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            fits = False
    if not fits or (isinstance(value, int) and abs(value) >= 2**63):
        words = {"bool": "true or false", "string": "text", "date": "a day as YYYY-MM-DD"}.get(
            kind, "a number"
        )
        raise InputError([Fault(f"this column holds {words}", "Write the value so.", value=column[:80])])
    return value


def _gene_mask(store: Store, asked: Condition) -> np.ndarray:
    """Altered, unaltered or unknown; of a gene without a row for a patient nothing is known."""
    gene = asked.column.removeprefix(GENE)
    if gene not in store.genes:
        raise InputError(
            [Fault("the cohort has no such gene", "GET /api/genes names them.", value=gene[:80])]
        )
    if asked.values is None or any(not isinstance(value, bool | None) for value in asked.values):
        raise InputError([Fault("a gene is true, false or unknown", 'Write {"c": "gene:X", "in": [true]}.')])
    states = {True: 1, False: 0, None: -1}
    return np.isin(store.gene(gene).state, [states[value] for value in asked.values])


def where_text(store: Store, conditions: Sequence[Condition]) -> str:
    """The filter as SQL to copy, over the view patient_biomarker; empty without a condition."""
    parts = [part for each in conditions for part in _sql_parts(store, each)]
    return "\nWHERE " + "\n  AND ".join(parts) if parts else ""


def _sql_parts(store: Store, asked: Condition) -> Iterator[str]:
    if asked.column.startswith(GENE):
        yield _gene_sql(asked)
        return
    name = quoted(asked.column)
    if asked.values is not None:
        known = ", ".join(literal(value) for value in asked.values if value is not None)
        parts = [f"{name} IN ({known})"] if known else []
        parts += [f"{name} IS NULL"] if None in asked.values else []
        yield f"({' OR '.join(parts) or 'false'})"
    if asked.ge is not None:
        yield f"{name} >= {literal(asked.ge)}"
    if asked.le is not None:
        yield f"{name} <= {literal(asked.le)}"


def _gene_sql(asked: Condition) -> str:
    gene = literal(asked.column.removeprefix(GENE))
    inside = "SELECT patient_id FROM gene JOIN baseline_pair USING (patient_id, pair_id)"
    values = asked.values or ()
    words = (["'altered'", "'biallelic'"] if True in values else []) + (
        ["'unaltered'"] if False in values else []
    )
    parts = (
        [f"patient_id IN ({inside} WHERE gene = {gene} AND status IN ({', '.join(words)}))"] if words else []
    )
    if None in values:
        known = "status IN ('altered', 'biallelic', 'unaltered')"
        parts.append(f"patient_id NOT IN ({inside} WHERE gene = {gene} AND {known})")
    return f"({' OR '.join(parts) or 'false'})"


def literal(value: Any) -> str:
    """A value as SQL."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, int | float) else "'" + str(value).replace("'", "''") + "'"
