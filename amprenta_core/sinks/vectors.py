"""Items as vectors: their texts are cut, embedded once each, and kept in step with a vector index of any kind."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Any

from attrs import define, evolve, field, frozen

from amprenta_core.errors import AmprentaError, SettingsError, SinkUnavailable
from amprenta_core.model import FloatArray
from amprenta_core.outgoing import (
    KINDS,
    Chunk,
    Embedder,
    EmbeddingCache,
    Entry,
    ItemKey,
    Kind,
    NotSent,
    Outgoing,
    Remote,
    Sent,
    Vector,
    VectorIndex,
    digest,
)

TEXTS_AT_ONCE = 128
"""Texts that are embedded before their vectors are kept: so many can be lost to a crash."""
FETCHED_AT_ONCE = 100
_LONGEST_NAME = 1_000
Embedded = Mapping[str, FloatArray | AmprentaError]
"""By the hash of a text: its vector, or why there is none."""


@frozen(kw_only=True)
class _Plan:
    """An item that is there: its pieces, what is said with each of them, and a hash of it all."""

    item: Outgoing
    chunks: tuple[Chunk, ...]
    metadata: Mapping[str, Any]
    payload: str


@frozen(kw_only=True)
class _Noted:
    """Where an item's vectors stand as far as is known: ids in this generation, and in others by generation."""

    ids: tuple[str, ...] = ()
    older: Mapping[str, Sequence[str]] = field(factory=dict)


@frozen(kw_only=True)
class _Rest:
    """What is to be taken away before an item is in step, and the answer then; ``noted`` is true until then."""

    sent: Sent
    stale: tuple[str, ...]
    noted: _Noted


