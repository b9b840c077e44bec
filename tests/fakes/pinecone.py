"""Pinecone on this machine, for the real client: ``Pinecone(api_key=…, host=fake.url)``, ``pc.index(host=fake.url)``.

As a script it prints its address, and serves until SIGTERM.
"""

import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[1])  # the folder of the package, not the one with an openai.py

import numpy as np
from attrs import evolve, frozen

from fakes.faults import Faults
from fakes.listening import Answer, Request
from fakes.pinecone_control import ControlPlane
from fakes.pinecone_filter import Test, filtering, hold_metadata, invalid
from fakes.schemas import SPECS, Spec, document
from fakes.serving import Fake, Refused, parser, serve

Record = dict[str, Any]
"""``id``, ``values`` (float32) and ``metadata`` of a vector."""
PATHS = tuple(SPECS / "pinecone" / name for name in ("db_control_2026-04.yaml", "db_data_2026-04.yaml"))
VERSIONS = ("2025-10", "2026-01", "2026-04", "2026-07")
CODES = {400: 3, 401: 16, 403: 7, 404: 5, 409: 6, 429: 8, 500: 13, 503: 14, 529: 14}
DEFAULT = "__default__"


@frozen(kw_only=True)
class PineconeLimits:
    """The published limits; sizes in bytes."""

    vectors: int = 1000
    size: int = 2 * 1024 * 1024
    metadata: int = 40 * 1024
    id: int = 512
    ids: int = 1000
    top_k: int = 10_000
    listed: int = 100


