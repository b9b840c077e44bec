# ruff: noqa: INP001, T201  # a script of the demo: what it prints is its purpose
"""Shows one page of the demo's Notion as plain text: ADDRESS WORDS-OF-ITS-TITLE."""

import sys
from collections.abc import Iterator
from typing import Any

from notion_client import Client


def main() -> None:
    """Find the page and print its properties and text."""
    address, words = sys.argv[1:3]
    notion = Client(auth="a-key-of-the-demo", base_url=address)
    pages = notion.search(filter={"property": "object", "value": "page"})["results"]  # type: ignore[index]
    page = next(one for one in pages if words in title(one))
    print(f"  {title(page)}   {page['url']}")
    for name, value in sorted(page["properties"].items()):
        said = text(value)
        if said and value["type"] != "title":
            print(f"    {name}: {said}")
    for line in lines(notion, page["id"], 2):
        print(line)


def title(page: dict[str, Any]) -> str:
    """The name of a page."""
    return next((text(value) for value in page["properties"].values() if value["type"] == "title"), "")


def text(value: dict[str, Any]) -> str:
    """A property's words."""
    held = value.get(value["type"])
    if isinstance(held, list):
        return ", ".join(one.get("plain_text") or one.get("name") or one.get("id", "") for one in held)
    return str(held.get("name")) if isinstance(held, dict) else str(held or "")


def lines(notion: Client, block: str, depth: int) -> Iterator[str]:
    """What stands on the page."""
    for one in notion.blocks.children.list(block)["results"]:  # type: ignore[index]
        content = one[one["type"]]
        cells = content.get("cells") or [content.get("rich_text", [])]
        said = " | ".join("".join(part["plain_text"] for part in cell) for cell in cells)
        if said:
            yield "  " * depth + said[:110]
        if one["has_children"]:
            yield from lines(notion, one["id"], depth + 1)


main()
