"""Numbers of NCBI Gene: taken for such where a header says so, and nowhere else."""

from pathlib import Path

import amprenta_transcriptomics as plugin
import pytest

from amprenta_core.reading import read_head


def claimed(folder: Path, text: str) -> str:
    path = folder / "table.csv"
    path.write_text(text)
    match = plugin.sniff_file(read_head(path))
    return match.format if match and match.confidence != "possible" else ""


@pytest.mark.parametrize(
    "header", ["entrez", "entrezgene", "ENTREZID", "GeneID", "NCBI gene id", "entrez_gene_id", "Entrez Gene ID"]
)
def test_the_header_tells(header: str, tmp_path: Path) -> None:
    assert claimed(tmp_path, f"{header},S1,S2\n7157,1,2\n1017,3,4\n") == "entrez-rows"


@pytest.mark.parametrize(
    "header", ["id", "gene", "gene_id", "", "X", "row", "feature_id", "compound", "PubChem", "name"]
)
def test_numbers_under_another_header_are_no_genes(header: str, tmp_path: Path) -> None:
    assert claimed(tmp_path, f"{header},S1,S2\n7157,1,2\n1017,3,4\n") == ""
    assert claimed(tmp_path, f"{header},count\n7157,1\n1017,3\n") == ""


def test_a_better_name_beside_it_goes_first(tmp_path: Path) -> None:
    rows = "7157,TP53,1\n1017,CDK2,3\n672,BRCA1,4\n"
    assert claimed(tmp_path, f"entrezgene,symbol,S1\n{rows}") == "symbol-rows"
    assert claimed(tmp_path, "GeneID,S1\nENSG00000141510,1\nENSG00000141511,2\n") == "gene-rows"


def test_results_of_genes_by_number_are_read(tmp_path: Path) -> None:
    assert claimed(tmp_path, "ENTREZID,logFC,AveExpr,P.Value\n7157,1,2,0.1\n1017,3,4,0.2\n") == "entrez-rows"


def test_names_under_such_a_header_are_no_numbers(tmp_path: Path) -> None:
    assert claimed(tmp_path, "GeneID,S1\nglucose,3\nlactate,4\n") == ""
