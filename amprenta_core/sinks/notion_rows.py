"""All rows of a data source, beyond the 10,000 that one query answers: it is put again from the last minute on."""

from collections.abc import Iterator
from typing import Any

from attrs import define

from amprenta_core.errors import SinkRejected
from amprenta_core.sinks.notion_requests import NotionApi

_CREATED = "created_time"


def rows(
    api: NotionApi, source: str, *, where: dict[str, Any] | None = None, in_trash: bool = False
) -> Iterator[dict[str, Any]]:
    """Each row once, the oldest first; ``where`` is a filter of Notion.

    Notion's times have minutes and no seconds, so a query begins with the minute that the one before it ended in.
    Raises ``SinkRejected`` where a single minute holds more rows than a query answers.
    """
    since: str | None = None
    seen: dict[str, str] = {}  # of the last minute only
    while True:
        query = _Query(api=api, source=source, where=_from(where, since), in_trash=in_trash)
        last = since
        for row in query.rows():
            last = str(row.get(_CREATED))
            if row["id"] not in seen:
                seen[row["id"]] = last
                yield row
        if not query.cut:
            return
        if last == since:
            what = f"more rows of a Notion database were made within one minute ({since}) than a query answers"
            raise SinkRejected(what, hint="They cannot all be listed: move or delete those that are not needed")
        since = last
        seen = {row_id: made for row_id, made in seen.items() if made == since}


@define(kw_only=True)
class _Query:
    """One query; ``cut`` is True afterwards where Notion has more rows than it answers."""

    api: NotionApi
    source: str
    where: dict[str, Any] | None
    in_trash: bool
    cut: bool = False

    def rows(self) -> Iterator[dict[str, Any]]:
        body: dict[str, Any] = {"sorts": [{"timestamp": _CREATED, "direction": "ascending"}], "page_size": 100}
        if self.where:
            body["filter"] = self.where
        if self.in_trash:
            body["in_trash"] = True
        cursor: str | None = None
        while True:
            answer = self.api.call(self.api.client.data_sources.query, self.source, start_cursor=cursor, **body)
            yield from (row for row in answer.get("results", ()) if row.get("object") == "page")
            self.cut = (answer.get("request_status") or {}).get("type") == "incomplete"
            cursor = answer.get("next_cursor")
            if not answer.get("has_more") or not cursor:
                return


def _from(where: dict[str, Any] | None, since: str | None) -> dict[str, Any] | None:
    if since is None:
        return where
    begun = {"timestamp": _CREATED, _CREATED: {"on_or_after": since}}
    return {"and": [where, begun]} if where else begun
