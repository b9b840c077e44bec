"""Calls to code of others: with a limit of time, unable to end the program, and with stdout turned to stderr.

Python cannot kill a thread. In the main thread an alarm signal interrupts the call, and nothing of it is left behind:
this ends Python code, waiting, and regular expressions that backtrack without end. In any other thread the call runs in
a daemon thread of its own, which is given up after its time: the caller goes on, and the thread is asked to stop at its
next step in Python. What no limit ends: code of a C library that never lets go of the interpreter (in the main thread:
and never looks for signals), code that catches ``BaseException`` in a loop, and ``os._exit``.
"""

import ctypes
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, TypeVar, cast

from attrs import define, field

T = TypeVar("T")
SECONDS = 300.0
"""How long a hook may take, where nobody says otherwise."""
_AGAIN = 1.0
_ALARM = getattr(signal, "SIGALRM", None)
_local = threading.local()
"""Of each thread: the worker that it is, and whether it runs code of others now."""


class TookTooLong(BaseException):
    """The call gave no answer in its time. No ``Exception``: code of others must not catch it by accident."""


class TriedToEnd(Exception):
    """The call raised what would end the program (``SystemExit``, ``KeyboardInterrupt``); its cause has it."""


class _Pressed(KeyboardInterrupt):
    """The user's own interruption, told apart from one that code of others raises."""


@define
class Watchdog:
    """Runs calls, each within ``seconds``; threads that answered in time are used again."""

    seconds: float = SECONDS
    _idle: "list[_Worker]" = field(factory=list, repr=False)
    _ready: bool = False

    def together(self, calls: Callable[[], T]) -> T:
        """The answer of code of ours that makes several calls with ``run``: it costs less than one by one."""
        if _may_ring():
            with self._ready_to_ring():
                return calls()
        try:
            return self._in_thread(calls)
        except TookTooLong:
            return calls()  # one by one, so that it is known which

    def run(self, call: Callable[[], T]) -> T:
        """The answer of the call, or what it raises. Raises ``TookTooLong`` and ``TriedToEnd``."""
        try:
            return self._until_alarm(call) if _may_ring() else self._in_thread(lambda: _from_now(call))
        except (Exception, TookTooLong):
            raise
        except _Pressed as error:
            raise KeyboardInterrupt from error
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt) and _may_be_pressed():
                raise
            raise TriedToEnd from error

    def _until_alarm(self, call: Callable[[], T]) -> T:
        """Call, and be interrupted after the time; again and again, for code that catches everything."""
        with self._ready_to_ring(), _aside():
            signal.setitimer(signal.ITIMER_REAL, self.seconds, _AGAIN)
            try:
                return call()
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)

    @contextmanager
    def _ready_to_ring(self) -> Iterator[None]:
        if self._ready:
            yield
            return
        with _handling(_ALARM, _ring), _handling(signal.SIGINT, _press):
            self._ready = True
            try:
                yield
            finally:
                self._ready = False

    def _in_thread(self, call: Callable[[], T]) -> T:
        if getattr(_local, "worker", None) is not None:  # one of several calls
            return call()
        worker = self._idle.pop() if self._idle else _Worker()
        answer, error = worker.ask(call, self.seconds)
        self._idle.append(worker)
        if error is not None:
            raise error
        return cast("T", answer)


@define(eq=False)
class _Worker:
    """A daemon thread that makes one call after the other."""

    began: float = 0.0
    _given_up: bool = False
    _asked: "SimpleQueue[Callable[[], Any]]" = field(factory=SimpleQueue)
    _answered: "SimpleQueue[tuple[Any, BaseException | None]]" = field(factory=SimpleQueue)
    _thread: threading.Thread = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._thread = threading.Thread(target=self._work, name="amprenta-hooks", daemon=True)
        self._thread.start()

    def ask(self, call: Callable[[], Any], seconds: float) -> tuple[Any, BaseException | None]:
        """The answer, or the error. Raises ``TookTooLong``; the thread must not be asked again then."""
        self.began = monotonic()
        self._asked.put(call)
        while (left := self.began + seconds - monotonic()) > 0:
            with suppress(Empty):
                return self._answered.get(timeout=min(left, threading.TIMEOUT_MAX))
        self._given_up = True
        _interrupt(self._thread)
        raise TookTooLong

    def _work(self) -> None:
        _local.worker = self
        while not self._given_up:
            call = self._asked.get()
            answer: tuple[Any, BaseException | None]
            try:
                answer = call(), None
            except TookTooLong:
                return  # nobody waits any more
            except BaseException as error:  # noqa: BLE001  # raised again where it is waited for
                answer = None, error
            self._answered.put(answer)
            del call, answer  # what was answered is not kept until the next question


def _from_now(call: Callable[[], T]) -> T:
    """Call in a thread of ours, its time beginning now."""
    _local.worker.began = monotonic()
    with _aside():
        return call()


def _may_ring() -> bool:
    """Whether an alarm would end a call: in the main thread, where nobody else uses it."""
    return _in_main() and _ALARM is not None and not _is_somebody_elses(_ALARM)


def _in_main() -> bool:
    return threading.current_thread() is threading.main_thread()


def _is_somebody_elses(number: int) -> bool:
    return signal.getsignal(number) not in (signal.SIG_DFL, signal.default_int_handler, None, _ring, _press)


def _may_be_pressed() -> bool:
    """Whether an interruption may be the user's own, by a handler that is not ours; not where the signal is ignored."""
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    return _in_main() and not ignored and _is_somebody_elses(signal.SIGINT)


def _ring(*_: object) -> None:
    raise TookTooLong


def _press(*_: object) -> None:
    raise _Pressed


@contextmanager
def _handling(number: int | None, handler: Callable[..., None]) -> Iterator[None]:
    """Handle a signal inside, unless somebody else does."""
    if number is None or _is_somebody_elses(number):
        yield
        return
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)


def _interrupt(thread: threading.Thread) -> None:
    """Have a thread raise ``TookTooLong`` at its next step in Python, if it ever comes to one."""
    number = ctypes.c_ulong(thread.ident or 0)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(number, ctypes.py_object(TookTooLong))


# -- stdout ------------------------------------------------------------------------------------------------------------


class _Switch:
    """Stdout for our own code; stderr for a thread that runs code of others."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stderr if getattr(_local, "aside", False) else self._stream, name)


@contextmanager
def _aside() -> Iterator[None]:
    """What this thread prints inside goes to stderr, whatever other threads print meanwhile."""
    if not isinstance(sys.stdout, _Switch):
        sys.stdout = cast("Any", _Switch(sys.stdout))
    before = getattr(_local, "aside", False)
    _local.aside = True
    try:
        yield
    finally:
        _local.aside = before
