"""Both vector indexes keep the same promises; and what is special about each: limits, refusals, outages."""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest
from attrs import define, evolve, field
from fakes.pinecone import PineconeFake

from amprenta_core.errors import SettingsError, SinkRejected, SinkUnavailable
from amprenta_core.outgoing import Vector, VectorIndex
from amprenta_core.settings import PineconeSettings
from amprenta_core.sinks import pinecone
from amprenta_core.sinks.pinecone import PineconeIndex
from amprenta_core.store.database import Database, open_database
from amprenta_core.store.vectors import PgVectorIndex
from amprenta_core.testing.vector_index import VectorIndexConformance

if TYPE_CHECKING:
    from conftest import Workspace

KEY = "pcsk_geheim_0123456789"
BARE = (
    "CREATE SCHEMA bare",
    "CREATE VIEW bare.pg_available_extensions AS SELECT * FROM pg_catalog.pg_available_extensions WHERE false",
    "ALTER DATABASE {} SET search_path = bare, pg_catalog, public",
)
"""Makes a server say that it has no extensions."""
HANG_UP = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE pid <> pg_backend_pid() AND datname = current_database()"
)


@define
class Turns:
    """A throttle that lets everybody pass, and notes who was told to wait."""

    waited: list[str] = field(factory=list)
    held: list[tuple[str, float]] = field(factory=list)

    def wait(self, credential: str) -> None:
        self.waited.append(credential)

    def hold(self, credential: str, seconds: float) -> None:
        self.held.append((credential, seconds))


@pytest.fixture
def fake() -> Iterator[PineconeFake]:
    with PineconeFake(keys=[KEY]) as made:
        yield made
        assert made.own_faults == []


@pytest.fixture
def turns() -> Turns:
    return Turns()


@pytest.fixture
def settings(fake: PineconeFake) -> PineconeSettings:
    return PineconeSettings(key=KEY, index="amprenta", base_url=fake.url, timeout=5)


@pytest.fixture
def index(settings: PineconeSettings, turns: Turns) -> PineconeIndex:
    return pinecone.make(settings, turns, 8, "model-8")


def some(count: int, dimensions: int = 8, **metadata: object) -> list[Vector]:
    numbers = np.random.default_rng(1).normal(size=(count, dimensions))
    return [Vector(id=f"dataset:{n:04d}", values=numbers[n], metadata=metadata) for n in range(count)]


def sizes(fake: PineconeFake) -> list[int]:
    """How many vectors each upsert had."""
    return [len(seen.body["vectors"]) for seen in fake.requests if seen.path == "/vectors/upsert"]


class TestPineconeConforms(VectorIndexConformance):
    """Against a server whose writes are seen late, too."""

    @pytest.fixture(autouse=True, params=[0.0, 60.0], ids=["at-once", "late"])
    def _serve(self, request: pytest.FixtureRequest) -> Iterator[None]:
        with PineconeFake(visible_after=request.param) as fake:
            self.fake = fake
            self.settings = PineconeSettings(key=KEY, index="amprenta", base_url=fake.url, timeout=5)
            yield
            assert fake.own_faults == []
            assert fake.invalid == []

    def make(self, generation: str) -> VectorIndex:
        return pinecone.make(self.settings, Turns(), self.dimensions, generation)

    def settle(self) -> None:
        self.fake.settle()

    def requests(self) -> int:
        return len(self.fake.requests)


class TestPgVectorConforms(VectorIndexConformance):
    """Against the embedded Postgres."""

    @pytest.fixture(autouse=True)
    def _open(self, workspace: "Workspace") -> Iterator[None]:
        self.database = open_database(workspace.settings)
        yield
        self.database.close()

    def make(self, generation: str) -> VectorIndex:
        return PgVectorIndex(database=self.database, dimensions=self.dimensions, generation=generation)


