"""The sinks that the settings name, and how the application hands items to them."""

import time
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from threading import Lock
from typing import TYPE_CHECKING, Any
from uuid import UUID

import attrs

from amprenta_core import spool
from amprenta_core.errors import SinkUnavailable
from amprenta_core.model import Dataset, Feature, FloatArray
from amprenta_core.outgoing import (
    KINDS,
    EmbeddingCache,
    Entry,
    ItemKey,
    Kind,
    Outgoing,
    Sent,
    Sink,
    Throttle,
    VectorIndex,
)
from amprenta_core.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from amprenta_core.app import App
    from amprenta_core.sinks.vectors import VectorSink
    from amprenta_core.store.database import Database
    from amprenta_core.store.writing import Written

_TRIES = 3
_FIRST_WAIT = 0.5
_LONGEST_WAIT = 20.0
"""Seconds that a command waits for a sink that asks for patience."""


@attrs.define
class Pace:
    """A budget of requests within this process: for when there is no database to share one through."""

    per_second: Mapping[str, float]
    _free_at: dict[str, float] = attrs.field(factory=dict, init=False)
    _lock: Lock = attrs.field(factory=Lock, init=False)

    def wait(self, credential: str) -> None:
        """Wait for a turn."""
        with self._lock:
            turn = max(self._free_at.get(credential, 0.0), time.monotonic())
            self._free_at[credential] = turn + 1 / self.per_second.get(credential, 3.0)
        time.sleep(max(0.0, turn - time.monotonic()))

    def hold(self, credential: str, seconds: float) -> None:
        """Let nobody have a turn for so long."""
        with self._lock:
            self._free_at[credential] = max(self._free_at.get(credential, 0.0), time.monotonic() + seconds)


@attrs.define
class Remembered:
    """Vectors that this process paid for: an ``EmbeddingCache`` for when there is no database."""

    _known: dict[tuple[str, int, str], FloatArray] = attrs.field(factory=dict, init=False)

    def get(self, model: str, dimensions: int, hashes: Sequence[str]) -> Mapping[str, FloatArray]:
        """The known vectors."""
        return {h: self._known[model, dimensions, h] for h in hashes if (model, dimensions, h) in self._known}

    def put(self, model: str, dimensions: int, vectors: Mapping[str, FloatArray]) -> None:
        """Keep vectors."""
        self._known |= {(model, dimensions, h): values for h, values in vectors.items()}


def kinds_of(settings: Settings, *, forced: bool = False) -> dict[str, frozenset[Kind]]:
    """The sinks that are switched on, and the kinds of items that each shows.

    ``forced``: Notion too, whatever the mode, where it is set up.
    """
    found: dict[str, frozenset[Kind]] = {}
    if settings.notion is not None and (settings.mode != "default" or forced):
        found["notion"] = frozenset(kind for kind in KINDS if kind in settings.notion.sources)
    if settings.embedder is not None:
        found["pgvector"] = frozenset(KINDS)
        if settings.pinecone is not None:
            found["pinecone"] = frozenset(KINDS)
    return found


