"""What must be true when all is over, seen from the services' side."""

from collections import Counter
from collections.abc import Iterator, Mapping

from fakes.notion import NotionFake
from sqlalchemy import text

from amprenta_core.app import App, keeping
from amprenta_core.outgoing import Entry, ItemKey
from amprenta_core.search.chunks import chunks
from amprenta_core.sinks.notion_properties import property_text
from amprenta_core.sinks.pages import is_region, render
from amprenta_core.sinks.vectors import generation
from storming.place import DIMENSIONS, Services

_ITEMS = " UNION ".join(f"SELECT '{kind}', id FROM {kind}s" for kind in ("program", "experiment", "dataset"))


def entries(app: App) -> dict[ItemKey, Entry]:
    """Everything that Postgres has, as it is to be shown."""
    with app.connection() as connection:
        keys = [ItemKey(kind=kind, id=item) for kind, item in connection.execute(text(_ITEMS))]
        made = keeping.services(app).entries(connection, keys)
    return {key: entry for key, entry in made.items() if entry is not None}


def wrong_pages(notion: NotionFake, sources: Mapping[str, str], known: Mapping[ItemKey, Entry]) -> Iterator[str]:
    """What is wrong with the pages of these data sources."""
    seen: Counter[str] = Counter()
    for kind, source in sources.items():
        expected = {str(key.id): entry for key, entry in known.items() if key.kind == kind}
        for page in notion.rows(source):
            told = {name: property_text(value) for name, value in page["properties"].items()}
            entry = expected.get(told["Amprenta ID"])
            seen[told["Amprenta ID"]] += 1
            if entry is None:
                yield f"a page of {kind} {told['Amprenta ID']} ({told['Name']}) that is not there"
            else:
                yield from _wrong_page(notion, str(page["id"]), told, entry)
    for key in known:
        if seen[str(key.id)] != 1:
            yield f"{key.kind} {key.id} has {seen[str(key.id)]} pages"


def _wrong_page(notion: NotionFake, page: str, told: Mapping[str, str], entry: Entry) -> Iterator[str]:
    rendered, whose = render(entry), f"{entry.key.kind} {entry.key.id}"
    if told["Name"] != entry.name or told["Amprenta Hash"] != rendered.hash:
        yield f"{whose} is {told['Name']!r} with hash {told['Amprenta Hash']}, not {entry.name!r} with {rendered.hash}"
    if entry.page_id != page:
        yield f"{whose} has page {page} and Postgres knows {entry.page_id}"
    blocks = [notion.workspace.show_block(one) for one in notion.workspace.below(notion.workspace.things[page])]
    regions = [one for one in blocks if is_region(one)]
    if len(regions) != 1 or len(blocks) != 1:
        yield f"{whose} has {len(regions)} regions among {len(blocks)} blocks"
    elif rendered.body_hash[:8] not in str(regions[0]):
        yield f"{whose} has an old region"
    elif (count := len(notion.workspace.below(notion.workspace.things[regions[0]["id"]]))) != len(rendered.blocks):
        yield f"{whose} has {count} blocks in its region, not {len(rendered.blocks)}"


def wrong_vectors(app: App, services: Services, known: Mapping[ItemKey, Entry]) -> Iterator[str]:
    """Where the texts and vectors that are there are not exactly those of the items."""
    wanted = {chunk.id for entry in known.values() for chunk in chunks(entry)}
    assert app.settings.embedder is not None
    name = generation(app.settings.embedder.model, DIMENSIONS)
    with app.connection() as connection:
        kept = set(connection.scalars(text("SELECT id FROM chunks")))
        indexed = set(connection.scalars(text("SELECT id FROM vectors WHERE generation = :g"), {"g": name}))
    remote = set(services.pinecone.vectors.get(f"amprenta-{name}", {}))
    for where, found in (("chunks", kept), ("pgvector", indexed), ("Pinecone", remote)):
        yield from (f"{where} has {one} and should not" for one in sorted(found - wanted))
        yield from (f"{where} lacks {one}" for one in sorted(wanted - found))
