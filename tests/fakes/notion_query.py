"""Queries of a data source: filters, sorts and pages of results."""

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from attrs import define, field, frozen

from fakes.listening import Request
from fakes.notion_state import DataSource, Page, Workspace, identified, minute
from fakes.notion_values import Shown, plain, wrong

Test = Callable[[Page], bool]
KEPT_CURSORS = 2000


@frozen(kw_only=True)
class Call:
    """A request to act on: ``id`` and ``name`` are those of its path, ``most`` the longest page of a list."""

    request: Request
    most: int
    id: str = ""
    name: str = ""

    @property
    def body(self) -> Shown:
        body = self.request.body
        return body if isinstance(body, dict) else {}

    @property
    def size(self) -> int:
        """How long a page of a list is to be; 0 where what was written is no number."""
        written = self.body.get("page_size", self.request.one("page_size") or self.most)
        return int(written) if str(written).lstrip("-").isdigit() else 0


def matching(workspace: Workspace, source: DataSource, wanted: Mapping[str, Any] | None) -> Test:
    """A test of rows for a filter. Raises ``Refused`` for what no filter can say of this data source."""
    if not wanted:
        return lambda _: True
    for word, joined in (("and", all), ("or", any)):
        if word in wanted:
            tests = [matching(workspace, source, part) for part in wanted[word]]
            return lambda page: joined(test(page) for test in tests)
    if "timestamp" in wanted:
        return _time_test(wanted)
    return _property_test(source, wanted)


def _time_test(wanted: Mapping[str, Any]) -> Test:
    kind = wanted["timestamp"]
    if kind not in {"created_time", "last_edited_time"} or kind not in wanted:
        raise wrong(f"body failed validation: body.filter.{kind} should be defined, instead was `undefined`.")
    holds = _comparison("date", wanted[kind])
    return lambda page: holds(minute(page.created if kind == "created_time" else page.edited))


def _property_test(source: DataSource, wanted: Mapping[str, Any]) -> Test:
    name = wanted.get("property", "")
    schema = source.find(name)
    if schema is None:
        raise wrong(f"Could not find property with name or id: {name}")
    kinds = [key for key in wanted if key not in {"property", "type"}]
    if kinds != [schema["type"]]:
        raise wrong(f"database property {schema['type']} does not match filter {' '.join(kinds)}")
    holds = _comparison(schema["type"], wanted[schema["type"]])
    return lambda page: holds(comparable(schema, page))


COMPARED: Mapping[str, Callable[[Any], Any]] = {
    "title": lambda value: plain(value or []),
    "rich_text": lambda value: plain(value or []),
    "select": lambda value: value["name"] if value else None,
    "status": lambda value: value["name"] if value else None,
    "multi_select": lambda value: [one["name"] for one in value or []],
    "relation": lambda value: [one["id"] for one in value or []],
    "people": lambda value: [one["id"] for one in value or []],
    "date": lambda value: value["start"] if value else None,
    "checkbox": bool,
}


def comparable(schema: Shown, page: Page) -> Any:
    """A property's value as filters and sorts see it."""
    if schema["type"] in {"created_time", "last_edited_time"}:
        return minute(page.created if schema["type"] == "created_time" else page.edited)
    value = page.values.get(schema["id"])
    return COMPARED[schema["type"]](value) if schema["type"] in COMPARED else value


def _comparison(type_: str, condition: Mapping[str, Any]) -> Callable[[Any], bool]:
    if len(condition) != 1:
        raise wrong("body failed validation: a filter should have exactly one condition.")
    word, wanted = next(iter(condition.items()))
    if type_ in {"relation", "people"}:
        wanted = identified(str(wanted))
    if type_ == "date" or word in {"before", "after", "on_or_before", "on_or_after"}:
        return _date_comparison(word, wanted)
    tests: Mapping[str, Callable[[Any], bool]] = {
        "equals": lambda value: bool(value == wanted),
        "does_not_equal": lambda value: bool(value != wanted),
        "contains": lambda value: wanted in (value or ()),
        "does_not_contain": lambda value: wanted not in (value or ()),
        "starts_with": lambda value: (value or "").startswith(wanted),
        "ends_with": lambda value: (value or "").endswith(wanted),
        "greater_than": lambda value: value is not None and value > wanted,
        "less_than": lambda value: value is not None and value < wanted,
        "greater_than_or_equal_to": lambda value: value is not None and value >= wanted,
        "less_than_or_equal_to": lambda value: value is not None and value <= wanted,
        "is_empty": lambda value: value in (None, "", []),
        "is_not_empty": lambda value: value not in (None, "", []),
    }
    if word not in tests:
        raise wrong(f"body failed validation: body.filter.{type_}.{word} should be not present.")
    return tests[word]


