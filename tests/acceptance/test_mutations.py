"""Real result files under another dress say the same, and cut anywhere they say an error or less, never something else.

The files are not part of the project; where they are absent the tests are skipped, saying so.
"""

import csv
import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from amprenta_core.errors import FileError
from amprenta_core.plugins import load
from amprenta_core.reading import detect_dialect, read_head
from amprenta_core.testing.cutting import Cutter
from amprenta_core.testing.examples import Reading, read
from amprenta_core.testing.mutations import Variant, cut_points, text_of, variants
from amprenta_core.testing.remains import same_measurements

DATA = Path(__file__).parents[2].parent / "shared" / "data"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.exists(), reason="the shared result files are not here"),
]
MOST_CUTS = 8
LEAST_CUTS = 3
SMALL = 100_000
"""Bytes of a file that is tried in every dress. Of larger ones fewer are tried, for each takes a second."""
MOST_TURNS = 5


def judged() -> list[str]:
    found = []
    for manifest in sorted(DATA.glob("MANIFEST*.tsv")):
        with manifest.open(encoding="utf-8", newline="") as stream:
            rows = [row for row in csv.DictReader(stream, delimiter="\t") if row["judged"] == "yes"]
        found += [row["path"] for row in rows if row["omics"] in OMICS]
    return found


OMICS = ("lipidomics", "metabolomics", "proteomics", "transcriptomics")
"""Those whose plugins read all that is judged."""


def staged(path: str, folder: Path) -> Path:
    """A copy of a file and of what stands beside it, which may be overwritten."""
    for beside in (DATA / path).parent.iterdir():
        if beside.is_file():
            shutil.copyfile(beside, folder / beside.name)
    return folder / Path(path).name


def whole(path: Path) -> tuple[str, Reading]:
    plugin, _ = load().choose(path, read_head(path))
    reading = read(plugin, path)
    assert reading is not None
    return plugin.info.name, reading


def redelimited(name: str, content: bytes) -> Iterator[Variant]:
    """The table with other delimiters, where the file is nothing but one table (its records are of one length)."""
    text = text_of(content)
    if text is None or text.startswith(("COM\t", "MTD\t", "#METABOLOMICS")):
        return  # formats that prescribe their delimiter
    used, decimal = detect_dialect(text)
    records = list(csv.reader(io.StringIO(text, newline=""), delimiter=used))
    if decimal == "," or len({len(record) for record in records if record}) != 1 or len(records[0]) == 1:
        return
    for delimiter in {"\t", ",", ";"} - {used}:
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(records)
        yield Variant(label=f"{delimiter!r} between fields", name=name, content=out.getvalue().encode())


@pytest.mark.parametrize("path", judged())
def test_a_file_in_another_dress_says_the_same(path: str, tmp_path: Path) -> None:
    file = staged(path, tmp_path)
    content = file.read_bytes()
    omics, plain = whole(file)
    faults = []
    dresses = (*variants(file.name, content), *redelimited(file.name, content))
    for variant in dresses[:: min(MOST_TURNS, 1 + len(content) // SMALL)]:
        file.unlink()
        file = file.with_name(variant.name)
        file.write_bytes(variant.content)
        try:
            found = whole(file)
        except FileError as error:
            faults.append(f"{variant.label}: {error}")
            continue
        same = found[1].tables.keys() == plain.tables.keys() and all(
            same_measurements(table, found[1].tables[part]) for part, table in plain.tables.items()
        )
        if found[0] != omics or not same:
            faults.append(f"{variant.label}: says something else")
    assert faults == []


@pytest.mark.parametrize("path", judged())
def test_a_file_that_was_cut_says_less_or_an_error(path: str, tmp_path: Path) -> None:
    file = staged(path, tmp_path)
    content = file.read_bytes()
    plugin, reading = whole(file)
    places = cut_points(content)
    most = min(MOST_CUTS, max(LEAST_CUTS, MOST_CUTS * SMALL // len(content)))
    some = places[:: max(1, len(places) // most)]
    cutter = Cutter(plugin=load().loaded[plugin], path=file, content=content, whole=reading, places=some)
    assert list(cutter.faults()) == []
