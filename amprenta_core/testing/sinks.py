"""What every sink promises, as tests that it inherits, and a sink in memory that keeps the promises.

Example::

    class TestConformance(SinkConformance):
        @pytest.fixture
        def sink(self) -> Sink: ...          # empty, and connected to a fake

        @pytest.fixture
        def entry(self) -> Entry: ...        # of a kind that it shows

        @pytest.fixture
        def broken(self) -> Entry: ...       # the other side refuses it for good
"""

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from attrs import asdict, define, evolve, field

from amprenta_core.errors import AmprentaError
from amprenta_core.outgoing import KINDS, Entry, ItemKey, Kind, NotSent, Outgoing, Remote, Sent, Sink, digest

Answer = Sent | NotSent


@define(kw_only=True)
class MemorySink:
    """A sink that is a dictionary: ``held`` by remote id.

    ``before`` is called for each item before it is taken in, ``after`` when it is there and before it is answered for:
    both may raise. An ``AmprentaError`` becomes the item's answer, anything else breaks off. ``batches`` are the sizes
    of what it was given together, ``requests`` (what was done, item) in their order.
    """

    name: str = "memory"
    kinds: frozenset[Kind] = frozenset(KINDS)
    at_once: int = 10
    held: dict[str, Remote] = field(factory=dict)
    entries: dict[ItemKey, Entry] = field(factory=dict, repr=False)
    before: Callable[[Outgoing], None] = field(default=lambda _: None, repr=False)
    after: Callable[[Outgoing], None] = field(default=lambda _: None, repr=False)
    batches: list[int] = field(factory=list)
    requests: list[tuple[str, ItemKey]] = field(factory=list)
    _numbers: Iterator[int] = field(factory=lambda: count(1), repr=False)

    def payload(self, entry: Entry) -> str:
        """A hash of all of the entry but its own page."""
        return digest(asdict(evolve(entry, page_id=None)))

    def send(self, items: Sequence[Outgoing]) -> Iterator[Answer]:
        """Take items in, one after the other."""
        self.batches.append(len(items))
        for item in items:
            try:
                self.before(item)
            except AmprentaError as error:
                yield NotSent(key=item.key, error=error, in_doubt=item.in_doubt)
                continue
            remote_id = self._take(item)
            try:
                self.after(item)
            except AmprentaError as error:
                yield NotSent(key=item.key, error=error, in_doubt=item.remote_id is None)
                continue
            yield Sent(key=item.key, remote_id=remote_id, detail={"requests": len(self.requests)} if remote_id else {})

    def inventory(self) -> Iterator[Remote]:
        """All that is held."""
        yield from list(self.held.values())

    def remove(self, remote: Remote) -> None:
        """Forget one."""
        self.held.pop(remote.remote_id, None)
        self.requests.append(("remove", remote.key))

    def _take(self, item: Outgoing) -> str | None:
        remote_id = item.remote_id if item.remote_id in self.held else None
        if remote_id is None and item.in_doubt:
            self.requests.append(("look up", item.key))
            remote_id = next((one.remote_id for one in self.held.values() if one.key == item.key), None)
        if item.entry is None:
            if remote_id is not None:
                self.remove(self.held[remote_id])
            return None
        self.requests.append(("create" if remote_id is None else "update", item.key))
        remote_id = remote_id or f"{self.name}-{next(self._numbers)}-{uuid4().hex[:8]}"
        self.held[remote_id] = Remote(key=item.key, remote_id=remote_id, payload=self.payload(item.entry))
        self.entries[item.key] = item.entry
        return remote_id


