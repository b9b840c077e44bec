"""What is stored comes back: numbers to the last digit of a double, and all that a file says beside them."""

import math
import struct
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from attrs import evolve

from amprenta_core.app import App
from amprenta_core.errors import SettingsError
from amprenta_core.exporting import export
from amprenta_core.linking import name_key, resolve
from amprenta_core.model import (
    Axis,
    Contrast,
    FeatureRef,
    FeatureTable,
    FloatArray,
    Problem,
    Quantity,
    Sample,
    ZeroMeaning,
)
from amprenta_core.store import queries, raw_files, writing

if TYPE_CHECKING:
    from conftest import Ingest, Shell, ToyBox, Workspace

CORNERS = [0.0, -0.0, 5e-324, -5e-324, 2.2250738585072014e-308, 1e308, -1.7976931348623157e308, 0.1, 1 / 3, 1e16 + 2]
AWKWARD = ["", "NA", "µ-Å é", "a,b", 'say "x"', "tab\there", "two\nlines", "\\u0000", "\\", "'; --", "NULL", "{}", "٣"]


def doubles(count: int, seed: int) -> list[float]:
    """Doubles of any bit pattern, infinities and NaN apart, the corners first."""
    random = Random(seed)
    found = list(CORNERS)
    while len(found) < count:
        (number,) = struct.unpack("<d", random.randbytes(8))
        if math.isfinite(number):
            found.append(number)
    return found


def same_bits(found: FloatArray, wanted: FloatArray) -> bool:
    return found.shape == wanted.shape and found.astype(np.float64).tobytes() == wanted.astype(np.float64).tobytes()


def store(app: App, toys: "ToyBox", table: FeatureTable, name: str = "made") -> queries.Stored:
    """Write a table through the store and read all of it back."""
    ingested = toys.ingested(table)
    resolved = resolve(table.features, toys.plugin.normalize)
    request = writing.Request(name=name, options={})
    with app.connection() as connection:
        writing.write(app.database, connection, ingested, request, resolved, list(map(name_key, table.features)))
    return app.read_dataset(name)[0]


def full_table() -> FeatureTable:
    """A table that says everything a table can say."""
    numbers = np.array(doubles(60, seed=1)).reshape(5, 12)
    numbers[1, 2] = numbers[4, 11] = np.nan
    features = (
        FeatureRef(name="PC 34:1", type="lipid", ids={"chebi": "1"}, mz=760.5851, rt=229.20000000000002),
        FeatureRef(
            name="A|B", type="lipid", flags=("internal_standard",), attributes={"adduct": "[M+H]+", "é": "\\u0000"}
        ),
        FeatureRef(name=None, type="lipid", mz=206.9727, rt=60.0),
        FeatureRef(name="?unknown", type="lipid", organism="NCBITaxon:9606"),
        FeatureRef(name=None, type="lipid", attributes={"row": "7"}),
    )
    samples = (
        Sample(name="s1", attributes={"group": "case", "Ångström": 'say "x"'}, flags=("pool",)),
        Sample(name="s1", flags=("blank", "qc")),
        Sample(name="", attributes={"empty": ""}),
    )
    contrasts = (Contrast(name="a vs b", numerator="a", denominator="b"), Contrast(name="c"))
    quantities = (
        Quantity(name="Area", values=numbers[:, :3], unit="µM", scale="linear", zero=ZeroMeaning.MISSING),
        Quantity(name="log2 FC", values=numbers[:, 3:5], axis=Axis.CONTRASTS, scale="log2", zero=ZeroMeaning.VALUE),
        Quantity(name="Height", values=numbers[:, 9:], missing={"<LOD": (5,), "Filtered": (14,)}),
    )
    problems = (
        Problem(where="line 9", code="no_name", what="the row has no name", row=9),
        Problem(where="column x", code="odd", what="two\nlines"),
    )
    return FeatureTable(
        omics_type="lipidomics",
        features=features,
        samples=samples,
        contrasts=contrasts,
        quantities=quantities,
        rows_read=6,
        rows_measured=5,
        problems=problems,
    )