class TestPineconeRequests:
    """Each request is within the limits, and takes its turn."""

    def test_requests_are_cut_by_bytes_and_by_count(self, fake: PineconeFake, index: PineconeIndex) -> None:
        assert index.upsert(some(250)) == {}
        assert sizes(fake) == [100, 100, 50]

    def test_large_vectors_stay_below_two_megabytes(self, settings: PineconeSettings) -> None:
        with PineconeFake(dimension=3072) as fake:
            large = pinecone.make(evolve(settings, base_url=fake.url), Turns(), 3072, "large-3072")
            features = [f"PC(18:{n}/20:4)" for n in range(4_000)]
            assert large.upsert(some(120, 3072, features=features)) == {}
            assert fake.invalid == []
            assert len(large.fetch([f"dataset:{n:04d}" for n in range(120)])) == 120
            bodies = [len(json.dumps(seen.body)) for seen in fake.requests if seen.path == "/vectors/upsert"]
            assert all(size < 2_000_000 for size in bodies)
            assert max(bodies) > 1_500_000

    def test_numbers_are_sent_in_their_shortest_spelling(self, fake: PineconeFake, index: PineconeIndex) -> None:
        index.upsert([Vector(id="a", values=np.full(8, 0.1))])
        assert fake.requests[-1].body["vectors"][0]["values"] == [0.1] * 8

    def test_addresses_stay_short(self, fake: PineconeFake, index: PineconeIndex) -> None:
        ids = [f"dataset:{n:04d}" + "x" * 450 for n in range(60)]
        assert index.upsert([Vector(id=name, values=np.ones(8)) for name in ids]) == {}
        assert set(index.fetch(ids)) == set(ids)
        counts = [len(seen.query["ids"]) for seen in fake.requests if seen.path == "/vectors/fetch"]
        assert sum(counts) == 60
        assert max(counts) < 14

    def test_every_request_takes_its_turn(self, fake: PineconeFake, index: PineconeIndex, turns: Turns) -> None:
        index.upsert(some(250))
        list(index.ids())
        assert len(turns.waited) == len(fake.requests) == 1 + 3 + 3
        assert set(turns.waited) == {index.credential}
        assert KEY not in index.credential

    def test_metadata_are_cut_to_what_fits_and_no_further(self) -> None:
        features = [f"PC(18:{n}/20:4)" for n in range(4_000)]
        cut = pinecone.fitting({"name": "a", "features": features, "text": "t" * 1_000})
        size = len(json.dumps(cut, separators=(",", ":")))
        assert pinecone.METADATA_BYTES - 40 < size <= pinecone.METADATA_BYTES
        assert cut["features"] == features[: len(cut["features"])]
        assert cut["text"] == "t" * 1_000
        assert set(pinecone.fitting({"features": features, "text": "t" * 50_000})) == {"text"}

    def test_metadata_that_cannot_be_cut_fail_alone(self, index: PineconeIndex) -> None:
        wrong = Vector(id="wrong", values=np.ones(8), metadata={"name": "n" * 50_000})
        failed = index.upsert([*some(3), wrong])
        assert {name: type(error) for name, error in failed.items()} == {"wrong": SinkRejected}
        assert len(list(index.ids())) == 3

    def test_an_id_that_cannot_be_sent_fails_alone(self, index: PineconeIndex) -> None:
        failed = index.upsert([*some(5), Vector(id="Ω", values=np.ones(8)), Vector(id="x" * 513, values=np.ones(8))])
        assert {name: type(error) for name, error in failed.items()} == {"Ω": SinkRejected, "x" * 513: SinkRejected}
        assert len(list(index.ids())) == 5


