"""Each declared kind reads the form in which its file is published; authors add kinds of their own."""

from collections.abc import Mapping
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from amprenta_core import Layout, Names, VocabularyKind
from amprenta_core.errors import FileError, NotFound, PluginError
from amprenta_core.vocabularies import declared, reading
from amprenta_core.vocabularies.reading import Unread

KINDS = declared.load_from([])
FILES: Mapping[str, tuple[str, str, set[tuple[str, str, str]]]] = {
    "hgnc custom download": (
        "hgnc",
        (
            "HGNC ID\tApproved symbol\tStatus\tPrevious symbols\tAlias symbols\tNCBI Gene ID\n"
            "HGNC:5\tA1BG\tApproved\tOLD1, OLD2\tAL1\t1\nHGNC:6\tA1S9T\tSymbol Withdrawn\t\t\t\n"
        ),
        {
            ("A1BG", "approved_symbol", "hgnc HGNC:5"),
            ("OLD1", "previous_symbol", "hgnc HGNC:5"),
            ("OLD2", "previous_symbol", "hgnc HGNC:5"),
            ("AL1", "alias_symbol", "hgnc HGNC:5"),
            ("1", "entrez", "hgnc HGNC:5"),
        },
    ),
    "ensembl": (
        "ensembl",
        (
            "Gene stable ID\tGene name\tHGNC ID\tNCBI gene (formerly Entrezgene) ID\n"
            "ENSG00000141510\tTP53\tHGNC:11998\t7157\nENSG00000999999\tnovel\t\t\n"
        ),
        {
            ("ENSG00000141510", "ensembl", "hgnc HGNC:11998"),
            ("TP53", "gene_name", "hgnc HGNC:11998"),
            ("HGNC:11998", "hgnc", "hgnc HGNC:11998"),
            ("7157", "entrez", "hgnc HGNC:11998"),
            ("NOVEL", "gene_name", "ensembl ENSG00000999999"),
        },
    ),
    "entrez": (
        "entrez",
        (
            "#tax_id\tGeneID\tSymbol\tLocusTag\tSynonyms\tdbXrefs\n"
            "9606\t7157\tTP53\t-\tP53|LFS1\tMIM:191170|HGNC:HGNC:11998|Ensembl:ENSG00000141510\n10090\t22059\tTrp53\t-\t-\t-\n"
        ),
        {
            ("7157", "entrez", "hgnc HGNC:11998"),
            ("TP53", "gene_symbol", "hgnc HGNC:11998"),
            ("P53", "gene_synonym", "hgnc HGNC:11998"),
            ("LFS1", "gene_synonym", "hgnc HGNC:11998"),
            ("HGNC:11998", "hgnc", "hgnc HGNC:11998"),
            ("ENSG00000141510", "ensembl", "hgnc HGNC:11998"),
            ("TRP53", "gene_symbol", "entrez 22059"),
        },
    ),
    "uniprot export": (
        "uniprot",
        "Entry\tEntry Name\tGene Names\tOrganism\nP04637\tP53_HUMAN\tTP53 P53\tHomo sapiens (Human)\n",
        {
            ("P53_HUMAN", "entry_name", "uniprot P04637"),
            ("TP53", "gene_name", "uniprot P04637"),
            ("P53", "gene_name", "uniprot P04637"),
        },
    ),
    "uniprot id mapping": (
        "uniprot",
        "P04637\tUniProtKB-ID\tP53_HUMAN\nP04637\tGene_Name\tTP53\n",
        {("P53_HUMAN", "entry_name", "uniprot P04637")},
    ),
    "refmet": (
        "refmet",
        (
            "refmet_name,super_class,inchi_key,pubchem_cid,refmet_id,chebi_id\n"
            '"2,3-Dihydroxybenzoic acid",Acids,GLDQAMYCGOIJDV-UHFFFAOYSA-N,19,RM0000001,18026\nNameless,,,,RM0000002,\n'
        ),
        {
            ("RM0000001", "refmet", "chebi CHEBI:18026"),
            ("2,3dihydroxybenzoate", "name", "chebi CHEBI:18026"),
            ("CHEBI:18026", "chebi", "chebi CHEBI:18026"),
            ("GLDQAMYCGOIJDV-UHFFFAOYSA-N", "inchikey", "chebi CHEBI:18026"),
            ("19", "pubchem", "chebi CHEBI:18026"),
            ("nameless", "name", "refmet RM0000002"),
        },
    ),
    "chebi compounds": (
        "chebi",
        (
            "ID\tSTATUS\tCHEBI_ACCESSION\tSOURCE\tPARENT_ID\tNAME\n1\tC\tCHEBI:16977\tKEGG\tnull\tL-alanine\n"
            "2\tC\tCHEBI:1\tKEGG\tnull\tnull\n"
        ),
        {("lalanine", "name", "chebi CHEBI:16977")},
    ),
    "chebi names": (
        "chebi",
        'ID\tCOMPOUND_ID\tTYPE\tSOURCE\tNAME\n1\t16977\tSYNONYM\tKEGG\t3"-alanin\n',
        {('3"alanin', "synonym", "chebi CHEBI:16977")},
    ),
    "hmdb": (
        "hmdb",
        (
            '<?xml version="1.0"?><hmdb xmlns="http://www.hmdb.ca">\n<metabolite><accession>HMDB0000161</accession>'
            "<secondary_accessions><accession>HMDB00161</accession></secondary_accessions><name>L-Alanine</name>"
            "<synonyms><synonym>Ala</synonym><synonym>Alanine</synonym></synonyms><chebi_id>16977</chebi_id>"
            "<kegg_id>C00041</kegg_id></metabolite>\n</hmdb>"
        ),
        {
            ("HMDB0000161", "hmdb", "chebi CHEBI:16977"),
            ("lalanine", "name", "chebi CHEBI:16977"),
            ("ala", "synonym", "chebi CHEBI:16977"),
            ("alanine", "synonym", "chebi CHEBI:16977"),
            ("CHEBI:16977", "chebi", "chebi CHEBI:16977"),
            ("C00041", "kegg", "chebi CHEBI:16977"),
        },
    ),
    "human-gem": (
        "humangem",
        "humangem_id\tname\tchebi\thmdb\nMAM1\talanine\tCHEBI:16977\tHMDB00161\nMAM2\ttwo\tCHEBI:1;CHEBI:2\tHMDB0000002\n",
        {
            ("MAM1", "humangem", "chebi CHEBI:16977"),
            ("alanine", "name", "chebi CHEBI:16977"),
            ("CHEBI:16977", "chebi", "chebi CHEBI:16977"),
            ("HMDB0000161", "hmdb", "chebi CHEBI:16977"),
            ("MAM2", "humangem", "hmdb HMDB0000002"),
            ("two", "name", "hmdb HMDB0000002"),
            ("CHEBI:1", "chebi", "hmdb HMDB0000002"),
            ("CHEBI:2", "chebi", "hmdb HMDB0000002"),
            ("HMDB0000002", "hmdb", "hmdb HMDB0000002"),
        },
    ),
    "lipid maps": (
        "lipidmaps",
        "regno\tlm_id\tname\tabbrev\tinchi_key\n1\tLMGP01010005\tPC(16:0/18:1(9Z))\tPC 34:1\t-\n",
        {
            ("pc(16:0/18:1(9z))", "name", "lipidmaps LMGP01010005"),
            ("pc34:1", "abbreviation", "lipidmaps LMGP01010005"),
        },
    ),
    "swisslipids": (
        "swisslipids",
        (
            "Lipid ID\tLevel\tName\tAbbreviation*\tSynonyms*\tInChI key (pH7.3)\tCHEBI\n"
            "SLM:000000510\tSpecies\tsphing-4-enine\tSPB 18:1;O2\tsphingosine | sphingenine\tInChIKey=A\t57756\n"
        ),
        {
            ("sphing4enine", "name", "swisslipids SLM:000000510"),
            ("spb18:1;o2", "abbreviation", "swisslipids SLM:000000510"),
            ("sphingosine", "synonym", "swisslipids SLM:000000510"),
            ("sphingenine", "synonym", "swisslipids SLM:000000510"),
            ("A", "inchikey", "swisslipids SLM:000000510"),
            ("CHEBI:57756", "chebi", "swisslipids SLM:000000510"),
        },
    ),
    "goslin": (
        "goslin",
        "Lipid name,Lipid category,Synonyms,,\nPC,GP,GPC,GPCho,\n",
        {("pc", "name", "lipid PC"), ("gpc", "synonym", "lipid PC"), ("gpcho", "synonym", "lipid PC")},
    ),
}


