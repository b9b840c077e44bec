"""Whatever a file holds, reading it ends in a table that adds up or in an error that names the file: nothing else.

``AMPRENTA_FUZZ=5000`` tries that many files of each kind, other ones each time.
"""

import bz2
import csv
import gzip
import io
import lzma
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import openpyxl  # type: ignore[import-untyped]  # has no types
import pyarrow as pa
import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from amprenta_core.accounting import check_table
from amprenta_core.errors import AmprentaError, PluginError
from amprenta_core.ingest import Options, Target, ingest
from amprenta_core.model import FeatureTable, Match
from amprenta_core.plugins import Plugin, Plugins, load

EXAMPLES = Path(__file__).parents[2] / "plugins" / "lipidomics" / "tests" / "examples"
EFFORT = int(os.environ.get("AMPRENTA_FUZZ", "0"))
SEEDS_IN_WORDS = {
    "species.csv": "name,s1,s2,s2\nPC 34:1,1.5,<LOD,3\nPE 38:4,NA,2e3,\nSM 34:1;O2,0,7,8\n",
    "columns.csv": "sample;PC 34:1;PE 38:4\ns1;1,5;2,25\ns2;NA;3,125\n",
    "results.tsv": "lipid\tlogFC\tP.Value\tadj.P.Val\nPC 34:1\t-1.5\t0.01\t0.02\nPE 38:4\t2\t0.5\t0.9\n",
    "long.csv": "Molecule,Replicate,Area,Precursor Mz,Product Mz\nPC 34:1,r1,5,760.5,184\nPC 34:1,r2,#N/A,760.5,184\n",
}


