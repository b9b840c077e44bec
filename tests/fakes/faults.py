"""What goes wrong between us and a service: queued for the next request, or at random in a storm."""

import random
import re
import threading
from collections import Counter
from collections.abc import Sequence
from typing import Literal, get_args

from attrs import define, evolve, field, frozen

Kind = Literal[
    "429",
    "409",
    "500",
    "502",
    "503",
    "504",
    "529",
    "quota",
    "wrong_version",
    "hang",
    "timeout_after_commit",
    "slow",
    "reset",
    "reset_after_commit",
    "cut",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""Statuses with the service's own error, or a gateway's page; the others:

- ``quota``: refused for good, the account is used up; ``wrong_version``: refused for the version of the interface;
- ``hang``: nothing is done, no answer, closed after ``hang_seconds``; ``timeout_after_commit``: it is done, no answer;
- ``slow``: done, and answered after ``slow_seconds``;
- ``reset``, ``reset_after_commit``: the connection is reset before or after it was done;
- ``cut``: done, and the answer ends in its middle.
"""
STORM: tuple[Kind, ...] = tuple(kind for kind in KINDS if kind not in {"quota", "wrong_version"})
"""Those that pass: a request that meets them is worth another try."""


@frozen(kw_only=True)
class Fault:
    """One thing that goes wrong. ``count`` requests meet it (None: all) whose method and path match whole."""

    kind: Kind
    method: str = ".*"
    path: str = ".*"
    count: int | None = 1
    retry_after: float | None = None
    seconds: float | None = None
    code: str | None = None

    def meets(self, method: str, path: str) -> bool:
        return re.fullmatch(self.method, method) is not None and re.fullmatch(self.path, path) is not None


@define(kw_only=True)
class Faults:
    """The faults of one fake. ``rate`` is the share of requests that meet one at random, by ``seed``."""

    seed: int = 0
    rate: float = 0.0
    kinds: Sequence[Kind] = STORM
    hang_seconds: float = 0.2
    slow_seconds: float = 0.1
    retry_after: float = 1
    given: Counter[str] = field(factory=Counter)
    _queued: list[Fault] = field(factory=list, init=False)
    _random: random.Random = field(init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def __attrs_post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def next(
        self,
        kind: Kind,
        *,
        method: str = ".*",
        path: str = ".*",
        count: int | None = 1,
        retry_after: float | None = None,
        seconds: float | None = None,
        code: str | None = None,
    ) -> None:
        """The next ``count`` matching requests meet this; several faults are met in the order they were queued."""
        assert kind in KINDS, kind
        fault = Fault(
            kind=kind, method=method, path=path, count=count, retry_after=retry_after, seconds=seconds, code=code
        )
        with self._lock:
            self._queued.append(fault)

    def storm(self, rate: float, kinds: Sequence[Kind] = STORM, seed: int | None = None) -> None:
        """From now on a share of all requests meets faults of these kinds."""
        with self._lock:
            self.rate, self.kinds = rate, tuple(kinds)
            if seed is not None:
                self._random = random.Random(seed)

    def calm(self) -> None:
        """No more faults, queued or at random."""
        with self._lock:
            self._queued.clear()
            self.rate = 0.0

    def pick(self, method: str, path: str) -> Fault | None:
        """The fault that this request meets, used up by it."""
        with self._lock:
            found = self._from_queue(method, path) or self._at_random()
            if found is not None:
                self.given[found.kind] += 1
                return self._timed(found)
        return None

    def _from_queue(self, method: str, path: str) -> Fault | None:
        for place, fault in enumerate(self._queued):
            if not fault.meets(method, path):
                continue
            if fault.count is not None and fault.count > 1:
                self._queued[place] = evolve(fault, count=fault.count - 1)
            elif fault.count is not None:
                del self._queued[place]
            return fault
        return None

    def _at_random(self) -> Fault | None:
        if self.rate and self._random.random() < self.rate:
            return Fault(kind=self._random.choice(self.kinds))
        return None

    def _timed(self, fault: Fault) -> Fault:
        seconds = self.slow_seconds if fault.kind == "slow" else self.hang_seconds
        pause = self.retry_after if fault.kind in {"429", "503", "529"} else None  # others say it only if told to
        return evolve(
            fault,
            seconds=seconds if fault.seconds is None else fault.seconds,
            retry_after=pause if fault.retry_after is None else fault.retry_after,
        )
