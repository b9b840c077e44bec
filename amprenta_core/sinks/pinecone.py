"""Pinecone as a vector index: one namespace for each generation of vectors, through the Vectors API."""

import json
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, TypeVar
from urllib.parse import quote

import numpy as np
from attrs import define, field
from pinecone import Pinecone, RetryConfig
from pinecone.errors import ApiError, NotFoundError, PineconeError, PineconeTypeError, PineconeValueError
from pinecone.index import Index
from pinecone.models.vectors.responses import ListResponse

from amprenta_core.errors import AmprentaError, SettingsError, SinkRejected, SinkUnavailable
from amprenta_core.model import FloatArray
from amprenta_core.outgoing import Hit, Throttle, Vector
from amprenta_core.settings import PineconeSettings

UPSERT_BYTES, UPSERT_COUNT = 1_800_000, 100
"""Of one request, below Pinecone's 2 MB and 1,000 vectors."""
METADATA_BYTES = 40_000
"""Of one vector, below Pinecone's 40 KB."""
FETCH_BYTES, FETCH_COUNT = 6_000, 100
"""Ids of one request: they stand in its address."""
DELETE_COUNT = 1_000
LIST_COUNT = 100
MOST_HITS = 10_000
_TRIMMED = ("features", "text")
"""What is cut when metadata are too large: a list first, then a text."""
_ABOUT_CONTENT = {400, 413, 422}
_METRICS = ("cosine", "dotproduct")
_SHOWN = 200
T = TypeVar("T")


