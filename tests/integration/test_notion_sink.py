"""The Notion sink before a fake workspace, through the real client: pages come, follow, survive people, and go."""

from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve
from fakes.notion import NotionFake
from fakes.notion_desk import KEY, Desk

from amprenta_core.errors import SinkRejected, SinkUnavailable
from amprenta_core.model import Problem
from amprenta_core.outgoing import Entry, ItemKey, Link, NotSent, Sent, Sink
from amprenta_core.testing.sinks import SinkConformance

LONG: dict[str, Any] = {
    "description": "long words " * 2000,
    "facts": tuple((f"fact {n}", f"said {n}") for n in range(100)),
    "matches": tuple((f"signature {n}", "fits") for n in range(90)),
    "problems": tuple(Problem(where=f"row {n}", code="odd", what="w" * 2500) for n in range(50)),
    "top_features": tuple((f"PC {n}:1", "up") for n in range(50)),
}


@pytest.fixture
def desk() -> Iterator[Desk]:
    with NotionFake() as notion:
        yield Desk.of(notion)
        assert notion.invalid == []
        assert notion.own_faults == []


def test_a_page_says_what_is_known_of_a_dataset(desk: Desk) -> None:
    entry = desk.entry(
        description="Fasted plasma", omics_type="lipidomics", disease="NASH", facts=(("Features", "1,735"),)
    )
    sent = desk.send(entry)
    values = desk.values(sent.remote_id)
    assert values["Name"] == "plasma"
    assert values["Amprenta ID"] == str(entry.key.id)
    assert values["Amprenta Hash"] == desk.sink.payload(entry)
    assert (values["Omics type"], values["Disease"], values["Features"]) == ("lipidomics", "NASH", 1735)
    assert "Fasted plasma" in desk.notion.texts(str(sent.remote_id))


def test_it_is_a_sink_for_the_kinds_that_have_a_data_source(desk: Desk) -> None:
    assert isinstance(desk.sink, Sink)
    assert desk.sink.kinds == {"program", "experiment", "dataset", "signature"}
    fewer = desk.another(sources={"program": desk.source("program")})
    assert fewer.kinds == {"program"}
    answer = next(iter(fewer.send([desk.item(desk.entry())])))
    assert isinstance(answer, NotSent)
    assert "NOTION_DATASET_DATA_SOURCE_ID" in str(answer.error)


def test_every_request_waits_its_turn_under_a_name_that_is_not_the_key(desk: Desk) -> None:
    before = len(desk.turns.waits)
    sent = desk.send(desk.entry(**LONG))
    desk.send(desk.entry(description="other"), sent)
    assert len(desk.turns.waits) - before == len(desk.notion.requests)
    assert len(set(desk.turns.waits)) == 1
    assert KEY not in desk.turns.waits[0]


def test_more_than_a_hundred_children_and_long_texts_arrive_whole(desk: Desk) -> None:
    sent = desk.send(desk.entry(**LONG))
    texts = desk.notion.texts(str(sent.remote_id))
    assert "".join(texts).count("long words ") >= 1999
    assert [f"fact {n}: said {n}" for n in range(100)] == [text for text in texts if text.startswith("fact ")]
    assert desk.values(sent.remote_id)["Amprenta Hash"] == desk.sink.payload(desk.entry(**LONG))


def test_an_update_keeps_the_region_in_its_place_and_what_people_wrote_around_it(desk: Desk) -> None:
    sent = desk.send(desk.entry(description="old words"))
    note = desk.notion.person_writes(str(sent.remote_id), "we repeated this in May")
    after = desk.send(desk.entry(description="new words"), sent)
    assert [an_id for an_id, _ in desk.top(sent.remote_id)] == [after.detail["region"], note]
    texts = desk.notion.texts(str(sent.remote_id))
    assert "new words" in texts
    assert "old words" not in texts
    assert "we repeated this in May" in texts