def terms(kind: VocabularyKind, path: Path) -> set[tuple[str, str, str]]:
    file = reading.understand(path, kind)
    spaces = (kind.space, *kind.canonical)
    return {
        (row["key"], file.sources[int(row["source"])].evidence, f"{spaces[int(row['denotes'])]} {row['accession']}")
        for batch in reading.batches(file, Unread())
        for row in batch.terms.to_pylist()
    }


@pytest.mark.parametrize("which", FILES)
def test_a_kind_reads_its_published_form(which: str, tmp_path: Path) -> None:
    kind, text, expected = FILES[which]
    path = tmp_path / "file"
    path.write_text(text, encoding="utf-8")
    assert terms(KINDS.named(kind), path) == expected


@pytest.mark.parametrize("kind", sorted(KINDS.loaded))
def test_a_file_of_another_kind_is_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("something\telse\n1\t2\n", encoding="utf-8")
    with pytest.raises(FileError, match="this is no file of"):
        reading.understand(path, KINDS.named(kind))


def test_rows_in_the_middle_without_all_columns_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("humangem_id\tname\tchebi\nMAM1\tone\t1\nMAM2\ttwo\nMAM3\tthree\t3\n", encoding="utf-8")
    unread = Unread()
    [batch] = reading.batches(reading.understand(path, KINDS.named("humangem")), unread)
    assert (batch.entries, unread.rows) == (2, 1)


