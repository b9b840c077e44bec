"""The fake of Notion: what its real client meets there, its limits, its faults, and people at work in it."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from fakes.faults import KINDS, STORM, Faults
from fakes.listening import Answer, Request
from fakes.notion import NotionFake
from fakes.schemas import SPECS
from notion_client import Client
from notion_client.errors import APIResponseError, HTTPResponseError, RequestTimeoutError

Made = dict[str, Any]
RECORDED = SPECS / "notion" / "recorded"
PROPERTIES: Made = {
    "Name": {"title": {}},
    "Amprenta ID": {"rich_text": {}},
    "Features": {"number": {}},
    "Done": {"checkbox": {}},
    "Omics": {"select": {"options": [{"name": "lipidomics"}]}},
    "Tags": {"multi_select": {}},
    "Link": {"url": {}},
    "Day": {"date": {}},
    "Related": {"relation": {}},
    "Made": {"created_time": {}},
}


@pytest.fixture
def notion() -> Iterator[NotionFake]:
    with NotionFake() as fake:
        yield fake
        assert fake.own_faults == []


@pytest.fixture
def source(notion: NotionFake) -> str:
    return notion.add_data_source("Datasets", PROPERTIES)


@pytest.fixture
def client(notion: NotionFake) -> Any:
    return client_of(notion)


def client_of(fake: NotionFake, key: str = "secret", version: str = "2025-09-03", seconds: float = 5) -> Any:
    """The real client; its answers are typed as if they might be awaited, hence Any."""
    timeout = int(seconds * 1000)
    return Client(auth=key, base_url=fake.url, notion_version=version, retry=False, timeout_ms=timeout)


def text(content: str) -> list[Made]:
    return [{"text": {"content": content}}]


def ours(id_: str) -> Any:
    return {"Amprenta ID": {"rich_text": text(id_)}}


def paragraph(content: str, **more: Any) -> Made:
    return {"paragraph": {"rich_text": text(content), **more}}


def create(client: Any, source: str, title: str = "plasma", children: Any = None, **properties: Any) -> Any:
    parent = {"type": "data_source_id", "data_source_id": source}
    values = {"Name": {"title": text(title)}, **properties}
    return client.pages.create(parent=parent, properties=values, **({"children": children} if children else {}))


def nested(levels: int) -> Made:
    """A block with so many levels of blocks in it."""
    return paragraph(str(levels), **({"children": [nested(levels - 1)]} if levels else {}))


def refused(act: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    with pytest.raises(HTTPResponseError) as caught:
        act(*arguments, **named)
    return caught.value


def names(found: Any) -> list[str]:
    return [page["properties"]["Name"]["title"][0]["plain_text"] for page in found["results"]]


def until_seen(notion: NotionFake) -> None:
    """A request is noted once it was carried out, which may be after its client has given up."""
    while not notion.requests:
        time.sleep(0.001)


# Pages and properties.


def test_a_page_is_created_found_changed_and_trashed(notion: NotionFake, client: Any, source: str) -> None:
    page = create(client, source, Features={"number": 12}, **ours("x-1"))
    wanted = {"property": "Amprenta ID", "rich_text": {"equals": "x-1"}}
    assert client.data_sources.query(source, filter=wanted)["results"][0]["id"] == page["id"]
    client.pages.update(page["id"], properties={"Features": {"number": 13}})
    assert notion.pages[page["id"]]["properties"]["Features"]["number"] == 13
    client.pages.update(page["id"], in_trash=True)
    assert client.data_sources.query(source, filter=wanted)["results"] == []
    assert client.pages.retrieve(page["id"])["archived"] is True
    assert "archived" in refused(client.pages.update, page["id"], properties={"Features": {"number": 1}}).args[0]
    client.pages.update(page["id"], in_trash=False, properties={"Features": {"number": 14}})
    assert [row["id"] for row in notion.rows(source)] == [page["id"]]


def test_every_writable_type_is_kept_and_shown(notion: NotionFake, client: Any, source: str) -> None:
    other = create(client, source, "other")
    page = create(
        client,
        source,
        Done={"checkbox": True},
        Omics={"select": {"name": "proteomics"}},
        Tags={"multi_select": [{"name": "a"}, {"name": "b"}]},
        Link={"url": "https://example.org"},
        Day={"date": {"start": "2026-01-31"}},
        Related={"relation": [{"id": other["id"]}]},
    )
    shown = client.pages.retrieve(page["id"])["properties"]
    assert shown["Done"]["checkbox"] is True
    assert shown["Omics"]["select"]["name"] == "proteomics"
    assert [tag["name"] for tag in shown["Tags"]["multi_select"]] == ["a", "b"]
    assert shown["Day"]["date"]["start"] == "2026-01-31"
    assert shown["Related"] == {**shown["Related"], "relation": [{"id": other["id"]}], "has_more": False}
    assert shown["Made"]["created_time"] == page["created_time"]
    assert page["created_time"].endswith(":00.000Z")
    options = notion.data_sources[source]["properties"]["Omics"]["select"]["options"]
    assert [option["name"] for option in options] == ["lipidomics", "proteomics"]


def test_property_ids_survive_a_renaming(notion: NotionFake, client: Any, source: str) -> None:
    page = create(client, source, **ours("x-1"))
    ids = {name: shown["id"] for name, shown in page["properties"].items()}
    notion.person_renames_property(source, "Amprenta ID", "Key of ours")
    error = refused(client.pages.update, page["id"], properties={"Amprenta ID": {"rich_text": text("x-2")}})
    assert (error.status, error.args[0]) == (400, "Amprenta ID is not a property that exists.")
    client.pages.update(page["id"], properties={ids["Amprenta ID"]: {"rich_text": text("x-2")}})
    wanted = {"property": ids["Amprenta ID"], "rich_text": {"equals": "x-2"}}
    assert len(client.data_sources.query(source, filter=wanted)["results"]) == 1
    item: Any = client.pages.properties.retrieve(page["id"], ids["Amprenta ID"])
    assert item["results"][0]["rich_text"]["plain_text"] == "x-2"


def test_a_property_of_another_type_is_refused(notion: NotionFake, client: Any, source: str) -> None:
    notion.person_retypes_property(source, "Amprenta ID", {"number": {}})
    error = refused(create, client, source, **ours("x"))
    assert (error.status, error.code, error.args[0]) == (
        400,
        "validation_error",
        "Amprenta ID is expected to be number.",
    )
    assert refused(create, client, source, Made={"created_time": "2026-01-01"}).status == 400


def test_a_page_shows_25_relations_and_its_property_all(client: Any, source: str) -> None:
    others = [{"id": create(client, source, str(n))["id"]} for n in range(30)]
    page = create(client, source, Related={"relation": others})
    assert len(page["properties"]["Related"]["relation"]) == 25
    assert page["properties"]["Related"]["has_more"] is True
    first: Any = client.pages.properties.retrieve(page["id"], page["properties"]["Related"]["id"], page_size=20)
    second: Any = client.pages.properties.retrieve(
        page["id"], page["properties"]["Related"]["id"], start_cursor=first["next_cursor"]
    )
    assert [one["relation"] for one in first["results"] + second["results"]] == others


# Blocks.


def test_blocks_are_appended_listed_changed_and_deleted(notion: NotionFake, client: Any, source: str) -> None:
    page = create(client, source, children=[paragraph("one"), paragraph("four")])
    first, last = [block["id"] for block in children(client, page["id"])]
    toggle = {"toggle": {"rich_text": text("two"), "children": [paragraph("three")]}}
    added: Any = client.blocks.children.append(page["id"], children=[toggle], after=first)
    assert notion.texts(page["id"]) == ["one", "two", "three", "four"]
    assert added["results"][0]["has_children"] is True
    client.blocks.update(first, paragraph={"rich_text": text("uno")})
    client.blocks.delete(last)
    assert notion.texts(page["id"]) == ["uno", "two", "three"]
    assert notion.blocks[last]["in_trash"] is True
    assert refused(client.blocks.children.append, page["id"], children=[paragraph("x")], after=page["id"]).status == 400


def children(client: Any, id_: str, size: int = 100) -> list[Made]:
    found: list[Made] = []
    cursor = None
    while True:
        more: Made = {"start_cursor": cursor} if cursor else {}
        page: Any = client.blocks.children.list(id_, page_size=size, **more)
        found += page["results"]
        if (cursor := page["next_cursor"]) is None:
            return found


def test_children_are_listed_in_pages(client: Any, source: str) -> None:
    page = create(client, source, children=[paragraph(str(n)) for n in range(7)])
    shown = [one["paragraph"]["rich_text"][0]["plain_text"] for one in children(client, page["id"], size=3)]
    assert shown == [str(n) for n in range(7)]


def test_deleting_the_block_of_a_page_trashes_the_page(notion: NotionFake, client: Any, source: str) -> None:
    page = create(client, source)
    assert client.blocks.delete(page["id"])["type"] == "child_page"
    assert notion.rows(source) == []


# Databases, queries, search.


def test_a_database_with_its_source_is_made_through_the_interface(notion: NotionFake, client: Any) -> None:
    home = notion.add_page()
    database: Any = client.databases.create(
        parent={"type": "page_id", "page_id": home},
        title=text("Programs"),
        initial_data_source={"properties": {"Name": {"title": {}}}},
    )
    source = database["data_sources"][0]["id"]
    client.data_sources.update(source, properties={"Extra": {"number": {}}, "Name": {"name": "Title"}})
    assert set(notion.data_sources[source]["properties"]) == {"Title", "Extra"}
    parent = {"type": "database_id", "database_id": database["id"]}
    assert client.pages.create(parent=parent, properties={})["object"] == "page"
    client.data_sources.create(parent=parent, properties={"Name": {"title": {}}}, title=text("second"))
    assert len(client.databases.retrieve(database["id"])["data_sources"]) == 2
    assert "multiple data sources" in refused(client.pages.create, parent=parent, properties={}).args[0]
    assert refused(client.data_sources.query, database["id"]).status == 404


def test_filters_and_sorts(client: Any, source: str) -> None:
    for number, name in enumerate(["a", "b", "c"]):
        tags = [{"name": name}, {"name": "all"}]
        create(client, source, name, Features={"number": number}, Tags={"multi_select": tags})

    def found(wanted: Made, *sorts: Made) -> list[str]:
        return names(client.data_sources.query(source, filter=wanted, sorts=list(sorts)))

    up = {"property": "Features", "direction": "ascending"}
    assert found({"property": "Name", "title": {"equals": "b"}}) == ["b"]
    assert found({"property": "Features", "number": {"greater_than": 0}}, up) == ["b", "c"]
    assert found({"property": "Tags", "multi_select": {"contains": "all"}}, {**up, "direction": "descending"}) == [
        *"cba"
    ]
    both = [
        {"property": "Name", "title": {"does_not_equal": "a"}},
        {"property": "Features", "number": {"less_than": 2}},
    ]
    assert found({"and": both}) == ["b"]
    assert sorted(found({"or": both})) == ["a", "b", "c"]
    assert "match filter" in refused(found, {"property": "Name", "rich_text": {"equals": "a"}}).args[0]
    assert "Could not find property" in refused(found, {"property": "Nope", "title": {"equals": "a"}}).args[0]


def test_queries_by_time_are_to_the_minute(notion: NotionFake, client: Any, source: str) -> None:
    start = datetime(2026, 1, 1, 12, 0, 30, tzinfo=UTC)
    for number in range(4):
        notion.backdate(create(client, source, str(number))["id"], start + timedelta(minutes=number))

    def found(**wanted: str) -> list[str]:
        by_time = {"timestamp": "created_time", "created_time": wanted}
        sort = {"timestamp": "created_time", "direction": "ascending"}
        return names(client.data_sources.query(source, filter=by_time, sorts=[sort]))

    assert found(on_or_after="2026-01-01T12:02:00.000Z") == ["2", "3"]
    assert found(after="2026-01-01T12:02:00.000Z") == ["3"]
    assert found(before="2026-01-01T12:01:00Z") == ["0"]
    assert found(on_or_before="2026-01-01") == []


def test_a_query_ends_at_the_cap_and_says_so() -> None:
    with NotionFake(query_cap=5) as notion:
        client, source = client_of(notion), notion.add_data_source("Datasets", PROPERTIES)
        for number in range(5):
            notion.person_adds_page(source, str(number))
        assert "request_status" not in query_all(client, source)[-1]
        notion.person_adds_page(source, "6")
        pages = query_all(client, source)
        assert [len(page["results"]) for page in pages] == [2, 2, 1]
        assert pages[-1]["has_more"] is False
        assert pages[-1]["request_status"] == {
            "type": "incomplete",
            "incomplete_reason": "query_result_limit_reached",
        }


def query_all(client: Any, source: str) -> list[Any]:
    pages: list[Any] = [client.data_sources.query(source, page_size=2)]
    while pages[-1]["has_more"]:
        pages.append(client.data_sources.query(source, page_size=2, start_cursor=pages[-1]["next_cursor"]))
    return pages


def test_search_and_me(notion: NotionFake, client: Any, source: str) -> None:
    page = create(client, source, "Plasma of mice")
    hidden = create(client, source, "Plasma of men")
    notion.unshare(hidden["id"])
    assert [one["id"] for one in client.search(query="plasma")["results"]] == [page["id"]]
    only: Any = client.search(filter={"property": "object", "value": "data_source"})
    assert [one["id"] for one in only["results"]] == [source]
    assert client.users.me()["type"] == "bot"


# Limits.


@pytest.mark.parametrize(
    ("children", "said"),
    [
        ([paragraph("x")] * 101, "body.children.length should be ≤ `100`, instead was `101`"),
        ([paragraph("x" * 2001)], "text.content.length should be ≤ `2000`, instead was `2001`"),
        ([paragraph("😀" * 1001)], "instead was `2002`"),
        ([{"paragraph": {"rich_text": text("x") * 101}}], "rich_text.length should be ≤ `100`"),
        ([{"bookmark": {"url": "https://e.org/" + "x" * 2000}}], "bookmark.url.length should be ≤ `2000`"),
        ([{"equation": {"expression": "x" * 1001}}], "expression.length should be ≤ `1000`"),
        (
            [paragraph("1", children=[paragraph("2", children=[paragraph("3", children=[paragraph("4")])])])],
            "not present",
        ),
        ([paragraph("x", children=[paragraph("y")] * 99)] * 11, "number of blocks should be ≤ `1000`"),
        ([{**paragraph("x"), "archived": False}], "archived should be not present"),
        ([{"type": "quote", **paragraph("x")}], "body.children[0].quote should be defined"),
        ([{"paragraph": {}}], "rich_text should be defined"),
        ([{"heading_1": {"rich_text": text("x"), "children": [paragraph("y")]}}], "not present"),
        ([paragraph("x" * 2000)] * 100, None),
    ],
)
def test_limits_of_blocks(notion: NotionFake, client: Any, source: str, children: list[Made], said: str | None) -> None:
    page = create(client, source)
    if said is None:
        client.blocks.children.append(page["id"], children=children)
        return
    error = refused(client.blocks.children.append, page["id"], children=children)
    assert (error.status, error.code) == (400, "validation_error")
    assert said in error.args[0]
    assert [why for _, why in notion.invalid] == [error.args[0]]
    assert notion.texts(page["id"]) == []


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({"Tags": {"multi_select": [{"name": "a,b"}]}}, "commas not allowed"),
        ({"Omics": {"select": {"name": "x" * 101}}}, "should be ≤ `100`, instead was `101`"),
        ({"Tags": {"multi_select": [{"name": str(n)} for n in range(101)]}}, "multi_select.length should be ≤ `100`"),
        ({"Related": {"relation": [{"id": "x"}] * 101}}, "relation.length should be ≤ `100`"),
        ({"Link": {"url": "https://e.org/" + "x" * 2000}}, "url.length should be ≤ `2000`"),
        ({"Amprenta ID": {"rich_text": text("x" * 2001)}}, "content.length should be ≤ `2000`"),
        ({"Features": {"number": "12"}}, "should be a number"),
        ({"Nope": {"number": 1}}, "Nope is not a property that exists."),
    ],
)
def test_limits_of_properties(client: Any, source: str, properties: Made, said: str) -> None:
    error = refused(create, client, source, **properties)
    assert error.status == 400
    assert said in error.args[0]


def test_a_request_has_at_most_500_kb(client: Any, source: str) -> None:
    page = create(client, source)
    fat = [{"paragraph": {"rich_text": text("x" * 1900) * 3}} for _ in range(100)]
    assert "body.length" in refused(client.blocks.children.append, page["id"], children=fat).args[0]


def test_pages_of_results_have_at_most_100_rows(client: Any, source: str) -> None:
    assert "page_size" in refused(client.data_sources.query, source, page_size=101).args[0]
    assert "page_size" in refused(client.blocks.children.list, source, page_size=101).args[0]
    assert "start_cursor" in refused(client.data_sources.query, source, start_cursor="nowhere").args[0]


@pytest.mark.parametrize(("status", "code"), [(403, "restricted_resource"), (400, "validation_error")])
def test_a_workspace_that_used_up_its_blocks_still_takes_edits(status: int, code: str) -> None:
    with NotionFake(block_limit=2, block_limit_status=status) as notion:
        client, source = client_of(notion), notion.add_data_source("Datasets", PROPERTIES)
        page = create(client, source, children=[paragraph("one")])
        client.blocks.delete(children(client, page["id"])[0]["id"])
        for act in (
            lambda: create(client, source),
            lambda: client.blocks.children.append(page["id"], children=[paragraph("two")]),
        ):
            error = refused(act)
            assert (error.status, error.code) == (status, code)
        client.pages.update(page["id"], properties={"Features": {"number": 1}})
        assert len(notion.rows(source)) == 1


# Keys, versions, rights.


def test_a_wrong_key_is_401_and_no_key_is_recorded() -> None:
    with NotionFake(keys={"right"}) as notion:
        assert refused(client_of(notion, key="wrong").users.me).code == "unauthorized"
        client_of(notion, key="right").users.me()
        assert notion.keys_seen == {"right", "wrong"}
        assert "right" not in repr(notion.requests)
        assert [seen.status for seen in notion.requests] == [401, 200]


def test_versions_are_held_to(notion: NotionFake) -> None:
    assert "2025-09-03" in refused(client_of(notion, version="2022-06-28").users.me).args[0]
    answer = httpx.get(f"{notion.url}/v1/users/me", headers={"Authorization": "Bearer x"})
    assert answer.json()["code"] == "missing_version"


def test_what_is_not_shared_is_not_found(notion: NotionFake, client: Any, source: str) -> None:
    page = create(client, source)
    notion.unshare(source)
    for act in (client.data_sources.query, client.data_sources.retrieve):
        assert refused(act, source).code == "object_not_found"
    assert refused(client.pages.retrieve, page["id"]).status == 404
    notion.share(source)
    notion.capabilities.discard("insert")
    assert refused(create, client, source).code == "restricted_resource"
    assert refused(client.request, "nothing", "GET").code == "invalid_request_url"


# People.


def test_people_write_edit_trash_and_delete(notion: NotionFake, client: Any, source: str) -> None:
    page = create(client, source, children=[paragraph("ours")])["id"]
    theirs = notion.person_writes(page, "theirs")
    notion.person_edits_block(children(client, page)[0]["id"], "changed")
    assert notion.texts(page) == ["changed", "theirs"]
    assert client.blocks.retrieve(theirs)["last_edited_by"] != notion.pages[page]["created_by"]
    notion.person_sets(page, Name="another name", Features=3)
    assert names(client.data_sources.query(source)) == ["another name"]
    notion.person_trashes(page)
    assert client.pages.retrieve(page)["in_trash"] is True
    notion.person_restores(page)
    notion.person_deletes(page)
    assert refused(client.pages.retrieve, page).status == 404
    assert notion.rows(source) == []


# Validation.


def test_a_wrong_body_is_refused_and_recorded(notion: NotionFake, client: Any, source: str) -> None:
    if not notion.validating:
        pytest.skip("the specifications are not here")
    wrong: list[Made] = [
        {"properties": {}},
        {"parent": {"data_source_id": source, "extra": 1}, "properties": {}},
        {"parent": {"data_source_id": source}, "properties": []},
    ]
    for body in wrong:
        error = refused(client.request, "pages", "POST", body=body)
        assert error.code == "validation_error"
    sorts = [{"direction": "up", "property": "Name"}]
    assert refused(client.data_sources.query, source, sorts=sorts).status == 400
    assert len(notion.invalid) == 4


class Wrong(NotionFake):
    """Answers what Notion never would."""

    def carry_out(self, _: Request) -> Answer:
        return Answer(status=200, body=["nothing"])


def test_an_answer_that_the_specification_does_not_allow_is_a_fault_of_the_fake() -> None:
    with Wrong() as notion:
        if not notion.validating:
            pytest.skip("the specifications are not here")
        assert refused(client_of(notion).users.me).status == 500
        assert notion.own_faults == ["GET /v1/users/me 200: body: ['nothing'] is not of type 'object'"]


def test_without_specifications_it_works_all_the_same() -> None:
    with NotionFake(validate=False) as notion:
        assert notion.validating is False
        assert create(client_of(notion), notion.add_data_source("D", PROPERTIES))["object"] == "page"


PLAYED = [
    "blocks_children_create",
    "blocks_children_list",
    "blocks_delete",
    "blocks_retrieve",
    "blocks_update",
    "data_sources_create",
    "data_sources_query",
    "data_sources_retrieve",
    "data_sources_update",
    "databases_create",
    "databases_retrieve",
    "databases_update",
    "iterate_paginated_api",
    "pages_create",
    "pages_delete",
    "pages_properties_retrieve",
    "pages_retrieve",
    "pages_update",
    "search",
]
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
UUID_SHAPE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@pytest.mark.parametrize("name", PLAYED)
def test_recorded_calls_get_answers_of_the_recorded_form(notion: NotionFake, name: str) -> None:
    file = RECORDED / f"test_{name}.yaml"
    if not file.exists():
        pytest.skip("the recorded calls are not here")
    ids = {"393abc1e-edcd-80f3-813b-e205934558c6": notion.add_page()}
    for call in yaml.load(file.read_text(encoding="utf-8"), Loader=LOADER)["interactions"]:
        asked, recorded = call["request"], call["response"]
        answer = httpx.request(
            asked["method"],
            notion.url + replaced(asked["uri"].removeprefix("https://api.notion.com"), ids),
            content=replaced(asked["body"] or "", ids).encode(),
            headers={"Authorization": "Bearer x", "Notion-Version": "2025-09-03"},
        )
        assert answer.status_code == recorded["status"]["code"], answer.text
        alike(json.loads(recorded["body"]["string"]), answer.json(), ids, name)


def replaced(written: str, ids: dict[str, str]) -> str:
    for known, ours in ids.items():
        written = written.replace(known, ours).replace(known.replace("-", ""), ours)
    return written


def alike(recorded: Any, ours: Any, ids: dict[str, str], where: str) -> None:
    """The same names all the way down, kinds alike; learns which of our ids stands for a recorded one."""
    if isinstance(recorded, dict):
        assert isinstance(ours, dict), where
        assert sorted(recorded) == sorted(ours), where
        for name in recorded:
            alike(recorded[name], ours[name], ids, f"{where}.{name}")
    elif isinstance(recorded, list):
        assert len(recorded) == len(ours), where
        for one, other in zip(recorded, ours, strict=True):
            alike(one, other, ids, f"{where}[]")
    elif isinstance(recorded, str) and UUID_SHAPE.fullmatch(recorded):
        ids.setdefault(recorded, ours)
    else:
        assert type(recorded) is type(ours), where


# Faults.


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("429", 429, "rate_limited"),
        ("409", 409, "conflict_error"),
        ("500", 500, "internal_server_error"),
        ("503", 503, "service_unavailable"),
        ("quota", 403, "restricted_resource"),
        ("wrong_version", 400, "validation_error"),
    ],
)
def test_faults_with_an_error_of_notion(
    notion: NotionFake, client: Any, source: str, kind: Any, status: int, code: str
) -> None:
    notion.faults.next(kind)
    error = refused(create, client, source)
    assert (error.status, error.code) == (status, code)
    assert error.headers.get("Retry-After") == ("1" if kind in {"429", "503"} else None)
    assert notion.rows(source) == []
    create(client, source)
    assert [seen.fault for seen in notion.requests] == [kind, None]


@pytest.mark.parametrize(("kind", "status"), [("502", 502), ("504", 504), ("529", 529)])
def test_faults_without_a_known_error(notion: NotionFake, client: Any, kind: Any, status: int) -> None:
    notion.faults.next(kind)
    error = refused(client.users.me)
    assert error.status == status
    assert ("<html>" in error.body) is (kind != "529")


@pytest.mark.parametrize(
    ("kind", "rows"),
    [("hang", 0), ("reset", 0), ("timeout_after_commit", 1), ("reset_after_commit", 1), ("cut", 1)],
)
def test_faults_without_an_answer(notion: NotionFake, client: Any, source: str, kind: Any, rows: int) -> None:
    notion.faults.next(kind, seconds=0.02)
    with pytest.raises(httpx.TransportError):
        create(client, source)
    assert len(notion.rows(source)) == rows
    assert client.users.me()["object"] == "user"


def test_a_client_that_gives_up_before_the_answer_comes(notion: NotionFake, source: str) -> None:
    notion.faults.next("slow", seconds=30)
    with pytest.raises(RequestTimeoutError):
        create(client_of(notion, seconds=0.05), source)
    until_seen(notion)
    assert len(notion.rows(source)) == 1


def test_faults_wait_for_the_requests_they_are_for(notion: NotionFake, client: Any, source: str) -> None:
    notion.faults.next("500", method="PATCH", path="/v1/blocks/.*/children", count=2)
    page = create(client, source)
    for _ in range(2):
        assert refused(client.blocks.children.append, page["id"], children=[paragraph("x")]).status == 500
    client.blocks.children.append(page["id"], children=[paragraph("x")])
    notion.faults.next("500", count=None)
    assert refused(client.users.me).status == refused(client.users.me).status == 500
    notion.calm()
    client.users.me()
    assert notion.faults.given["500"] == 4


def test_a_storm_is_the_same_for_the_same_seed() -> None:
    def met(seed: int) -> list[str | None]:
        faults = Faults(seed=seed, rate=0.3)
        found = [faults.pick("GET", "/") for _ in range(200)]
        return [fault.kind if fault else None for fault in found]

    assert met(1) == met(1) != met(2)
    assert 30 < sum(kind is not None for kind in met(1)) < 90
    assert set(met(1)) - {None} <= set(STORM) < set(KINDS)


def test_above_the_rate_there_is_429_and_it_is_counted() -> None:
    with NotionFake(rate=4, burst=2) as notion:
        clock = [100.0]
        notion.now = lambda: clock[0]
        client, other = client_of(notion), client_of(notion, key="other")
        client.users.me()
        client.users.me()
        error = refused(client.users.me)
        assert (error.status, error.headers["Retry-After"]) == (429, "1")
        assert notion.limited == 1
        other.users.me()
        clock[0] += 0.25
        client.users.me()
        notion.retry_after = 0.25
        assert refused(client.users.me).headers["Retry-After"] == "0.25"


def test_many_clients_at_once_leave_it_consistent(notion: NotionFake, source: str) -> None:
    notion.faults.storm(0.2, kinds=("500", "reset", "reset_after_commit"), seed=3)

    def work(number: int) -> int:
        client = client_of(notion)
        made = 0
        for place in range(5):
            try:
                create(client, source, f"{number}-{place}")
                made += 1
            except (APIResponseError, httpx.TransportError):
                pass
        return made

    with ThreadPoolExecutor(4) as pool:
        made = sum(pool.map(work, range(4)))
    notion.calm()
    assert len(notion.rows(source)) == made + notion.faults.given["reset_after_commit"]
    assert len(notion.requests) == 20


# Starting and stopping.


def test_an_outage_and_the_way_back(notion: NotionFake, client: Any, source: str) -> None:
    page = create(client, source)
    address = notion.url
    notion.stop()
    with pytest.raises(httpx.TransportError):
        client.users.me()
    notion.start()
    assert notion.url == address
    assert client.pages.retrieve(page["id"])["id"] == page["id"]


def test_stopping_ends_what_hangs(notion: NotionFake, client: Any) -> None:
    notion.faults.next("hang", seconds=60)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.users.me)
        until_seen(notion)
        notion.stop()
        with pytest.raises(httpx.TransportError):
            waiting.result(5)


def test_as_a_script_it_says_where_it_is_and_ends_at_sigterm() -> None:
    script = Path(__file__).parents[1] / "fakes" / "notion.py"
    command = [sys.executable, str(script), "--port", "0", "--data-source", "Datasets"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address, _, named = (process.stdout.readline().strip() for _ in range(3))
        client: Any = Client(auth="x", base_url=address, retry=False)
        assert client.data_sources.query(named.split()[1])["results"] == []
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
