"""Every noun becomes plain JSON data and comes back equal."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import attrs
import numpy as np
import pytest

from amprenta_core import model, written
from amprenta_core.convert import from_plain, to_plain
from amprenta_core.model import (
    Axis,
    Contrast,
    Dataset,
    Experiment,
    Feature,
    FeatureRef,
    FeatureTable,
    FormatInfo,
    Identity,
    Ingested,
    Match,
    PluginInfo,
    Problem,
    Program,
    Quantity,
    Related,
    Revision,
    Sample,
    Signature,
    SignatureComponent,
    SignatureDirection,
    SourceFile,
    ZeroMeaning,
)
from amprenta_core.written import FileHead, ParsedFile, Table, TableHead

NOW = datetime(2024, 3, 1, 12, 30, 15, 250, tzinfo=UTC)
ID = UUID("12345678-1234-5678-1234-567812345678")
TIMES: dict[str, Any] = {"created_at": NOW, "updated_at": NOW}
QUANTITY = Quantity(
    name="Area",
    values=np.array([[1.5, np.nan], [5e-324, 1.7976931348623157e308], [0.1, -0.0]]),
    axis=Axis.CONTRASTS,
    unit="µM",
    zero=ZeroMeaning.MISSING,
    missing={"<LOD": (1,), "N/F": ()},
)
SPECIES = Identity(namespace="lipid", accession="PC 34:1", level="species")
FEATURE = FeatureRef(name=None, type="lipid", ids={"hmdb": "1"}, mz=1.5, rt=2.0, flags=("x",), attributes={"a": "b"})
TABLE = FeatureTable(
    omics_type="lipidomics",
    features=(FEATURE, FeatureRef(name="PC 34:1", type="lipid"), FeatureRef(name="ä", type="lipid", organism="mouse")),
    samples=(Sample(name="s1", attributes={"a": "b"}, flags=("blank",)), Sample(name="s2")),
    contrasts=(Contrast(name="a_vs_b", numerator="a", denominator="b"), Contrast(name="c")),
    quantities=(QUANTITY,),
    rows_read=4,
    rows_measured=3,
    problems=(Problem(where="line 3", code="torn_row", what="cut", row=2),),
)
INFO = PluginInfo(
    name="p",
    omics_type="lipidomics",
    feature_types=("lipid",),
    formats=(FormatInfo(name="f", versions="1", title="F"),),
    version="1.0",
)
MATCH = Match(format="f", confidence="likely", reason="why", members=("a", "b"), parts=("pos",))
SOURCE = SourceFile(path="/a", size=3, sha256="0" * 64)
NOUNS: tuple[Any, ...] = (
    QUANTITY,
    SPECIES,
    FEATURE,
    TABLE,
    INFO,
    MATCH,
    SOURCE,
    *(*TABLE.samples, *TABLE.contrasts, *TABLE.problems, *INFO.formats),
    Identity(namespace="lipid", accession="PC 16:0_18:1", broader=(SPECIES,)),
    FileHead(
        name="a.csv",
        kind="text",
        size=9,
        text="a\tb\n",
        tables=(TableHead(name="", rows=(("a", "b"), ())),),
        siblings=("b",),
    ),
    TableHead(name="Sheet", rows=(), n_rows=7),
    Program(id=ID, name="P", description=None, external_ids={"x": [1, None, {"y": 2.5}]}, **TIMES),
    Experiment(id=ID, name="E", program_id=ID, notion_page_id="n", **TIMES),
    Signature(id=ID, name="S", **TIMES),
    SignatureComponent(signature_id=ID, feature_type="gene", name="TP53", direction=SignatureDirection.UP, weight=1.5),
    Dataset(id=ID, name="D", omics_type="lipidomics", source_path="/a", experiment_id=ID, **TIMES),
    Revision(
        dataset_id=ID,
        number=1,
        format="f",
        quantity="Area",
        options={"type": None},
        content_sha256="0",
        raw_file=None,
        n_features=1,
        n_samples=2,
        rows_read=3,
        rows_measured=3,
        created_at=NOW,
    ),
    Related(relation="gene", type="gene", name="ALB"),
    FeatureRef(name="P02768", type="protein", related=(Related(relation="gene", type="gene", name="ALB"),)),
    Feature(id=ID, feature_type="lipid", namespace="n", accession="a", level="", **TIMES),
    Ingested(
        source=SOURCE, part="", plugin=INFO, match=MATCH, table=TABLE, members=(Path("/a/b"),), local=Path("/tmp/a")
    ),
)
AS_LISTS: tuple[Any, ...] = (
    Table(name="", rows=[["a", "b"], ["c"]], lines=[1, 3], torn=True, decimal=","),
    ParsedFile(path="/a", format="f", tables=(Table(name="s", rows=[["a"]], lines=[1]),), part="s"),
)
"""Their sequences may come back as another kind of sequence."""


def every_noun() -> Iterable[type]:
    return (
        v
        for module in (model, written)
        for v in vars(module).values()
        if isinstance(v, type) and attrs.has(v) and v.__module__ == module.__name__
    )


def there_and_back(noun: Any) -> Any:
    return from_plain(json.loads(json.dumps(to_plain(noun), allow_nan=False)), type(noun))


def test_every_noun_is_looked_at() -> None:
    assert set(map(type, (*NOUNS, *AS_LISTS))) == set(every_noun())


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: type(noun).__name__)
def test_a_noun_comes_back_equal(noun: Any) -> None:
    assert there_and_back(noun) == noun


@pytest.mark.parametrize("noun", AS_LISTS, ids=lambda noun: type(noun).__name__)
def test_a_table_comes_back_with_the_same_cells(noun: Any) -> None:
    assert to_plain(there_and_back(noun)) == to_plain(noun)


def test_numbers_keep_every_bit_and_missing_ones_are_null() -> None:
    plain = to_plain(QUANTITY)
    assert plain["values"] == [[1.5, None], [5e-324, 1.7976931348623157e308], [0.1, -0.0]]
    back = there_and_back(QUANTITY)
    assert back.values.tobytes() == QUANTITY.values.tobytes()
    assert back.values.dtype == np.float64


@pytest.mark.parametrize("shape", [(0, 0), (3, 0), (1, 1)])
def test_small_arrays(shape: tuple[int, int]) -> None:
    quantity = Quantity(name="q", values=np.full(shape, np.nan))
    assert there_and_back(quantity).values.shape == shape


def test_wrong_data_name_their_field() -> None:
    with pytest.raises(Exception, match="Problem") as caught:
        from_plain({"where": "x"}, Problem)
    assert "code" in repr(caught.value.__cause__ or caught.value) or "code" in str(vars(caught.value))
