"""An entry as a Notion page: the values of its properties, and the blocks of the region that we keep in step.

All stays within Notion's limits: 2,000 characters a text, 100 texts an array, 100 children an array, 1,000 blocks and
500 KB a request, two levels of nesting. What is longer is cut, and the page says so.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from amprenta_core.outgoing import Entry, Link, digest
from amprenta_core.sinks.notion_properties import OPTION_LIMIT, TEXT_LIMIT, WANTED, pieces, rich_texts

RENDERER = 1
"""Counted up when the same entry is to look different: every page is then sent again."""
Block = dict[str, Any]
MARK = "Kept by Amprenta"
CHILDREN_LIMIT, BLOCKS_LIMIT, BYTES_LIMIT = 100, 900, 400_000
"""Bounds of one request, with room for what else is in it."""
_SHOWN, _CELL, _TEXTS_OF_PARAGRAPH, _PARAGRAPHS = 100, 300, 10, 5
_NUMBER = re.compile(r"\s*(\d+(?:[, \u00a0\u202f]\d{3})*)(?![\d.]|,\d)")


@frozen(kw_only=True)
class Rendered:
    """A page to be. ``values`` by our own keys, None where there is nothing to say; ``hash`` stands for all of it."""

    kind: str
    values: Mapping[str, Any]
    blocks: tuple[Block, ...]
    body_hash: str
    hash: str


def render(entry: Entry) -> Rendered:
    """What the page of an entry shall say."""
    blocks = tuple(_blocks(entry))
    values = {"name": one_line(entry.name), "id": str(entry.key.id), **_values(entry)}
    said = {key: value for key, value in values.items() if key in WANTED[entry.key.kind]}
    return Rendered(
        kind=entry.key.kind,
        values=said,
        blocks=blocks,
        body_hash=digest([RENDERER, blocks]),
        hash=digest([RENDERER, said, blocks]),
    )


def _values(entry: Entry) -> dict[str, Any]:
    facts = {label.casefold(): text for label, text in entry.facts}
    features = facts.get("features") or facts.get("components")
    return {
        "description": _cut(entry.description, TEXT_LIMIT),
        "omics_type": option(entry.omics_type),
        "disease": option(entry.disease),
        "features": _number(features),
        "samples": _number(facts.get("samples")),
        "problems": entry.n_problems or len(entry.problems),
        "program": entry.program.page_id if entry.program else None,
        "experiment": entry.experiment.page_id if entry.experiment else None,
    }


def option(text: str | None) -> str | None:
    """A text as the option of a select: no commas, at most 100 characters, None rather than empty.

    >>> option("type 2 diabetes, NASH"), option("  ")
    ('type 2 diabetes; NASH', None)
    """
    line = one_line(text or "").replace(",", ";")
    return pieces(line, OPTION_LIMIT)[0] if line else None


def one_line(text: str) -> str:
    """A text without line ends and repeated spaces."""
    return " ".join(text.replace("\0", " ").split())


def _number(text: str | None) -> int | None:
    """The whole number that a fact begins with: "1,735 (82 unknown)" is 1735."""
    found = _NUMBER.match(text or "")
    return int(re.sub(r"\D", "", found[1])) if found else None


def _cut(text: str | None, size: int) -> str | None:
    """A text of at most ``size`` UTF-16 units; "…" where it was longer, None where it is empty."""
    parts = pieces((text or "").strip(), size - 1)
    if len(parts) > 1:
        return parts[0] + "…"
    return parts[0] if parts else None


def region(blocks: Sequence[Block], body_hash: str) -> Block:
    """The block that holds all that is ours on a page."""
    line = f"{MARK}: what is written inside is overwritten, what is above or below stays. [{body_hash[:8]}]"
    return {
        "type": "toggle",
        "toggle": {"rich_text": rich_texts(line), "color": "gray", "children": list(blocks)},
    }


def is_region(block: Mapping[str, Any]) -> bool:
    """Whether a block that was read is our region, by its mark."""
    texts = (block.get("toggle") or {}).get("rich_text") if block.get("type") == "toggle" else None
    said = "".join(str(text.get("plain_text") or "") for text in texts or ())
    return re.fullmatch(rf"{MARK}: .*\[[0-9a-f]{{8}}\]\s*", said, re.DOTALL) is not None


def batches(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Blocks in portions that fit into one request each."""
    held: list[Block] = []
    count = size = 0
    for block in blocks:
        weight, bulk = _weight(block), len(json.dumps(block, ensure_ascii=False).encode())
        if held and (len(held) == CHILDREN_LIMIT or count + weight > BLOCKS_LIMIT or size + bulk > BYTES_LIMIT):
            yield held
            held, count, size = [], 0, 0
        held.append(block)
        count, size = count + weight, size + bulk
    if held:
        yield held


