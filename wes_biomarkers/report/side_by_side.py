"""Work on many things in several processes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from multiprocessing import get_context
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

#: Things a process takes at a time.
_PART = 100


def side_by_side(
    work: Callable[[Sequence[T]], list[R]],
    things: Sequence[T],
    processes: int,
    begin: Callable[..., None] | None = None,
    given: tuple[Any, ...] = (),
) -> list[R]:
    """What `work` gives for parts of the things, in their order.

    Args:
        work: a function of a module, as processes need it.
        things: to work on.
        processes: at most; the work of one is done here, without `begin`.
        begin: called with `given` once a process.
    """
    parts = [things[start : start + _PART] for start in range(0, len(things), _PART)]
    if processes <= 1 or not parts:
        return list(chain.from_iterable(map(work, parts)))
    with ProcessPoolExecutor(min(processes, len(parts)), get_context("spawn"), begin, given) as pool:
        return list(chain.from_iterable(pool.map(work, parts)))
