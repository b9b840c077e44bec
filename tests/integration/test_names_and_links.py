"""Names as written, the features they denote, and what files say of those: ambiguity is kept, nothing is guessed."""

from typing import TYPE_CHECKING, Any
from uuid import uuid5

import pytest
from attrs import evolve

from amprenta_core.app import App, Wish
from amprenta_core.errors import NotFound
from amprenta_core.linking import Resolved
from amprenta_core.model import Identity
from amprenta_core.store import naming

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import NewWorkspace, ToyBox, Workspace

LINKS = """
SELECT n.text, f.accession, l.relation, l.rank, l.level FROM links l
JOIN names n ON n.no = l.name_no JOIN features f ON f.no = l.feature_no ORDER BY n.text, l.rank, l.relation DESC, 2
"""
IDS_HEADER = "toy name\tchebi\thmdb\tArea s1"


@pytest.fixture
def toy_app(toys: "ToyBox", workspace: "Workspace") -> "Iterator[App]":
    made = toys.app(workspace)
    yield made
    made.database.close()


def put(app: App, toys: "ToyBox", name: str, rows: list[str], header: str = "toy name\tArea s1") -> None:
    (outcome,) = app.ingest([str(toys.file(name, rows, header))], Wish(name=name))
    assert outcome.error is None, outcome.error


def test_a_name_is_linked_to_what_it_denotes_and_to_the_broader(
    toy_app: App, toys: "ToyBox", workspace: "Workspace"
) -> None:
    put(toy_app, toys, "a.tsv", ["a1<a<lipids\t1", "B\t2"])
    assert workspace.query(LINKS) == [
        ("B", "B", "same", 0, "species"),
        ("a1<a<lipids", "A1", "same", 0, "species"),
        ("a1<a<lipids", "A", "broader", 0, "class"),
        ("a1<a<lipids", "LIPIDS", "broader", 0, "class"),
    ]
    ((_, measured),) = toy_app.show_feature("LIPIDS")
    assert [(row["written"], row["relation"]) for row in measured] == [("a1<a<lipids", "broader")]


def test_an_ambiguous_name_is_linked_to_every_candidate_in_order(
    toy_app: App, toys: "ToyBox", workspace: "Workspace"
) -> None:
    put(toy_app, toys, "a.tsv", ["z|m|a\t1", "x1<c|x2<c\t2"])
    assert workspace.query(LINKS) == [
        ("x1<c|x2<c", "X1", "same", 0, "species"),
        ("x1<c|x2<c", "C", "broader", 0, "class"),
        ("x1<c|x2<c", "X2", "same", 1, "species"),
        ("z|m|a", "Z", "same", 0, "species"),
        ("z|m|a", "M", "same", 1, "species"),
        ("z|m|a", "A", "same", 2, "species"),
    ]
    assert {row[0]["accession"] for row in toy_app.show_feature("z|m|a")} == {"Z", "M", "A"}


def test_an_unknown_name_becomes_a_feature_of_its_own(toy_app: App, toys: "ToyBox", workspace: "Workspace") -> None:
    put(toy_app, toys, "a.tsv", ["?what\t1", "?what else\t2", "A\t3"])
    own = "SELECT n.text, f.accession, f.namespace, l.relation, n.candidates FROM links l "
    own += "JOIN names n ON n.no = l.name_no JOIN features f ON f.no = l.feature_no WHERE l.relation = 'own' ORDER BY 1"
    assert workspace.query(own) == [
        ("?what", "?what", "name", "own", 0),
        ("?what else", "?what else", "name", "own", 0),
    ]
    ((feature, measured),) = toy_app.show_feature("?what")
    assert (feature["accession"], len(measured)) == ("?what", 1)


def test_counts_say_how_names_are_linked(toy_app: App, toys: "ToyBox") -> None:
    path = toys.file("a.tsv", ["A\t1", "b\t1", "C|D\t2", "?u\t3", "?v\t4", "?w\t5"], "toy name\tArea s1")
    (outcome,) = toy_app.ingest([str(path)], Wish())
    assert outcome.report is not None
    stored, counts = toy_app.read_dataset("run/a")
    assert counts == outcome.report.counts
    assert (counts.linked, counts.ambiguous, counts.unresolved) == (2, 1, 3)
    assert stored.features == ("A", "B", None, None, None, None)


def test_spellings_of_a_name_meet_in_one_feature(toy_app: App, toys: "ToyBox", workspace: "Workspace") -> None:
    put(toy_app, toys, "one.tsv", ["abc\t1"])
    put(toy_app, toys, "two.tsv", ["ABC\t2", "Abc\t3"])
    assert workspace.one("SELECT count(*) FROM names") == 3
    assert workspace.query("SELECT accession FROM features") == [("ABC",)]
    ((_, measured),) = toy_app.show_feature("aBC")
    assert [(row["dataset"], row["written"], row["numbers"]) for row in measured] == [
        ("one.tsv", "abc", [1]),
        ("two.tsv", "ABC", [2]),
        ("two.tsv", "Abc", [3]),
    ]