def fuzz(effort: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The same files in each run, unless an effort is asked for."""
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    return settings(
        max_examples=EFFORT or effort,
        derandomize=not EFFORT,
        database=None,
        deadline=None,
        suppress_health_check=checks,
    )


def seeds() -> dict[str, bytes]:
    found = {f"{p.parent.name}{p.suffix}": p.read_bytes() for p in sorted(EXAMPLES.glob("*/input.*"))}
    return found or {name: text.encode() for name, text in SEEDS_IN_WORDS.items()}


SEEDS = seeds()
TEXT_SEEDS = {name: content for name, content in SEEDS.items() if not content.startswith(b"PK")}


class Reader:
    """Reads a file as ingest does, and as each declared format."""

    def __init__(self, plugins: Plugins, folder: Path) -> None:
        self.plugins, self.folder = plugins, folder

    @property
    def plugin(self) -> Plugin:
        return self.plugins.loaded["lipidomics"]

    def read(self, content: bytes, suffix: str = ".txt") -> None:
        path = self.folder / f"input{suffix}"
        path.write_bytes(content)
        for options in (Options(), Options(omics_type="lipidomics")):
            self._ingested(path, options)
        self._forced(path)

    def _ingested(self, path: Path, options: Options) -> None:
        try:
            for found in ingest(Target(path=path, name="input", label=str(path)), self.plugins, options):
                assert_sound(found.table)
        except AmprentaError as error:
            assert_told(error)

    def _forced(self, path: Path) -> None:
        """Every format's reader, whether it would have claimed the file or not."""
        match = Match(format="", confidence="certain", reason="forced")
        try:
            parsed = self.plugin.parse(path, match)
        except AmprentaError as error:
            assert_told(error)
            return
        for declared in self.plugin.info.formats:
            try:
                assert_sound(self.plugin.extract(evolve(parsed, format=declared.name)))
            except AmprentaError as error:
                assert_told(error)


def assert_told(error: AmprentaError) -> None:
    assert not isinstance(error, PluginError), error
    assert "does not add up" not in error.what, error
    assert "\n" not in str(error), error


def assert_sound(table: FeatureTable) -> None:
    check_table(table)
    for quantity in table.quantities:
        assert not np.isinf(quantity.values).any()
        places = [place for cells in quantity.missing.values() for place in cells]
        assert len(set(places)) == len(places)
        assert np.isnan(quantity.values.reshape(-1)[places]).all()
    names = [q.name for q in table.quantities]
    assert len(set(names)) == len(names)
    rows = [problem.row for problem in table.problems if problem.row is not None]
    assert len(set(rows)) == len(rows)
    assert all(feature.mz is None or np.isfinite(feature.mz) for feature in table.features)
    texts = [sample.name for sample in table.samples] + [f.name for f in table.features if f.name is not None]
    assert not any("\x00" in text for text in texts)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    plugins = load(names=["lipidomics"], strict=True)
    if not plugins.loaded:
        pytest.skip("the lipidomics plugin is not installed")
    return Reader(plugins, tmp_path_factory.mktemp("fuzz"))


MAGIC = st.sampled_from(
    (
        b"",
        b"\x1f\x8b\x08",
        b"BZh9",
        b"\xfd7zXZ\x00",
        b"PK\x03\x04",
        b"PAR1",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"\xff\xfe",
    )
)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1", "cp1252"])
PACKERS: st.SearchStrategy[Callable[[bytes], bytes]] = st.sampled_from(
    [bytes, bytes, bytes, gzip.compress, bz2.compress, lzma.compress]
)
QUOTINGS: tuple[Literal[0, 1, 3], ...] = (csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONE)
LINE_ENDS = st.sampled_from(["\n", "\n", "\r\n", "\r"])
DELIMITERS = st.sampled_from(["\t", ",", ";", "|", " "])
HEADER_WORDS = st.sampled_from(
    """name;sample;Class;s1;s1;s2;QC1;12;PC 34:1;logFC;P.Value;adj.P.Val;logFC_A_vs_B;p;FC;stat;SD;mean;RT;m/z;total;#x;
    MainArea[s1];MainArea[s2];LipidMolec;CalcMz;Molecule;Replicate;Area;Product Mz;Precursor Mz;feature_name;tissue;
    area;raw_data_filename;Alignment ID;Average Rt(min);Metabolite name;id;MZ;Time;lipid;mzmed;rtmed;npeaks;SMH;
    SML_ID;SML;chemical_name;SMF_ID_REFS;abundance_assay[1];Plate Bar Code;Sample Bar Code;Sample Type;Data File;
    PC 34:1 Results;""".replace("\n    ", "").split(";")
)
LIPIDS = st.sampled_from(["PC 34:1", "PE(16:0_18:1)", "TG 52:2", "Cer d18:1/16:0", "SM 34:1;O2", "CE.14.0.", "unknown"])
NUMBERS = st.floats().map(str) | st.integers().map(str) | st.floats(-9, 9).map(lambda x: f"{x:.3f}".replace(".", ","))
MARKS = st.sampled_from(
    ["", "NA", "<LOD", "Filtered", "N/F", "1_000", "1e400", "-1e400", "−1.5", "12%", " ", "1,234.5"]
)
CELLS = NUMBERS | NUMBERS | MARKS | LIPIDS | st.text(max_size=6)
NAME_CELLS = LIPIDS | LIPIDS | LIPIDS | CELLS


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """Rows of cells that look like a result table more often than chance would have it."""
    width = draw(st.integers(1, 7))
    header = draw(st.lists(HEADER_WORDS | LIPIDS, min_size=width, max_size=width))
    body = draw(st.lists(st.tuples(NAME_CELLS, st.lists(CELLS, min_size=width - 1, max_size=width)), max_size=7))
    above = draw(st.lists(st.lists(CELLS | HEADER_WORDS, max_size=width), max_size=2))
    return [*above, header, *([name, *cells] for name, cells in body)]


@st.composite
def written_tables(draw: st.DrawFn) -> bytes:
    rows = draw(tables())
    out = io.StringIO(newline="")
    quoting = draw(st.sampled_from(QUOTINGS))
    delimiter, end = draw(DELIMITERS), draw(LINE_ENDS)
    if quoting == csv.QUOTE_NONE:
        out.write(end.join(delimiter.join(row) for row in rows) + draw(st.sampled_from(["", end])))
    else:
        csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    return draw(PACKERS)(out.getvalue().encode(draw(ENCODINGS), errors="replace"))


@given(magic=MAGIC, content=st.binary(max_size=600))
@fuzz(250)
def test_random_bytes(reader: Reader, magic: bytes, content: bytes) -> None:
    reader.read(magic + content)


@given(text=st.text(max_size=400), encoding=ENCODINGS, pack=PACKERS)
@fuzz(250)
def test_random_text(reader: Reader, text: str, encoding: str, pack: Callable[[bytes], bytes]) -> None:
    reader.read(pack(text.encode(encoding, errors="replace")))


@given(content=written_tables())
@fuzz(800)
def test_random_tables(reader: Reader, content: bytes) -> None:
    reader.read(content, ".csv")


@given(rows=tables())
@fuzz(40)
def test_random_workbooks(reader: Reader, rows: list[list[str]]) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append([as_workbook_cell(cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    reader.read(out.getvalue(), ".xlsx")


def as_workbook_cell(text: str) -> str | float | None:
    """Numbers as numbers; control characters cannot stand in a workbook."""
    try:
        return float(text) if np.isfinite(float(text)) else text
    except ValueError:
        return "".join(c for c in text if c >= " " and c not in "\ufffe\uffff").lstrip("=") or None


Change = Callable[[bytes, int, int], bytes]


def flip(content: bytes, at: int, to: int) -> bytes:
    place = at % max(len(content), 1)
    return content[:place] + bytes([to % 256]) + content[place + 1 :]


def cut(content: bytes, at: int, _: int) -> bytes:
    return content[: at % (len(content) + 1)]


def drop_piece(content: bytes, at: int, length: int) -> bytes:
    place = at % max(len(content), 1)
    return content[:place] + content[place + length % 50 :]


def of_lines(change: Callable[[list[bytes], int, int], None]) -> Change:
    def changed(content: bytes, at: int, other: int) -> bytes:
        lines = content.splitlines(keepends=True)
        if lines:
            change(lines, at % len(lines), other % len(lines))
        return b"".join(lines)

    return changed


def repeat_line(lines: list[bytes], at: int, to: int) -> None:
    lines.insert(to, lines[at])


def delete_line(lines: list[bytes], at: int, _: int) -> None:
    del lines[at]


def swap_lines(lines: list[bytes], at: int, other: int) -> None:
    lines[at], lines[other] = lines[other], lines[at]


def of_columns(change: Callable[[list[bytes], int], list[bytes]]) -> Change:
    def changed(content: bytes, at: int, _: int) -> bytes:
        lines = content.split(b"\n")
        mark = max((b"\t", b",", b";"), key=content.count)
        return b"\n".join(mark.join(change(line.split(mark), at % 20)) for line in lines)

    return changed


def delete_column(cells: list[bytes], at: int) -> list[bytes]:
    return cells[:at] + cells[at + 1 :]


def repeat_column(cells: list[bytes], at: int) -> list[bytes]:
    return cells[: at + 1] + cells[at:]


def put(piece: bytes) -> Change:
    def changed(content: bytes, at: int, _: int) -> bytes:
        """In place of one cell."""
        mark = max((b"\t", b",", b";"), key=content.count)
        cells = content.split(mark)
        cells[at % len(cells)] = piece
        return mark.join(cells)

    return changed


def swap_delimiter(content: bytes, at: int, to: int) -> bytes:
    marks = (b"\t", b",", b";", b"|")
    return content.replace(marks[at % 4], marks[to % 4])


PIECES = (
    b"9" * 400,
    b"1e400",
    b"-1e308",
    b'"',
    b'""',
    b"\x00",
    b"\n\n",
    b"\xa0",
    b"\xff",
    b"A" * 3000,
    b"",
    b"PC 34:1",
)
CHANGES: Sequence[Change] = (
    flip,
    flip,
    cut,
    drop_piece,
    *map(of_lines, (repeat_line, delete_line, swap_lines)),
    *map(of_columns, (delete_column, repeat_column)),
    swap_delimiter,
    *map(put, PIECES),
)
STEPS = st.lists(
    st.tuples(st.sampled_from(CHANGES), st.integers(0, 10_000), st.integers(0, 10_000)), min_size=1, max_size=4
)


@given(name=st.sampled_from(sorted(TEXT_SEEDS)), steps=STEPS)
@fuzz(1800)
def test_real_files_with_faults(reader: Reader, name: str, steps: list[tuple[Change, int, int]]) -> None:
    content = TEXT_SEEDS[name]
    for change, at, other in steps:
        content = change(content, at, other)
    reader.read(content, Path(name).suffix)


@given(
    name=st.sampled_from(sorted(SEEDS)),
    pack=PACKERS,
    steps=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=6),
    end=st.integers(0, 20_000),
)
@fuzz(250)
def test_damaged_containers(
    reader: Reader, name: str, pack: Callable[[bytes], bytes], steps: list[tuple[int, int]], end: int
) -> None:
    content = pack(SEEDS[name])
    for at, to in steps:
        content = flip(content, at, to)
    reader.read(content[: end or None], Path(name).suffix)


@given(
    steps=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=3),
    end=st.integers(0, 2_000),
)
@fuzz(100)
def test_damaged_parquet(reader: Reader, steps: list[tuple[int, int]], end: int) -> None:
    out = io.BytesIO()
    parquet.write_table(pa.table({"name": ["PC 34:1", "PE 38:4"], "s1": [1.5, None], "s2": [2, 3]}), out)
    content = out.getvalue()
    for at, to in steps:
        content = flip(content, at, to)
    reader.read(content if end > len(content) else content[:end], ".parquet")