@define(kw_only=True)
class VectorSink:
    """A ``Sink`` over a vector index. New vectors are written before old ones are taken away.

    ``chunks`` cuts an entry; its ids begin with ``kind:item id:``, and ``parse_id`` says whose an id is (None: not
    ours). ``cache`` spares what was embedded before. ``older`` reaches the index of another generation, to clear
    away there what is here by now; ``SettingsError``: it cannot. ``announce`` keeps the ``detail`` of items before
    their vectors are written, so that whatever a killed process leaves there is known.
    """

    name: str
    index: VectorIndex
    embedder: Embedder
    chunks: Callable[[Entry], Sequence[Chunk]]
    parse_id: Callable[[str], ItemKey | None]
    cache: EmbeddingCache | None = None
    older: Callable[[str], VectorIndex] | None = None
    announce: Callable[[Mapping[ItemKey, Mapping[str, Any]]], None] | None = None
    kinds: frozenset[Kind] = frozenset(KINDS)
    at_once: int = 50

    @property
    def generation(self) -> str:
        """The generation of the vectors that this sink writes."""
        return generation(self.embedder.model, self.embedder.dimensions)

    def payload(self, entry: Entry) -> str:
        """A hash of the pieces, what is said with them, and what they are embedded by."""
        return self._payload(self.chunks(entry), _metadata(entry))

    def _payload(self, chunks: Sequence[Chunk], metadata: Mapping[str, Any]) -> str:
        ids = [chunk.id for chunk in chunks]
        return digest([ids, metadata, self.embedder.model, self.embedder.dimensions])

    def send(self, items: Sequence[Outgoing]) -> Iterator[Sent | NotSent]:
        """Bring items in step: texts are embedded and vectors written together, failures stay with their items."""
        yield from self._take_away([item for item in items if item.entry is None])
        plans = [self._plan(item, item.entry) for item in items if item.entry is not None]
        values = self._embedded({_hash(chunk): chunk.text for plan in plans for chunk in plan.chunks})
        ready = []
        for plan in plans:
            answers = [values[_hash(chunk)] for chunk in plan.chunks]
            error = next((answer for answer in answers if isinstance(answer, AmprentaError)), None)
            if error is None:
                ready.append(plan)
            else:
                yield _untouched(plan.item, error)
        yield from self._written(ready, values)

    def _plan(self, item: Outgoing, entry: Entry) -> _Plan:
        chunks, metadata = tuple(self.chunks(entry)), _metadata(entry)
        return _Plan(item=item, chunks=chunks, metadata=metadata, payload=self._payload(chunks, metadata))

    def _embedded(self, texts: Mapping[str, str]) -> Embedded:
        """Texts by their hashes, of which only the unknown are embedded. Vectors are kept as soon as they come."""
        known: dict[str, FloatArray | AmprentaError] = dict(self._remembered(list(texts)))
        missing = [hashed for hashed in texts if hashed not in known]
        for at in range(0, len(missing), TEXTS_AT_ONCE):
            some = missing[at : at + TEXTS_AT_ONCE]
            answers = {some[place]: said for place, said in self.embedder.embed([texts[hashed] for hashed in some])}
            fresh = {hashed: said for hashed, said in answers.items() if not isinstance(said, AmprentaError)}
            self._keep(fresh)
            known |= answers
            error = next((said for said in answers.values() if isinstance(said, SinkUnavailable)), None)
            if error is not None and not fresh:  # it is down: the others need not find out as well
                return known | dict.fromkeys(missing[at + TEXTS_AT_ONCE :], error)
        return known

    def _remembered(self, hashes: Sequence[str]) -> Mapping[str, FloatArray]:
        if self.cache is not None and hashes:
            with suppress(SinkUnavailable):  # it spares work, and is no condition of it
                return self.cache.get(self.embedder.model, self.embedder.dimensions, hashes)
        return {}

    def _keep(self, vectors: Mapping[str, FloatArray]) -> None:
        if self.cache is not None and vectors:
            with suppress(SinkUnavailable):
                self.cache.put(self.embedder.model, self.embedder.dimensions, vectors)

    def _written(self, plans: Sequence[_Plan], values: Embedded) -> Iterator[Sent | NotSent]:
        """Write the vectors of items; then take away what they had before."""
        try:
            self._announced(plans)
        except AmprentaError as unknown:
            yield from (_untouched(plan.item, unknown) for plan in plans)
            return
        vectors = [vector for plan in plans for vector in self._vectors(plan, values)]
        failed = self.index.upsert(vectors) if vectors else {}
        rests = []
        for plan in plans:
            error = next((failed[chunk.id] for chunk in plan.chunks if chunk.id in failed), None)
            try:
                rest = self._rest(plan, listed=error is None)
            except AmprentaError as unlisted:
                error, rest = unlisted, self._rest(plan, listed=False)
            if error is None:
                rests.append(rest)
            else:
                yield self._unfinished(rest, error)
        yield from self._swept(rests)

    def _announced(self, plans: Sequence[_Plan]) -> None:
        """Say what may soon be there, where that is news."""
        details = {}
        for plan in plans:
            rest = self._rest(plan, listed=False)
            if not set(rest.noted.ids) <= set(self._noted(plan.item.detail).ids):
                details[plan.item.key] = self._detail(rest.noted)
        if self.announce is not None and details:
            self.announce(details)

    def _vectors(self, plan: _Plan, values: Embedded) -> Iterator[Vector]:
        for chunk in plan.chunks:
            found = values[_hash(chunk)]
            if not isinstance(found, AmprentaError):
                own = {"text": chunk.text, "text_hash": _hash(chunk), "position": chunk.position}
                shared = {"payload": plan.payload, "model": self.embedder.model, "chunks": len(plan.chunks)}
                yield Vector(id=chunk.id, values=found, metadata={**plan.metadata, **shared, **own})

    def _rest(self, plan: _Plan, *, listed: bool) -> _Rest:
        """What an item had before; the index itself is asked where our notes may fall short of what is there.

        That is after a doubtful attempt, and when what is there by our notes is wanted once more: a repair.
        """
        item, new = plan.item, tuple(chunk.id for chunk in plan.chunks)
        noted = self._noted(item.detail)
        if listed and (item.in_doubt or item.detail.get("payload") == plan.payload):
            noted = evolve(noted, ids=(*noted.ids, *self.index.ids(_prefix(item.key))))
        sent = Sent(
            key=item.key,
            remote_id=_prefix(item.key).rstrip(":"),
            detail={"ids": list(new), "generation": self.generation, "payload": plan.payload},
        )
        stale = tuple(dict.fromkeys(id_ for id_ in noted.ids if id_ not in new))
        return _Rest(sent=sent, stale=stale, noted=evolve(noted, ids=(*new, *stale)))

    def _take_away(self, items: Sequence[Outgoing]) -> Iterator[Sent | NotSent]:
        """All vectors of items that are gone: those that we know of, and any others that name them."""
        rests = []
        for item in items:
            noted = self._noted(item.detail)
            rest = _Rest(sent=Sent(key=item.key), stale=noted.ids, noted=noted)
            try:
                found = self.index.ids(_prefix(item.key))
                rests.append(evolve(rest, stale=tuple(dict.fromkeys((*noted.ids, *found)))))
            except AmprentaError as error:
                yield self._unfinished(rest, error)
        yield from self._swept(rests)

    def _swept(self, rests: Sequence[_Rest]) -> Iterator[Sent | NotSent]:
        """Take away what is stale, of all items together; only those that have something stale can fail."""
        unclean = [rest for rest in rests if rest.stale or rest.noted.older]
        yield from (rest.sent for rest in rests if not (rest.stale or rest.noted.older))
        try:
            stale = [id_ for rest in unclean for id_ in rest.stale]
            if stale:
                self.index.delete(stale)
            self._forget(rest.noted.older for rest in unclean)
        except AmprentaError as error:
            yield from (self._unfinished(rest, error) for rest in unclean)
        else:
            yield from (rest.sent for rest in unclean)

    def _forget(self, noted: Iterable[Mapping[str, Sequence[str]]]) -> None:
        """Take away vectors of other generations, where these can still be reached."""
        older: dict[str, list[str]] = {}
        for by_generation in noted:
            for name, ids in by_generation.items():
                older.setdefault(name, []).extend(ids)
        for name, ids in older.items():
            if self.older is not None:
                with suppress(SettingsError):
                    self.older(name).delete(ids)

    def _noted(self, detail: Mapping[str, Any]) -> _Noted:
        older = {name: tuple(ids) for name, ids in detail.get("older", {}).items()}
        ids, written = tuple(detail.get("ids", ())), detail.get("generation", self.generation)
        if ids and written != self.generation:
            older[written] = (*older.get(written, ()), *ids)
            ids = ()
        return _Noted(ids=(*ids, *older.pop(self.generation, ())), older=older)

    def _unfinished(self, rest: _Rest, error: AmprentaError) -> NotSent:
        """Not in step, with a note of all that may be there."""
        detail = self._detail(rest.noted)
        return NotSent(key=rest.sent.key, error=error, remote_id=_prefix(rest.sent.key).rstrip(":"), detail=detail)

    def _detail(self, noted: _Noted) -> dict[str, Any]:
        return {"ids": list(noted.ids), "generation": self.generation, "older": dict(noted.older)}

    def inventory(self) -> Iterator[Remote]:
        """Every item that has vectors. ``payload`` is None where they disagree, or are not as many as they say."""
        owned: dict[ItemKey, list[str]] = {}
        for id_ in self.index.ids():
            if (key := self.parse_id(id_)) is not None:
                owned.setdefault(key, []).append(id_)
        for keys in _together(owned):
            found = self.index.fetch([id_ for key in keys for id_ in owned[key]])
            for key in keys:
                payload = _agreed([found.get(id_) for id_ in owned[key]])
                yield Remote(key=key, remote_id=_prefix(key).rstrip(":"), payload=payload)

    def remove(self, remote: Remote) -> None:
        """Take all vectors of an item away."""
        self.index.delete(list(self.index.ids(_prefix(remote.key))))