def test_all_that_a_table_says_comes_back(app: App, toys: "ToyBox") -> None:
    table = full_table()
    stored = store(app, toys, table)
    assert stored.samples == table.samples
    assert stored.contrasts == table.contrasts
    assert stored.quantities == table.quantities
    assert stored.problems == table.problems
    assert stored.names[:2] == ("PC 34:1", "A|B")
    assert stored.features == ("PC 34:1", None, None, None, None)
    for found, wanted in zip(stored.quantities, table.quantities, strict=True):
        assert same_bits(found.values, wanted.values)


def test_details_of_features_come_back(app: App, toys: "ToyBox", workspace: "Workspace") -> None:
    store(app, toys, full_table())
    details = [row[0] for row in workspace.query("SELECT details FROM measured ORDER BY position")]
    assert details == [
        {"mz": 760.5851, "rt": 229.20000000000002, "ids": {"chebi": "1"}},
        {"flags": ["internal_standard"], "attributes": {"adduct": "[M+H]+", "é": "\\u0000"}},
        {"mz": 206.9727, "rt": 60.0},
        None,
        {"attributes": {"row": "7"}},
    ]


def test_one_quantity_is_read_alone(app: App, toys: "ToyBox") -> None:
    table = full_table()
    store(app, toys, table)
    for wanted in table.quantities:
        stored, _ = app.read_dataset("made", quantity=wanted.name.upper())
        assert stored.quantities == (wanted,)


@pytest.mark.parametrize("seed", range(3))
def test_any_double_comes_back_to_the_last_bit(app: App, toys: "ToyBox", seed: int) -> None:
    values = np.array(doubles(4000, seed)).reshape(100, 40)
    samples = tuple(Sample(name=f"s{n}") for n in range(40))
    names = [f"n{n}" for n in range(100)]
    table = toys.table(names, samples=samples, quantities=(Quantity(name="Area", values=values),))
    assert same_bits(store(app, toys, table).quantities[0].values, values)


def test_any_text_comes_back(app: App, toys: "ToyBox") -> None:
    samples = tuple(Sample(name=word, attributes={word: word}, flags=(word,)) for word in AWKWARD)
    contrasts = tuple(Contrast(name=word, numerator=word) for word in AWKWARD)
    values = np.ones((len(AWKWARD), len(AWKWARD)))
    names = [word or "nothing" for word in AWKWARD]
    table = toys.table(
        names,
        samples=samples,
        contrasts=contrasts,
        quantities=(Quantity(name=AWKWARD[4], unit=AWKWARD[7], values=values, missing=dict.fromkeys(AWKWARD, ())),),
        problems=tuple(Problem(where=word, code=word, what=word) for word in AWKWARD),
    )
    stored = store(app, toys, table)
    assert (stored.samples, stored.contrasts, stored.problems) == (samples, contrasts, table.problems)
    assert stored.quantities == table.quantities
    assert list(stored.names) == names


def test_a_null_character_does_not_stop_a_dataset(app: App, toys: "ToyBox") -> None:
    """Postgres holds none; what is left of the text is kept."""
    table = toys.table(["PC 34:1"], samples=(Sample(name="s\0 1", attributes={"a": "\0b"}), Sample(name="s2")))
    assert [s.name for s in store(app, toys, table).samples] == ["s 1", "s2"]


def test_a_text_file_comes_back_as_python_reads_it(app: App, folder: Path, ingest_all: "Ingest") -> None:
    random = Random(5)
    written = [[repr(x), f"{random.uniform(0, 1e6):.17g}"] for x in doubles(200, seed=9)]
    lines = [f"PC {20 + n // 8}:{n % 8},{a},{b}" for n, (a, b) in enumerate(written)]
    (folder / "a.csv").write_text("\n".join(["name,s1,s2", *lines]) + "\n")
    (outcome,) = ingest_all(app, folder / "a.csv")
    assert outcome.error is None
    wanted = np.array([[float(cell) for cell in row] for row in written])
    assert same_bits(app.read_dataset("run/a")[0].quantities[0].values, wanted)


