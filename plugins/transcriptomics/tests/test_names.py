"""Names of genes, transcripts and probes, what marks controls and damage, and what samples are called."""

import pytest
from amprenta_transcriptomics import names, samples, symbols

from amprenta_core import FeatureRef, Identity


def answer(name: str, kind: str = "gene") -> tuple[Identity, ...]:
    [found] = names.normalize([FeatureRef(name=name, type=kind)])
    return found


@pytest.mark.parametrize(
    ("name", "accession"),
    [
        ("ENSG00000141510", "ENSG00000141510"),
        ("ENSG00000141510.17", "ENSG00000141510"),
        ("ENSMUSG00000000001.4", "ENSMUSG00000000001"),
        ("ENSDARG00000000001", "ENSDARG00000000001"),
        ("gene:ENSG00000141510", "ENSG00000141510"),
        ("ENSG00000141510.17|TP53", "ENSG00000141510"),
        ("MGP_BALBcJ_G0026884", "MGP_BALBcJ_G0026884"),
    ],
)
def test_an_ensembl_gene_is_known_without_its_version_in_any_species(name: str, accession: str) -> None:
    assert answer(name) == (Identity(namespace="ensembl", accession=accession),)


@pytest.mark.parametrize("name", ["ENSG00000182378_PAR_Y", "ENSG00000182378.15_PAR_Y"])
def test_the_copy_on_chromosome_y_is_another_gene_that_implies_the_first(name: str) -> None:
    [found] = answer(name)
    assert (found.namespace, found.accession) == ("ensembl", "ENSG00000182378_PAR_Y")
    assert found.broader == (Identity(namespace="ensembl", accession="ENSG00000182378"),)


@pytest.mark.parametrize(
    "name", ["ENST00000456328", "ENST00000456328.2", "ENST00000456328.2|ENSG00000223972.5|-|DDX11L1|"]
)
def test_an_ensembl_transcript_has_a_namespace_of_its_own(name: str) -> None:
    assert answer(name, "transcript") == (Identity(namespace="ensembl_transcript", accession="ENST00000456328"),)


@pytest.mark.parametrize("name", ["NM_000546.6", "NR_046018", "XM_011527.1", "XR_953325.3"])
def test_a_refseq_transcript_is_known_without_its_version(name: str) -> None:
    assert answer(name, "transcript") == (Identity(namespace="refseq", accession=name.partition(".")[0]),)


@pytest.mark.parametrize(
    "name",
    ["TP53", "Trp53", "MARCH1", "1-Mar", "2.31E+13", "200000_s_at", "ILMN_1343291", "ERCC-00002", "YAL001C", "7157", "",
     "ENSG", "ENSP00000269305", "NP_000537.3", "P04637"],
)  # fmt: skip
def test_symbols_probes_and_the_rest_denote_nothing_by_themselves(name: str) -> None:
    assert answer(name) == ()


@pytest.mark.parametrize(
    "name",
    ["1-Mar", "01-Mar", "Mar-01", "Sep-02", "2-Sept", "2.31E+13", "2001/03/01", "2024-09-02 00:00:00", "3/1/2001"],
)
def test_what_a_spreadsheet_made_of_a_gene_is_marked(name: str) -> None:
    assert names.is_damaged(name)


@pytest.mark.parametrize(
    "name", ["MARCHF1", "SEPTIN2", "DEC1", "2310009E13Rik", "MAR1", "E2F1", "1007_s_at", "NM_000546"]
)
def test_genes_are_not_taken_for_damage(name: str) -> None:
    assert not names.is_damaged(name)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("ENSG00000141510.17", "gene"), ("ENST00000269305", "transcript"), ("XR_953325.3", "transcript"),
     ("1007_s_at", "probe"), ("ILMN_1343291", "probe"), ("A_23_P117082", "probe"), ("TP53", None), ("7157", None)],
)  # fmt: skip
def test_the_type_follows_from_the_shape_of_a_name(name: str, kind: str | None) -> None:
    assert names.type_of(name) == kind


@pytest.mark.parametrize(
    "name", ["S01", "Glucose", "ATP", "PC 34:1", "P04637", "Oslo", "control", "QC1", "age", "chr1"]
)
def test_other_short_words_are_no_known_symbols(name: str) -> None:
    assert not symbols.is_known_symbol(name)
    assert not names.is_gene_id(name)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/d/S1_ReadsPerGene.out.tab", "S1"),
        ("/d/S1ReadsPerGene.out.tab.gz", "S1"),
        ("/d/ERR188021/quant.sf.gz", "ERR188021"),
        ("/d/ERR188021/salmon/quant.sf", "ERR188021"),
        ("/d/S3/abundance.tsv", "S3"),
        ("/d/S4.genes.results", "S4"),
        ("/d/S5.isoforms.results.gz", "S5"),
        ("/d/S6.htseq.txt", "S6"),
        ("/d/S7_counts.txt", "S7"),
        ("/d/S8.RCC", "S8"),
        ("/d/S9/t_data.ctab", "S9"),
        ("/d/plasma.v2.tsv", "plasma.v2"),
    ],
)
def test_a_sample_is_called_after_its_file_or_folder(path: str, name: str) -> None:
    assert samples.of_file(path) == name


@pytest.mark.parametrize("name", ["GeneID:7157", "NCBIGene:7157"])
def test_a_number_of_ncbi_gene_is_known_by_its_prefix(name: str) -> None:
    assert answer(name) == (Identity(namespace="entrez", accession="GeneID:7157"),)


@pytest.mark.parametrize("name", ["7157", "GeneID:0", "GeneID:TP53", "GeneID:7157.5", "HGNC:7157"])
def test_a_number_alone_denotes_no_gene(name: str) -> None:
    assert answer(name) == ()
