"""FragPipe tables of one experiment: what the sample is called that no header names."""

import shutil
from pathlib import Path

import amprenta_proteomics
import pytest

from amprenta_core.testing.examples import loaded, read

EXAMPLE = Path(__file__).parent / "examples" / "fragpipe-protein" / "input.tsv"


@pytest.mark.parametrize(
    ("place", "name"), [("KO_1/protein.tsv", "KO_1"), ("KO_1_protein.tsv", "KO_1_protein"), ("d/WT 2.tsv", "WT 2")]
)
def test_a_sample_is_called_after_its_file_or_its_folder(tmp_path: Path, place: str, name: str) -> None:
    path = tmp_path / place
    path.parent.mkdir(exist_ok=True)
    shutil.copyfile(EXAMPLE, path)
    reading = read(loaded(amprenta_proteomics), path)
    assert reading is not None
    assert [sample.name for table in reading.tables.values() for sample in table.samples] == [name]
