"""A newer understanding of names renews their links; measurements and the names' numbers stay as they are."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from amprenta_core import FeatureRef, Identity
from amprenta_core.app import App, Wish
from amprenta_core.errors import NotFound
from amprenta_core.plugins import Plugin, Plugins

if TYPE_CHECKING:
    from conftest import ToyBox, Workspace

LINKS = """
SELECT n.text, n.no, n.candidates, n.resolver, f.accession, l.relation FROM links l
JOIN names n ON n.no = l.name_no JOIN features f ON f.no = l.feature_no ORDER BY n.text, f.accession
"""


def understands_more(refs: Sequence[FeatureRef]) -> list[tuple[Identity, ...]]:
    return [(Identity(namespace="toy", accession=f"NEW {ref.name}", level="species"),) for ref in refs]


def newer(plugin: Plugin) -> Plugin:
    def normalize(refs: Sequence[FeatureRef]) -> list[tuple[Identity, ...]]:
        return understands_more(refs)

    return evolve(
        plugin,
        info=evolve(plugin.info, names_version="2"),
        hooks={**plugin.hooks, "normalize_features": normalize},
    )


@pytest.fixture
def apps(toys: "ToyBox", workspace: "Workspace") -> Iterator[tuple[App, App]]:
    """The app with the plugin as it is, and with a newer understanding of names."""
    old, new = toys.app(workspace), toys.app(workspace)
    new.plugins = Plugins(loaded={"toy": newer(toys.plugin)})
    yield old, new
    old.database.close()
    new.database.close()


def status(app: App, path: str) -> str:
    (outcome,) = app.ingest([path], Wish())
    assert outcome.error is None
    return outcome.status


def test_a_newer_plugin_renews_the_links_of_stored_names(
    apps: tuple[App, App], toys: "ToyBox", workspace: "Workspace"
) -> None:
    old, new = apps
    path = str(toys.file("run/a.tsv", ["?what\t1\t2", "B\t3\t4"]))
    assert status(old, path) == "created"
    before = {row[0]: row for row in workspace.query(LINKS)}
    assert before["?what"][2:6] == (0, "toy names 1", "?what", "own")
    assert status(new, path) == "unchanged"
    after = {row[0]: row for row in workspace.query(LINKS)}
    assert after["?what"] == ("?what", before["?what"][1], 1, "toy names 2", "NEW ?what", "same")
    assert [row["written"] for _, rows in new.show_feature("NEW ?what") for row in rows] == ["?what"]
    assert workspace.query("SELECT count(*) FROM measured") == [(2,)]


def test_a_feature_that_lost_its_names_is_no_longer_shown(apps: tuple[App, App], toys: "ToyBox") -> None:
    old, new = apps
    path = str(toys.file("run/a.tsv", ["B\t3\t4"]))
    status(old, path)
    assert old.show_feature("B")
    status(new, path)
    with pytest.raises(NotFound):
        new.show_feature("b as nobody wrote it")


def test_the_same_understanding_writes_nothing_again(
    apps: tuple[App, App], toys: "ToyBox", workspace: "Workspace"
) -> None:
    _, new = apps
    path = str(toys.file("run/a.tsv", ["?what\t1\t2"]))
    status(new, path)
    links = workspace.query(
        "SELECT xmin::text, ctid::text FROM links UNION ALL SELECT xmin::text, ctid::text FROM names"
    )
    assert status(new, path) == "unchanged"
    again = workspace.query(
        "SELECT xmin::text, ctid::text FROM links UNION ALL SELECT xmin::text, ctid::text FROM names"
    )
    assert again == links
