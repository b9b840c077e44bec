"""Notion's limits on one request, and its words when one is passed."""

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

from fakes.serving import Refused

TEXTUAL = {"paragraph", "heading_1", "heading_2", "heading_3", "heading_4", "bulleted_list_item", "numbered_list_item"}
WITH_TEXT = {*TEXTUAL, "callout", "code", "quote", "template", "to_do", "toggle"}
MEDIA = {"audio", "bookmark", "embed", "file", "image", "pdf", "video"}
LAYOUT = {"breadcrumb", "column", "column_list", "divider", "table", "table_of_contents", "table_row"}
BLOCK_TYPES = {*WITH_TEXT, *MEDIA, *LAYOUT, "equation", "link_to_page", "synced_block"}
"""What a request may create; pages and databases have ways of their own."""
CHILDLESS = {*MEDIA, "heading_1", "heading_2", "heading_3", "code", "divider", "table_row", "equation"}


@frozen(kw_only=True)
class Limits:
    """The published limits; lengths of texts count UTF-16 units, as JavaScript does."""

    size: int = 500 * 1024
    blocks: int = 1000
    children: int = 100
    levels: int = 2
    content: int = 2000
    rich_text: int = 100
    url: int = 2000
    expression: int = 1000
    contact: int = 200
    options: int = 100
    option: int = 100
    relations: int = 100
    page_size: int = 100


def invalid(message: str) -> Refused:
    return Refused(400, "validation_error", f"body failed validation: {message}", invalid=True)


def length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def walk(value: Any, path: str = "body") -> Iterator[tuple[str, str, Any]]:
    """(path, name, value) of all that is in a body."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield f"{path}.{name}", name, part
            yield from walk(part, f"{path}.{name}")
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from walk(part, f"{path}[{place}]")


def hold(body: Any, size: int, limits: Limits) -> None:
    """Raises ``Refused`` for the first limit that a body passes."""
    if size > limits.size:
        raise invalid(f"body.length should be ≤ `{limits.size}`, instead was `{size}`.")
    lists = {
        "children": limits.children,
        "rich_text": limits.rich_text,
        "title": limits.rich_text,
        "caption": limits.rich_text,
        "multi_select": limits.options,
        "relation": limits.relations,
        "people": limits.relations,
    }
    texts = {
        "content": limits.content,
        "url": limits.url,
        "expression": limits.expression,
        "email": limits.contact,
        "phone_number": limits.contact,
    }
    for path, name, value in walk(body):
        if isinstance(value, list) and len(value) > lists.get(name, len(value)):
            raise invalid(f"{path}.length should be ≤ `{lists[name]}`, instead was `{len(value)}`.")
        if isinstance(value, str) and length(value) > texts.get(name, length(value)):
            raise invalid(f"{path}.length should be ≤ `{texts[name]}`, instead was `{length(value)}`.")
    _hold_blocks(body, limits)


def _hold_blocks(body: Any, limits: Limits) -> None:
    children = body.get("children") if isinstance(body, Mapping) else None
    if children is None:
        return
    if not isinstance(children, list):
        raise invalid(f"body.children should be an array, instead was `{type(children).__name__}`.")
    counted = _hold_children(children, "body.children", 0, limits)
    if counted > limits.blocks:
        raise invalid(f"the number of blocks should be ≤ `{limits.blocks}`, instead was `{counted}`.")


def _hold_children(children: list[Any], path: str, level: int, limits: Limits) -> int:
    """How many blocks there are, those inside counted; each is of one known type and not too deep."""
    counted = len(children)
    for place, block in enumerate(children):
        here = f"{path}[{place}]"
        type_ = block_type(block, here)
        inside = block[type_].get("children") or block.get("children") or []
        if inside and (level >= limits.levels or type_ in CHILDLESS):
            raise invalid(f"{here}.{type_}.children should be not present, instead was `[{{...}}]`.")
        counted += _hold_children(inside, f"{here}.{type_}.children", level + 1, limits)
    return counted


def block_type(block: Any, path: str = "body") -> str:
    """The type of a block in a request. Raises ``Refused`` where it has none, several, or what is not to be sent."""
    if not isinstance(block, Mapping):
        raise invalid(f"{path} should be an object, instead was `{block!r}`.")
    named = [name for name in block if name not in {"object", "type", "children"}]
    unknown = [name for name in named if name not in BLOCK_TYPES]
    if unknown:
        raise invalid(f"{path}.{unknown[0]} should be not present, instead was `{str(block[unknown[0]])[:60]}`.")
    if len(named) != 1:
        raise invalid(f"{path} should have exactly one type of block, instead had `{len(named)}`.")
    if block.get("type", named[0]) != named[0]:
        raise invalid(f"{path}.{block['type']} should be defined, instead was `undefined`.")
    content = block[named[0]]
    if not isinstance(content, Mapping):
        raise invalid(f"{path}.{named[0]} should be an object, instead was `{content!r}`.")
    if named[0] in WITH_TEXT and not isinstance(content.get("rich_text"), list):
        raise invalid(f"{path}.{named[0]}.rich_text should be defined, instead was `undefined`.")
    return str(named[0])


def blocks(body: Any) -> int:
    """How many blocks a body would make, those inside others counted."""
    return sum(len(value) for _, name, value in walk(body) if name == "children" and isinstance(value, list))