def test_xml_that_ends_too_early_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("<hmdb><metabolite><accession>HMDB1</accession>", encoding="utf-8")
    with pytest.raises(FileError, match="no whole XML"):
        list(reading.batches(reading.understand(path, KINDS.named("hmdb")), Unread()))


MINE = VocabularyKind(
    name="mine",
    title="my own",
    feature_type="antibody",
    space="mine",
    layouts=(Layout(id="id", names=(Names(column="called", evidence="name"),)),),
)


def point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name=name, value=value, group=declared.ENTRY_POINT_GROUP)


def test_an_author_adds_a_kind_and_a_broken_one_stops_no_other() -> None:
    here = "tests.unit.test_vocabulary_reading" if __name__.startswith("tests.") else __name__
    kinds = declared.load_from(
        [point("mine", f"{here}:MINE"), point("bad", "no.such:thing"), point("int", "sys:maxsize")]
    )
    assert kinds.named("mine") is MINE or kinds.named("mine") == MINE
    assert {wreck.name for wreck in kinds.broken} == {"bad", "int"}
    assert "antibody" in kinds.rules.spaces
    with pytest.raises(PluginError):
        kinds.named("bad")
    with pytest.raises(NotFound, match="no kind of vocabulary nothing"):
        kinds.named("nothing")


def test_a_name_that_is_taken_is_refused() -> None:
    kinds = declared.load_from([point("again", "amprenta_core.vocabularies.genes:HGNC")])
    assert [(wreck.name, wreck.why) for wreck in kinds.broken] == [("again", "another vocabulary has this name")]
    with pytest.raises(PluginError):
        declared.load_from([point("again", "amprenta_core.vocabularies.genes:HGNC")], strict=True)


def test_a_kind_is_named_by_a_word() -> None:
    with pytest.raises(ValueError, match="lower-case word"):
        VocabularyKind(name="My Own", title="", feature_type="gene", space="x", layouts=())
