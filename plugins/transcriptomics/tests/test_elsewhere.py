"""Tables of other analyses name genes as well: no dataset of expression is made of them."""

from pathlib import Path

import amprenta_transcriptomics as plugin
import pytest

from amprenta_core.reading import read_head

FILES = {
    "variants.maf": "#version 2.4\nHugo_Symbol\tEntrez_Gene_Id\tVariant_Classification\tVariant_Type\tt_depth\n"
    "TP53\t7157\tMissense_Mutation\tSNP\t100\nEGFR\t1956\tSilent\tSNP\t80\nKRAS\t3845\tMissense_Mutation\tSNP\t77\n",
    "copies.txt": "Gene Symbol\tLocus ID\tCytoband\tS1\tS2\nTP53\t7157\t17p13.1\t-1\t0\nEGFR\t1956\t7p11.2\t1\t2\n"
    "MYC\t4609\t8q24.21\t1\t2\n",
    "SE.MATS.JC.txt": "ID\tGeneID\tgeneSymbol\tIJC_SAMPLE_1\tSJC_SAMPLE_1\tPValue\tFDR\n"
    '1\t"ENSG00000141510"\t"TP53"\t9,4\t2,0\t0.01\t0.2\n2\t"ENSG00000012048"\t"BRCA1"\t7,6\t3,5\t0.5\t0.9\n',
    "set.tsv": "NAME\tSYMBOL\tRANK IN GENE LIST\tRANK METRIC SCORE\tRUNNING ES\nrow_0\tTP53\t3\t2.5\t0.05\n"
    "row_1\tMYC\t13\t1.9\t0.08\nrow_2\tEGFR\t103\t0.9\t0.18\n",
    "platform.annot": "^Annotation\n!Annotation_platform = GPL0\n!platform_table_begin\nID\tGene symbol\tGene ID\n"
    "1007_s_at\tDDR1\t780\n1053_at\tRFC2\t5982\n!platform_table_end\n",
    "genes.bed": "chr17\t100\t200\tENSG00000141510\t0\t-\nchr17\t300\t450\tENSG00000012048\t0\t-\n",
    "mart_export.txt": "Gene stable ID,Gene stable ID version,Transcript stable ID,Gene name,Gene start (bp)\n"
    "ENSG00000141510,ENSG00000141510.1,ENST00000269305,TP53,7661779\n"
    "ENSG00000012048,ENSG00000012048.2,ENST00000357654,BRCA1,43044295\n",
}


@pytest.mark.parametrize("name", [name for name in FILES if name != "mart_export.txt"])
def test_a_file_of_another_analysis_is_not_claimed(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(FILES[name])
    assert plugin.sniff_file(read_head(path)) is None


def test_a_list_of_names_across_is_no_matrix_of_genes_in_columns(tmp_path: Path) -> None:
    path = tmp_path / "mart_export.txt"
    path.write_text(FILES["mart_export.txt"])
    match = plugin.sniff_file(read_head(path))
    assert match is None or match.format != "gene-columns"
