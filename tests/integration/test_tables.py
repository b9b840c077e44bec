"""Two definitions of an entity, the attrs class and the table, say the same."""

from types import NoneType
from typing import get_args, get_type_hints

import attrs
import pytest
from sqlalchemy import Table

from amprenta_core.model import Dataset, Experiment, Feature, Program, Revision, Signature, SignatureComponent
from amprenta_core.store import tables

PAIRS: list[tuple[type[attrs.AttrsInstance], Table]] = [
    (Program, tables.programs),
    (Experiment, tables.experiments),
    (Dataset, tables.datasets),
    (Revision, tables.revisions),
    (Feature, tables.features),
    (Signature, tables.signatures),
    (SignatureComponent, tables.signature_components),
]
SHARED = ["id", "notion_page_id", "external_ids", "created_at", "updated_at"]


@pytest.mark.parametrize(("cls", "table"), PAIRS, ids=lambda each: getattr(each, "name", None))
def test_fields_are_the_columns_and_optional_where_nullable(cls: type[attrs.AttrsInstance], table: Table) -> None:
    hints = get_type_hints(cls)
    fields = {field.name: NoneType in get_args(hints[field.name]) for field in attrs.fields(cls)}
    assert fields == {column.name: bool(column.nullable) for column in table.columns if not column.info.get("internal")}


@pytest.mark.parametrize("name", ["programs", "experiments", "datasets", "features", "signatures"])
def test_entities_have_what_other_systems_know_them_by(name: str) -> None:
    columns = tables.metadata.tables[name].columns
    assert set(SHARED) <= set(columns.keys())
    assert columns["id"].primary_key
    assert columns["id"].type.python_type.__name__ == "UUID"