def _weight(block: Block) -> int:
    """How many blocks a block is with all below it."""
    return 1 + sum(_weight(child) for child in block[block["type"]].get("children", ()))


def _blocks(entry: Entry) -> Iterator[Block]:
    yield from _description(entry.description)
    yield from _links(entry)
    yield from _listed("Facts", entry.facts, len(entry.facts))
    if entry.top_features:
        yield _heading("Top features")
        yield _table(("Feature", "Why"), entry.top_features[: CHILDREN_LIMIT - 1])
    yield from _listed("Signatures", entry.matches, len(entry.matches))
    problems = [(problem.where, f"{problem.what} ({problem.code})") for problem in entry.problems]
    yield from _listed("Problems", problems, max(entry.n_problems, len(problems)))
    yield _paragraph(rich_texts(f"Amprenta ID {entry.key.id}"))


def _description(text: str | None) -> Iterator[Block]:
    parts = pieces((text or "").strip(), TEXT_LIMIT * _TEXTS_OF_PARAGRAPH)
    for part in parts[:_PARAGRAPHS]:
        yield _paragraph(rich_texts(part))
    if len(parts) > _PARAGRAPHS:
        yield _paragraph(rich_texts("… the rest of the description is in Amprenta."))


def _links(entry: Entry) -> Iterator[Block]:
    for label, link in (("Program", entry.program), ("Experiment", entry.experiment)):
        if link is not None:
            yield _bullet([*rich_texts(f"{label}: ", bold=True), *_linked(link)])


def _linked(link: Link) -> list[Any]:
    """A link rather than a mention: a mention of a page that went away is refused."""
    url = f"https://www.notion.so/{link.page_id.replace('-', '')}" if link.page_id else None
    return rich_texts(_cut(one_line(link.name), TEXT_LIMIT) or "(no name)", link=url)


def _listed(title: str, rows: Sequence[tuple[str, str]], total: int) -> Iterator[Block]:
    """A heading and a bullet for each; "and N more" where there are more than are shown."""
    if not rows:
        return
    yield _heading(title)
    for label, text in rows[:_SHOWN]:
        name = _cut(one_line(label), _CELL) or "?"
        yield _bullet([*rich_texts(f"{name}: ", bold=True), *rich_texts(_cut(text, TEXT_LIMIT) or "–")])
    more = total - min(len(rows), _SHOWN)
    if more > 0:
        yield _bullet(rich_texts(f"and {more:,} more"))


def _heading(text: str) -> Block:
    return {"type": "heading_3", "heading_3": {"rich_text": rich_texts(text)}}


def _paragraph(texts: list[Any]) -> Block:
    return {"type": "paragraph", "paragraph": {"rich_text": texts}}


def _bullet(texts: list[Any]) -> Block:
    return {"type": "bulleted_list_item", "bulleted_list_item": {"rich_text": texts}}


def _table(header: tuple[str, str], rows: Sequence[tuple[str, str]]) -> Block:
    lines = [
        {"type": "table_row", "table_row": {"cells": [rich_texts(_cut(one_line(cell), _CELL) or "–") for cell in row]}}
        for row in (header, *rows)
    ]
    shape = {"table_width": 2, "has_column_header": True, "has_row_header": False}
    return {"type": "table", "table": {**shape, "children": lines}}
