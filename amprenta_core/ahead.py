"""Preparing one thing while the one before it is used."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
Ready = TypeVar("Ready")
_TURN_SECONDS = 0.0001


def one_ahead(prepare: Callable[[Item], Ready], items: Sequence[Item]) -> Iterator[Ready]:
    """Each item prepared, in order; the next is prepared in a thread meanwhile, never more than one ahead.

    >>> list(one_ahead(str, [1, 2, 3]))
    ['1', '2', '3']
    """
    if len(items) == 1:
        yield prepare(items[0])
        return
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  # only for several

    with ThreadPoolExecutor(1) as pool, _quick_turns():
        coming = pool.submit(prepare, items[0])
        for following in (*items[1:], None):
            ready = coming.result()
            if following is not None:
                coming = pool.submit(prepare, following)
            yield ready


@contextmanager
def _quick_turns() -> Iterator[None]:
    """Let the thread that waits for the database take its turn soon after the answer, not up to 5 ms later."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_TURN_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
