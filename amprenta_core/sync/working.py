"""A worker: a thread for each sink, so that one sink's outage never slows another."""

import logging
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING

from attrs import define

from amprenta_core.errors import AmprentaError
from amprenta_core.store import claims, outbox
from amprenta_core.store.wanting import sliced
from amprenta_core.sync.draining import Drained, drain, drain_by
from amprenta_core.sync.policy import Policy, Services

if TYPE_CHECKING:
    from sqlalchemy import Connection

_log = logging.getLogger(__name__)
_STEP = 0.25
"""Seconds after which a worker that listens looks whether it is to stop."""


@define
class _Pause:
    """A wait that grows from one trouble to the next, until all is well."""

    policy: Policy
    troubles: int = 0

    def wait(self, stop: Event, at_least: float = 0.0) -> None:
        grown = self.policy.delay(self.troubles, self.policy.longest_pause) * self.policy.spread()
        self.troubles += 1
        stop.wait(max(at_least, grown))


def want_all(services: Services, names: Collection[str] | None = None) -> int:
    """Want whatever no sink was told of: for a sink that is switched on later, and as a worker begins.

    Returns how many states were out of date. Short transactions, so that no ingestion waits for long.
    """
    count = 0
    for name in services.sinks if names is None else names:
        kinds = services.sinks[name].kinds
        with services.database.transaction() as connection:
            late = outbox.outdated(connection, name, kinds)
        count += len(late)
        for some in sliced(late):
            with services.database.transaction() as connection:
                outbox.want(connection, [name], some)
    return count


def run_once(
    services: Services, policy: Policy, stop: Event | None = None, *, catch_up: bool = True
) -> Mapping[str, Drained]:
    """Send what is due now to all sinks at once, until nothing is due or a sink takes nothing.

    ``catch_up``: look first for items that no sink was told of. Raises ``SinkUnavailable`` where the database does not
    answer.
    """
    halt = stop or Event()
    if catch_up:
        want_all(services)
    totals = {name: Drained() for name in services.sinks}
    todo: Sequence[str] = list(totals)
    while todo and not halt.is_set():
        with ThreadPoolExecutor(len(todo)) as pool:
            done = dict(zip(todo, pool.map(lambda name: drain(services, name, policy, halt), todo), strict=True))
        totals = {name: total + done.get(name, Drained(outage=total.outage)) for name, total in totals.items()}
        busy = any(one.sent for one in done.values())  # a page that is new may be news for another sink
        todo = [name for name, total in totals.items() if total.outage is None] if busy else []
    return totals


def work(services: Services, policy: Policy, stop: Event) -> None:
    """Keep all sinks in step until ``stop`` is set; whatever is down is waited for."""
    threads = [
        Thread(target=_serve, args=(services, name, policy, stop), name=f"sync-{name}") for name in services.sinks
    ]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    finally:  # also after Ctrl-C: no thread is left behind
        stop.set()
        for thread in threads:
            thread.join()


def _serve(services: Services, name: str, policy: Policy, stop: Event) -> None:
    """Serve one sink; whatever happens, go on."""
    trouble = _Pause(policy)
    while not stop.is_set():
        try:
            with claims.dedicated(services.database.engine) as own:
                want_all(services, [name])
                _attend(own, services, name, policy, stop, trouble)
        except AmprentaError as error:
            _log.warning("%s waits: %s", name, error)
            trouble.wait(stop)
        except Exception as error:  # noqa: BLE001  # a worker never ends by itself; the text may hold anything
            _log.warning("%s goes on after an unexpected %s", name, type(error).__name__)
            trouble.wait(stop)


def _attend(own: "Connection", services: Services, name: str, policy: Policy, stop: Event, trouble: _Pause) -> None:
    """Drain, and wait for more, until ``stop`` is set. Raises what the database raises."""
    outage = _Pause(policy)
    while not stop.is_set():
        done = drain_by(own, services, name, policy, stop)
        trouble.troubles = 0
        if done.sent:
            outage.troubles = 0
        if done.outage is not None:
            _log.info("%s takes nothing now", name)
            outage.wait(stop, at_least=done.outage)
        else:
            _listen(own, _time_to_next(services, name, policy), stop)


def _time_to_next(services: Services, name: str, policy: Policy) -> float:
    with services.database.transaction() as connection:
        due = outbox.next_due(connection, [name])
    return policy.idle if due is None else min(policy.idle, max(policy.shortest_wait, due))


def _listen(own: "Connection", seconds: float, stop: Event) -> None:
    """Wait until something is wanted, at most so long."""
    until = monotonic() + seconds
    while not stop.is_set() and (left := until - monotonic()) > 0:
        if claims.heard(own, min(left, _STEP)):
            break
