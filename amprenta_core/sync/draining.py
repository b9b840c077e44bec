"""Sending what is due to one sink, batch by batch, until nothing is due."""

import logging
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from amprenta_core.errors import SinkUnavailable
from amprenta_core.outgoing import Entry, ItemKey, NotSent, Outgoing, Sent, Sink
from amprenta_core.store import claims, outbox
from amprenta_core.store.claims import Claimed, Later
from amprenta_core.store.wanting import PAGES, PARENTS
from amprenta_core.sync.policy import Policy, Services

if TYPE_CHECKING:
    from sqlalchemy import Connection

_log = logging.getLogger(__name__)
_BROKE_OFF = "the sink broke off"
"""How the error of an item begins in whose batch the sink raised: it is sent alone from then on."""
_RENEWED = 0.2
"""After this share of ``Policy.settle`` the doubt about the rest of a batch begins anew."""
_FAULT = "This is a fault of Amprenta or of a plugin: report it"


@frozen(kw_only=True)
class Drained:
    """What became of the items that were due.

    ``sent`` were brought in step by requests, ``unchanged`` were in step already, ``failed`` failed for good,
    ``postponed`` are tried again. ``outage``: the sink takes nothing now, and for how many seconds it asked to be left
    alone (0.0: it did not say); None: it does.
    """

    sent: int = 0
    unchanged: int = 0
    failed: int = 0
    postponed: int = 0
    outage: float | None = None

    def __add__(self, other: "Drained") -> "Drained":
        """Both together; the outage is the later one's."""
        return Drained(
            sent=self.sent + other.sent,
            unchanged=self.unchanged + other.unchanged,
            failed=self.failed + other.failed,
            postponed=self.postponed + other.postponed,
            outage=other.outage,
        )

    @property
    def total(self) -> int:
        """How many items were looked at."""
        return self.sent + self.unchanged + self.failed + self.postponed


@frozen(kw_only=True)
class _Job:
    """An item that is due; ``payload`` None: it is gone."""

    state: Claimed
    entry: Entry | None
    payload: str | None

    @property
    def outgoing(self) -> Outgoing:
        state = self.state
        return Outgoing(
            key=state.key,
            entry=self.entry,
            remote_id=state.remote_id,
            detail=state.detail,
            in_doubt=state.doubt is not None,
        )

    @property
    def creates(self) -> bool:
        return self.entry is not None and self.state.remote_id is None

    @property
    def alone(self) -> bool:
        return (self.state.error or "").startswith(_BROKE_OFF)


@frozen(kw_only=True)
class _Desk:
    """Where one batch is worked on; ``own`` holds its claims."""

    own: "Connection"
    services: Services
    name: str
    policy: Policy

    @property
    def sink(self) -> Sink:
        return self.services.sinks[self.name]


def drain(services: Services, name: str, policy: Policy, stop: Event) -> Drained:
    """Send what is due to a sink until nothing is due, the sink takes nothing, or ``stop`` is set.

    Any number of workers may do so at once. Raises ``SinkUnavailable`` where the database does not answer.
    """
    with claims.dedicated(services.database.engine) as own:
        return drain_by(own, services, name, policy, stop)


def drain_by(own: "Connection", services: Services, name: str, policy: Policy, stop: Event) -> Drained:
    """The same by a connection that a worker has for it."""
    desk, total = _Desk(own=own, services=services, name=name, policy=policy), Drained()
    while not stop.is_set():
        done = _batch(desk)
        total = total if done is None else total + done
        if done is None or done.outage is not None:
            break
    return total


def _batch(desk: _Desk) -> Drained | None:
    """Claim and send one batch; None: nothing is due."""
    limit = desk.policy.batch or max(1, desk.sink.at_once)
    keys = claims.claim(desk.own, desk.name, desk.services.kinds(desk.name), limit)
    if not keys:
        return None
    try:
        jobs, broken = _jobs(desk, keys)
        return Drained(postponed=broken) + _settle(desk, jobs)
    finally:
        with suppress(SinkUnavailable):  # the claims have ended with their connection
            claims.release(desk.own)


