"""Files that say what genes there are hold numbers, and no measurement: no dataset is made of them."""

from pathlib import Path

import amprenta_transcriptomics as plugin
import pytest

from amprenta_core.errors import ParseError
from amprenta_core.reading import read_head

FILES = {
    "gene_info": "#tax_id\tGeneID\tSymbol\tchromosome\ttype_of_gene\tModification_date\n"
    "9606\t7157\tTP53\t17\tprotein-coding\t20240102\n9606\t1017\tCDK2\t12\tprotein-coding\t20240103\n",
    "mart_export": "Gene stable ID\tGene name\tGene start (bp)\tGene end (bp)\tGene % GC content\n"
    "ENSG00000141510\tTP53\t7661779\t7687546\t48.9\nENSG00000123374\tCDK2\t55966781\t55972789\t45.1\n",
    "hgnc": "HGNC ID\tApproved symbol\tNCBI Gene ID(supplied by NCBI)\tEnsembl gene ID\n"
    "HGNC:11998\tTP53\t7157\tENSG00000141510\nHGNC:1771\tCDK2\t1017\tENSG00000123374\n",
}


@pytest.mark.parametrize("name", FILES)
def test_a_vocabularys_file_is_no_result(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.tsv"
    path.write_text(FILES[name])
    match = plugin.sniff_file(read_head(path))
    if match is not None:
        with pytest.raises(ParseError, match="no column holds values of samples"):
            plugin.extract_features(plugin.parse_file(path, match))
