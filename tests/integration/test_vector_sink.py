"""Items and their vectors stay in step: nothing is lost by a failure, embedded twice, or left behind."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import pytest
from attrs import define, evolve, field
from fakes.openai import OpenAIFake
from fakes.pinecone import PineconeFake

from amprenta_core.errors import SinkRejected, SinkUnavailable
from amprenta_core.outgoing import (
    Entry,
    ItemKey,
    Kind,
    Link,
    NotSent,
    Outgoing,
    Remote,
    Sent,
    Sink,
    VectorIndex,
)
from amprenta_core.search import openai_embedder
from amprenta_core.search.chunks import chunks, parse_id
from amprenta_core.settings import EmbedderSettings, PineconeSettings
from amprenta_core.sinks import pinecone
from amprenta_core.sinks.vectors import VectorSink, generation
from amprenta_core.store.database import Database, open_database
from amprenta_core.store.embedding_cache import PostgresEmbeddingCache
from amprenta_core.store.vectors import PgVectorIndex
from amprenta_core.testing.sinks import SinkConformance

if TYPE_CHECKING:
    from conftest import Workspace

SPACE = UUID("6f8d2c0a-6a0e-5a57-9d53-0d1b8f6f5c11")
SMALL, LARGE = "text-embedding-3-small", "text-embedding-3-large"
LONG = "\n\n".join(f"Paragraph {n} says something about ceramides and TP53." * 6 for n in range(20))


class Turns:
    """A throttle that lets everybody pass."""

    def wait(self, credential: str) -> None:
        pass

    def hold(self, credential: str, seconds: float) -> None:
        pass


@define(kw_only=True)
class Desk:
    """A sink over both fakes or pgvector, what it noted of each item, and what the outbox would do with its answers."""

    openai: OpenAIFake
    pinecone: PineconeFake
    database: Database
    kind: str
    model: str = SMALL
    noted: dict[ItemKey, Outgoing] = field(factory=dict)

    def index(self, name: str) -> VectorIndex:
        if self.kind == "pgvector":
            return PgVectorIndex(database=self.database, dimensions=8, generation=name)
        settings = PineconeSettings(key="k", index="amprenta", base_url=self.pinecone.url, timeout=5)
        return pinecone.make(settings, Turns(), 8, name)

    @property
    def sink(self) -> VectorSink:
        settings = EmbedderSettings(key="k", base_url=f"{self.openai.url}/v1", model=self.model, dimensions=8)
        return VectorSink(
            name=self.kind,
            index=self.index(generation(self.model, 8)),
            embedder=openai_embedder.make(settings, Turns()),
            chunks=chunks,
            parse_id=parse_id,
            cache=PostgresEmbeddingCache(database=self.database),
            older=self.index,
        )

    def send(self, *entries: Entry, gone: Sequence[ItemKey] = (), doubtful: bool = False) -> list[Sent | NotSent]:
        """Hand items over, and note the answers as the outbox does: in the order of the items."""
        items = [evolve(self._known(one.key), entry=one, in_doubt=doubtful) for one in entries]
        items += [evolve(self._known(key), entry=None) for key in gone]
        answers = {answer.key: answer for answer in self.sink.send(items)}
        assert set(answers) == {item.key for item in items}
        for key, answer in answers.items():
            if isinstance(answer, Sent):
                self.noted[key] = Outgoing(key=key, entry=None, remote_id=answer.remote_id, detail=answer.detail)
            elif answer.detail is not None:
                self.noted[key] = evolve(self._known(key), remote_id=answer.remote_id, detail=answer.detail)
        return [answers[item.key] for item in items]

    def _known(self, key: ItemKey) -> Outgoing:
        return self.noted.get(key, Outgoing(key=key, entry=None))

    def ids(self, model: str | None = None) -> set[str]:
        return set(self.index(generation(model or self.model, 8)).ids())

    def paid(self) -> int:
        """How many texts were embedded so far."""
        return len(self.openai.embedded)

    def forget(self) -> None:
        """A crash: what was done is done, and nobody noted it."""
        self.noted.clear()


@pytest.fixture
def database(workspace: "Workspace") -> Iterator[Database]:
    made = open_database(workspace.settings)
    yield made
    made.close()


@pytest.fixture(params=["pinecone", "pgvector"])
def desk(request: pytest.FixtureRequest, database: Database) -> Iterator[Desk]:
    with OpenAIFake() as openai, PineconeFake() as fake:
        yield Desk(openai=openai, pinecone=fake, database=database, kind=request.param)
        assert openai.own_faults == fake.own_faults == []
        assert fake.invalid == []


@pytest.fixture
def remote(database: Database) -> Iterator[Desk]:
    """Over Pinecone alone, for what only happens there."""
    with OpenAIFake() as openai, PineconeFake() as fake:
        yield Desk(openai=openai, pinecone=fake, database=database, kind="pinecone")


def item(name: str, text: str = "", kind: Kind = "dataset", **changes: Any) -> Entry:
    plain = Entry(key=ItemKey(kind=kind, id=uuid5(SPACE, name)), name=name, text=text or f"What {name} shows")
    return evolve(plain, **changes)


def ids_of(*entries: Entry) -> set[str]:
    return {chunk.id for entry in entries for chunk in chunks(entry)}


def kinds(answers: Sequence[object]) -> list[str]:
    return [type(answer).__name__ for answer in answers]


class TestConforms(SinkConformance):
    """What all sinks promise."""

    @pytest.fixture
    def sink(self, desk: Desk) -> Sink:
        return desk.sink

    @pytest.fixture
    def entry(self) -> Entry:
        return item("a")

    @pytest.fixture
    def broken(self, desk: Desk) -> Entry:
        desk.openai.max_tokens = 60
        return item("broken", LONG)


class TestInStep:
    def test_it_is_a_sink_for_all_kinds(self, desk: Desk) -> None:
        assert isinstance(desk.sink, Sink)
        assert len(desk.sink.kinds) == 5

    def test_every_piece_of_every_item_is_there(self, desk: Desk) -> None:
        entries = [item("a", LONG), item("b", LONG + " more"), item("c")]
        answers = desk.send(*entries)
        assert kinds(answers) == ["Sent"] * 3
        assert desk.ids() == ids_of(*entries)
        assert len(desk.ids()) > 3
        assert answers[0].remote_id == f"dataset:{entries[0].key.id}"

    def test_a_vector_says_what_it_is_of(self, desk: Desk) -> None:
        program = Link(key=ItemKey(kind="program", id=uuid5(SPACE, "p")), name="ALS")
        entry = item("a", omics_type="lipidomics", program=program, features=("APOE", "TP53"))
        entry = evolve(entry, top_features=(("TP53", "up"),))
        desk.send(entry)
        (found,) = desk.index(generation(SMALL, 8)).fetch(list(desk.ids())).values()
        said = dict(found.metadata)
        assert said["features"] == ["TP53", "APOE"], "the most telling first"
        wanted = {"kind": "dataset", "item": str(entry.key.id), "name": "a", "omics_type": "lipidomics"}
        wanted |= {"program": "ALS", "program_id": str(program.key.id), "model": SMALL}
        assert {key: said[key] for key in wanted} == wanted
        assert said["text"] == chunks(entry)[0].text
        assert said["payload"] == desk.sink.payload(entry)
        assert "experiment" not in said

    def test_equal_texts_of_two_items_are_paid_for_once_and_kept_twice(self, desk: Desk) -> None:
        twins = [item("a", "same"), evolve(item("b", "same"), name="a")]
        desk.send(*twins)
        assert desk.paid() == 1
        assert len(desk.ids()) == 2
        desk.send(gone=[twins[0].key])
        assert desk.ids() == ids_of(twins[1])

    def test_what_is_unchanged_has_the_same_payload_and_is_not_embedded_again(self, desk: Desk) -> None:
        entry = item("a", LONG)
        assert desk.sink.payload(entry) == desk.sink.payload(item("a", LONG))
        desk.send(entry)
        paid = desk.paid()
        desk.forget()
        desk.send(entry)
        assert desk.paid() == paid

    def test_other_metadata_are_sent_without_embedding_again(self, desk: Desk) -> None:
        desk.send(item("a"))
        changed = item("a", features=("TP53",))
        assert desk.sink.payload(changed) != desk.sink.payload(item("a"))
        desk.send(changed)
        assert desk.paid() == 1
        (found,) = desk.index(generation(SMALL, 8)).fetch(list(desk.ids())).values()
        assert found.metadata["features"] == ["TP53"]

    def test_of_a_changed_text_only_what_changed_is_embedded(self, desk: Desk) -> None:
        desk.send(item("a", LONG))
        paid = desk.paid()
        longer = item("a", LONG + "\n\nOne more paragraph.")
        assert kinds(desk.send(longer)) == ["Sent"]
        assert desk.paid() == paid + 1
        assert desk.ids() == ids_of(longer)

    def test_what_is_gone_is_taken_away_twice_without_complaint(self, desk: Desk) -> None:
        kept, gone = item("a", LONG), item("b", LONG + " more")
        desk.send(kept, gone)
        for _ in range(2):
            (answer,) = desk.send(gone=[gone.key])
            assert isinstance(answer, Sent)
            assert answer.remote_id is None
        assert desk.ids() == ids_of(kept)

    def test_what_is_gone_is_taken_away_though_nobody_noted_it(self, desk: Desk) -> None:
        gone = item("a", LONG)
        desk.send(gone)
        desk.forget()
        desk.send(gone=[gone.key])
        assert desk.ids() == set()

    def test_after_a_doubtful_attempt_nothing_is_left_behind(self, desk: Desk) -> None:
        desk.send(item("a", LONG))
        desk.forget()
        changed = item("a", "quite another text")
        desk.send(changed, doubtful=True)
        assert desk.ids() == ids_of(changed)

    def test_nothing_to_send_asks_nobody(self, desk: Desk) -> None:
        assert desk.send() == []
        assert desk.openai.requests == []
        assert desk.pinecone.requests == []


class TestFailures:
    def test_old_vectors_stay_until_new_ones_are_there(self, desk: Desk) -> None:
        old, new = item("a", "the old text"), item("a", "the new text")
        desk.send(old)
        desk.openai.faults.next("503")
        (answer,) = desk.send(new)
        assert isinstance(answer, NotSent)
        assert isinstance(answer.error, SinkUnavailable)
        assert desk.ids() == ids_of(old)
        assert kinds(desk.send(new)) == ["Sent"]
        assert desk.ids() == ids_of(new)

    def test_new_vectors_are_written_before_old_ones_are_deleted(self, remote: Desk) -> None:
        remote.send(item("a", "the old text"))
        remote.pinecone.requests.clear()
        remote.send(item("a", "the new text"))
        wrote = [seen.path for seen in remote.pinecone.requests if seen.method == "POST"]
        assert wrote == ["/vectors/upsert", "/vectors/delete"]

    def test_a_text_that_cannot_be_embedded_fails_its_item_alone(self, desk: Desk) -> None:
        desk.openai.max_tokens = 60
        good, bad = [item(f"good {n}") for n in range(20)], item("bad", "word " * 300)
        answers = desk.send(*good[:10], bad, *good[10:])
        assert [answer.key for answer in answers if isinstance(answer, NotSent)] == [bad.key]
        assert desk.ids() == ids_of(*good)

    def test_a_vector_that_is_refused_fails_its_item_alone(self, remote: Desk) -> None:
        bad, good = item("bad", LONG), [item(f"good {n}") for n in range(20)]
        refused = chunks(bad)[1].id
        remote.pinecone.refuse(refused)
        answers = remote.send(bad, *good)
        assert kinds(answers) == ["NotSent"] + ["Sent"] * 20
        assert isinstance(answers[0], NotSent)
        assert isinstance(answers[0].error, SinkRejected)
        paid = remote.paid()
        remote.pinecone.calm()
        assert kinds(remote.send(bad)) == ["Sent"]
        assert remote.paid() == paid, "what was embedded was paid for again"
        assert remote.ids() == ids_of(bad, *good)

    def test_half_written_items_are_cleared_when_their_text_changes(self, remote: Desk) -> None:
        bad = item("bad", LONG)
        remote.pinecone.refuse(chunks(bad)[1].id)
        remote.send(bad)
        assert remote.ids() < ids_of(bad)
        changed = item("bad", "short by now")
        assert kinds(remote.send(changed)) == ["Sent"]
        assert remote.ids() == ids_of(changed)

    def test_an_error_half_way_loses_no_embedding(self, desk: Desk) -> None:
        entries = [item(f"item {n}") for n in range(300)]
        desk.openai.faults.next("slow", seconds=0)
        desk.openai.faults.next("429", retry_after=0)
        answers = desk.send(*entries)
        assert kinds(answers).count("Sent") == desk.paid() == 128
        assert len(desk.openai.requests) == 2, "it went on after it was told to wait"
        assert kinds(desk.send(*entries)) == ["Sent"] * 300
        assert desk.paid() == 300

    def test_embeddings_outlive_an_index_that_is_down(self, remote: Desk) -> None:
        entries = [item(f"item {n}") for n in range(30)]
        remote.pinecone.faults.next("503", count=None)
        assert kinds(remote.send(*entries)) == ["NotSent"] * 30
        remote.pinecone.calm()
        assert kinds(remote.send(*entries)) == ["Sent"] * 30
        assert remote.paid() == 30
        assert remote.pinecone.count("POST", "upsert") == 1, "what waited together was sent one by one"

    def test_a_failed_deletion_fails_only_those_that_had_something_to_delete(self, remote: Desk) -> None:
        old, new, other = item("a", "the old text"), item("a", "the new text"), item("b")
        remote.send(old)
        remote.pinecone.faults.next("503", path="/vectors/delete")
        assert kinds(remote.send(new, other)) == ["NotSent", "Sent"]
        assert remote.ids() == ids_of(old, new, other)
        assert kinds(remote.send(item("a", "a third text"))) == ["Sent"]
        assert remote.ids() == ids_of(item("a", "a third text"), other)

    def test_a_cache_that_is_down_is_no_failure(self, desk: Desk) -> None:
        class Down:
            def get(self, *_: object) -> dict[str, object]:
                raise SinkUnavailable("the database does not answer")

            put = get

        sink = desk.sink
        sink.cache = Down()  # type: ignore[assignment]  # it never gives anything
        assert kinds(list(sink.send([Outgoing(key=item("a").key, entry=item("a"))]))) == ["Sent"]

    @pytest.mark.parametrize("seed", range(3))
    def test_a_storm_ends_in_step(self, desk: Desk, seed: int) -> None:
        entries = [item(f"item {n}", LONG[: n * 150]) for n in range(30)]
        for fake in (desk.openai, desk.pinecone):
            fake.faults.hang_seconds = fake.faults.slow_seconds = 0.01
            fake.faults.storm(0.4, seed=seed)
        for turn in range(8):
            changed = [evolve(one, description=f"turn {turn}") for one in entries[turn::5]]
            entries = [next((new for new in changed if new.key == one.key), one) for one in entries]
            desk.send(*changed, gone=[entries[turn].key])
        desk.openai.calm()
        desk.pinecone.calm()
        assert set(kinds(desk.send(*entries))) == {"Sent"}
        assert desk.ids() == ids_of(*entries)


class TestGenerations:
    def test_another_model_is_a_new_generation_and_the_old_one_is_cleared(self, desk: Desk) -> None:
        entries = [item("a", LONG), item("b")]
        desk.send(*entries)
        before = {entry.key: desk.sink.payload(entry) for entry in entries}
        desk.model = LARGE
        assert all(desk.sink.payload(entry) != before[entry.key] for entry in entries)
        desk.send(entries[0])
        assert desk.ids(LARGE) == ids_of(entries[0])
        assert desk.ids(SMALL) == ids_of(entries[1]), "what is not yet in the new one is still found in the old one"
        desk.send(entries[1])
        assert desk.ids(SMALL) == set()

    def test_the_old_generation_stays_while_the_new_one_fails(self, desk: Desk) -> None:
        entry = item("a", LONG)
        desk.send(entry)
        desk.model = LARGE
        desk.openai.faults.next("503")
        assert kinds(desk.send(entry)) == ["NotSent"]
        assert desk.ids(SMALL) == ids_of(entry)
        assert kinds(desk.send(entry)) == ["Sent"]
        assert (desk.ids(SMALL), desk.ids(LARGE)) == (set(), ids_of(entry))

    def test_an_old_generation_that_could_not_be_cleared_is_cleared_later(self, remote: Desk) -> None:
        entry = item("a", LONG)
        remote.send(entry)
        remote.model = LARGE
        remote.pinecone.faults.next("503", path="/vectors/delete")
        assert kinds(remote.send(entry)) == ["NotSent"]
        assert remote.ids(SMALL) == remote.ids(LARGE) == ids_of(entry)
        assert kinds(remote.send(entry)) == ["Sent"]
        assert (remote.ids(SMALL), remote.ids(LARGE)) == (set(), ids_of(entry))

    def test_what_is_gone_is_taken_away_from_its_old_generation(self, desk: Desk) -> None:
        entry = item("a", LONG)
        desk.send(entry)
        desk.model = LARGE
        desk.send(gone=[entry.key])
        assert desk.ids(SMALL) == set()


class TestInventory:
    def test_it_lists_every_item_with_the_payload_that_was_sent(self, desk: Desk) -> None:
        entries = [item(f"item {n}", LONG[: n * 100]) for n in range(40)]
        desk.send(*entries)
        found = {remote.key: remote for remote in desk.sink.inventory()}
        assert {key: one.payload for key, one in found.items()} == {
            entry.key: desk.sink.payload(entry) for entry in entries
        }
        assert all(one.remote_id == f"dataset:{key.id}" for key, one in found.items())

    def test_missing_and_foreign_pieces_show_and_are_repaired(self, desk: Desk) -> None:
        torn, mixed, whole = item("torn", LONG), item("mixed", "new"), item("whole", LONG + " more")
        desk.send(item("mixed", LONG))
        desk.forget()  # so that its old pieces stay
        desk.send(torn, mixed, whole)
        desk.index(desk.sink.generation).delete([chunks(torn)[1].id])
        found = {remote.key: remote.payload for remote in desk.sink.inventory()}
        assert found == {torn.key: None, mixed.key: None, whole.key: desk.sink.payload(whole)}
        assert kinds(desk.send(torn, mixed)) == ["Sent", "Sent"]
        assert desk.ids() == ids_of(torn, mixed, whole)
        assert None not in {remote.payload for remote in desk.sink.inventory()}

    def test_what_nobody_knows_can_be_removed(self, desk: Desk) -> None:
        stranger, ours = item("stranger", LONG), item("ours")
        desk.send(stranger, ours)
        desk.sink.remove(Remote(key=stranger.key, remote_id=f"dataset:{stranger.key.id}"))
        assert desk.ids() == ids_of(ours)

    def test_an_empty_index_has_an_empty_inventory(self, desk: Desk) -> None:
        assert list(desk.sink.inventory()) == []
