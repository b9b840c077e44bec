"""Values of Notion's properties: what may be written, and how it is shown."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, unquote

from fakes.notion_limits import Limits, length
from fakes.serving import Refused

Shown = dict[str, Any]
ANNOTATIONS = {
    "bold": False,
    "italic": False,
    "strikethrough": False,
    "underline": False,
    "code": False,
    "color": "default",
}
CHOICES = ("select", "status", "multi_select")
LINES = ("url", "email", "phone_number")
WRITABLE = {"title", "rich_text", "number", "checkbox", "date", "relation", "people", "files", *CHOICES, *LINES}
EMPTY_LIST = {"title", "rich_text", "multi_select", "relation", "people", "files"}
SHOWN_REFERENCES = 25


LETTERS = ":;<=>?@[]^_`{|}~ABCdef"


def wrong(message: str) -> Refused:
    return Refused(400, "validation_error", message)


def texts(written: list[Any]) -> list[Shown]:
    """Rich text as it is shown."""
    return [_text(one) for one in written]


def _text(one: Mapping[str, Any]) -> Shown:
    type_ = one.get("type") or next(name for name in ("text", "mention", "equation") if name in one)
    content = dict(one[type_])
    if type_ == "text":
        content = {"content": str(content["content"]), "link": content.get("link")}
    plain = content.get("content") or content.get("expression") or ""
    return {
        "type": type_,
        type_: content,
        "annotations": {**ANNOTATIONS, **one.get("annotations", {})},
        "plain_text": plain,
        "href": (one[type_].get("link") or {}).get("url"),
    }


def plain(shown: list[Shown]) -> str:
    """Rich text as one text."""
    return "".join(one["plain_text"] for one in shown)


def property_id(number: int, name: str) -> str:
    """An id that says nothing of the name, in the encoded form in which answers carry it."""
    letters = "".join(LETTERS[(number * 7 + place * 11 + len(name)) % len(LETTERS)] for place in range(3))
    return quote(f"{letters}{number:x}", safe="")


def same_id(one: str, other: str) -> bool:
    return unquote(one) == unquote(other)


def property_schema(name: str, id_: str, written: Mapping[str, Any]) -> Shown:
    """A property of a data source as it is shown. Raises ``Refused`` for a type that there is not."""
    kinds = [key for key in written if key not in {"id", "name", "type", "description"}]
    type_ = written.get("type") or (kinds[0] if kinds else None)
    known = WRITABLE | {"created_time", "last_edited_time", "created_by", "last_edited_by", "formula", "unique_id"}
    if type_ not in known:
        raise wrong(f"body failed validation: body.properties.{name} should have a known type, instead was `{type_}`.")
    config = dict(written.get(type_) or {})
    if type_ in CHOICES:
        options = config.get("options", [])
        config["options"] = [option(number, one) for number, one in enumerate(options)]
    return {"id": id_, "name": name, "description": written.get("description"), "type": type_, type_: config}


def option(number: int, written: Mapping[str, Any]) -> Shown:
    return {
        "id": written.get("id", f"option-{number}"),
        "name": written["name"],
        "color": written.get("color", "default"),
        "description": None,
    }


def written_value(schema: Shown, value: Any, limits: Limits, exists: Callable[[str], bool]) -> Any:
    """What is kept of a value for this property; select options that are new are added to the property.

    Raises ``Refused`` where the value is of another type, or is not one that the property can have.
    """
    name, type_ = schema["name"], schema["type"]
    if type_ not in WRITABLE:
        raise wrong(f"{name} cannot be updated: {type_} is computed.")
    if not isinstance(value, Mapping) or type_ not in value or value.get("type", type_) != type_:
        raise wrong(f"{name} is expected to be {type_}.")
    given = value[type_]
    if type_ in EMPTY_LIST and not isinstance(given, list):
        raise wrong(f"body failed validation: body.properties.{name}.{type_} should be an array.")
    match type_:
        case "title" | "rich_text":
            return texts(given)
        case "select" | "status":
            return None if given is None else _chosen(schema, given, limits)
        case "multi_select":
            return [_chosen(schema, one, limits) for one in given]
        case "relation":
            return [_related(one, exists) for one in given]
        case _:
            return _plain_value(name, type_, given)


def _plain_value(name: str, type_: str, given: Any) -> Any:
    kinds: Mapping[str, tuple[type, ...]] = {
        "number": (int, float),
        "checkbox": (bool,),
        "date": (dict,),
        "files": (list,),
    }
    allowed: tuple[type, ...] = kinds.get(type_, (list,) if type_ == "people" else (str,))
    if given is None and type_ != "checkbox":
        return None
    if not isinstance(given, allowed) or (type_ == "number" and isinstance(given, bool)):
        raise wrong(
            f"body failed validation: body.properties.{name}.{type_} should be a {type_}, instead was `{given!r}`."
        )
    if given == "":
        raise wrong(f"body failed validation: body.properties.{name}.{type_} should be non-empty or null.")
    if isinstance(given, dict):
        return {part: given.get(part) for part in ("start", "end", "time_zone")}
    return given


def _chosen(schema: Shown, given: Any, limits: Limits) -> Shown:
    options = schema[schema["type"]].setdefault("options", [])
    for known in options:
        if given.get("id", known["id"]) == known["id"] and given.get("name", known["name"]) == known["name"]:
            return {"id": known["id"], "name": known["name"], "color": known["color"]}
    name = given.get("name")
    if not isinstance(name, str) or not name:
        raise wrong(f"{schema['name']} has no option with this id.")
    if "," in name:
        raise Refused(400, "validation_error", f"Invalid select option name, commas not allowed: {name}", invalid=True)
    if length(name) > limits.option:
        where = f"body.properties.{schema['name']}.{schema['type']}.name.length"
        message = f"body failed validation: {where} should be ≤ `{limits.option}`, instead was `{length(name)}`."
        raise Refused(400, "validation_error", message, invalid=True)
    if schema["type"] == "status":
        raise wrong(f'Status option "{name}" does not exist.')
    options.append(option(len(options), {"name": name}))
    return {"id": options[-1]["id"], "name": name, "color": "default"}


def _related(given: Any, exists: Callable[[str], bool]) -> Shown:
    if not isinstance(given, Mapping) or not isinstance(given.get("id"), str):
        raise wrong("body failed validation: a relation should have an id.")
    if not exists(given["id"]):
        raise missing("page", given["id"])
    return {"id": given["id"]}


def missing(kind: str, id_: str) -> Refused:
    message = (
        f"Could not find {kind} with ID: {id_}. Make sure the relevant pages and databases are shared with your "
        "integration."
    )
    return Refused(404, "object_not_found", message)


def shown_value(schema: Shown, value: Any, *, whole: bool = False) -> Shown:
    """A property's value as a page shows it: at most 25 references, unless the whole is asked for."""
    type_ = schema["type"]
    if value is None and type_ in EMPTY_LIST:
        value = []
    if value is None and type_ == "checkbox":
        value = False
    made: Shown = {"id": schema["id"], "type": type_, type_: value}
    if type_ in {"title", "rich_text", "relation", "people"} and not whole:
        made[type_] = value[:SHOWN_REFERENCES]
        if type_ == "relation":
            made["has_more"] = len(value) > SHOWN_REFERENCES
    return made
