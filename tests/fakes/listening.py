"""The server on this machine: reads requests, and writes, withholds or cuts answers."""

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from attrs import field, frozen


@frozen(kw_only=True)
class Request:
    """What came in. ``path`` is decoded and without the query; ``size`` counts the bytes of the body."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str] = field(repr=False)
    raw: bytes = field(repr=False)
    body: Any = None

    @property
    def size(self) -> int:
        return len(self.raw)

    def one(self, name: str, default: str = "") -> str:
        """A value of the query, the first if there are several."""
        return self.query.get(name, [default])[0]


@frozen(kw_only=True)
class Answer:
    """What goes out: ``body`` a value for JSON, or the text of a page."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(factory=dict)


@frozen(kw_only=True)
class Reply:
    """How an answer goes out: after a wait, whole or cut, or not at all, with the connection closed or reset."""

    answer: Answer | None
    wait: float = 0.0
    cut: bool = False
    reset: bool = False


class Server(ThreadingHTTPServer):
    """Knows its connections, so that they can be ended."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, reply: Callable[[Request], Reply], port: int) -> None:
        self.reply = reply
        self.ending = threading.Event()
        self.open: set[socket.socket] = set()
        self.workers: set[threading.Thread] = set()
        super().__init__(("127.0.0.1", port), _Handler)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        self.workers.add(threading.current_thread())
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.workers.discard(threading.current_thread())

    def shutdown_request(self, request: Any) -> None:
        """Closes without a word, so that a connection that is to be reset is."""
        self.open.discard(request)
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no news."""

    def end(self) -> None:
        """Listen no more and end all connections; what is being answered gets no answer."""
        self.ending.set()
        self.shutdown()
        self.server_close()
        for connection in list(self.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for worker in list(self.workers):
            worker.join(2)


class _Handler(BaseHTTPRequestHandler):
    """Reads a request, asks the fake, and writes or withholds the answer."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def _serve(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(size)
        if len(raw) < size:  # the client went away while it sent: no request came in
            self.close_connection = True
            return
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = parse_qs(parts.query, keep_blank_values=True)
        request = Request(method=self.command, path=unquote(parts.path), query=query, headers=headers, raw=raw)
        reply = self.server.reply(request)
        if reply.wait:
            self.server.ending.wait(reply.wait)
        if reply.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if reply.answer is None or self.server.ending.is_set():
            self.close_connection = True
        else:
            self._write(reply.answer, cut=reply.cut)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815  # the names that http.server looks for

    def _write(self, answer: Answer, *, cut: bool) -> None:
        page = isinstance(answer.body, str)
        content = answer.body.encode() if page else b"" if answer.body is None else json.dumps(answer.body).encode()
        kind = "text/html" if page else "application/json; charset=utf-8"
        lines = [
            f"HTTP/1.1 {answer.status} {_phrase(answer.status)}",
            f"Content-Type: {kind}",
            f"Content-Length: {len(content)}",
            *(f"{name}: {value}" for name, value in answer.headers.items()),
        ]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode()
        with contextlib.suppress(OSError):  # the client has given up
            self.wfile.write(head + (content[: len(content) // 2] if cut else content))
        self.close_connection = self.close_connection or cut

    def log_message(self, *_: Any) -> None:
        """Quiet."""


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Overloaded"
