"""Comparing Postgres with what a sink says it holds, both ways, and putting it right."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal

from attrs import evolve, frozen

from amprenta_core.outgoing import Discrepancy, ItemKey, Remote
from amprenta_core.store import outbox
from amprenta_core.store.outbox import Known
from amprenta_core.sync.policy import Policy, Services

_TRASHED = "trashed"


@frozen(kw_only=True)
class _Finding:
    """A difference, and what puts it right."""

    told: Discrepancy
    action: Literal["remove", "send", "create", "adopt"]
    remote: Remote | None = None


def verify(services: Services, name: str, *, repair: bool = False, policy: Policy | None = None) -> list[Discrepancy]:
    """Where a sink differs from Postgres: ids and payloads, both ways.

    What is on its way is not reported, nor what was sent so recently (``policy.settle``) that the sink may not show it
    yet. ``repair`` removes what should not be there and makes the rest due again: a worker sends it. Raises
    ``SinkUnavailable`` or ``SinkRejected``, also where a removal fails.
    """
    settle = (policy or Policy()).settle
    with services.database.transaction() as connection:
        began = outbox.now(connection)
    held: dict[ItemKey, list[Remote]] = defaultdict(list)
    for remote in services.sinks[name].inventory():
        held[remote.key].append(remote)
    with services.database.transaction() as connection:  # read last: what was held then was stored before
        known = outbox.known(connection, name, services.sinks[name].kinds, began, settle)
    findings = sorted(_findings(name, known, held), key=lambda one: (one.told.what, one.told.key))
    if repair:
        _repair(services, name, findings)
    return [evolve(one.told, repaired=repair) for one in findings]


def _findings(sink: str, known: dict[ItemKey, Known], held: dict[ItemKey, list[Remote]]) -> Iterator[_Finding]:
    for key, remotes in held.items():
        state = known.get(key)
        if state is None or (not state.here and state.state != "due"):
            yield from (_odd(sink, "unknown", one) for one in remotes if one.state != _TRASHED)
        elif state.here:
            yield from _of_one(sink, state, remotes)
    for key, state in known.items():
        if state.here and key not in held and state.settled and state.state != "due":
            told = Discrepancy(sink=sink, what="missing", key=key, remote_id=state.remote_id)
            yield _Finding(told=told, action="create")


def _of_one(sink: str, state: Known, remotes: Sequence[Remote]) -> Iterator[_Finding]:
    """What is wrong with the things that stand for one item: one of them is its own, the others are too many."""
    own = min(remotes, key=lambda one: (one.state == _TRASHED, one.remote_id != state.remote_id, one.remote_id))
    others = [one for one in remotes if one.remote_id != own.remote_id and one.state != _TRASHED]
    yield from (_odd(sink, "duplicate", one) for one in others)
    if state.state == "due" or not state.settled:
        return
    told = Discrepancy(sink=sink, what="stale", key=state.key, remote_id=own.remote_id)
    if own.state == _TRASHED:
        yield _Finding(told=evolve(told, what="gone"), action="create", remote=own)
    elif own.remote_id != state.remote_id and state.remote_id is not None:
        yield _Finding(told=told, action="adopt", remote=own)
    elif own.payload is None or own.payload != state.payload:
        yield _Finding(told=told, action="adopt" if state.remote_id is None else "send", remote=own)


def _odd(sink: str, what: Literal["unknown", "duplicate"], remote: Remote) -> _Finding:
    told = Discrepancy(sink=sink, what=what, key=remote.key, remote_id=remote.remote_id)
    return _Finding(told=told, action="remove", remote=remote)


def _repair(services: Services, name: str, findings: Sequence[_Finding]) -> None:
    """Make things due first: what cannot be removed does not keep the others back."""
    for one in findings:
        with services.database.transaction() as connection:  # of its own: nobody waits for all of them
            if one.action == "create":
                outbox.create_again(connection, name, one.told.key)
            elif one.action == "send":
                outbox.send_again(connection, name, [one.told.key])
            elif one.action == "adopt" and one.remote is not None:
                outbox.adopt(connection, name, one.told.key, one.remote.remote_id)
    for one in findings:
        if one.action == "remove" and one.remote is not None:
            services.sinks[name].remove(one.remote)