class PineconeFake(Fake, ControlPlane):
    """One index, made by the old calls (``index`` None: none yet), and the control plane that describes it.

    ``vectors[namespace][id]`` is what was written; queries, fetches and lists see it ``visible_after`` seconds later.
    The default namespace is ``""``.
    """

    service = "Pinecone"
    fault_errors: ClassVar = {
        "429": (429, "TOO_MANY_REQUESTS", "Too many requests: the limit of requests a second is reached."),
        "409": (409, "ABORTED", "The request conflicts with another one."),
        "500": (500, "INTERNAL", "Internal server error"),
        "503": (503, "UNAVAILABLE", "The service is currently unavailable."),
        "529": (529, "UNAVAILABLE", "The service is overloaded."),
        "quota": (403, "QUOTA_EXCEEDED", "Request failed. You have reached your write unit limit for this month."),
        "wrong_version": (400, "INVALID_ARGUMENT", "The version of the API is not supported."),
    }

    def __init__(
        self,
        *,
        index: str | None = "amprenta",
        dimension: int = 8,
        metric: str = "cosine",
        visible_after: float = 0.0,
        api_versions: Collection[str] = VERSIONS,
        limits: PineconeLimits | None = None,
        max_indexes: int = 1,
        **serving: Any,
    ) -> None:
        super().__init__(**serving)
        self.indexes: dict[str, Record] = {}
        self.api_versions, self.limits, self.max_indexes = tuple(api_versions), limits or PineconeLimits(), max_indexes
        self.visible_after = visible_after
        self.vectors: dict[str, dict[str, Record]] = {}
        self._shown: dict[str, dict[str, Record]] = {}
        self._coming: deque[tuple[float, str, str, Record | None]] = deque()
        self._refused: dict[str, tuple[int, int | None]] = {}
        if index is not None:
            self.indexes[index] = {"dimension": dimension, "metric": metric}

    # To play with.

    def refuse(self, id_: str, status: int = 400, count: int | None = None) -> None:
        """An upsert with this id fails as a whole, ``count`` times (None: always)."""
        self._refused[id_] = (status, count)

    def calm(self) -> None:
        """No more faults, and no id is refused."""
        super().calm()
        self._refused.clear()

    def settle(self) -> None:
        """All that was written is seen now."""
        with self.lock:
            self._show(everything=True)

    def emptied(self) -> None:
        """Nothing is in the index any more."""
        self.vectors.clear()
        self._shown.clear()
        self._coming.clear()

    # What the server asks.

    def specification(self) -> Spec | None:
        return _specification()

    def key(self, request: Request) -> str:
        return request.headers.get("api-key", "")

    def error(self, request: Request, status: int, code: str, message: str) -> Answer:
        if request.path.startswith("/indexes") or status in {401, 403}:
            return Answer(status=status, body={"status": status, "error": {"code": code, "message": message}})
        return Answer(status=status, body={"code": CODES.get(status, 2), "message": message, "details": []})

    def check(self, request: Request) -> None:
        if not self.key(request):
            raise Refused(401, "UNAUTHENTICATED", "Missing API key")
        if self.keys is not None and self.key(request) not in self.keys:
            raise Refused(401, "UNAUTHENTICATED", "Invalid API Key")
        version = request.headers.get("x-pinecone-api-version", self.api_versions[0])
        if version not in self.api_versions:
            raise invalid(f"Invalid API version {version}; known are {', '.join(self.api_versions)}")
        if request.size > self.limits.size:
            message = (
                f"Error, message length too large: found {request.size} bytes, the limit is: {self.limits.size} bytes"
            )
            raise invalid(message)
        if request.body is not None and not isinstance(request.body, dict):
            raise invalid("the body must be an object")

    def described(self, request: Request) -> Request:
        """An index as the newest client asks for it, in the words of the specification at hand."""
        if (request.method, request.path) != ("POST", "/indexes") or "schema" not in (request.body or {}):
            return request
        wanted = self.wanted(request.body)
        place = {name: request.body["deployment"].get(name, "") for name in ("cloud", "region")}
        return evolve(request, body={"name": request.body.get("name"), **wanted, "spec": {"serverless": place}})

    def carry_out(self, request: Request) -> Answer:
        if request.path.startswith("/indexes"):
            return self.control(request)
        act = ACTS.get((request.method, request.path))
        if act is None:
            raise Refused(404, "NOT_FOUND", f"no such call: {request.method} {request.path}")
        if not self.indexes:
            raise Refused(404, "NOT_FOUND", "the index is not there")
        self._show()
        return Answer(status=200, body=act(self, evolve(request, body=request.body or {})))

    @property
    def dimension(self) -> int:
        return int(next(iter(self.indexes.values()))["dimension"])

    # Writing.

    def upsert(self, request: Request) -> Record:
        body = request.body
        vectors = body.get("vectors") or []
        if not vectors:
            raise invalid("Invalid request: vectors must not be empty")
        if len(vectors) > self.limits.vectors:
            raise invalid(f"Batch size of {len(vectors)} exceeds the limit of {self.limits.vectors} vectors")
        records = [self._record(vector) for vector in vectors]
        for record in records:
            self._refuse(record["id"])
        self._write(self._namespace(body), [(record["id"], record) for record in records])
        return {"upsertedCount": len(records)}

    def _record(self, vector: Record) -> Record:
        self._hold_id(vector["id"])
        hold_metadata(vector.get("metadata") or {}, self.limits.metadata)
        return {"id": vector["id"], "values": self._values(vector), "metadata": vector.get("metadata") or {}}

    def _hold_id(self, id_: str) -> None:
        if not 1 <= len(id_) <= self.limits.id:
            raise invalid(f"Vector ID must be 1 to {self.limits.id} characters long, is {len(id_)}")
        if not id_.isascii():
            raise invalid(f"Vector ID must be ASCII, but got '{id_[:60]}'")

    def _values(self, vector: Record) -> Any:
        values = np.asarray(vector.get("values") or [], dtype=np.float32)
        if len(values) != self.dimension:
            text = f"Vector dimension {len(values)} does not match the dimension of the index {self.dimension}"
            raise invalid(text)
        if not values.any():
            raise invalid(f"Dense vectors must contain at least one non-zero value. Vector ID {vector.get('id')}")
        return values

    def _refuse(self, id_: str) -> None:
        if id_ not in self._refused:
            return
        status, count = self._refused[id_]
        if count is not None:
            self._refused[id_] = (status, count - 1)
            if count <= 1:
                del self._refused[id_]
        raise Refused(status, "INVALID_ARGUMENT" if status < 500 else "INTERNAL", f"Vector '{id_}' was refused")

    def update(self, request: Request) -> Record:
        body = request.body
        held = self.vectors.get(self._namespace(body), {})
        by_filter = "filter" in body
        test = filtering(body.get("filter"))
        ids = [one for one in held if test(held[one]["metadata"])] if by_filter else [body.get("id", "")]
        changed: list[tuple[str, Record | None]] = []
        for id_ in [one for one in ids if one in held]:
            metadata = held[id_]["metadata"] | body.get("setMetadata", {})
            hold_metadata(metadata, self.limits.metadata)
            values = self._values(body) if "values" in body else held[id_]["values"]
            changed.append((id_, {"id": id_, "values": values, "metadata": metadata}))
        if not body.get("dryRun"):
            self._write(self._namespace(body), changed)
        return {"matchedRecords": len(changed)} if by_filter else {}

    def delete(self, request: Request) -> Record:
        body = request.body
        namespace = self._namespace(body)
        if len(body.get("ids") or []) > self.limits.ids:
            raise invalid(f"at most {self.limits.ids} ids can be deleted at once, were {len(body['ids'])}")
        if not body.keys() & {"ids", "deleteAll", "filter"}:
            raise invalid("ids, deleteAll or a filter must be given")
        if namespace not in self.vectors:
            raise Refused(404, "NOT_FOUND", "Namespace not found")
        held = self.vectors[namespace]
        if body.get("deleteAll"):
            ids: Iterable[str] = list(held)
        elif "filter" in body:
            test = filtering(body["filter"])
            ids = [id_ for id_, record in held.items() if test(record["metadata"])]
        else:
            ids = body["ids"]
        self._write(namespace, [(id_, None) for id_ in ids])
        return {}

    def _write(self, namespace: str, changes: Iterable[tuple[str, Record | None]]) -> None:
        due = self.now() + self.visible_after
        for id_, record in changes:
            _put(self.vectors, namespace, id_, record)
            self._coming.append((due, namespace, id_, record))

    def _show(self, *, everything: bool = False) -> None:
        now = self.now()
        while self._coming and (everything or self._coming[0][0] <= now):
            _, namespace, id_, record = self._coming.popleft()
            _put(self._shown, namespace, id_, record)

    # Reading.

    def _namespace(self, body: Mapping[str, Any]) -> str:
        name = body.get("namespace") or ""
        return "" if name == DEFAULT else str(name)

    def query(self, request: Request) -> Record:
        body = request.body
        if not 1 <= body.get("topK", 0) <= self.limits.top_k:
            raise invalid(f"top_k must be between 1 and {self.limits.top_k}")
        namespace = self._namespace(body)
        held = self._shown.get(namespace, {})
        wanted = (
            held.get(body["id"], {}).get("values") if "id" in body else self._values({"values": body.get("vector")})
        )
        test = filtering(body.get("filter"))
        found = [] if wanted is None else self._nearest(wanted, held, test, body["topK"])
        matches = [self._match(record, score, body) for score, record in found]
        return {"matches": matches, "namespace": namespace, "usage": {"readUnits": 5}}

    def _nearest(self, wanted: Any, held: Mapping[str, Record], test: Test, count: int) -> list[tuple[float, Record]]:
        records = [record for record in held.values() if test(record["metadata"])]
        if not records:
            return []
        matrix = np.stack([record["values"] for record in records]).astype(np.float64)
        scores = matrix @ np.asarray(wanted, dtype=np.float64)
        metric = next(iter(self.indexes.values()))["metric"]
        if metric == "cosine":
            scores = scores / (np.linalg.norm(matrix, axis=1) * np.linalg.norm(wanted))
        elif metric == "euclidean":
            scores = -((matrix - wanted) ** 2).sum(axis=1)
        best = np.argsort(-scores, kind="stable")[:count]
        return [(float(scores[place]), records[place]) for place in best]

    def _match(self, record: Record, score: float, body: Record) -> Record:
        euclidean = next(iter(self.indexes.values()))["metric"] == "euclidean"
        match: Record = {"id": record["id"], "score": -score if euclidean else score, "values": []}
        if body.get("includeValues"):
            match["values"] = record["values"].tolist()
        if body.get("includeMetadata"):
            match["metadata"] = record["metadata"]
        return match

    def fetch(self, request: Request) -> Record:
        ids = request.query.get("ids", [])
        if not 1 <= len(ids) <= self.limits.ids:
            raise invalid(f"1 to {self.limits.ids} ids can be fetched at once, were {len(ids)}")
        namespace = self._namespace({"namespace": request.one("namespace")})
        held = self._shown.get(namespace, {})
        found = {id_: {**held[id_], "values": held[id_]["values"].tolist()} for id_ in ids if id_ in held}
        return {"vectors": found, "namespace": namespace, "usage": {"readUnits": 1}}

    def list_ids(self, request: Request) -> Record:
        namespace = self._namespace({"namespace": request.one("namespace")})
        limit = int(request.one("limit", str(self.limits.listed)))
        if not 1 <= limit <= self.limits.listed:
            raise invalid(f"limit must be between 1 and {self.limits.listed}, was {limit}")
        after = urlsafe_b64decode(request.one("paginationToken")).decode()
        prefix = request.one("prefix")
        ids = sorted(id_ for id_ in self._shown.get(namespace, {}) if id_.startswith(prefix) and id_ > after)
        found = [{"id": id_} for id_ in ids[:limit]]
        made: Record = {"vectors": found, "namespace": namespace, "usage": {"readUnits": 1}}
        if len(ids) > limit:
            made["pagination"] = {"next": urlsafe_b64encode(ids[limit - 1].encode()).decode()}
        return made

    def stats(self, request: Request) -> Record:
        body = request.body
        if body.get("filter"):
            raise invalid("Serverless indexes do not support describing index stats with metadata filtering")
        counts = {name: len(held) for name, held in self._shown.items() if held}
        return {
            "namespaces": {name or DEFAULT: {"vectorCount": count} for name, count in counts.items()},
            "dimension": self.dimension,
            "indexFullness": 0,
            "totalVectorCount": sum(counts.values()),
            "metric": next(iter(self.indexes.values()))["metric"],
            "vectorType": "dense",
        }