def _jobs(desk: _Desk, keys: Sequence[ItemKey]) -> tuple[list[_Job], int]:
    """What is to be done for each item that is still due; an item of which no entry can be made fails alone."""
    try:
        return _read(desk, keys), 0
    except SinkUnavailable:
        raise
    except Exception as error:  # noqa: BLE001  # a plugin's text may fail anyhow
        if len(keys) > 1:
            each = [_jobs(desk, [key]) for key in keys]
            return [job for jobs, _ in each for job in jobs], sum(broken for _, broken in each)
        return [], _broken(desk, keys, _place(error))


def _broken(desk: _Desk, keys: Sequence[ItemKey], why: str) -> int:
    """Note items of which no entry can be made; they are tried again."""
    with desk.services.database.transaction() as connection:
        states = claims.states(connection, desk.name, keys)
    for state in states:
        _log.warning("no entry can be made of %s %s: %s", state.key.kind, state.key.id, why)
        error = SinkUnavailable(f"no entry can be made of it: {why}", hint=_FAULT)
        answer = NotSent(key=state.key, error=error, in_doubt=state.doubt is not None)
        _note_failure(desk, state, answer, desk.policy.spread())
    return len(states)


def _read(desk: _Desk, keys: Sequence[ItemKey]) -> list[_Job]:
    """States and entries of one moment: what is sent is what the hash stands for."""
    with desk.services.database.transaction() as connection:
        claims.one_snapshot(connection)
        states = claims.states(connection, desk.name, keys)
        entries = desk.services.entries(connection, [state.key for state in states]) if states else {}
    jobs = []
    for state in states:
        entry = entries.get(state.key)
        jobs.append(_Job(state=state, entry=entry, payload=None if entry is None else desk.sink.payload(entry)))
        _keep_texts(desk, state.key, entry)
    return jobs


def _keep_texts(desk: _Desk, key: ItemKey, entry: Entry | None) -> None:
    if desk.services.chunker is not None:
        chunks = () if entry is None else desk.services.chunker(entry)
        with desk.services.database.transaction() as connection:
            outbox.replace_chunks(connection, key, chunks if outbox.stays(connection, key) else ())


def _settle(desk: _Desk, jobs: Sequence[_Job]) -> Drained:
    """Send what needs a request, and note the others."""
    same = [job for job in jobs if job.payload is not None and job.payload == job.state.payload]
    waiting = [job for job in jobs if job.state.doubt is not None and job.state.doubt < desk.policy.settle]
    put_aside = {job.state.key for job in (*same, *waiting)}
    for job in same:
        done = Sent(key=job.state.key, remote_id=job.state.remote_id, detail=job.state.detail)
        _note_sent(desk, job, done)
    if waiting:
        with desk.services.database.transaction() as connection:
            claims.postpone(connection, desk.name, [job.state.key for job in waiting], desk.policy.settle)
    total = Drained(unchanged=len(same), postponed=len(waiting))
    to_send = [job for job in jobs if job.state.key not in put_aside]
    together = [job for job in to_send if not job.alone]
    for group in ([together] if together else []) + [[job] for job in to_send if job.alone]:
        total += _send(desk, group)
        if total.outage is not None:
            break
    return total


def _send(desk: _Desk, jobs: Sequence[_Job]) -> Drained:
    """Send a batch; each answer is noted as it comes, so that a kill loses at most what was on its way."""
    waiting = {job.state.key: job for job in jobs}
    begun = _begin(desk, jobs)
    spread, sent, problems = desk.policy.spread(), 0, list[NotSent]()
    for answer in _answers(desk.sink, [job.outgoing for job in jobs]):
        job = waiting.pop(answer.key, None)
        if job is None:  # answered twice, or never asked
            continue
        problem = _noted(desk, job, answer, spread)
        sent += problem is None
        problems += [] if problem is None else [problem]
        if waiting and monotonic() - begun > desk.policy.settle * _RENEWED:
            begun = _begin(desk, list(waiting.values()))
    return _summed(sent, problems)