def test_missing_values_keep_their_reasons(app: App, folder: Path, ingest_all: "Ingest") -> None:
    rows = ["PC 34:1,1.5,<LOD", "PE 36:2,,2", "SM 36:1,NA,3", "TG 52:3,4,0"]
    (folder / "a.csv").write_text("\n".join(["name,s1,s2", *rows]) + "\n")
    ingest_all(app, folder / "a.csv")
    quantity = app.read_dataset("run/a")[0].quantities[0]
    assert np.isnan(quantity.values).tolist() == [[False, True], [True, False], [True, False], [False, False]]
    assert dict(quantity.missing) == {"<LOD": (1,)}


def test_the_raw_file_is_kept(app: App, folder: Path, ingest_all: "Ingest") -> None:
    path = folder / "a.csv"
    path.write_text("name,s1,s2\nPC 34:1,1,2\nPE 36:2,3,4\n")
    ingest_all(app, path)
    assert raw_files.read(app.read_dataset("run/a")[0].summary["raw_file"]) == path.read_bytes()


@pytest.fixture
def exported(app: App, toys: "ToyBox") -> queries.Stored:
    table = full_table()
    samples = (*table.samples[:2], Sample(name="s3"))
    stored = store(app, toys, evolve(table, samples=samples))
    return evolve(stored, quantities=stored.quantities[:1])


def test_csv_reads_back_equal(exported: queries.Stored, tmp_path: Path) -> None:
    export(exported, tmp_path / "out.csv")
    frame = pd.read_csv(tmp_path / "out.csv", float_precision="round_trip", keep_default_na=False, na_values={"s3": ""})
    assert list(frame.columns) == ["name", "feature", "s1", "s1 (2)", "s3"]
    assert list(frame["name"]) == list(exported.names)
    numbers = frame[["s1", "s1 (2)", "s3"]].replace("", np.nan).astype(float).to_numpy()
    np.testing.assert_array_equal(numbers, exported.quantities[0].values)


def test_parquet_reads_back_equal(exported: queries.Stored, tmp_path: Path) -> None:
    export(exported, tmp_path / "out.parquet")
    frame = pd.read_parquet(tmp_path / "out.parquet")
    assert same_bits(frame[["s1", "s1 (2)", "s3"]].to_numpy(), exported.quantities[0].values)
    assert [feature or None for feature in frame["feature"]] == list(exported.features)


def test_h5ad_reads_back_equal(exported: queries.Stored, tmp_path: Path) -> None:
    anndata = pytest.importorskip("anndata")
    export(exported, tmp_path / "out.h5ad")
    found = anndata.read_h5ad(tmp_path / "out.h5ad")
    assert same_bits(np.asarray(found.X).T.copy(), exported.quantities[0].values)
    assert list(found.var_names) == list(exported.names)
    assert list(found.obs["group"]) == ["case", "", ""]
    assert found.uns["unit"] == "µM"


def test_an_unknown_suffix_says_which_there_are(exported: queries.Stored, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"out.xyz says no known format. End it with .csv, .parquet, .h5ad"):
        export(exported, tmp_path / "out.xyz")


def test_features_show_says_the_numbers_of_every_dataset(shell: "Shell", folder: Path) -> None:
    (folder / "a.csv").write_text("name,s1,s2\nPC 34:1,0.1,\nPE 36:2,3,4\n")
    (folder / "b.csv").write_text("name,x\nPC 34:1,1e-5\nSM 36:1,3\n")
    assert shell.ingest(folder).code == 0
    (found,) = shell.amprenta("features", "show", "PC 34:1", "--json").objects
    assert {m["dataset"]: m["values"] for m in found["measurements"]} == {
        "a": {"s1": 0.1, "s2": None},
        "b": {"x": 1e-5},
    }
    assert shell.amprenta("features", "show", found["id"], "--json").objects == [found]
    text = shell.amprenta("features", "show", "PC 34:1").out
    assert "1 of 2" in text
    assert "1e-05" in text
