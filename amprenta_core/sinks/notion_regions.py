"""The region of a page that is ours: found by its mark, replaced new before old, and nothing else touched."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from amprenta_core.sinks.notion_properties import plain_text
from amprenta_core.sinks.notion_requests import NotionApi, NotionRefused
from amprenta_core.sinks.pages import Block, Rendered, batches, is_region, region

_NOT_TYPED = frozenset({"relation", "formula", "rollup", "status", "unique_id", "button", "verification"})
"""Properties that are filled without anybody writing into the page, besides those that tell when and by whom."""


@frozen(kw_only=True)
class Regions:
    """What is on a page: where our regions are, and whether people wrote beside them."""

    parent: str
    ids: tuple[str, ...] = ()
    others: bool = False


def find_regions(api: NotionApi, page_id: str, remembered: str | None = None) -> Regions:
    """Our regions on a page, leftovers of a cut attempt included.

    One that people moved into a column or another block is found by the id that was remembered.
    """
    top = _among(api, page_id, remembered)
    if top.ids or remembered is None:
        return top
    try:
        block = api.call(api.client.blocks.retrieve, remembered)
    except NotionRefused:
        return top
    inside = (block.get("parent") or {}).get("block_id")
    if trashed(block) or inside is None:
        return top
    return Regions(parent=inside, ids=_among(api, inside, remembered).ids, others=True)


def _among(api: NotionApi, parent: str, remembered: str | None) -> Regions:
    ids, others = [], False
    for block in api.children(parent):
        if is_region(block) or block.get("id") == remembered:
            ids.append(str(block["id"]))
        elif not _blank(block):
            others = True
    return Regions(parent=parent, ids=tuple(ids), others=others)


def _blank(block: Mapping[str, Any]) -> bool:
    """An empty line, as editors leave them behind."""
    if block.get("type") != "paragraph" or block.get("has_children"):
        return False
    return not plain_text((block.get("paragraph") or {}).get("rich_text")).strip()


def replace_region(api: NotionApi, page_id: str, rendered: Rendered, remembered: str | None = None) -> str:
    """Write the region after the present one, fill it, then take the old ones away; return the new one's id."""
    found = find_regions(api, page_id, remembered)
    first, *rest = batches(rendered.blocks)
    place = {"after": found.ids[0]} if found.ids else {}
    block = region(first, rendered.body_hash)
    answer = api.call(api.client.blocks.children.append, found.parent, children=[block], **place)
    made = [str(block["id"]) for block in answer.get("results", ()) if is_region(block)]
    new = next(an_id for an_id in made if an_id not in found.ids)
    fill_region(api, new, rest)
    remove_regions(api, found)
    return new


def fill_region(api: NotionApi, region_id: str, portions: list[list[Block]]) -> None:
    """Append what did not fit into the request that made the region."""
    for portion in portions:
        api.call(api.client.blocks.children.append, region_id, children=portion)


def remove_regions(api: NotionApi, found: Regions) -> None:
    """Take our regions away; one that a person was faster with is no error."""
    for an_id in found.ids:
        try:
            api.call(api.client.blocks.delete, an_id)
        except NotionRefused as error:
            if error.status not in (400, 404):
                raise


def written_by_people(page: Mapping[str, Any], ours: frozenset[str]) -> bool:
    """Whether a property that is not ours has a value that somebody typed; ``ours`` are property ids."""
    return any(_typed(told) for told in (page.get("properties") or {}).values() if str(told.get("id")) not in ours)


def _typed(told: Mapping[str, Any]) -> bool:
    kind = str(told.get("type"))
    automatic = kind in _NOT_TYPED or kind.startswith(("created_", "last_edited_"))
    return not automatic and bool(told.get(kind))


def trashed(thing: Mapping[str, Any]) -> bool:
    """Whether a page or block that was read is in the trash."""
    return bool(thing.get("in_trash") or thing.get("archived"))
