"""The properties of our pages: which there are, where they are in a data source, and how a value is written.

A property is found by the id that was remembered, then by the description that the setup gave it, then by its name:
people may rename it. One that is gone or has another type is left out and noted, except the two that nothing works
without.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from attrs import field, frozen

from amprenta_core.errors import SinkRejected
from amprenta_core.outgoing import KINDS, Kind
from amprenta_core.sinks.notion_requests import CREATE

PropertyType = Literal["title", "rich_text", "select", "number", "relation"]
TEXT_LIMIT, TEXTS_LIMIT, OPTION_LIMIT = 2000, 100, 100
"""Characters (UTF-16 units) of one text, texts of one array, characters of a select option: Notion's own limits."""


@frozen(kw_only=True)
class Wanted:
    """A property that our pages have. ``to`` is the kind that a relation points to."""

    name: str
    type: PropertyType
    to: Kind | None = None
    required: bool = False


@frozen(kw_only=True)
class Column:
    """A property that a data source has; ``to`` is the data source that a relation points to."""

    id: str
    name: str
    type: str
    description: str | None = None
    to: str | None = None


@frozen(kw_only=True)
class Columns:
    """Where our properties are in a data source: our key → id there; ``notes`` say which could not be used."""

    ids: Mapping[str, str] = field(factory=dict)
    notes: tuple[str, ...] = ()


_OURS = {
    "name": Wanted(name="Name", type="title", required=True),
    "id": Wanted(name="Amprenta ID", type="rich_text", required=True),
    "hash": Wanted(name="Amprenta Hash", type="rich_text"),
    "description": Wanted(name="Description", type="rich_text"),
}
_PROGRAM = Wanted(name="Program", type="relation", to="program")
WANTED: Mapping[str, Mapping[str, Wanted]] = {
    "program": {**_OURS, "disease": Wanted(name="Disease", type="select")},
    "experiment": {**_OURS, "disease": Wanted(name="Disease", type="select"), "program": _PROGRAM},
    "dataset": {
        **_OURS,
        "omics_type": Wanted(name="Omics type", type="select"),
        "disease": Wanted(name="Disease", type="select"),
        "features": Wanted(name="Features", type="number"),
        "samples": Wanted(name="Samples", type="number"),
        "problems": Wanted(name="Problems", type="number"),
        "program": _PROGRAM,
        "experiment": Wanted(name="Experiment", type="relation", to="experiment"),
    },
    "signature": {
        **_OURS,
        "omics_type": Wanted(name="Omics type", type="select"),
        "disease": Wanted(name="Disease", type="select"),
        "features": Wanted(name="Features", type="number"),
    },
}
"""Our properties by kind and by our own key, which is what is remembered."""
PAGE_KINDS: tuple[Kind, ...] = tuple(kind for kind in KINDS if kind in WANTED)
"""The kinds that have pages, what others point to first."""


def mark(kind: str, key: str) -> str:
    """The description that the setup gives a property, so that it is found under any name."""
    return f"Kept by Amprenta ({kind}.{key})"


def columns_of(source: Mapping[str, Any]) -> list[Column]:
    """The properties of a data source as Notion describes it."""
    return [
        Column(
            id=str(told.get("id")),
            name=str(told.get("name") or name),
            type=str(told.get("type")),
            description=told.get("description"),
            to=bare((told.get("relation") or {}).get("data_source_id")),
        )
        for name, told in (source.get("properties") or {}).items()
    ]


def bare(an_id: str | None) -> str | None:
    """An id of Notion in the one form that can be compared: without dashes."""
    return an_id.replace("-", "").casefold() if an_id else None


def find_column(kind: str, key: str, columns: Iterable[Column], remembered: str | None = None) -> Column | None:
    """The property that is ours, whatever its type; the title is found by being the title."""
    wanted = WANTED[kind][key]
    if wanted.type == "title":
        return next((column for column in columns if column.type == "title"), None)
    listed = list(columns)
    ways = (
        (column for column in listed if remembered and column.id == remembered),
        (column for column in listed if column.description == mark(kind, key)),
        (column for column in listed if column.name == wanted.name),
    )
    return next((column for way in ways for column in way), None)