def _date_comparison(word: str, wanted: Any) -> Callable[[Any], bool]:
    if word in {"is_empty", "is_not_empty"}:
        return lambda value: (value is None) is (word == "is_empty")
    moment = _moment(wanted)
    tests: Mapping[str, Callable[[datetime], bool]] = {
        "equals": lambda value: value == moment,
        "before": lambda value: value < moment,
        "after": lambda value: value > moment,
        "on_or_before": lambda value: value <= moment,
        "on_or_after": lambda value: value >= moment,
    }
    if word not in tests:
        raise wrong(f"body failed validation: body.filter.date.{word} should be not present.")
    return lambda value: value is not None and tests[word](_moment(value))


def _moment(text: Any) -> datetime:
    try:
        read = datetime.fromisoformat(str(text))
    except ValueError:
        raise wrong(f"body failed validation: `{text}` should be a valid ISO 8601 date string.") from None
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)


def ordered(source: DataSource, pages: list[Page], sorts: Sequence[Mapping[str, Any]]) -> list[Page]:
    """Rows in the order that is asked for; the newest first where nothing is."""
    found = sorted(pages, key=lambda page: (page.created, page.id), reverse=True)
    for sort in reversed(sorts):
        found.sort(key=_sort_key(source, sort), reverse=sort["direction"] == "descending")
    return found


def _sort_key(source: DataSource, sort: Mapping[str, Any]) -> Callable[[Page], Any]:
    if "timestamp" in sort:
        return lambda page: minute(page.created if sort["timestamp"] == "created_time" else page.edited)
    schema = source.find(sort["property"])
    if schema is None:
        raise wrong(f"Could not find sort property with name or id: {sort['property']}")

    def key(page: Page) -> tuple[bool, Any]:
        value = comparable(schema, page)
        return (value is not None, 0 if value is None else value)

    return key


@define(kw_only=True)
class Cursors:
    """Lists that are given out in pages; the cursor of a page is the id of its first thing, as recorded.

    A list is made at its first page and kept, so that what comes and goes meanwhile shifts nothing.
    """

    _open: OrderedDict[tuple[str, str], tuple[list[str], int]] = field(factory=OrderedDict, init=False)

    def page(
        self, call: Call, found: Callable[[], list[str]], start: str | None, cap: int | None = None
    ) -> tuple[list[str], str | None, bool]:
        """(ids of a page, cursor of the next or None, whether the cap cut the list)."""
        asked = {name: value for name, value in call.body.items() if name not in {"start_cursor", "page_size"}}
        scope = f"{call.request.path} {json.dumps(asked, sort_keys=True)}"
        ids, at = self._place(scope, found, identified(start)) if start else (found(), 0)
        end = min(at + call.size, len(ids) if cap is None else cap)
        more = len(ids) > end
        capped = more and end == cap
        following = None
        if more and not capped:
            following = ids[end]
            self._open[scope, following] = (ids, end)
            while len(self._open) > KEPT_CURSORS:
                self._open.popitem(last=False)
        return ids[at:end], following, capped

    def _place(self, scope: str, found: Callable[[], list[str]], start: str) -> tuple[list[str], int]:
        if (scope, start) in self._open:
            return self._open[scope, start]
        ids = found()
        if start not in ids:
            raise wrong(f"The start_cursor provided is invalid: {start}")
        return ids, ids.index(start)


def listed(results: list[Shown], following: str | None, type_: str, *, capped: bool = False) -> Shown:
    """A page of a list as an answer."""
    made: Shown = {
        "object": "list",
        "results": results,
        "next_cursor": following,
        "has_more": following is not None,
        "type": type_,
        type_: {},
    }
    if capped:
        made["request_status"] = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}
    return made
