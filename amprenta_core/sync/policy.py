"""What a worker works with, and how patient it is."""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from amprenta_core.outgoing import KINDS, Chunk, Entry, ItemKey, Kind, Sink
from amprenta_core.store.database import Database

if TYPE_CHECKING:
    from sqlalchemy import Connection

Entries = Callable[["Connection", Sequence[ItemKey]], Mapping[ItemKey, Entry | None]]
"""Makes entries of items from their rows; None: the item is gone."""
_MOST_DOUBLINGS = 60
_VISIBLE = 15.0
"""Seconds after which what was created is found, at the latest."""


@frozen(kw_only=True)
class Policy:
    """Times are in seconds.

    An item that the sink could not take now waits ``first_delay``, then ``factor`` times longer each time, at most
    ``longest_delay``, up to the share ``jitter`` shorter; a sink that said how long to wait is waited for as long, and
    no attempt is counted. Next tries are rounded up to a multiple of ``grain``.

    An item that may have been created is left alone for ``settle``: longer than a request takes, and than what was
    created needs to be found. While a sink takes nothing at all, its worker tries one batch every ``first_delay``,
    growing to ``longest_pause``. ``idle`` is how long a worker listens at most before it looks by itself,
    ``shortest_wait`` the least. ``batch`` is how many items are claimed together (None: as many as the sink likes).
    """

    first_delay: float = 2.0
    longest_delay: float = 900.0
    factor: float = 2.0
    jitter: float = 0.2
    grain: float = 1.0
    settle: float = 75.0
    longest_pause: float = 60.0
    idle: float = 30.0
    shortest_wait: float = 1.0
    batch: int | None = None

    def scaled(self, patience: float, longest_request: float) -> "Policy":
        """The same with all waits so many times longer; ``settle`` also outlasts a request that takes so long."""
        waits = ("first_delay", "longest_delay", "grain", "longest_pause", "idle", "shortest_wait")
        settle = longest_request + patience * _VISIBLE
        return evolve(self, settle=settle, **{name: getattr(self, name) * patience for name in waits})

    def spread(self) -> float:
        """A share of a delay, by chance, so that workers do not march in step; one for all that failed together."""
        return 1.0 - self.jitter * random.random()  # noqa: S311  # nobody gains from guessing it

    def delay(self, attempts: int, longest: float | None = None) -> float:
        """How long to wait after so many attempts that failed before this one."""
        grown = self.first_delay * self.factor ** min(attempts, _MOST_DOUBLINGS)
        return min(grown, self.longest_delay if longest is None else longest)


@frozen(kw_only=True)
class Services:
    """What the work needs: ``entries`` makes what is sent, ``chunker`` (where given) the texts that search finds."""

    database: Database
    sinks: Mapping[str, Sink]
    entries: Entries = field(repr=False)
    chunker: Callable[[Entry], Sequence[Chunk]] | None = field(default=None, repr=False)

    def kinds(self, name: str) -> list[Kind]:
        """What a sink shows, in the order in which it is sent."""
        return [kind for kind in KINDS if kind in self.sinks[name].kinds]
