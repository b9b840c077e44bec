"""Files that a program writes beside its tables."""

from pathlib import Path

import pytest
from amprenta_proteomics import sniff_file

from amprenta_core import read_head

EXAMPLES = Path(__file__).parent / "examples"


@pytest.mark.parametrize(
    ("example", "passed", "read"),
    [
        ("maxquant-evidence", ("summary.txt", "parameters.txt", "msms.txt"), ("proteinGroups.txt", "notes.txt")),
        ("diann-report", ("report.log.txt", "report.stats.tsv"), ("report.pg_matrix.tsv",)),
        ("fragpipe-combined-protein", ("log_2024-01-01.txt", "fragpipe.workflow"), ("combined_peptide.tsv",)),
        ("sage-lfq", (), ("summary.txt", "results.sage.tsv")),
    ],
)
def test_logs_and_settings_are_named_beside_the_table(
    tmp_path: Path, example: str, passed: tuple[str, ...], read: tuple[str, ...]
) -> None:
    (source,) = (EXAMPLES / example).glob("input.*")
    (tmp_path / source.name).write_bytes(source.read_bytes())
    for name in (*passed, *read):
        (tmp_path / name).write_text("x\n")
    match = sniff_file(read_head(tmp_path / source.name))
    assert match is not None
    assert sorted(match.beside) == sorted(passed)
