"""Code of others gets a limit of time, cannot end the program, and cannot write to stdout."""

import contextlib
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from amprenta_core.guarding import TookTooLong, TriedToEnd, Watchdog

Run = Callable[[Callable[[], Any]], Any]


def forever() -> None:
    while True:
        pass


def sleeping() -> None:
    time.sleep(30)


def catching() -> None:
    for _ in range(30):
        with contextlib.suppress(Exception):
            time.sleep(1)


def backtracking() -> None:
    re.match(r"(a+)+b", "a" * 40)


@pytest.fixture(params=["main thread", "another thread"])
def run(request: pytest.FixtureRequest) -> Run:
    """Runs a call with a short limit, in the main thread or in another."""
    dog = Watchdog(seconds=0.2)
    if request.param == "main thread":
        return dog.run

    def elsewhere(call: Callable[[], Any]) -> Any:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(dog.run, call).result()

    return elsewhere


@pytest.mark.parametrize("call", [forever, sleeping, catching])
def test_what_never_answers_is_given_up(run: Run, call: Callable[[], None]) -> None:
    began = time.perf_counter()
    with pytest.raises(TookTooLong):
        run(call)
    assert time.perf_counter() - began < 10
    assert run(lambda: 7) == 7


def test_a_regular_expression_is_ended_in_the_main_thread() -> None:
    with pytest.raises(TookTooLong):
        Watchdog(seconds=0.2).run(backtracking)


def test_answers_and_errors_come_through(run: Run) -> None:
    assert run(lambda: "seven") == "seven"
    with pytest.raises(ZeroDivisionError):
        run(lambda: 1 / 0)
    with pytest.raises(RecursionError):
        run(_deeper)


def _deeper() -> int:
    return _deeper() + 1


def _raise(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_nothing_ends_the_program(run: Run, error: BaseException) -> None:
    with pytest.raises(TriedToEnd) as caught:
        run(lambda: _raise(error))
    assert caught.value.__cause__ is error


@contextmanager
def interrupted_by(handler: Any) -> Iterator[None]:
    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def test_nothing_ends_the_program_in_the_background_where_interruptions_are_ignored(run: Run) -> None:
    with interrupted_by(signal.SIG_IGN), pytest.raises(TriedToEnd):
        run(lambda: _raise(KeyboardInterrupt()))


def test_the_users_own_interruption_does() -> None:
    with interrupted_by(signal.default_int_handler), pytest.raises(KeyboardInterrupt):
        Watchdog(seconds=5).run(lambda: signal.raise_signal(signal.SIGINT))


def test_signals_are_as_before() -> None:
    before = signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGINT)
    Watchdog(seconds=5).run(lambda: None)
    assert (signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGINT)) == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_an_alarm_of_somebody_else_is_left_alone() -> None:
    rung: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
    try:
        with pytest.raises(TookTooLong):
            Watchdog(seconds=0.2).run(sleeping)
        assert Watchdog(seconds=5).run(threading.current_thread).name == "amprenta-hooks"
    finally:
        signal.signal(signal.SIGALRM, before)
    assert rung == []


def test_threads_that_answered_are_used_again() -> None:
    dog = Watchdog(seconds=5)
    with ThreadPoolExecutor(1) as pool:
        used = {pool.submit(dog.run, threading.get_ident).result() for _ in range(20)}
    assert len(used) == 1


def test_what_is_printed_goes_to_stderr(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run(lambda: print("from a plugin"))
    run(lambda: sys.stdout.write("written"))
    print("from us")
    assert capsys.readouterr() == ("from us\n", "from a plugin\nwritten")


def test_our_own_stdout_is_untouched_while_a_call_runs(capsys: pytest.CaptureFixture[str]) -> None:
    started, done = threading.Event(), threading.Event()

    def call() -> None:
        print("theirs")
        started.set()
        done.wait(5)

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(Watchdog(seconds=5).run, call)
        started.wait(5)
        print("ours")
        done.set()
        running.result()
    assert capsys.readouterr() == ("ours\n", "theirs\n")
