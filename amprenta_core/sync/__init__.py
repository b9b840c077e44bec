"""Brings the sinks in step with Postgres: what is wanted and not sent is sent, again and again until it is there.

``work`` runs until it is told to stop, ``run_once`` until nothing is due, ``verify`` compares. A sink's outage, a
database's outage or a broken item delays that alone.
"""

from amprenta_core.sync.draining import Drained, drain
from amprenta_core.sync.policy import Policy, Services
from amprenta_core.sync.verifying import verify
from amprenta_core.sync.working import run_once, want_all, work

__all__ = ["Drained", "Policy", "Services", "drain", "run_once", "verify", "want_all", "work"]