def test_an_unchanged_body_is_not_written_again(desk: Desk) -> None:
    sent = desk.send(desk.entry())
    desk.notion.requests.clear()
    after = desk.send(desk.entry(name="plasma", disease="NASH"), sent)
    assert [(seen.method, seen.path.split("/")[2]) for seen in desk.notion.requests] == [("PATCH", "pages")]
    assert desk.values(after.remote_id)["Disease"] == "NASH"


def test_the_new_region_is_there_before_the_old_one_goes(desk: Desk) -> None:
    sent = desk.send(desk.entry(description="old words"))
    desk.notion.faults.next("502", method="DELETE", path="/v1/blocks/.*")
    cut = desk.fail(desk.entry(description="new words"), sent)
    assert isinstance(cut.error, SinkUnavailable)
    assert len(desk.regions(sent.remote_id)) == 2
    desk.send(desk.entry(description="new words"), cut)
    assert len(desk.regions(sent.remote_id)) == 1
    assert "old words" not in desk.notion.texts(str(sent.remote_id))


def test_a_region_that_people_moved_into_a_block_of_theirs_is_kept_in_step_there(desk: Desk) -> None:
    sent = desk.send(desk.entry(description="one"))
    again = desk.send(desk.entry(description="two"), sent)
    things = desk.notion.workspace.things
    box = things[desk.notion.person_writes(str(sent.remote_id), "a box of people")]
    region = things[again.detail["region"]]
    things[str(sent.remote_id)].children.remove(region.id)
    box.children.append(region.id)
    region.parent = box.id
    last = desk.send(desk.entry(description="three"), again)
    assert box.children[-1] == last.detail["region"]
    assert desk.notion.texts(box.id)[1] == "three"
    assert desk.regions(sent.remote_id) == []


def test_a_page_that_was_begun_is_completed_by_the_next_attempt(desk: Desk) -> None:
    desk.notion.faults.next("502", method="PATCH", path="/v1/blocks/.*/children")
    begun = desk.fail(desk.entry(**LONG))
    assert begun.remote_id is not None
    assert not begun.in_doubt
    assert desk.values(begun.remote_id)["Amprenta Hash"] == ""
    done = desk.send(desk.entry(**LONG), begun)
    assert done.remote_id == begun.remote_id
    assert len(desk.rows()) == 1
    assert len(desk.regions(done.remote_id)) == 1
    assert desk.values(done.remote_id)["Amprenta Hash"] == desk.sink.payload(desk.entry(**LONG))


def test_relations_lead_to_the_pages_of_program_and_experiment(desk: Desk) -> None:
    program = desk.send(desk.entry("ALS", kind="program"))
    link = Link(key=program.key, name="ALS", page_id=program.remote_id)
    sent = desk.send(desk.entry(program=link))
    assert desk.values(sent.remote_id)["Program"] == [program.remote_id]
    desk.notion.person_deletes(str(program.remote_id))
    after = desk.send(desk.entry(program=link, description="x"), sent)
    assert "is not there any more" in after.detail["notes"][0]


def test_a_value_that_we_never_gave_is_not_taken_from_people(desk: Desk) -> None:
    sent = desk.send(desk.entry(omics_type="lipidomics"))
    desk.notion.person_sets(str(sent.remote_id), Disease={"id": "1", "name": "asthma", "color": "red"})
    after = desk.send(desk.entry(description="x"), sent)
    values = desk.values(after.remote_id)
    assert (values["Disease"], values["Omics type"]) == ("asthma", None)


@pytest.mark.parametrize("empty", [None, "", "  "])
def test_an_empty_select_value_passes(desk: Desk, empty: str | None) -> None:
    sent = desk.send(desk.entry(omics_type="a, b"))
    assert desk.values(sent.remote_id)["Omics type"] == "a; b"
    desk.send(desk.entry(omics_type=empty), sent)
    assert desk.values(sent.remote_id)["Omics type"] is None
    desk.send(desk.entry("other", omics_type=empty))


