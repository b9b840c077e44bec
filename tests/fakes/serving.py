"""What the fakes share: an HTTP server on this machine that can be stopped and started, and the way of a request.

A request is recorded, may meet a fault, is held against the rate, the key, the version, the limits and the
specification, is carried out under one lock, and its answer is held against the specification as well.
"""

import argparse
import contextlib
import json
import math
import signal
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping
from http import HTTPStatus
from typing import Any, ClassVar, Self

from attrs import define, evolve, field, frozen

from fakes.faults import Fault, Faults
from fakes.listening import Answer, Reply, Request, Server
from fakes.schemas import Spec

SECRET_HEADERS = {"authorization", "api-key", "cookie"}
GATEWAY_PAGE = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n</body>\r\n</html>"
)


@frozen(kw_only=True)
class Seen:
    """A request as it was met. ``status`` None: it got no answer; ``fault`` is what it met, if anything."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    status: int | None
    fault: str | None = None
    query: Mapping[str, list[str]] = field(factory=dict)


class Refused(Exception):
    """The service says no; ``invalid`` where the client could have known before."""

    def __init__(self, status: int, code: str, message: str, *, invalid: bool = False) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.invalid = status, code, message, invalid


@define
class Bucket:
    """A budget of requests for one key: refilled at ``rate`` a second up to ``burst``."""

    rate: float
    burst: float
    left: float
    at: float

    def take(self, now: float) -> float:
        """0 where there was a turn, else the seconds until there is one."""
        self.left = min(self.burst, self.left + (now - self.at) * self.rate)
        self.at = now
        if self.left >= 1:
            self.left -= 1
            return 0.0
        return (1 - self.left) / self.rate


class Fake(ABC):
    """A service on 127.0.0.1 with its state in memory.

    ``keys``: those that are let in (None: any). ``rate``: requests a second for each key, with ``burst`` at once;
    above it 429, with ``retry_after`` (None: whole seconds, at least 1). ``validate``: hold all against the
    specification where it is there. ``keep_bodies``: whether ``requests`` keep what was sent.

    To look at: ``requests``, ``keys_seen``, ``invalid`` (what a client should not have sent, and why), ``own_faults``
    (answers that the specification does not allow), ``limited`` (how many were over the rate). ``now`` is the clock in
    seconds by which rates refill and writes become visible; a test may put its own in its place.
    """

    service: ClassVar[str]
    fault_errors: ClassVar[Mapping[str, tuple[int, str, str]]]
    """By fault: status, code and message of the service's own error."""

    def __init__(
        self,
        *,
        port: int = 0,
        keys: Collection[str] | None = None,
        rate: float | None = None,
        burst: float = 10,
        retry_after: float | None = None,
        faults: Faults | None = None,
        validate: bool = True,
        keep_bodies: bool = True,
    ) -> None:
        self.port = port
        self.keys = None if keys is None else frozenset(keys)
        self.rate, self.burst, self.retry_after = rate, burst, retry_after
        self.faults = faults or Faults()
        self.now: Callable[[], float] = time.monotonic
        self.lock = threading.RLock()
        self.requests: list[Seen] = []
        self.keys_seen: set[str] = set()
        self.invalid: list[tuple[Seen, str]] = []
        self.own_faults: list[str] = []
        self.limited = 0
        self._keep_bodies = keep_bodies
        self._buckets: dict[str, Bucket] = {}
        self._spec = self.specification() if validate else None
        self._server: Server | None = None

    # What a service must say.

    @abstractmethod
    def specification(self) -> Spec | None:
        """What requests and answers are held against; None where it is not there."""

    @abstractmethod
    def key(self, request: Request) -> str:
        """The key that a request carries; empty if none."""

    @abstractmethod
    def error(self, request: Request, status: int, code: str, message: str) -> Answer:
        """An error in the service's shape."""

    @abstractmethod
    def check(self, request: Request) -> None:
        """Raises ``Refused`` for a wrong key, a wrong version or what is over a limit."""

    @abstractmethod
    def carry_out(self, request: Request) -> Answer:
        """Does what is asked; raises ``Refused``. The lock is held."""

    def described(self, request: Request) -> Request:
        """The request as the specification at hand would have it, where the client is of a newer version."""
        return request

    # Starting and stopping.

    @property
    def url(self) -> str:
        """Where it is, without a path; the same after a restart."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def validating(self) -> bool:
        """Whether requests and answers are held against the specification."""
        return self._spec is not None

    def start(self) -> Self:
        """Listen, on the same port as before if there was one; what was there is still there."""
        assert self._server is None, "already started"
        self._server = Server(self.reply, self.port)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True, name=self.service).start()
        return self

    def stop(self) -> None:
        """End all connections, answered or not, and listen no more; the state stays."""
        server, self._server = self._server, None
        if server is not None:
            server.end()

    def __enter__(self) -> Self:
        return self if self._server is not None else self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def calm(self) -> None:
        """No more faults."""
        self.faults.calm()

    def count(self, method: str = "", path: str = "") -> int:
        """How many requests there were whose method is this and whose path has this in it."""
        return sum(1 for seen in list(self.requests) if method in {"", seen.method} and path in seen.path)

    # The way of a request.

    def reply(self, request: Request) -> Reply:
        """What the request comes to, and how its answer goes out."""
        fault = self.faults.pick(request.method, request.path)
        self.keys_seen.add(self.key(request))
        reply = Reply(answer=self.respond(request)) if fault is None else self._failing(request, fault)
        status = reply.answer.status if reply.answer is not None else None
        self.requests.append(self._seen(request, status, fault))
        return reply

    def _failing(self, request: Request, fault: Fault) -> Reply:
        kind, wait = fault.kind, fault.seconds or 0.0
        if kind in {"hang", "timeout_after_commit", "reset", "reset_after_commit"}:
            if kind.endswith("commit"):
                self.respond(request)
            return Reply(answer=None, wait=0.0 if kind.startswith("reset") else wait, reset=kind.startswith("reset"))
        if kind in {"slow", "cut"}:
            return Reply(answer=self.respond(request), wait=wait if kind == "slow" else 0.0, cut=kind == "cut")
        return Reply(answer=self.fault_answer(request, fault))

    def fault_answer(self, request: Request, fault: Fault) -> Answer:
        """The error of a fault: the service's own, or a page where a gateway stands before it."""
        if fault.kind in {"502", "504"}:
            line = f"{fault.kind} {HTTPStatus(int(fault.kind)).phrase}"
            answer = Answer(status=int(fault.kind), body=GATEWAY_PAGE.format(line))
        else:
            status, code, message = self.fault_errors[fault.kind]
            answer = self.error(request, status, fault.code or code, message)
        if fault.retry_after is None:
            return answer
        return evolve(answer, headers={**answer.headers, "Retry-After": _seconds(fault.retry_after)})

    def respond(self, request: Request) -> Answer:
        """The request carried out, or refused as the service would."""
        try:
            if (limited := self._over_rate(request)) is not None:
                return limited
            request = self._read(request)
            self.check(request)
            self._hold_request(request)
            with self.lock:
                answer = self.carry_out(request)
        except Refused as no:
            if no.invalid:
                self.invalid.append((self._seen(request, no.status, None), no.message))
            answer = self.error(request, no.status, no.code, no.message)
        return self._held(request, answer)

    def _over_rate(self, request: Request) -> Answer | None:
        if self.rate is None:
            return None
        with self.lock:
            bucket = self._buckets.get(self.key(request))
            if bucket is None:
                bucket = Bucket(self.rate, self.burst, self.burst, self.now())
                self._buckets[self.key(request)] = bucket
            wait = bucket.take(self.now())
            if not wait:
                return None
            self.limited += 1
        pause = max(1, math.ceil(wait)) if self.retry_after is None else self.retry_after
        return self.fault_answer(request, Fault(kind="429", retry_after=pause))

    def _read(self, request: Request) -> Request:
        if not request.raw:
            return request
        try:
            return evolve(request, body=json.loads(request.raw))
        except ValueError:
            raise Refused(400, "invalid_json", "Error parsing JSON body.", invalid=True) from None

    def _hold_request(self, request: Request) -> None:
        if self._spec is None:
            return
        seen = self.described(request)
        if (wrong := self._spec.request_fault(seen.method, seen.path, seen.body)) is not None:
            raise Refused(400, "validation_error", f"body failed validation: {wrong}", invalid=True)

    def _held(self, request: Request, answer: Answer) -> Answer:
        wrong = (
            self._spec.answer_fault(request.method, request.path, answer.status, answer.body) if self._spec else None
        )
        if wrong is None:
            return answer
        self.own_faults.append(f"{request.method} {request.path} {answer.status}: {wrong}")
        return self.error(
            request, 500, "own_fault", f"the fake answered what the specification does not allow: {wrong}"
        )

    def _seen(self, request: Request, status: int | None, fault: Fault | None) -> Seen:
        with contextlib.suppress(Refused):
            request = self._read(request)
        return Seen(
            method=request.method,
            path=request.path,
            query=request.query,
            headers={name: value for name, value in request.headers.items() if name not in SECRET_HEADERS},
            body=request.body if self._keep_bodies else None,
            status=status,
            fault=None if fault is None else fault.kind,
        )


def _seconds(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)


def parser(service: str) -> argparse.ArgumentParser:
    """The options that all fakes have as a script."""
    made = argparse.ArgumentParser(description=f"A {service} to try things against, on 127.0.0.1.")
    made.add_argument("--port", type=int, default=0, help="0: a free one")
    made.add_argument("--key", action="append", help="a key that is let in; without any, all are")
    made.add_argument("--rate", type=float, help="requests a second for each key")
    made.add_argument("--storm", type=float, default=0.0, help="the share of requests that go wrong")
    made.add_argument("--seed", type=int, default=0)
    return made


def serve(fake: Fake, lines: Iterable[str] = ()) -> None:
    """Print the address and then these lines, and serve until SIGTERM or ctrl-C."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with fake:
        print("\n".join([fake.url, *lines]), flush=True)
        ended.wait()