class TestPineconeRefusals:
    """A refusal of one vector is its own; one of all of them ends the call without more requests."""

    def test_one_refused_vector_does_not_fail_the_others(self, fake: PineconeFake, index: PineconeIndex) -> None:
        fake.refuse("dataset:0042")
        failed = index.upsert(some(100))
        assert {name: type(error) for name, error in failed.items()} == {"dataset:0042": SinkRejected}
        assert len(list(index.ids())) == 99
        assert len(sizes(fake)) <= 15

    def test_too_many_requests_hold_everybody_and_keep_batches_whole(
        self, fake: PineconeFake, index: PineconeIndex, turns: Turns
    ) -> None:
        index.upsert(some(1))
        fake.faults.next("429", path="/vectors/upsert", retry_after=17)
        failed = index.upsert(some(250))
        assert len(failed) == 250
        assert {error.retry_after for error in failed.values() if isinstance(error, SinkUnavailable)} == {17}
        assert turns.held == [(index.credential, 17)]
        assert sizes(fake) == [1, 100], "the client tried again by itself, or went on"
        assert index.upsert(some(250)) == {}
        assert sizes(fake) == [1, 100, 100, 100, 50]

    @pytest.mark.parametrize("kind", ["500", "502", "503", "504", "529", "reset", "cut", "timeout_after_commit"])
    def test_an_outage_is_worth_another_try(self, fake: PineconeFake, index: PineconeIndex, kind: str) -> None:
        index.upsert(some(1))
        fake.faults.next(kind, path="/vectors/upsert")  # type: ignore[arg-type]  # it checks the kind
        failed = index.upsert(some(150))
        assert len(failed) == 150
        assert {type(error) for error in failed.values()} == {SinkUnavailable}
        assert len(sizes(fake)) == 2, "the client tried again by itself, or went on"
        assert index.upsert(some(150)) == {}

    def test_what_was_written_before_the_outage_is_no_failure(self, fake: PineconeFake, index: PineconeIndex) -> None:
        fake.faults.next("slow", path="/vectors/upsert", seconds=0)
        fake.faults.next("503", path="/vectors/upsert", retry_after=0)
        assert sorted(index.upsert(some(250))) == [f"dataset:{n:04d}" for n in range(100, 250)]

    def test_a_used_up_quota_is_for_good(self, fake: PineconeFake, index: PineconeIndex) -> None:
        fake.faults.next("quota", path="/vectors/upsert")
        failed = index.upsert(some(150))
        assert {type(error) for error in failed.values()} == {SinkRejected}
        assert "quota" in str(failed["dataset:0000"])
        assert sizes(fake) == [100]

    def test_a_client_that_is_too_old_is_told_so_once(self, fake: PineconeFake, index: PineconeIndex) -> None:
        fake.faults.next("wrong_version", path="/vectors/upsert", count=None)
        assert {type(error) for error in index.upsert(some(150)).values()} == {SettingsError}
        assert sizes(fake) == [100]

    def test_reading_and_deleting_say_what_is_wrong(self, fake: PineconeFake, index: PineconeIndex) -> None:
        index.upsert(some(1))
        for act in (
            lambda: index.delete(["a"]),
            lambda: index.fetch(["a"]),
            lambda: list(index.ids()),
            lambda: index.query(np.ones(8), 1),
        ):
            fake.faults.next("503", retry_after=4)
            with pytest.raises(SinkUnavailable) as caught:
                act()
            assert caught.value.retry_after == 4

    def test_a_server_that_is_not_there_is_an_outage(self, settings: PineconeSettings, fake: PineconeFake) -> None:
        gone = pinecone.make(settings, Turns(), 8, "model-8")
        fake.stop()
        assert {type(error) for error in gone.upsert(some(2)).values()} == {SinkUnavailable}
        fake.start()
        assert gone.upsert(some(2)) == {}


class TestPineconeSettings:
    """What is wrong with the settings is said in words, without the key."""

    def test_a_wrong_key_is_said_without_showing_it(self, settings: PineconeSettings) -> None:
        wrong = pinecone.make(evolve(settings, key="pcsk_wrong_key"), Turns(), 8, "model-8")
        error = wrong.upsert(some(1))["dataset:0000"]
        assert isinstance(error, SinkRejected)
        assert "PINECONE_API_KEY" in str(error)
        for shown in (str(error), repr(error), repr(wrong)):
            assert "pcsk_wrong_key" not in shown

    def test_a_key_with_a_line_end_is_said(self, settings: PineconeSettings) -> None:
        wrong = pinecone.make(evolve(settings, key="geheim\n"), Turns(), 8, "model-8")
        assert "geheim" not in str(wrong.upsert(some(1))["dataset:0000"])

    def test_a_missing_index_says_how_to_make_one(self, settings: PineconeSettings) -> None:
        missing = pinecone.make(evolve(settings, index="other"), Turns(), 8, "model-8")
        with pytest.raises(SettingsError, match=r"no index other.*dimension 8, metric cosine"):
            list(missing.ids())

    def test_other_dimensions_need_another_index(self, settings: PineconeSettings) -> None:
        with pytest.raises(SettingsError, match=r"has 8 dimensions, and the embedder 1536.*PINECONE_INDEX"):
            list(pinecone.make(settings, Turns(), 1536, "model-1536").ids())

    def test_a_host_spares_the_question_and_other_dimensions_are_still_said(
        self, fake: PineconeFake, settings: PineconeSettings
    ) -> None:
        known = evolve(settings, base_url="http://127.0.0.1:1", host=fake.url)
        assert pinecone.make(known, Turns(), 8, "model-8").upsert(some(2)) == {}
        failed = pinecone.make(known, Turns(), 9, "model-9").upsert(some(30, 9))
        assert {type(error) for error in failed.values()} == {SettingsError}
        assert len(sizes(fake)) == 2

    def test_another_metric_is_refused(self, settings: PineconeSettings) -> None:
        with PineconeFake(metric="euclidean") as other, pytest.raises(SettingsError, match="compares by euclidean"):
            list(pinecone.make(evolve(settings, base_url=other.url), Turns(), 8, "model-8").ids())

    def test_the_namespace_names_the_generation(self, fake: PineconeFake, index: PineconeIndex) -> None:
        index.upsert(some(1))
        assert list(fake.vectors) == ["amprenta-model-8"]


