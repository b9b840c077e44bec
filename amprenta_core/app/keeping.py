"""Keeping the sinks in step: what ``amprenta sync`` and ``amprenta worker`` do."""

import time
from collections.abc import Sequence
from threading import Event
from typing import TYPE_CHECKING, Any
from uuid import uuid5

from attrs import asdict, evolve

from amprenta_core import spool, sync
from amprenta_core.app.outside import describe, rates
from amprenta_core.app.values import Outcome
from amprenta_core.errors import SettingsError, SinkRejected
from amprenta_core.outgoing import Discrepancy, Entry, ItemKey
from amprenta_core.search.chunks import chunks
from amprenta_core.store import entries, narratives, outbox
from amprenta_core.store.budgets import RateBudget

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from amprenta_core.app import App
    from amprenta_core.sinks.notion_setup import Finding

_PATIENCE = 900.0
"""Seconds that ``--wait`` waits for sinks that do not answer."""


def services(app: "App", stop: Event | None = None, *, forced: bool = False) -> sync.Services:
    """What the work needs, for this application's sinks. Raises ``SettingsError`` where Postgres does not lead."""
    check_mode(app)
    budget = RateBudget(engine=app.database.engine, per_second=rates(app.settings), stop=stop or Event())

    def make(connection: "Connection", keys: Sequence[ItemKey]) -> dict[ItemKey, Entry | None]:
        return entries.make_entries(connection, keys, lambda *told: describe(app, *told))

    return sync.Services(
        database=app.database, sinks=app.outside.sinks(budget, forced=forced), entries=make, chunker=chunks
    )


def check_mode(app: "App") -> None:
    """Raises ``SettingsError`` where nothing is sent from Postgres."""
    if app.settings.mode == "rollback":
        hint = "Set USE_POSTGRES_AS_SOT=true to go back"
        raise SettingsError("in rollback mode Notion leads, and nothing is sent from Postgres", hint=hint)


def policy(app: "App") -> sync.Policy:
    """As patient as the settings say, and as the slowest request may be."""
    named = (app.settings.notion, app.settings.pinecone, app.settings.embedder)
    longest = max((one.timeout for one in named if one is not None), default=60.0)
    return sync.Policy().scaled(app.settings.patience, longest)


def status(app: "App") -> list[dict[str, Any]]:
    """How each sink is doing, those that were switched off since, too."""
    with app.connection() as connection:
        found = {one.sink: one for one in outbox.status(connection)}
    none = {"items": 0, "pending": 0, "oldest_seconds": None, "failed": 0, "in_doubt": 0, "last_error": None}
    return [
        {"sink": name, "on": name in app.outside.kinds, **(asdict(found[name]) if name in found else none)}
        for name in sorted({*found, *app.outside.kinds})
    ]


def failures(app: "App", sink: str | None) -> list[dict[str, Any]]:
    """The items that are not in step because of an error."""
    with app.connection() as connection:
        found = outbox.failures(connection, sink)
    return [{**asdict(one, recurse=False), "key": f"{one.key.kind} {one.key.id}"} for one in found]


def run_once(app: "App") -> list[dict[str, Any]]:
    """Send all that is due now."""
    done = sync.run_once(services(app), policy(app))
    return [{"sink": name, **asdict(told)} for name, told in done.items()]


def retry(app: "App", sink: str | None) -> int:
    """Make due again what failed."""
    _known(app, sink)
    with app.connection() as connection:
        return outbox.retry(connection, sink)


def verify(app: "App", sink: str | None, *, repair: bool) -> list[Discrepancy]:
    """Compare ids and contents both ways, for one sink or all."""
    _known(app, sink)
    made = services(app)
    names = [sink] if sink else list(made.sinks)
    return [one for name in names for one in sync.verify(made, name, repair=repair, policy=policy(app))]


def _known(app: "App", sink: str | None) -> None:
    if sink is not None and sink not in app.outside.kinds:
        on = ", ".join(sorted(app.outside.kinds)) or "none"
        raise SettingsError(f"the sink {sink} is not switched on", hint=f"These are: {on}")


def work(app: "App", stop: Event) -> None:
    """Keep all sinks in step until told to stop."""
    sync.work(services(app, stop), policy(app), stop)


def settle(app: "App", outcome: Outcome, *, forced: bool, wait: bool) -> Outcome:
    """Wait until the dataset of an outcome is in step (``forced``: on Notion at least), as far as the sinks answer."""
    if outcome.dataset_id is None or outcome.status == "spooled":
        return outcome
    key = ItemKey(kind="dataset", id=outcome.dataset_id)
    made, patience = services(app, forced=forced), time.monotonic() + (_PATIENCE if wait else 0.0)
    if forced and not wait:
        made = evolve(made, sinks={"notion": made.sinks["notion"]})
    while True:
        sync.run_once(made, policy(app), catch_up=False)
        with app.connection() as connection:
            left = [(sink, item) for sink, item in outbox.unsettled(connection, [key]) if sink in made.sinks]
            due = outbox.next_due(connection, [sink for sink, _ in left]) if left else None
            page = outbox.page_of(connection, key)
        if not left or due is None or time.monotonic() + due > patience:
            break
        time.sleep(max(due, 0.1))
    note = f"not in step yet: {', '.join(sorted({sink for sink, _ in left}))}; see amprenta sync status"
    return evolve(outcome, notion_page_id=page, note=note if left else outcome.note)


def setup_notion(app: "App", *, create: bool, parent: str | None) -> "Sequence[Finding]":
    """Check the databases in Notion, or make what they lack."""
    from amprenta_core.sinks import notion_setup  # noqa: PLC0415  # only with Notion

    if app.settings.notion is None:
        raise SettingsError("Notion has no key", hint="Set NOTION_API_KEY")
    pace = _budget(app)
    if create:
        return notion_setup.set_up(app.settings.notion, pace, parent=parent).findings
    return notion_setup.check(app.settings.notion, pace)


def pull_notion(app: "App", pages: Sequence[str], sources: Sequence[str]) -> dict[str, Any]:
    """Read back what people wrote: on our items' pages, on pages and in data sources that are named or known."""
    from amprenta_core.sinks import narrative, notion_requests  # noqa: PLC0415  # only with Notion

    if app.settings.notion is None:
        raise SettingsError("Notion has no key", hint="Set NOTION_API_KEY")
    with app.connection() as connection:
        ours, since = narratives.pages(connection)
    api, unread, changed = notion_requests.open_api(app.settings.notion, _budget(app)), list[str](), 0
    asked = list(dict.fromkeys((*ours, *since, *pages)))

    def skip(page: str, error: SinkRejected) -> None:
        unread.append(f"{page}: {error}")

    for found in narrative.narratives(api, app.settings.notion, pages=asked, sources=sources, since=since, unread=skip):
        with app.connection() as connection:
            about = found.key if found.key is not None else ours.get(found.page_id)
            told = uuid5(app.database.workspace, f"narrative:{found.page_id}")
            stored = narratives.Stored(
                id=told,
                about=about,
                page_id=found.page_id,
                title=found.title,
                url=found.url,
                text=found.text,
                edited_at=found.edited_at or "",
            )
            if narratives.save(connection, stored):
                changed += 1
                keys = [ItemKey(kind="narrative", id=told), *([about] if about else [])]
                app.outside.want_items(connection, keys)
    return {"pages": len(asked), "changed": changed, "unread": unread}


def _budget(app: "App") -> RateBudget:
    return RateBudget(engine=app.database.engine, per_second=rates(app.settings))


def spooled(app: "App") -> list[spool.Spooled]:
    """What waits on the spool."""
    return spool.waiting(app.settings.home)