def generation(model: str, dimensions: int) -> str:
    """The name of all vectors that can be compared: of one model, with one number of dimensions.

    >>> generation("text-embedding-3-small", 1536)
    'text-embedding-3-small-1536'
    >>> generation("BAAI/bge-m3", 1024)
    'baai-bge-m3-1024'
    """
    return re.sub(r"[^a-z0-9.]+", "-", f"{model}-{dimensions}".lower()).strip("-")


def _metadata(entry: Entry) -> dict[str, Any]:
    """What is said with each vector of an item, to filter and to show: no nulls, the most telling features first."""
    names: dict[str, str | None] = {"name": entry.name, "omics_type": entry.omics_type, "disease": entry.disease}
    for what, link in (("program", entry.program), ("experiment", entry.experiment)):
        if link is not None:
            names |= {what: link.name, f"{what}_id": str(link.key.id)}
    said: dict[str, Any] = {key: value[:_LONGEST_NAME] for key, value in names.items() if value}
    features = list(dict.fromkeys([*(name for name, _ in entry.top_features), *entry.features]))
    return {"item": str(entry.key.id), "kind": entry.key.kind, **said, **({"features": features} if features else {})}


def _untouched(item: Outgoing, error: AmprentaError) -> NotSent:
    """Nothing was written for it: what was in doubt still is."""
    return NotSent(key=item.key, error=error, in_doubt=item.in_doubt, remote_id=item.remote_id)


def _hash(chunk: Chunk) -> str:
    return sha256(chunk.text.encode()).hexdigest()[:32]


def _prefix(key: ItemKey) -> str:
    return f"{key.kind}:{key.id}:"


def _together(owned: Mapping[ItemKey, Sequence[str]]) -> Iterator[list[ItemKey]]:
    """Items, so many that their vectors are fetched at once."""
    keys: list[ItemKey] = []
    count = 0
    for key, ids in owned.items():
        if keys and count + len(ids) > FETCHED_AT_ONCE:
            yield keys
            keys, count = [], 0
        keys.append(key)
        count += len(ids)
    if keys:
        yield keys


def _agreed(vectors: Sequence[Vector | None]) -> str | None:
    """The payload that all vectors of an item have, if they are all there."""
    said = {(v.metadata.get("payload"), v.metadata.get("chunks")) if v else (None, None) for v in vectors}
    payload, count = said.pop() if len(said) == 1 else (None, None)
    return payload if isinstance(payload, str) and count == len(vectors) else None