@pytest.fixture
def database(workspace: "Workspace") -> Iterator[Database]:
    made = open_database(workspace.settings)
    yield made
    made.close()


class TestPgVector:
    """What is special about vectors in Postgres."""

    def test_looking_makes_no_table_before_it_is_needed(self, workspace: "Workspace", database: Database) -> None:
        PgVectorIndex(database=database, dimensions=8, generation="model-8")
        assert workspace.one("SELECT to_regclass('vectors')") is None

    def test_a_server_without_the_extension_says_what_to_add(self, workspace: "Workspace") -> None:
        for statement in BARE:
            workspace.query(statement.format(workspace.database))
        database = open_database(workspace.settings)
        bare = PgVectorIndex(database=database, dimensions=8, generation="model-8")
        with pytest.raises(SettingsError, match=r"no pgvector.*postgresql-NN-pgvector"):
            bare.fetch(["a"])
        failed = bare.upsert(some(2))
        assert {type(error) for error in failed.values()} == {SettingsError}
        database.close()

    def test_generations_of_other_dimensions_share_the_table(self, database: Database) -> None:
        small = PgVectorIndex(database=database, dimensions=8, generation="small-8")
        large = PgVectorIndex(database=database, dimensions=1536, generation="large-1536")
        assert small.upsert(some(5)) == large.upsert(some(5, 1536)) == {}
        assert len(large.query(np.ones(1536), 10)) == len(small.query(np.ones(8), 10)) == 5

    def test_what_postgres_cannot_hold_fails_alone(self, database: Database) -> None:
        index = PgVectorIndex(database=database, dimensions=8, generation="model-8")
        wrong = Vector(id="dataset:wrong", values=np.ones(8), metadata={"name": "a\x00b"})
        failed = index.upsert([*some(300), wrong])
        assert {name: type(error) for name, error in failed.items()} == {wrong.id: SinkRejected}
        assert len(list(index.ids())) == 300

    def test_a_database_that_went_away_is_an_outage(self, workspace: "Workspace", database: Database) -> None:
        index = PgVectorIndex(database=database, dimensions=8, generation="model-8")
        index.upsert(some(1))
        workspace.query(HANG_UP)
        assert {type(error) for error in index.upsert(some(3)).values()} == {SinkUnavailable}
        assert index.upsert(some(3)) == {}

    def test_several_processes_may_make_the_table_at_once(self, workspace: "Workspace") -> None:
        databases = [open_database(workspace.settings) for _ in range(4)]
        indexes = [PgVectorIndex(database=one, dimensions=8, generation="model-8") for one in databases]
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(lambda index: index.upsert(some(50)), indexes)) == [{}] * 4
        assert len(list(indexes[0].ids())) == 50
        for one in databases:
            one.close()

    def test_answers_are_exact(self, database: Database) -> None:
        index = PgVectorIndex(database=database, dimensions=32, generation="model-32")
        written: Sequence[Vector] = some(500, 32)
        index.upsert(written)
        question = np.random.default_rng(2).normal(size=32)
        cosines = {v.id: float(v.values @ question / np.linalg.norm(v.values)) for v in written}
        best = sorted(cosines, key=lambda name: -cosines[name])[:20]
        assert [hit.id for hit in index.query(question, 20)] == best