@attrs.define
class Outside:
    """The sinks of an application. Nothing is connected before it is needed."""

    app: "App"

    @cached_property
    def kinds(self) -> Mapping[str, frozenset[Kind]]:
        """The sinks that are switched on, and what each shows; pgvector only where the server has it."""
        found = kinds_of(self.app.settings)
        if "pgvector" in found and not self._has_pgvector():
            del found["pgvector"]
        return found

    def _has_pgvector(self) -> bool:
        from amprenta_core.store import vectors  # noqa: PLC0415  # only with an embedder

        with self.app.connection() as connection:
            return vectors.available(connection)

    def want(self, connection: "Connection", written: "Written", *, create_page: bool = False) -> str | None:
        """Note, in the transaction that wrote a dataset, that it and what it belongs to go out; its Notion page."""
        program, experiment = written.belongs
        keys = [ItemKey(kind="dataset", id=written.dataset_id)]
        keys += [ItemKey(kind="program", id=program)] if program else []
        keys += [ItemKey(kind="experiment", id=experiment)] if experiment else []
        self.want_items(connection, keys, create_page=create_page)
        if written.status == "created" or not (create_page or "notion" in self.kinds):
            return None
        from amprenta_core.store import outbox  # noqa: PLC0415  # only with sinks

        return outbox.page_of(connection, keys[0])

    def want_items(
        self,
        connection: "Connection",
        keys: Sequence[ItemKey],
        *,
        create_page: bool = False,
        with_children: bool = False,
    ) -> None:
        """Note that items go out. Costs nothing without sinks.

        ``with_children``: what shows these programs and experiments goes out with them.
        """
        kinds = {**self.kinds, **kinds_of(self.app.settings, forced=True)} if create_page else self.kinds
        if not kinds:
            return
        from amprenta_core.store import outbox  # noqa: PLC0415  # only with sinks

        keys = [*keys, *outbox.children(connection, keys)] if with_children else keys
        if all(key.kind in shown for key in keys for shown in kinds.values()):
            outbox.want(connection, kinds, keys)
        else:
            for sink, shown in sorted(kinds.items()):
                outbox.want(connection, [sink], [key for key in keys if key.kind in shown])

    def take_over(self, connection: "Connection", key: ItemKey, *, made_id: UUID, page: str | None) -> str | None:
        """Bring in step, in the transaction that writes an item, what was shown of it while Postgres was not asked.

        ``made_id`` is the id that it was shown by, ``page`` its Notion page where one is known. The page becomes the
        item's; what stands under another id, or beside a page that the item has already, is taken away. Its page.
        """
        from amprenta_core.store import outbox, wanting  # noqa: PLC0415

        old, own = ItemKey(kind=key.kind, id=made_id), outbox.page_of(connection, key)
        if key.kind in self.kinds.get("notion", ()):
            if own or page:
                outbox.adopt(connection, "notion", key, str(own or page))
            else:  # it may have been made all the same, and is looked up
                outbox.create_again(connection, "notion", key)
            if old != key and page and own:
                outbox.adopt(connection, "notion", old, page)
            elif old != key and not page:
                outbox.create_again(connection, "notion", old)
        elif page and not own:
            wanting.set_page(connection, key, page)
        if key.kind in self.kinds.get("pinecone", ()):
            for one in {key, old}:
                outbox.create_again(connection, "pinecone", one)
        return own or page

    def workspace(self) -> UUID:
        """The namespace of ids: the database's, as it was last seen, or a new one that the next database takes over."""
        home = self.app.settings.home
        return UUID(spool.workspace(home) or spool.make_up_workspace(home))

    def sinks(self, throttle: Throttle, *, forced: bool = False) -> dict[str, Sink]:
        """The sinks themselves; ``forced``: Notion too, whatever the mode. Nothing is connected yet."""
        kinds = {**self.kinds, **kinds_of(self.app.settings, forced=True)} if forced else self.kinds
        return {name: self._sink(name, throttle) for name in kinds}

    def _sink(self, name: str, throttle: Throttle) -> Sink:
        settings = self.app.settings
        if name == "notion":
            assert settings.notion is not None  # noqa: S101  # else the sink is not switched on
            from amprenta_core.sinks import notion  # noqa: PLC0415  # only with Notion

            return notion.make(settings.notion, throttle, patience=settings.patience)
        made = vector_sink(settings, name, throttle, self._cache(), None if name == "pinecone" else self.app.database)
        if self._postgres:
            made.announce = partial(self._announce, name)
        return made

    def _announce(self, sink: str, details: Mapping[ItemKey, Mapping[str, Any]]) -> None:
        """Keep what is about to be written there, for whoever goes on after a kill."""
        from amprenta_core.store import claims  # noqa: PLC0415

        with self.app.connection() as connection:
            claims.announce(connection, sink, details)

    def _cache(self) -> EmbeddingCache:
        if not self._postgres:
            return Remembered()
        from amprenta_core.store.embedding_cache import PostgresEmbeddingCache  # noqa: PLC0415

        return PostgresEmbeddingCache(database=self.app.database)

    @property
    def _postgres(self) -> bool:
        return self.app.settings.mode != "rollback"

    def send_now(self, entry: Entry) -> tuple[str | None, str | None]:
        """Show an entry at once, while Postgres is not to be had: (its Notion page, what did not go well).

        In rollback mode, where Notion is primary, Pinecone gets its vectors from the same entry.
        """
        pace = Pace(per_second=rates(self.app.settings))
        shown = kinds_of(self.app.settings)
        page, notes = None, []
        if entry.key.kind in shown.get("notion", ()):
            page, note = _insist(self._sink("notion", pace), entry)
            notes += [f"Notion: {note}"] if note else []
        if "pinecone" in shown and not self._postgres:
            _, note = _insist(self._sink("pinecone", pace), entry)
            notes += [f"Pinecone: {note}"] if note else []
        return page, "; ".join(notes) or None