class SinkConformance:
    """Inherit it in a class ``Test…`` with the fixtures ``sink`` and ``entry``, and ``broken`` where there is such."""

    @pytest.fixture
    def sink(self) -> Sink:
        """The sink: it holds nothing, and talks to a fake of the other side."""
        raise NotImplementedError("give the fixture sink")

    @pytest.fixture
    def entry(self) -> Entry:
        """Something that the sink shows."""
        raise NotImplementedError("give the fixture entry")

    @pytest.fixture
    def broken(self) -> Entry:
        """Something that the other side refuses for good."""
        pytest.skip("nothing is said to be refused by the other side")

    # -- the promises ------------------------------------------------------------------------------------------------

    def test_describes_itself(self, sink: Sink, entry: Entry) -> None:
        """It satisfies the protocol, and shows what it is tested with."""
        assert isinstance(sink, Sink)
        assert sink.name
        assert sink.kinds <= set(KINDS)
        assert entry.key.kind in sink.kinds
        assert sink.at_once >= 1

    def test_payload_stands_for_the_content(self, sink: Sink, entry: Entry) -> None:
        """Equal for equal entries, whatever page they have; another name is another payload."""
        again = evolve(entry, external_ids=dict(reversed(list(entry.external_ids.items()))))
        assert sink.payload(entry) == sink.payload(again), "the same content has two payloads"
        assert sink.payload(entry) == sink.payload(evolve(entry, page_id="there")), "what the sink notes changes it"
        assert sink.payload(entry) != sink.payload(evolve(entry, name=f"{entry.name} renamed")), "a name is not in it"

    def test_answers_for_each_item_once(self, sink: Sink, entry: Entry) -> None:
        """As many answers as items, each for its own; what is noted is plain data."""
        items = [Outgoing(key=one.key, entry=one) for one in several(entry, 2 * sink.at_once + 1)]
        answers = list(sink.send(items))
        assert sorted(answer.key for answer in answers) == sorted(item.key for item in items)
        assert [answer for answer in answers if isinstance(answer, NotSent)] == []
        for answer in answers:
            assert answer.detail is not None
            assert json.loads(json.dumps(dict(answer.detail))) == dict(answer.detail), "detail is not plain JSON"

    def test_answers_nothing_for_nothing(self, sink: Sink) -> None:
        """No items, no answers, nothing there."""
        assert list(sink.send([])) == []
        assert list(sink.inventory()) == []

    def test_inventory_tells_what_was_sent(self, sink: Sink, entry: Entry) -> None:
        """Every item once, by its key and remote id, with the payload it was sent with."""
        made = several(entry, 3)
        done = [sent(sink, one) for one in made]
        expected = {one.key: sink.payload(one) for one in made}
        there = list(sink.inventory())
        assert {remote.key: remote.payload for remote in there} == expected
        assert len(there) == len(made)
        assert {one.key: one.remote_id for one in done if one.remote_id} == {
            remote.key: remote.remote_id for remote in there if any(one.remote_id for one in done)
        }

    def test_the_same_twice_stays_one(self, sink: Sink, entry: Entry) -> None:
        """Sending again what was sent leaves one thing there, the same one."""
        first = sent(sink, entry)
        assert sent(sink, entry, first).remote_id == first.remote_id
        assert len(list(sink.inventory())) == 1

    def test_an_update_stays_in_its_place(self, sink: Sink, entry: Entry) -> None:
        """New content is shown where the old one was."""
        first, changed = sent(sink, entry), evolve(entry, name=f"{entry.name} renamed", description="Said anew.")
        assert sent(sink, changed, first).remote_id == first.remote_id
        assert [(r.key, r.payload) for r in sink.inventory()] == [(entry.key, sink.payload(changed))]

    def test_what_is_gone_is_taken_away(self, sink: Sink, entry: Entry) -> None:
        """An item without an entry leaves nothing, its neighbours stay; to take it away twice is no error."""
        one, other = several(entry, 2)
        first, _ = sent(sink, one), sent(sink, other)
        for _ in range(2):
            (answer,) = sink.send([Outgoing(key=one.key, entry=None, remote_id=first.remote_id, detail=first.detail)])
            assert isinstance(answer, Sent), answer
        assert [r.key for r in sink.inventory() if not r.state] == [other.key]

    def test_what_never_was_there_is_taken_away_too(self, sink: Sink, entry: Entry) -> None:
        """An item that is gone and was never sent is in step."""
        (answer,) = sink.send([Outgoing(key=entry.key, entry=None)])
        assert isinstance(answer, Sent), answer

    def test_an_item_in_doubt_is_adopted(self, sink: Sink, entry: Entry) -> None:
        """What an earlier attempt made without an answer is found, brought up to date, and not made twice."""
        first, changed = sent(sink, entry), evolve(entry, name=f"{entry.name} renamed")
        (answer,) = sink.send([Outgoing(key=entry.key, entry=changed, in_doubt=True)])
        assert isinstance(answer, Sent), answer
        assert answer.remote_id == first.remote_id
        assert [(r.key, r.payload) for r in sink.inventory()] == [(entry.key, sink.payload(changed))]

    def test_an_item_in_doubt_that_is_not_there_is_made(self, sink: Sink, entry: Entry) -> None:
        """Doubt alone keeps nothing away."""
        (answer,) = sink.send([Outgoing(key=entry.key, entry=entry, in_doubt=True)])
        assert isinstance(answer, Sent), answer
        assert [r.key for r in sink.inventory()] == [entry.key]

    def test_an_item_in_doubt_that_is_gone_leaves_nothing(self, sink: Sink, entry: Entry) -> None:
        """What may have been made of an item that is gone by now is looked for and taken away."""
        sent(sink, entry)
        (answer,) = sink.send([Outgoing(key=entry.key, entry=None, in_doubt=True)])
        assert isinstance(answer, Sent), answer
        assert [r.key for r in sink.inventory() if not r.state] == []

    def test_a_broken_item_fails_alone(self, sink: Sink, entry: Entry, broken: Entry) -> None:
        """One item that is refused is answered for, and the others of its batch are in step."""
        before, after = several(entry, 2)
        items = [Outgoing(key=one.key, entry=one) for one in (before, broken, after)]
        answers = {answer.key: answer for answer in sink.send(items)}
        assert isinstance(answers[broken.key], NotSent)
        assert isinstance(answers[before.key], Sent)
        assert isinstance(answers[after.key], Sent)
        assert {before.key, after.key} <= {remote.key for remote in sink.inventory()}

    def test_what_is_removed_is_no_longer_there(self, sink: Sink, entry: Entry) -> None:
        """``remove`` takes away exactly what the inventory told of."""
        one, other = several(entry, 2)
        sent(sink, one), sent(sink, other)
        sink.remove(next(remote for remote in sink.inventory() if remote.key == one.key))
        assert [r.key for r in sink.inventory() if not r.state] == [other.key]


def several(entry: Entry, number: int) -> list[Entry]:
    """Entries like this one, of other items with other names."""
    key: Any = entry.key
    return [evolve(entry, key=evolve(key, id=uuid4()), name=f"{entry.name} {n}") for n in range(number)]


def sent(sink: Sink, entry: Entry, before: Sent | None = None) -> Sent:
    """Send one entry that must arrive; ``before`` is the answer of the last time."""
    known = {} if before is None else {"remote_id": before.remote_id, "detail": before.detail}
    (answer,) = sink.send([Outgoing(key=entry.key, entry=entry, **known)])  # type: ignore[arg-type]  # two named fields
    assert isinstance(answer, Sent), answer
    return answer
