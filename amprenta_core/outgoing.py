"""What goes to the systems outside Postgres: the values that are handed over, and what those systems must do.

An **item** is a program, experiment, dataset, signature or narrative. An **entry** is all that may be said of an item
outside; it is made from Postgres, or, while Postgres is down, from a file that was just read. A **sink** shows entries
somewhere; a **vector index** finds texts by their meaning.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol, runtime_checkable
from uuid import UUID

from attrs import field, frozen

from amprenta_core.errors import AmprentaError
from amprenta_core.model import FloatArray, Problem

Kind = Literal["program", "experiment", "dataset", "signature", "narrative"]
KINDS: tuple[Kind, ...] = ("program", "experiment", "signature", "dataset", "narrative")
"""In the order in which they are sent: what others point to comes first."""


@frozen(kw_only=True, order=True)
class ItemKey:
    """Which item: the same in every system."""

    kind: Kind
    id: UUID


@frozen(kw_only=True)
class Link:
    """Another item that an entry points to; ``page_id`` is its page where it has one."""

    key: ItemKey
    name: str
    page_id: str | None = None


@frozen(kw_only=True)
class Chunk:
    """A piece of text that search finds. ``id`` carries the item's id and changes with the text."""

    id: str
    text: str
    position: int


@frozen(kw_only=True)
class Entry:
    """All that may be said of an item outside Postgres.

    ``facts`` are short lines (label, text); ``top_features`` the most telling features (name, why), at most 50;
    ``features`` the names of all that its features are linked to, sorted, at most 2,000; ``matches`` what signatures
    it fits (name, text); ``problems`` at most 50. ``text`` is what search finds it by, by the plugin for a dataset.
    """

    key: ItemKey
    name: str
    description: str | None = None
    omics_type: str | None = None
    disease: str | None = None
    facts: tuple[tuple[str, str], ...] = ()
    program: Link | None = None
    experiment: Link | None = None
    top_features: tuple[tuple[str, str], ...] = ()
    features: tuple[str, ...] = ()
    matches: tuple[tuple[str, str], ...] = ()
    problems: tuple[Problem, ...] = ()
    n_problems: int = 0
    text: str = ""
    page_id: str | None = None
    external_ids: Mapping[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class Outgoing:
    """One item to bring in step. ``entry`` None: it is gone, and is to be taken away there.

    ``remote_id`` and ``detail`` are what the sink noted when it last sent the item (None, {}: never). ``in_doubt``: an
    earlier attempt to create it there ended without an answer, so it may be there already.
    """

    key: ItemKey
    entry: Entry | None
    remote_id: str | None = None
    detail: Mapping[str, Any] = field(factory=dict)
    in_doubt: bool = False


@frozen(kw_only=True)
class Sent:
    """The item is in step: what the sink wants to know next time."""

    key: ItemKey
    remote_id: str | None = None
    detail: Mapping[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class NotSent:
    """The item is not in step, and why: ``SinkUnavailable`` is tried again, any other error is not.

    ``in_doubt``: it may have been created there all the same. ``remote_id`` and ``detail`` keep what is known by now.
    """

    key: ItemKey
    error: AmprentaError
    in_doubt: bool = False
    remote_id: str | None = None
    detail: Mapping[str, Any] | None = None


@frozen(kw_only=True)
class Remote:
    """Something of ours that a sink holds: ``payload`` is the hash that was sent with it, None where it has none.

    ``state`` says more where it is not simply there: ``trashed``.
    """

    key: ItemKey
    remote_id: str
    payload: str | None = None
    state: str = ""


@frozen(kw_only=True)
class Discrepancy:
    """Where Postgres and a sink differ. ``unknown``: not in Postgres; ``gone``: it lies in the trash there."""

    sink: str
    what: Literal["missing", "stale", "unknown", "duplicate", "gone"]
    key: ItemKey
    remote_id: str | None = None
    repaired: bool = False


class Throttle(Protocol):
    """One budget of requests for each credential, shared by all workers on all machines."""

    def wait(self, credential: str) -> None:
        """Wait for a turn to make one request."""

    def hold(self, credential: str, seconds: float) -> None:
        """Nobody makes a request with this credential for so long (``Retry-After``)."""


@runtime_checkable
class Sink(Protocol):
    """Somewhere outside Postgres where entries are shown."""

    name: str
    kinds: frozenset[Kind]
    at_once: int
    """How many items it likes to be given together."""

    def payload(self, entry: Entry) -> str:
        """A hash of all that would be sent: what is unchanged is not sent."""

    def send(self, items: Sequence[Outgoing]) -> Iterator[Sent | NotSent]:
        """Bring items in step, or take away those that are gone: one answer for each, as soon as it is known.

        One item's failure is its own answer and never ends the others. Never raises an ``AmprentaError``.
        """

    def inventory(self) -> Iterator[Remote]:
        """Everything of ours that is there, duplicates included. Raises ``SinkUnavailable`` or ``SinkRejected``."""

    def remove(self, remote: Remote) -> None:
        """Take one thing away that should not be there."""


@frozen(kw_only=True)
class Vector:
    """A text's place in an index: ``values`` float32-able, ``metadata`` texts, numbers and lists of texts, no nulls."""

    id: str
    values: FloatArray
    metadata: Mapping[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class Hit:
    """A vector that was found, the most similar first; ``score`` is the cosine similarity."""

    id: str
    score: float
    metadata: Mapping[str, Any] = field(factory=dict)


@runtime_checkable
class VectorIndex(Protocol):
    """Vectors of one generation (a model and a number of dimensions), found by similarity."""

    name: str

    def upsert(self, vectors: Sequence[Vector]) -> Mapping[str, AmprentaError]:
        """Write vectors, in requests within the limits; the ids that failed, each with its error. None: no request."""

    def delete(self, ids: Sequence[str]) -> None:
        """Take vectors away; ids that are not there are no error."""

    def fetch(self, ids: Sequence[str]) -> Mapping[str, Vector]:
        """The vectors among these that are there."""

    def ids(self, prefix: str = "") -> Iterator[str]:
        """Every id that begins so."""

    def query(self, values: FloatArray, count: int, where: Mapping[str, Any] | None = None) -> list[Hit]:
        """The nearest vectors, of those whose metadata equal ``where`` (a list: hold any of its texts)."""


class Embedder(Protocol):
    """Turns texts into vectors of one model."""

    model: str
    dimensions: int

    def embed(self, texts: Sequence[str]) -> Iterator[tuple[int, FloatArray | AmprentaError]]:
        """(place of the text, its vector or why there is none), by batches as they come; no text fails another."""


class EmbeddingCache(Protocol):
    """Vectors that were paid for once."""

    def get(self, model: str, dimensions: int, hashes: Sequence[str]) -> Mapping[str, FloatArray]:
        """The known vectors by the hash of their text."""

    def put(self, model: str, dimensions: int, vectors: Mapping[str, FloatArray]) -> None:
        """Keep vectors at once, whatever happens later."""


def digest(value: Any) -> str:
    """A short hash of plain data: equal for equal values.

    >>> digest({"b": 1, "a": [2, None]}) == digest({"a": [2, None], "b": 1})
    True
    """
    plain = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(plain.encode()).hexdigest()[:32]
