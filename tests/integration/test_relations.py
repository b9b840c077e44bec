"""What files say that a feature belongs to: the gene of a protein is found, and what was measured of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from amprenta_core.app import App, Wish

if TYPE_CHECKING:
    from conftest import Workspace

GROUPS = "Protein.Group\tProtein.Ids\tProtein.Names\tGenes\tFirst.Protein.Description\ts1\ts2\n"


@pytest.fixture
def app(workspace: "Workspace") -> Iterator[App]:
    made = App(settings=workspace.settings)
    yield made
    made.database.close()


def put(app: App, folder: Path, name: str, rows: list[str]) -> None:
    path = folder / f"{name}.pg_matrix.tsv"
    path.write_text(GROUPS + "\n".join(rows) + "\n")
    (outcome,) = app.ingest([str(path)], Wish(name=name))
    assert outcome.error is None, outcome.error


def test_a_gene_shows_the_proteins_that_files_tell_by_it(app: App, tmp_path: Path) -> None:
    put(app, tmp_path, "one", ["P02768\tP02768\tALBU_HUMAN\tALB\tAlbumin\t1\t2", "P69905\tP69905\tH\tHBA1;HBA2\t\t3\t"])
    put(app, tmp_path, "two", ["P02768\tP02768\tALBU_HUMAN\tALB\tAlbumin\t5\t6"])
    ((gene, measured),) = app.show_feature("ALB")
    assert (gene["feature_type"], gene["accession"]) == ("gene", "ALB")
    assert [(m["dataset"], m["written"], m["relation"]) for m in measured] == [
        ("one", "P02768", "gene"),
        ("two", "P02768", "gene"),
    ]
    for symbol in ("HBA1", "HBA2"):
        ((_, measured),) = app.show_feature(symbol)
        assert [m["written"] for m in measured] == ["P69905"]


def test_a_relation_that_two_files_tell_is_stored_once(app: App, tmp_path: Path, workspace: "Workspace") -> None:
    for name in ("one", "two"):
        put(app, tmp_path, name, [f"P02768\tP02768\tALBU_HUMAN\tALB\tAlbumin\t1\t{len(name)}{name == 'one'}"])
    rows = "SELECT a.text, r.relation, b.feature_type, b.text FROM relations r JOIN names a ON a.no = r.name_no "
    assert workspace.query(rows + "JOIN names b ON b.no = r.other_no") == [("P02768", "gene", "gene", "ALB")]