def _begin(desk: _Desk, jobs: Sequence[_Job]) -> float:
    """Note that these may soon be made; when that was. In a slow batch it is said anew for those that come later."""
    keys, new = [job.state.key for job in jobs], [job.state.key for job in jobs if job.creates]
    with desk.services.database.transaction() as connection:
        claims.begin(connection, desk.name, keys, new)
    return monotonic()


def _noted(desk: _Desk, job: _Job, answer: Sent | NotSent, spread: float) -> NotSent | None:
    """Note an answer; why the item is not in step, None where it is."""
    if isinstance(answer, Sent):
        try:
            _note_sent(desk, job, answer)
        except SinkUnavailable:
            raise
        except Exception as error:  # noqa: BLE001  # it must not block the others
            answer = _left_open(job.state.key, f"its answer cannot be kept, {_place(error)}")
        else:
            return None
    if answer.error.what.startswith(_BROKE_OFF):
        answer = evolve(answer, in_doubt=job.creates or job.state.doubt is not None)
    _note_failure(desk, job.state, answer, spread)
    return answer


def _left_open(key: ItemKey, why: str) -> NotSent:
    return NotSent(key=key, error=SinkUnavailable(f"{_BROKE_OFF}: {why}", hint=_FAULT))


def _answers(sink: Sink, items: Sequence[Outgoing]) -> Iterator[Sent | NotSent]:
    """A sink's answers, one for each item whatever it does."""
    unanswered = {item.key for item in items}
    why = "it gave no answer"
    try:
        for answer in sink.send(items):
            unanswered.discard(answer.key)
            yield answer
    except Exception as error:  # noqa: BLE001  # whatever a sink does, its items are answered for
        why = _place(error)
        _log.warning("%s broke off: %s", sink.name, why)
    for item in items:
        if item.key in unanswered:
            yield _left_open(item.key, why)


def _place(error: Exception) -> str:
    """What an unexpected error is and where: its text may quote anything, keys included."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"


def _note_sent(desk: _Desk, job: _Job, done: Sent) -> None:
    with desk.services.database.transaction() as connection:
        claims.sent(connection, desk.name, done, job.state.wanted, job.payload)
    if done.remote_id != job.state.remote_id:
        _want_children(desk, done.key)


def _want_children(desk: _Desk, key: ItemKey) -> None:
    """Once more, for children that were written while a page changed: they saw the old one, and were not seen."""
    if desk.name == PAGES and key.kind in PARENTS:
        with desk.services.database.transaction() as connection:
            outbox.want_again(connection, outbox.children(connection, [key]))


def _note_failure(desk: _Desk, state: Claimed, answer: NotSent, spread: float) -> None:
    policy = desk.policy
    asked = answer.error.retry_after if isinstance(answer.error, SinkUnavailable) else None
    seconds = policy.delay(state.attempts) * spread if asked is None else asked
    if answer.in_doubt:
        seconds = max(seconds, policy.settle)
    later = Later(seconds=seconds, grain=policy.grain, counted=asked is None)
    with desk.services.database.transaction() as connection:
        claims.failed(connection, desk.name, answer, state.wanted, later)
    if answer.detail is not None and answer.remote_id != state.remote_id:
        _want_children(desk, answer.key)


def _summed(sent: int, problems: Sequence[NotSent]) -> Drained:
    """The counts of a batch. The sink is out of order if it took nothing, not only because items are in doubt."""
    passing = [told for told in problems if isinstance(told.error, SinkUnavailable)]
    plain = [told.error for told in passing if not told.in_doubt and not told.error.what.startswith(_BROKE_OFF)]
    asked = [error.retry_after or 0.0 for error in plain if isinstance(error, SinkUnavailable)]
    nothing = bool(plain) and not sent and len(passing) == len(problems)
    return Drained(
        sent=sent, failed=len(problems) - len(passing), postponed=len(passing), outage=max(asked) if nothing else None
    )