@define(kw_only=True)
class PineconeIndex:
    """A ``VectorIndex``. ``generation`` names the model and dimensions: it is part of the namespace.

    ``credential`` is the budget of requests that it draws from. The index is looked up at the first request.
    """

    name: str = "pinecone"
    settings: PineconeSettings
    throttle: Throttle = field(repr=False)
    dimensions: int
    generation: str
    credential: str
    _index: Index | None = field(default=None, init=False, repr=False)

    @property
    def namespace(self) -> str:
        """Where the vectors of this generation stand."""
        return f"{self.settings.namespace}-{self.generation}"

    def upsert(self, vectors: Sequence[Vector]) -> Mapping[str, AmprentaError]:
        """Write vectors; a request that is refused for what it holds is halved until the vector at fault stands alone.

        When Pinecone cannot take any now, the rest gets that error without a request.
        """
        records, failed = _records(vectors, self.dimensions)
        waiting = list(reversed(list(_batches(records, _size, UPSERT_BYTES, UPSERT_COUNT))))
        while waiting:
            batch = waiting.pop()
            try:
                self._upsert(batch)
            except AmprentaError as error:
                if not _is_about_content(error):
                    left = [record for some in (batch, *waiting) for record in some]
                    return {**failed, **{record["id"]: error for record in left}}
                if len(batch) > 1:
                    half = len(batch) // 2
                    waiting += [batch[half:], batch[:half]]
                else:
                    failed[batch[0]["id"]] = error
        return failed

    def _upsert(self, batch: list[dict[str, Any]]) -> None:
        self._ask(lambda index: index.upsert(vectors=batch, namespace=self.namespace))

    def delete(self, ids: Sequence[str]) -> None:
        """Take vectors away, up to 1,000 by a request. Raises ``SinkUnavailable``, ``SinkRejected``, or
        ``SettingsError`` where the index is missing or does not fit.
        """
        for batch in _batches(list(dict.fromkeys(ids)), len, DELETE_COUNT * 1_000, DELETE_COUNT):
            self._delete(batch)

    def _delete(self, batch: list[str]) -> None:
        self._ask_unless_absent(lambda index: index.delete(ids=batch, namespace=self.namespace))

    def fetch(self, ids: Sequence[str]) -> Mapping[str, Vector]:
        """The vectors among these that are there. Raises as ``delete``."""
        batches = _batches(list(dict.fromkeys(ids)), _in_address, FETCH_BYTES, FETCH_COUNT)
        return {vector.id: vector for batch in batches for vector in self._fetch(batch)}

    def _fetch(self, batch: list[str]) -> Iterator[Vector]:
        answer = self._ask_unless_absent(lambda index: index.fetch(ids=batch, namespace=self.namespace))
        for found in answer.vectors.values() if answer else ():
            values = np.asarray(found.values, dtype=np.float64)
            yield Vector(id=found.id, values=values, metadata=dict(found.metadata or {}))

    def ids(self, prefix: str = "") -> Iterator[str]:
        """Every id that begins so, page after page. Raises as ``delete``."""
        token: str | None = None
        while True:
            page = self._page(prefix, token)
            if page is None:
                return
            yield from (item.id for item in page.vectors if item.id)
            token = page.pagination.next if page.pagination else None
            if not token:
                return

    def _page(self, prefix: str, token: str | None) -> ListResponse | None:
        return self._ask_unless_absent(
            lambda index: index.list_paginated(
                prefix=prefix or None, limit=LIST_COUNT, pagination_token=token, namespace=self.namespace
            )
        )

    def query(self, values: FloatArray, count: int, where: Mapping[str, Any] | None = None) -> list[Hit]:
        """The nearest vectors, at most 10,000. Raises as ``delete``."""
        if (fault := _fault(values, self.dimensions)) is not None:
            raise fault
        if count < 1:
            return []
        answer = self._ask_unless_absent(
            lambda index: index.query(
                vector=_numbers(values),
                top_k=min(count, MOST_HITS),
                namespace=self.namespace,
                filter=_filter(where),
                include_metadata=True,
            )
        )
        found = answer.matches if answer else ()
        return [Hit(id=match.id, score=float(match.score), metadata=dict(match.metadata or {})) for match in found]

    def _ask(self, request: Callable[[Index], T]) -> T:
        """One request, when it is its turn."""
        if self._index is None:
            self._index = self._guarded(self._connect)
        index = self._index
        return self._guarded(lambda: request(index))

    def _ask_unless_absent(self, request: Callable[[Index], T]) -> T | None:
        """The same; None where the namespace is not there: nothing was written to it yet."""
        try:
            return self._ask(request)
        except SinkRejected as error:
            if isinstance(error.__cause__, NotFoundError):
                return None
            raise

    def _guarded(self, request: Callable[[], T]) -> T:
        self.throttle.wait(self.credential)
        try:
            return request()
        except PineconeError as error:
            raise self._ours(error) from error

    def _connect(self) -> Index:
        """The client of the index. Raises ``SettingsError`` where there is none, or one of another kind."""
        settings = self.settings
        client = Pinecone(
            api_key=settings.key,
            host=settings.base_url,
            timeout=settings.timeout,
            retry_config=RetryConfig(max_retries=0),
        )
        return _without_retries(client.index(host=settings.host or self._host(client)))

    def _host(self, client: Pinecone) -> str:
        name = self.settings.index
        try:
            found = client.indexes.describe(name)
        except NotFoundError as error:
            raise SettingsError(f"Pinecone has no index {name}", hint=self._how_to_make()) from error
        dimension, metric = getattr(found, "dimension", None), getattr(found, "metric", None)
        if dimension != self.dimensions:
            what = f"the Pinecone index {name} has {dimension} dimensions, and the embedder {self.dimensions}"
            raise SettingsError(what, hint=f"Set EMBEDDING_DIMENSIONS, or set PINECONE_INDEX. {self._how_to_make()}")
        if metric not in _METRICS:
            raise SettingsError(f"the Pinecone index {name} compares by {metric}", hint=self._how_to_make())
        if not found.host:
            raise SinkUnavailable(f"the Pinecone index {name} is not ready yet", hint="It is tried again by itself")
        return str(found.host)

    def _how_to_make(self) -> str:
        return f"Make a serverless index for dense vectors: dimension {self.dimensions}, metric cosine"

    def _ours(self, error: PineconeError) -> AmprentaError:
        """The error for whoever must act."""
        said = _line(error, self.settings.key)
        if isinstance(error, PineconeValueError | PineconeTypeError):  # before any request
            return SinkRejected(f"this cannot be sent to Pinecone ({said})")
        if not isinstance(error, ApiError):
            return SinkUnavailable(f"Pinecone does not answer ({said})", hint="Check the network and PINECONE_HOST")
        if error.status_code in {408, 409, 425, 429} or error.status_code >= 500:  # noqa: PLR2004  # HTTP
            return self._unavailable(error, said)
        return _refusal(error, said, self.settings.index)

    def _unavailable(self, error: ApiError, said: str) -> SinkUnavailable:
        """Nobody asks again before the time that Pinecone names."""
        after = _retry_after(error)
        if after is not None:
            self.throttle.hold(self.credential, after)
        what = f"Pinecone cannot answer now ({said})"
        return SinkUnavailable(what, hint="It is tried again by itself", retry_after=after)


def make(settings: PineconeSettings, throttle: Throttle, dimensions: int, generation: str) -> PineconeIndex:
    """An index for these settings; nothing is connected yet."""
    credential = "pinecone:" + sha256(settings.key.encode()).hexdigest()[:16]
    return PineconeIndex(
        settings=settings, throttle=throttle, dimensions=dimensions, generation=generation, credential=credential
    )