@lru_cache(maxsize=1)
def _specification() -> Spec | None:
    return Spec(documents=tuple(document(path) for path in PATHS)) if PATHS[0].exists() else None


def _put(held: dict[str, dict[str, Record]], namespace: str, id_: str, record: Record | None) -> None:
    if record is not None:
        held.setdefault(namespace, {})[id_] = record
    elif namespace in held:
        held[namespace].pop(id_, None)


ACTS: Mapping[tuple[str, str], Callable[[PineconeFake, Request], Record]] = {
    ("POST", "/vectors/upsert"): PineconeFake.upsert,
    ("POST", "/vectors/update"): PineconeFake.update,
    ("POST", "/vectors/delete"): PineconeFake.delete,
    ("POST", "/query"): PineconeFake.query,
    ("GET", "/vectors/fetch"): PineconeFake.fetch,
    ("GET", "/vectors/list"): PineconeFake.list_ids,
    ("POST", "/describe_index_stats"): PineconeFake.stats,
}


def main() -> None:
    """Serve one index."""
    options = parser("Pinecone")
    options.add_argument("--index", default="amprenta")
    options.add_argument("--dimension", type=int, default=1536)
    given = options.parse_args()
    faults = Faults(seed=given.seed, rate=given.storm)
    fake = PineconeFake(
        index=given.index, dimension=given.dimension, port=given.port, keys=given.key, rate=given.rate, faults=faults
    )
    serve(fake, [f"index {given.index}"])


if __name__ == "__main__":
    main()