def test_a_feature_has_the_same_id_in_every_database(
    toy_app: App, toys: "ToyBox", workspace: "Workspace", new_workspace: "NewWorkspace"
) -> None:
    second = new_workspace()
    other_app = toys.app(second)
    for made in (toy_app, other_app):
        put(made, toys, "a.tsv", ["A<B\t1", "?u\t2"])
    other_app.database.close()
    ids = "SELECT accession, id FROM features ORDER BY 1"
    assert workspace.query(ids) == second.query(ids)
    assert dict(workspace.query(ids))["A"] == uuid5(naming.FEATURE_SPACE, "lipid:toy:A")
    assert naming.feature_id("lipid", Identity(namespace="name", accession="?u")) in dict(workspace.query(ids)).values()
    assert toy_app.database.workspace != other_app.database.workspace


def test_a_known_name_costs_no_plugin_call(toys: "ToyBox", workspace: "Workspace") -> None:
    asked: list[str | None] = []
    normalize = toys.plugin.hooks["normalize_features"]

    def counted(**arguments: Any) -> Any:
        asked.extend(ref.name for ref in arguments["refs"])
        return normalize(**arguments)

    toys = evolve(toys, plugin=evolve(toys.plugin, hooks={**toys.plugin.hooks, "normalize_features": counted}))
    for name, rows in {"one": ["A\t1", "B\t2", "A\t3"], "two": ["B\t4", "C\t5"]}.items():
        made = toys.app(workspace)
        put(made, toys, f"{name}.tsv", rows)
        made.database.close()
    assert asked == ["A", "B", "C"]


def test_names_differ_by_organism(toy_app: App, toys: "ToyBox", workspace: "Workspace") -> None:
    keys = [("lipid", organism, "name", "A") for organism in (None, "9606", "10090")]
    resolved = [Resolved(key=key, identities=(Identity(namespace="toy", accession="A"),)) for key in keys]
    with toy_app.connection() as connection:
        first = naming.add_names(connection, resolved, "test")
    with toy_app.connection() as connection:
        assert naming.add_names(connection, resolved, "again") == first
    assert workspace.one("SELECT count(*) FROM names") == 3
    assert workspace.one("SELECT count(DISTINCT resolver) FROM names") == 1


def external_ids(workspace: "Workspace") -> dict[str, dict[str, list[str]]]:
    return dict(workspace.query("SELECT accession, external_ids FROM features ORDER BY 1"))


def test_ids_of_files_are_gathered_as_sorted_sets(toy_app: App, toys: "ToyBox", workspace: "Workspace") -> None:
    put(toy_app, toys, "a.tsv", ["A<K\t9\th1\t1", "a<k\t10\t\t2"], IDS_HEADER)
    put(toy_app, toys, "b.tsv", ["A<K\t9\th0\t1"], IDS_HEADER)
    assert external_ids(workspace) == {"A": {"chebi": ["10", "9"], "hmdb": ["h0", "h1"]}, "K": {}}


def test_ids_that_are_known_already_write_nothing(toy_app: App, toys: "ToyBox", workspace: "Workspace") -> None:
    put(toy_app, toys, "a.tsv", ["A\t9\th1\t1"], IDS_HEADER)
    before = workspace.rows()["features"]
    put(toy_app, toys, "b.tsv", ["A\t9\t\t5"], IDS_HEADER)
    assert workspace.rows()["features"] == before


def test_an_ambiguous_or_unknown_name_gives_its_ids_to_none(
    toy_app: App, toys: "ToyBox", workspace: "Workspace"
) -> None:
    put(toy_app, toys, "a.tsv", ["A|B\t9\th1\t1", "C\t\t\t2"], IDS_HEADER)
    assert external_ids(workspace) == {"A": {}, "B": {}, "C": {}}
    details = workspace.query("SELECT details -> 'ids' FROM measured ORDER BY position")
    assert details == [({"chebi": "9", "hmdb": "h1"},), (None,)]


def test_a_feature_that_nobody_measured_is_not_found(toy_app: App) -> None:
    with pytest.raises(NotFound, match="no dataset measured ZZZ"):
        toy_app.show_feature("ZZZ")


def test_a_name_of_any_length_is_one_name(toy_app: App, toys: "ToyBox", workspace: "Workspace") -> None:
    long = ";".join(f"P{n:05}" for n in range(3_000))
    put(toy_app, toys, "a.tsv", [f"{long}\t1", f"{long}x\t2"])
    put(toy_app, toys, "b.tsv", [f"{long}\t3"])
    assert workspace.one("SELECT count(*) FROM names") == 2
    assert [len(measured) for _, measured in toy_app.show_feature(long)] == [2]