def rates(settings: Settings) -> "Rates":
    """Requests a second for each service, found by a credential, which begins with the service's name."""
    named = {"notion": settings.notion, "pinecone": settings.pinecone, "openai": settings.embedder}
    return Rates({name: one.requests_per_second for name, one in named.items() if one is not None})


class Rates(dict[str, float]):
    """Rates by service."""

    def __missing__(self, credential: str) -> float:
        return self[credential.partition(":")[0]] if ":" in credential else 1.0


def vector_sink(
    settings: Settings, name: str, throttle: Throttle, cache: EmbeddingCache, database: "Database | None"
) -> "VectorSink":
    """Pinecone, or the index in Postgres where there is a database, as a sink."""
    from amprenta_core.search import chunks, openai_embedder  # noqa: PLC0415  # only with an embedder
    from amprenta_core.sinks import pinecone, vectors  # noqa: PLC0415

    assert settings.embedder is not None  # noqa: S101  # else no vector sink is switched on
    embedder = openai_embedder.make(settings.embedder, throttle)

    def index(generation: str) -> VectorIndex:
        if database is None:
            assert settings.pinecone is not None  # noqa: S101  # else the sink is not switched on
            return pinecone.make(settings.pinecone, throttle, embedder.dimensions, generation)
        from amprenta_core.store.vectors import PgVectorIndex  # noqa: PLC0415

        return PgVectorIndex(database=database, dimensions=embedder.dimensions, generation=generation)

    return vectors.VectorSink(
        name=name,
        index=index(vectors.generation(embedder.model, embedder.dimensions)),
        embedder=embedder,
        chunks=chunks.chunks,
        parse_id=chunks.parse_id,
        cache=cache,
        older=index,
    )


def _insist(sink: Sink, entry: Entry) -> tuple[str | None, str | None]:
    """Send one entry, a few times where the sink is busy: (its id there, why it is not there)."""
    item = Outgoing(key=entry.key, entry=entry, in_doubt=True)
    why = "no answer"
    for n in range(_TRIES):
        (answer,) = list(sink.send([item]))
        if isinstance(answer, Sent):
            return answer.remote_id, None
        why = str(answer.error)
        if not isinstance(answer.error, SinkUnavailable):
            break
        item = attrs.evolve(item, remote_id=answer.remote_id, detail=answer.detail or item.detail)
        asked = answer.error.retry_after
        if asked is not None and asked > _LONGEST_WAIT:
            break
        time.sleep((asked if asked is not None else 2.0**n * _FIRST_WAIT) if n + 1 < _TRIES else 0)
    return None, why


def describe(app: "App", reader: str, dataset: Dataset, features: Sequence[Feature]) -> str:
    """The text by which search finds a dataset, by the plugin that read it; "" where it is not installed or fails."""
    plugin = app.plugins.loaded.get(reader)
    return "" if plugin is None else plugin.embedding_text(dataset, features)
