"""One budget of requests for each credential: a row that all workers on all machines share."""

from collections.abc import Mapping
from threading import Event

from attrs import define, field
from sqlalchemy import Engine, text

from amprenta_core.errors import SinkUnavailable
from amprenta_core.store.database import translated

_AHEAD = 0.5
"""Seconds for which turns are given away in advance; whoever comes later asks again, so that a hold reaches them."""
_TURN = text(
    "UPDATE rate_budgets SET free_at = greatest(free_at, clock_timestamp()) + make_interval(secs => :interval) "
    "WHERE credential = :credential AND free_at <= clock_timestamp() + make_interval(secs => :ahead) "
    "RETURNING extract(epoch FROM free_at - make_interval(secs => :interval) - clock_timestamp())"
)
_FREE = text("SELECT extract(epoch FROM free_at - clock_timestamp()) FROM rate_budgets WHERE credential = :credential")
_FIRST = text("INSERT INTO rate_budgets (credential) VALUES (:credential) ON CONFLICT DO NOTHING")
_HOLD = text(
    "INSERT INTO rate_budgets AS b (credential, free_at) "
    "VALUES (:credential, clock_timestamp() + make_interval(secs => :seconds)) "
    "ON CONFLICT (credential) DO UPDATE SET free_at = greatest(b.free_at, excluded.free_at)"
)


@define(kw_only=True)
class RateBudget:
    """Turns to make requests, ``per_second`` for each credential (a hash of its key), in a row of the database.

    Satisfies ``outgoing.Throttle``. Every turn is a short transaction of its own; ``stop`` ends all waiting. Raises
    ``SinkUnavailable`` where the database does not answer, or when it is stopped.
    """

    engine: Engine = field(repr=False)
    per_second: Mapping[str, float]
    stop: Event = field(factory=Event, repr=False)

    def wait(self, credential: str) -> None:
        """Wait for a turn to make one request."""
        interval = 1.0 / self.per_second[credential]
        while True:
            seconds, ours = self.turn(credential)
            if seconds > 0 and self.stop.wait(seconds):
                raise SinkUnavailable("the work was stopped", hint="It goes on when a worker runs", retry_after=0.0)
            if ours and (seconds <= 0 or self._free_in(credential) <= _AHEAD + interval):
                return

    def turn(self, credential: str) -> tuple[float, bool]:
        """Reserve the next turn: seconds until it, and True; or seconds until it is worth asking again, and False."""
        told = {"credential": credential, "interval": 1.0 / self.per_second[credential], "ahead": _AHEAD}
        with translated(), self.engine.begin() as connection:
            until = connection.scalar(_TURN, told)
            if until is not None:
                return float(until), True
            connection.execute(_FIRST, told)
        return max(0.0, self._free_in(credential) - _AHEAD), False

    def hold(self, credential: str, seconds: float) -> None:
        """Nobody makes a request with this credential for so long."""
        with translated(), self.engine.begin() as connection:
            connection.execute(_HOLD, {"credential": credential, "seconds": seconds})

    def _free_in(self, credential: str) -> float:
        """Seconds until the next turn that is not given away; turns alone never put it beyond the time in advance."""
        with translated(), self.engine.begin() as connection:
            return float(connection.scalar(_FREE, {"credential": credential}) or 0.0)