@pytest.mark.parametrize("fault", ["500", "502", "503", "504", "409", "529", "reset", "cut", "hang"])
def test_a_random_failure_is_tried_again_and_nothing_is_lost(fault: Any) -> None:
    with NotionFake() as notion:
        desk = Desk.of(notion, timeout=1.0 if fault != "hang" else 0.1)
        notion.faults.next(fault, method="PATCH", path="/v1/pages/.*")
        sent = desk.send(desk.entry())
        failed = desk.fail(desk.entry(disease="NASH"), sent)
        assert isinstance(failed.error, SinkUnavailable)
        assert (failed.remote_id, failed.in_doubt) == (sent.remote_id, False)
        after = desk.send(desk.entry(disease="NASH"), failed)
        assert desk.values(after.remote_id)["Disease"] == "NASH"


def test_a_full_budget_holds_everybody_and_a_server_error_holds_nobody(desk: Desk) -> None:
    sent = desk.send(desk.entry())
    desk.notion.faults.next("429", retry_after=17)
    limited = desk.fail(desk.entry(disease="NASH"), sent)
    assert isinstance(limited.error, SinkUnavailable)
    assert limited.error.retry_after == 17.0
    assert desk.turns.holds == [(desk.turns.waits[0], 17.0)]
    desk.notion.faults.next("502")
    broken = desk.fail(desk.entry(disease="NASH"), limited)
    assert isinstance(broken.error, SinkUnavailable)
    assert broken.error.retry_after is None
    assert len(desk.turns.holds) == 1


def test_one_items_failure_is_its_own(desk: Desk) -> None:
    desk.notion.faults.next("502", method="POST", path="/v1/pages")
    answers = list(desk.sink.send([desk.item(desk.entry(name)) for name in ("a", "b", "c")]))
    assert [type(answer) for answer in answers] == [NotSent, Sent, Sent]


def test_when_notion_is_away_the_rest_is_answered_without_asking(desk: Desk) -> None:
    items = [desk.item(desk.entry(name)) for name in ("a", "b", "c")]
    desk.notion.faults.next("429", count=None, retry_after=5)
    before = len(desk.notion.requests)
    assert all(isinstance(answer, NotSent) for answer in desk.sink.send(items))
    assert len(desk.notion.requests) - before == 1
    desk.notion.calm()
    desk.notion.stop()
    away = list(desk.sink.send(items))
    assert all(isinstance(answer, NotSent) and isinstance(answer.error, SinkUnavailable) for answer in away)
    assert not any(answer.in_doubt for answer in away if isinstance(answer, NotSent))
    desk.notion.start()
    assert all(isinstance(answer, Sent) for answer in desk.sink.send(items))


def test_a_refused_key_and_a_full_workspace_say_who_must_act() -> None:
    with NotionFake() as notion:
        desk = Desk.of(notion)
        notion.keys = frozenset({"another"})
        refused = desk.fail(desk.entry())
        assert "NOTION_API_KEY" in str(refused.error)
        notion.keys = None
        for status in (400, 403):
            notion.block_limit, notion.block_limit_status = notion.workspace.made, status
            full = desk.fail(desk.entry())
            assert isinstance(full.error, SinkRejected)
            assert "full" in full.error.what
            assert not full.in_doubt


def test_a_database_that_is_not_shared_is_told_as_that(desk: Desk) -> None:
    sent = desk.send(desk.entry())
    desk.notion.unshare(desk.source())
    for failed in (desk.fail(desk.entry(disease="x"), sent), desk.fail(desk.entry("new"))):
        assert isinstance(failed.error, SinkRejected)
        assert "connections" in str(failed.error.hint)
        assert failed.detail is not None
        assert "page" not in failed.detail


