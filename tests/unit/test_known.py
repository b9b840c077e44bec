"""A file whose plugin is not installed: the message names the package that reads it."""

from pathlib import Path

import pytest

from amprenta_core.known import is_sample_sheet, known, package_for
from amprenta_core.reading import read_head

RSEM = "gene_id\ttranscript_id(s)\tlength\teffective_length\texpected_count\tTPM\tFPKM\nA\tB\t1\t1\t1\t1\t1\n"


@pytest.mark.parametrize(
    ("content", "package"),
    [
        (RSEM, "amprenta-transcriptomics"),
        ("sample\tcount\nENSG00000130203.10\t5\n", "amprenta-transcriptomics"),
        ("^HEADER\tx\n", "amprenta-proteomics"),
        ("id,s1\nsp|P02768|ALBU_HUMAN,5\n", "amprenta-proteomics"),
        ("name,s1\nPC 34:1,5\n", "amprenta-lipidomics"),
        ("#METABOLOMICS WORKBENCH a\n", "amprenta-metabolomics"),
        ("name,s1\nsomething,5\n", None),
    ],
)
def test_a_file_tells_its_package(content: str, package: str | None, tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text(content)
    found = package_for(read_head(path), ())
    assert (found and found[0]) == package


def test_an_installed_package_is_not_named(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text(RSEM)
    assert package_for(read_head(path), {"amprenta-transcriptomics"}) is None


def test_each_package_of_the_project_is_known() -> None:
    folders = (Path(__file__).parents[2] / "plugins").iterdir()
    assert {entry["package"] for entry in known()} == {f"amprenta-{folder.name}" for folder in folders}


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        ("source name\tcharacteristics[organism]\tcomment[data file]\nA\tHomo sapiens\ta.raw\n", True),
        ("Source Name\tCharacteristics[Organism]\tSample Name\nA\tHomo sapiens\ta\n", True),
        ("source name\tvalue\nA\t5\n", False),
        (RSEM, False),
    ],
)
def test_a_sheet_of_samples_is_told_from_a_result(content: str, answer: bool, tmp_path: Path) -> None:  # noqa: FBT001
    path = tmp_path / "file.tsv"
    path.write_text(content)
    assert is_sample_sheet(read_head(path)) is answer
