"""What people do to the properties of a database, and the setup that makes and checks them."""

from collections.abc import Iterator

import pytest
from attrs import evolve
from fakes.notion import NotionFake
from fakes.notion_desk import KEY, Desk

from amprenta_core.errors import SinkRejected
from amprenta_core.sinks import notion_setup
from amprenta_core.sinks.notion_properties import WANTED


@pytest.fixture
def desk() -> Iterator[Desk]:
    with NotionFake() as notion:
        yield Desk.of(notion)
        assert notion.invalid == []


def bad(desk: Desk) -> list[notion_setup.Finding]:
    return [found for found in notion_setup.check(desk.settings, desk.turns) if not found.ok]


def test_a_property_that_was_renamed_is_still_written(desk: Desk) -> None:
    sent = desk.send(desk.entry(disease="NASH"))
    desk.notion.person_renames_property(desk.source(), "Disease", "Krankheit")
    after = desk.send(desk.entry(disease="ALS"), sent)
    assert desk.values(after.remote_id)["Krankheit"] == "ALS"
    assert "notes" not in after.detail


def test_a_renamed_property_is_found_by_a_process_that_remembers_nothing(desk: Desk) -> None:
    for old, new in (("Disease", "Krankheit"), ("Amprenta ID", "Kennung"), ("Name", "Titel")):
        desk.notion.person_renames_property(desk.source(), old, new)
    desk.sink = desk.another()
    values = desk.values(desk.send(desk.entry("new", disease="ALS")).remote_id)
    assert (values["Krankheit"], values["Titel"]) == ("ALS", "new")
    assert bad(desk) == []


def test_a_renamed_property_without_description_is_found_by_its_remembered_id(desk: Desk) -> None:
    sent = desk.send(desk.entry(disease="NASH"))
    source = desk.notion.data_sources[desk.source()]
    source["properties"]["Disease"]["description"] = None
    desk.notion.person_renames_property(desk.source(), "Disease", "Krankheit")
    desk.sink = desk.another()
    after = desk.send(desk.entry(disease="ALS"), sent)
    assert desk.values(after.remote_id)["Krankheit"] == "ALS"


def test_a_property_that_was_deleted_is_left_out_and_noted(desk: Desk) -> None:
    sent = desk.send(desk.entry(disease="NASH"))
    desk.notion.person_removes_property(desk.source(), "Disease")
    after = desk.send(desk.entry(disease="ALS", omics_type="lipidomics"), sent)
    assert after.detail["notes"] == ["Disease: the database has no such property"]
    assert desk.values(after.remote_id)["Omics type"] == "lipidomics"
    created = desk.send(desk.entry("new", disease="ALS"))
    assert created.detail["notes"] == after.detail["notes"]


def test_a_property_of_another_type_is_left_out_and_the_note_names_both_types(desk: Desk) -> None:
    sent = desk.send(desk.entry(disease="NASH"))
    desk.notion.person_retypes_property(desk.source(), "Disease", {"multi_select": {}})
    after = desk.send(desk.entry(disease="ALS"), sent)
    assert after.detail["notes"] == ["Disease: its type was select and is now multi_select"]


def test_the_schema_is_asked_again_once_when_notion_refuses_a_property(desk: Desk) -> None:
    sent = desk.send(desk.entry())
    desk.notion.person_removes_property(desk.source(), "Disease")
    desk.notion.requests.clear()
    desk.send(desk.entry(disease="ALS"), sent)
    assert desk.notion.count("GET", "/v1/data_sources/") == 1
    assert desk.notion.count("PATCH", "/v1/pages/") == 2


def test_without_the_amprenta_id_the_pages_are_refused_with_what_to_do(desk: Desk) -> None:
    sent = desk.send(desk.entry())
    desk.notion.person_removes_property(desk.source(), "Amprenta ID")
    failed = desk.fail(desk.entry(disease="ALS"), sent)
    assert isinstance(failed.error, SinkRejected)
    assert "Amprenta ID" in failed.error.what
    assert "amprenta sync setup-notion" in str(failed.error.hint)
    with pytest.raises(SinkRejected, match="Amprenta ID"):
        list(desk.sink.inventory())
    prepared = notion_setup.set_up(desk.settings, desk.turns)
    assert [found.what for found in prepared.findings if found.kind == "dataset"] == ["Amprenta ID: added"]
    desk.send(desk.entry(disease="ALS"), failed)


def test_a_retyped_amprenta_id_names_old_and_new_type(desk: Desk) -> None:
    desk.notion.person_retypes_property(desk.source(), "Amprenta ID", {"number": {}})
    failed = desk.fail(desk.entry())
    assert "its type was rich_text and is now number" in str(failed.error)


def test_the_setup_makes_all_databases_and_says_how_to_set_them(desk: Desk) -> None:
    assert bad(desk) == []
    for kind, wanted in WANTED.items():
        has = desk.notion.data_sources[desk.source(kind)]["properties"]
        assert {one.name: one.type for one in wanted.values()} == {name: told["type"] for name, told in has.items()}
    assert notion_setup.variables(desk.settings.sources)["NOTION_DATASET_DATA_SOURCE_ID"] == desk.source()


def test_the_setup_adds_what_is_missing_and_changes_nothing_else(desk: Desk) -> None:
    bare = desk.notion.add_data_source("Signatures", {"Titel": {"title": {}}, "Disease": {"number": {}}})
    settings = evolve(desk.settings, sources={**desk.settings.sources, "signature": bare})
    findings = [found for found in notion_setup.check(settings, desk.turns) if found.kind == "signature"]
    assert {found.property for found in findings if not found.ok} >= {"Amprenta ID", "Amprenta Hash", "Disease"}
    prepared = notion_setup.set_up(settings, desk.turns)
    left = [found for found in prepared.findings if not found.ok]
    assert [(found.property, found.what) for found in left] == [
        ("Disease", "Disease: its type was select and is now number")
    ]
    assert "rename it" in str(left[0].hint)
    assert prepared.made == {}
    assert desk.notion.data_sources[bare]["properties"]["Disease"]["type"] == "number"


def test_a_check_tells_what_is_not_set_and_what_is_not_shared(desk: Desk) -> None:
    desk.notion.unshare(desk.source())
    sources = {kind: source for kind, source in desk.settings.sources.items() if kind != "signature"}
    findings = notion_setup.check(evolve(desk.settings, sources=sources), desk.turns)
    by_kind = {found.kind: found for found in findings}
    assert not by_kind["dataset"].ok
    assert "connections" in str(by_kind["dataset"].hint)
    assert by_kind["signature"].ok
    assert "NOTION_SIGNATURE_DATA_SOURCE_ID" in str(by_kind["signature"].hint)
    assert KEY not in repr(findings)


def test_a_check_while_notion_is_away_is_a_finding_and_no_crash(desk: Desk) -> None:
    desk.notion.stop()
    assert len(bad(desk)) == 4


def test_two_kinds_in_one_database_are_found(desk: Desk) -> None:
    sources = {**desk.settings.sources, "signature": desk.source("program")}
    findings = notion_setup.check(evolve(desk.settings, sources=sources), desk.turns)
    assert {found.kind for found in findings if "too" in found.what} == {"program", "signature"}