def fitting(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata as Pinecone takes them: no nulls, and small enough, the list of features cut first, then the text.

    Raises ``SinkRejected`` where that does not help.
    """
    said = {key: _plain(value) for key, value in metadata.items() if value is not None}
    for key in _TRIMMED:
        if _bytes(said) > METADATA_BYTES and key in said:
            said = _cut(said, key)
    if _bytes(said) > METADATA_BYTES:
        raise SinkRejected(f"its metadata are larger than {METADATA_BYTES} bytes", hint="Shorten its name")
    return said


def _plain(value: Any) -> Any:
    return list(map(str, value)) if isinstance(value, list | tuple) else value


def _cut(said: dict[str, Any], key: str) -> dict[str, Any]:
    """The same with as much of one list or text as fits, or without it."""
    whole = said[key]
    sizes = range(1, len(whole) + 1)
    keep = bisect_left(sizes, x=True, key=lambda n: _bytes({**said, key: whole[:n]}) > METADATA_BYTES)
    return {**said, key: whole[:keep]} if keep else {k: v for k, v in said.items() if k != key}


def _bytes(value: Any) -> int:
    """Size in JSON; letters beyond ASCII count as they would escaped, which is never too little."""
    return len(json.dumps(value, separators=(",", ":")))


def _records(vectors: Sequence[Vector], dimensions: int) -> tuple[list[dict[str, Any]], dict[str, AmprentaError]]:
    """Vectors as Pinecone takes them, the last of equal ids; and those that it cannot take, each with its error."""
    records, failed = [], dict[str, AmprentaError]()
    for vector in {vector.id: vector for vector in vectors}.values():
        fault = _fault(vector.values, dimensions)
        try:
            if fault is not None:
                raise fault
            records.append({"id": vector.id, "values": _numbers(vector.values), "metadata": fitting(vector.metadata)})
        except SinkRejected as error:
            failed[vector.id] = error
    return records, failed


def _fault(values: FloatArray, dimensions: int) -> SinkRejected | None:
    if values.shape != (dimensions,):
        what = f"a vector of {values.size} dimensions does not fit an index of {dimensions}"
        return SinkRejected(what, hint="Check EMBEDDING_DIMENSIONS and PINECONE_INDEX")
    if not np.isfinite(values).all() or not values.any():
        return SinkRejected("a vector without a direction cannot be found", hint="Check EMBEDDING_MODEL")
    return None


def _numbers(values: FloatArray) -> list[float]:
    """Float32 in its shortest spelling: half the bytes of the same number as a double."""
    return [float(text) for text in values.astype(np.float32).astype(str)]


def _filter(where: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not where:
        return None
    return {key: {"$in": list(v)} if isinstance(v, list | tuple) else {"$eq": v} for key, v in where.items()}


def _size(record: Mapping[str, Any]) -> int:
    return _bytes(record) + 1


def _in_address(id: str) -> int:  # noqa: A002  # as everywhere
    return len(quote(id, safe="")) + len("&ids=")


def _batches(items: Sequence[T], size: Callable[[T], int], largest: int, most: int) -> Iterator[list[T]]:
    """Items in order, so many at once as fit into a request."""
    batch: list[T] = []
    total = 0
    for item in items:
        one = size(item)
        if batch and (total + one > largest or len(batch) >= most):
            yield batch
            batch, total = [], 0
        batch.append(item)
        total += one
    if batch:
        yield batch


def _without_retries(index: Index) -> Index:
    """The client of an index takes no argument for its retries, so its transport is told.

    They would not share the budget of requests, and would hide how long Pinecone wants to be left alone.
    """
    http = getattr(index, "_http", None)
    transport: Any = getattr(getattr(http, "_client", None), "_transport", None)
    if hasattr(transport, "_config"):
        transport._config = RetryConfig(max_retries=0)  # noqa: SLF001  # there is no other way in 10.2
    return index


def _is_about_content(error: AmprentaError) -> bool:
    cause = error.__cause__
    refused = isinstance(cause, ApiError) and cause.status_code in _ABOUT_CONTENT
    return isinstance(error, SinkRejected) and (refused or isinstance(cause, PineconeValueError | PineconeTypeError))


def _line(error: PineconeError, key: str) -> str:
    """What was said, in one short line without the key; a gateway's page is named by its status."""
    lines = error.message.replace(key, "***").strip().splitlines()
    if isinstance(error, ApiError) and (not lines or lines[0].startswith("<")):
        return f"status {error.status_code}"
    return (lines[0] if lines else type(error).__name__)[:_SHOWN]


def _refusal(error: ApiError, said: str, index: str) -> AmprentaError:
    """A refusal for good."""
    if error.status_code == 401:  # noqa: PLR2004  # HTTP
        return SinkRejected("Pinecone refuses the key", hint="Check PINECONE_API_KEY")
    if error.status_code in {402, 403}:
        hint = "Check the plan and quota of the project, and the rights of PINECONE_API_KEY"
        return SinkRejected(f"Pinecone refuses ({said})", hint=hint)
    if error.status_code == 400 and ("API version" in said or "version of the API" in said):  # noqa: PLR2004  # HTTP
        return SettingsError(f"Pinecone serves this client no more ({said})", hint="Install a newer Amprenta")
    if error.status_code in _ABOUT_CONTENT and "dimension of the index" in said:
        hint = "Set EMBEDDING_DIMENSIONS to those of the index, or PINECONE_INDEX to one that fits"
        return SettingsError(f"the vectors do not fit the Pinecone index {index} ({said})", hint=hint)
    return SinkRejected(f"Pinecone refuses ({said})", hint="Check PINECONE_INDEX and PINECONE_HOST")


def _retry_after(error: ApiError) -> float | None:
    """Seconds that Pinecone asks for."""
    try:
        seconds = float((error.headers or {}).get("retry-after", ""))
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None
