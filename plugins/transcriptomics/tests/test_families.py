"""Quantities side by side are told apart only where they go with the same samples."""

import pytest
from amprenta_transcriptomics.families import told_apart
from amprenta_transcriptomics.formats import FORMATS

from amprenta_core import ParsedFile, Table


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (("id", "a_count", "b_count", "a_tpm", "b_tpm"), ["counts", "tpm", "expression"]),
        (("id", "FPKM.a", "FPKM.b"), ["fpkm", "expression"]),
        (("id", "a", "b", "a_tpm", "b_tpm"), ["tpm", "expression"]),
        (("id", "a", "b", "c", "total_count"), ["expression"]),
        (("id", "a", "b", "c", "d", "x_length", "y_tpm"), ["expression"]),
    ],
)
def test_told_apart(header: tuple[str, ...], names: list[str]) -> None:
    table = Table(name="", rows=[header, ("ENSG00000141510", *"1234567"[: len(header) - 1])], lines=[1, 2])
    parsed = ParsedFile(path="x.tsv", format="gene-rows", tables=(table,))
    found = next(one for one in told_apart(parsed, FORMATS) if one.name == "gene-rows")
    assert [measure.name for measure in found.measures] == names