def complaint(wanted: Wanted, column: Column | None, sources: Mapping[str, str]) -> str | None:
    """Why a property cannot be used, None where it can."""
    if wanted.to is not None and wanted.to not in sources:
        return f"{wanted.name}: no data source is set for a {wanted.to}"
    if column is None:
        return f"{wanted.name}: the database has no such property"
    name = wanted.name if column.name == wanted.name else f"{wanted.name} (now named {column.name})"
    if column.type != wanted.type:
        return f"{name}: its type was {wanted.type} and is now {column.type}"
    if wanted.to is not None and column.to != bare(sources[wanted.to]):
        return f"{name}: it points to another database than that of each {wanted.to}"
    return None


def match_columns(
    kind: str, columns: Iterable[Column], *, sources: Mapping[str, str], remembered: Mapping[str, str]
) -> Columns:
    """Where our properties are. Raises ``SinkRejected`` where the pages could not be told apart."""
    listed, ids, notes = list(columns), {}, []
    for key, wanted in WANTED[kind].items():
        column = find_column(kind, key, listed, remembered.get(key))
        said = complaint(wanted, column, sources)
        if said is None and column is not None:
            ids[key] = column.id
        elif wanted.required:
            what = f"the Notion database of each {kind} cannot be written: {said}"
            hint = f"Undo that in Notion (the name, the type), or run {CREATE} to add what is missing"
            raise SinkRejected(what, hint=hint)
        elif said is not None:
            notes.append(said)
    return Columns(ids=ids, notes=tuple(notes))


def configuration(kind: str, key: str, sources: Mapping[str, str]) -> dict[str, Any]:
    """How a property is asked for when it is added to a data source."""
    wanted = WANTED[kind][key]
    told: dict[str, Any] = {"type": wanted.type, wanted.type: {}, "description": mark(kind, key)}
    if wanted.to is not None:
        told["relation"] = {"data_source_id": sources[wanted.to], "type": "single_property", "single_property": {}}
    return told


def property_value(kind: str, key: str, value: Any) -> dict[str, Any]:
    """A value as Notion wants it; None clears it."""
    match WANTED[kind][key].type:
        case "title":
            return {"title": rich_texts(value or "(no name)")}
        case "rich_text":
            return {"rich_text": rich_texts(value) if value else []}
        case "select":
            return {"select": {"name": value} if value else None}
        case "number":
            return {"number": value}
        case "relation":
            return {"relation": [{"id": value}] if value else []}


def property_text(told: Mapping[str, Any] | None) -> str:
    """The text of a title or rich text, as a page has it."""
    if not told:
        return ""
    return plain_text(told.get(str(told.get("type"))))


def plain_text(texts: Any) -> str:
    """The text of an array of rich texts."""
    if not isinstance(texts, list):
        return ""
    return "".join(
        str(text.get("plain_text") or (text.get("text") or {}).get("content") or "")
        for text in texts
        if isinstance(text, dict)
    )


def rich_texts(text: str, *, bold: bool = False, link: str | None = None, most: int = TEXTS_LIMIT) -> list[Any]:
    """A text as an array of rich texts within the limits; what does not fit ends in "…".

    >>> [len(part["text"]["content"]) for part in rich_texts("x" * 4500)]
    [2000, 2000, 500]
    """
    parts = pieces(text)
    if len(parts) > most:
        parts = [*parts[: most - 1], parts[most - 1][:-1] + "…"]
    made = []
    for part in parts:
        content: dict[str, Any] = {"content": part}
        if link:
            content["link"] = {"url": link}
        made.append({"type": "text", "text": content, **({"annotations": {"bold": True}} if bold else {})})
    return made


def pieces(text: str, size: int = TEXT_LIMIT) -> list[str]:
    """Cut a text so that no piece has more than ``size`` UTF-16 units, which is what Notion counts.

    >>> [len(piece) for piece in pieces("😀" * 1500)]
    [1000, 500]
    """
    clean = text.replace("\0", "").encode("utf-8", "replace").decode()  # no lone half of a pair: it cannot be sent
    cut, begun, units = [], 0, 0
    for place, sign in enumerate(clean):
        width = 2 if sign > "\uffff" else 1
        if units + width > size:
            cut.append(clean[begun:place])
            begun, units = place, 0
        units += width
    return [*cut, clean[begun:]] if begun < len(clean) else cut