@pytest.mark.parametrize("gone", ["person_trashes", "person_deletes", "unshare"])
def test_a_page_that_a_person_threw_away_is_told_once_and_made_again_on_purpose(desk: Desk, gone: str) -> None:
    sent = desk.send(desk.entry())
    getattr(desk.notion, gone)(sent.remote_id)
    told = desk.fail(desk.entry(description="new"), sent)
    assert isinstance(told.error, SinkRejected)
    assert "amprenta sync retry" in str(told.error.hint)
    assert told.remote_id is None
    assert told.detail is not None
    assert told.detail["page"] == "trashed"
    again = desk.send(desk.entry(description="new", page_id=sent.remote_id), told)
    assert again.remote_id not in (None, sent.remote_id)
    assert "page" not in again.detail


def test_a_page_that_was_restored_is_taken_up_again(desk: Desk) -> None:
    sent = desk.send(desk.entry())
    desk.notion.person_trashes(str(sent.remote_id))
    told = desk.fail(desk.entry(description="new"), sent)
    desk.notion.person_restores(str(sent.remote_id))
    again = desk.send(desk.entry(description="new"), told)
    assert again.remote_id == sent.remote_id
    assert len(desk.rows()) == 1


def test_a_thrown_away_page_that_the_caller_still_names_is_made_again(desk: Desk) -> None:
    sent = desk.send(desk.entry())
    desk.notion.person_trashes(str(sent.remote_id))
    told = desk.fail(desk.entry(), sent)
    desk.notion.faults.next("502")
    failed = desk.fail(desk.entry(), evolve(told, remote_id=sent.remote_id))
    again = desk.send(desk.entry(), evolve(failed, remote_id=sent.remote_id))
    assert [row["id"] for row in desk.rows()] == [again.remote_id]


def test_an_item_that_is_gone_takes_its_page_along(desk: Desk) -> None:
    sent = desk.send(desk.entry())
    assert isinstance(desk.away(desk.entry(), sent), Sent)
    assert desk.rows() == []
    assert isinstance(desk.away(desk.entry(), sent), Sent)  # it is in the trash already
    desk.notion.person_deletes(str(sent.remote_id))
    assert isinstance(desk.away(desk.entry(), sent), Sent)


def test_a_page_that_people_wrote_on_is_left_to_them(desk: Desk) -> None:
    sent = desk.send(desk.entry(description="ours"))
    desk.notion.person_writes(str(sent.remote_id), "do not lose this")
    assert isinstance(desk.away(desk.entry(), sent), Sent)
    assert [row["id"] for row in desk.rows()] == [sent.remote_id]
    assert desk.notion.texts(str(sent.remote_id)) == ["do not lose this"]
    values = desk.values(sent.remote_id)
    assert (values["Amprenta ID"], values["Amprenta Hash"]) == ("", "gone")
    assert list(desk.sink.inventory()) == []


def test_a_value_that_people_typed_keeps_a_page_too(desk: Desk) -> None:
    sent = desk.send(desk.entry())
    api = desk.sink.api
    api.call(api.client.data_sources.update, desk.source(), properties={"Freezer": {"rich_text": {}}})
    desk.notion.person_sets(str(sent.remote_id), Freezer="box 7")
    desk.away(desk.entry(), sent)
    assert len(desk.rows()) == 1


def test_an_item_key_is_answered_for_each_kind(desk: Desk) -> None:
    items = [desk.item(desk.entry(kind, kind=kind)) for kind in ("program", "experiment", "signature", "dataset")]
    answers = list(desk.sink.send(items))
    assert [answer.key for answer in answers] == [item.key for item in items]
    assert {type(answer) for answer in answers} == {Sent}
    keys = {remote.key for remote in desk.sink.inventory()}
    assert keys == {ItemKey(kind=item.key.kind, id=item.key.id) for item in items}


class TestConformance(SinkConformance):
    """What every sink promises."""

    @pytest.fixture
    def sink(self, desk: Desk) -> Sink:
        return desk.sink

    @pytest.fixture
    def entry(self, desk: Desk) -> Entry:
        return desk.entry(description="Fasted plasma", omics_type="lipidomics")

    @pytest.fixture
    def broken(self, desk: Desk) -> Entry:
        return desk.entry("note", kind="narrative")
