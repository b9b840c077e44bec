"""Names of proteins, groups and peptides, and what marks decoys and contaminants."""

import pytest
from amprenta_proteomics import names

from amprenta_core import FeatureRef, Identity


def answer(name: str, kind: str = "protein") -> tuple[Identity, ...]:
    [found] = names.normalize([FeatureRef(name=name, type=kind)])
    return found


def protein(accession: str) -> Identity:
    return Identity(namespace="uniprot", accession=accession)


@pytest.mark.parametrize(
    "name",
    ["P02768", "P02768.2", "sp|P02768|ALBU_HUMAN", "tr|P02768|ALBU_HUMAN", ">sp|P02768|ALBU_HUMAN", "CON__P02768",
     "contam_sp|P02768|ALBU_BOVIN", "conta|P02768", "sp|Cont_P02768|ALBU_BOVIN", "#CONTAM#P02768|ALBU_BOVIN",
     "CONTAMINANT_P02768", "CONT_P02768", "Cont_P02768", "contam_P02768", "sp|P02768", "P02768;P02768",
     "SWISS-PROT:P02768", "CON__TREMBL:P02768"],
)  # fmt: skip
def test_a_protein_is_known_however_a_program_spells_its_accession(name: str) -> None:
    assert answer(name) == (protein("P02768"),)


def test_accessions_of_ten_letters_are_known() -> None:
    assert answer("A0A024R4E5") == (protein("A0A024R4E5"),)


def test_an_isoform_implies_its_protein() -> None:
    [found] = answer("P12345-2")
    assert (found.accession, found.level, found.broader) == ("P12345-2", "isoform", (protein("P12345"),))


@pytest.mark.parametrize("name", ["P02768;Q9Y6Y9", "sp|P02768|ALBU_HUMAN,sp|Q9Y6Y9|LY96_HUMAN", "P02768; Q9Y6Y9"])
def test_a_group_is_one_identity_that_implies_its_members(name: str) -> None:
    [found] = answer(name)
    assert (found.namespace, found.accession) == ("protein_group", "P02768;Q9Y6Y9")
    assert found.broader == (protein("P02768"), protein("Q9Y6Y9"))


@pytest.mark.parametrize(
    "name",
    ["2/P02768/Q9Y6Y9", "2/sp|P02768|ALBU_HUMAN/sp|Q9Y6Y9|LY96_HUMAN", "P02768|Q9Y6Y9",
     "sp|P02768|ALBU_HUMAN|sp|Q9Y6Y9|LY96_HUMAN"],
)  # fmt: skip
def test_members_are_known_however_a_program_joins_them(name: str) -> None:
    [found] = answer(name)
    assert (found.namespace, found.accession) == ("protein_group", "P02768;Q9Y6Y9")
    assert found.broader == (protein("P02768"), protein("Q9Y6Y9"))


@pytest.mark.parametrize("name", ["1/P02768", "1/sp|P02768|ALBU_HUMAN", "P02768|P02768", "P02768|ALBU_HUMAN"])
def test_a_group_of_one_member_is_that_protein(name: str) -> None:
    assert answer(name) == (protein("P02768"),)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("HBA1|HBA2", ["HBA1|HBA2"]),
        ("sp|P02768|ALBU_HUMAN", ["sp|P02768|ALBU_HUMAN"]),
        ("sp|P02768|P02768", ["sp|P02768|P02768"]),
        ("P02768|NP_000537.3", ["P02768|NP_000537.3"]),
        ("gi|120407068|ref|NP_000537.3|", ["gi|120407068|ref|NP_000537.3|"]),
        ("10000-28|10001-7", ["10000-28|10001-7"]),
        ("1/2-SBSRNA4", ["1/2-SBSRNA4"]),
        ("3/P02768/Q9Y6Y9", ["3/P02768/Q9Y6Y9"]),
        ("NA/1/P02768", ["NA/1/P02768"]),
        ("lib_1/P02768", ["lib_1/P02768"]),
        ("2/P02768/iRT", ["P02768", "iRT"]),
        ("P02768|P02769-2", ["P02768", "P02769-2"]),
    ],
)
def test_only_accessions_of_one_database_or_a_count_make_a_group(name: str, parts: list[str]) -> None:
    assert names.members(name) == parts


def test_a_group_with_an_isoform_implies_the_isoform_and_its_protein() -> None:
    [found] = answer("P02461;P02461-2")
    assert [one.accession for one in found.broader] == ["P02461", "P02461-2"]


def test_a_member_that_is_unknown_stays_in_the_groups_name() -> None:
    [found] = answer("P02768;H-INV:HIT000016045")
    assert found.accession == "P02768;H-INV:HIT000016045"
    assert found.broader == (protein("P02768"),)


@pytest.mark.parametrize(
    "name",
    ["REV__P02768", "DECOY_P02768", "rev_sp|P02768|ALBU_HUMAN", "##P02768", "CON__REV__P02768", "decoy_P02768",
     "Reverse_P02768", "REVERSED_P02768", "XXX_sp|P02768|ALBU_HUMAN", "REV__ENSP00000269305.4", "REV__P1;REV__P2",
     "DECOY_1/P02768", "DECOY_2/P02768/Q9Y6Y9", "1/DECOY_P02768", "DECOY_1/DECOY_P02768", "DECOY_P02768|DECOY_Q9Y6Y9",
     "DECOY_1/sp|P02768|ALBU_HUMAN", "decoy"],
)  # fmt: skip
def test_a_decoy_denotes_no_protein(name: str) -> None:
    assert answer(name) == ()
    assert names.is_decoy(name)


@pytest.mark.parametrize(
    "name",
    ["ALBU_9ZZZZ", "1433B_ORNAN", "REV", "CON__", "NM_000546.6", "ENST00000269305.9", "10-28", "10000-028", "OID1",
     "ALB", "FAKEPROT", "1433B_HUMAN", "Glucose", "PC 34:1", "ENSG00000168542.13", "", ";"],
)  # fmt: skip
def test_what_is_no_accession_denotes_nothing(name: str) -> None:
    assert answer(name) == ()


@pytest.mark.parametrize(
    ("name", "namespace", "accession"),
    [
        ("ENSP00000269305", "ensembl_protein", "ENSP00000269305"),
        ("ENSP00000269305.4", "ensembl_protein", "ENSP00000269305"),
        ("CON__ENSEMBL:ENSBTAP00000031900", "ensembl_protein", "ENSBTAP00000031900"),
        ("NP_000537.3", "refseq_protein", "NP_000537"),
        ("XP_011522.1", "refseq_protein", "XP_011522"),
        ("gi|120407068|ref|NP_000537.3|", "refseq_protein", "NP_000537"),
        ("CON__REFSEQ:XP_986630", "refseq_protein", "XP_986630"),
        ("OID01216", "olink", "OID01216"),
        ("10000-28", "somalogic", "10000-28"),
        ("2182-54_1", "somalogic", "2182-54"),
    ],
)
def test_other_accessions_are_known_by_their_shape_without_version(name: str, namespace: str, accession: str) -> None:
    assert answer(name) == (Identity(namespace=namespace, accession=accession),)
    assert answer(accession) == answer(name)


def test_a_group_of_several_databases_implies_each_member() -> None:
    [found] = answer("ENSP00000269305.4;P04637-2;NP_000537.3")
    assert found.accession == "ENSP00000269305;P04637-2;NP_000537"
    assert [(one.namespace, one.accession) for one in found.broader] == [
        ("ensembl_protein", "ENSP00000269305"),
        ("uniprot", "P04637-2"),
        ("uniprot", "P04637"),
        ("refseq_protein", "NP_000537"),
    ]


def test_a_plain_sequence_is_a_peptide_and_no_protein() -> None:
    assert answer("DMEDLLR", "peptide") == (Identity(namespace="peptide", accession="DMEDLLR"),)
    assert answer("_pTPTAPAVNLAGAR_", "peptide") == ()
    assert answer("DMEDLLR") == ()


@pytest.mark.parametrize(
    "name",
    ["CON__P00761", "contam_sp|P00761|TRYP_PIG", "conta|P00761", "CONTAMINANT_P00761", "CONT_P00761", "Cont_P00761",
     "contam_ENSP00000269305.4", "CON__P00761;CON__P02769", "CONTAM_ALBU_BOVIN", "REV__CON__P00761"],
)  # fmt: skip
def test_contaminants_are_marked_in_every_spelling(name: str) -> None:
    assert names.is_contaminant(name)


@pytest.mark.parametrize("name", ["CONTA1_HUMAN", "P00761", "CON__P00761;P02768", "REVERB", "CONA_CANEN"])
def test_what_is_measured_in_the_sample_is_not_marked(name: str) -> None:
    assert not names.is_contaminant(name)
    assert not names.is_decoy(name)


@pytest.mark.parametrize("name", ["TP53", "Alanine", "C2", "PC(16:0/18:1)", "200000_s_at", "Q1", "N-acetylglutamate"])
def test_names_of_other_omics_do_not_look_like_proteins(name: str) -> None:
    assert not names.looks_like_protein(name)


@pytest.mark.parametrize("name", ["P02768|DECOY_Q9Y6Y9", "2/P02768/DECOY_Q9Y6Y9"])
def test_a_group_with_a_decoy_among_others_is_no_decoy_and_denotes_no_protein(name: str) -> None:
    assert not names.is_decoy(name)
    assert answer(name) == ()


@pytest.mark.parametrize(
    "name", ["LVNEVTEFAK", "[K].LVNEVTEFAK.[T]", "K.LVNEVTEFAK.T", "[K/R].LVNEVTEFAK.[T]", "-.LVNEVTEFAK.T"]
)
def test_a_peptide_is_known_with_the_residues_beside_it_and_without(name: str) -> None:
    assert answer(name, "peptide") == (Identity(namespace="peptide", accession="LVNEVTEFAK"),)


def test_the_marks_of_contaminants_within_a_header_of_a_database_are_seen() -> None:
    assert names.is_contaminant("sp|Cont_P00761|TRYP_PIG")
    assert names.is_contaminant("#CONTAM#P00761|TRYP_PIG")
    assert not names.is_contaminant("sp|P00761|TRYP_PIG")
    assert names.is_decoy("#DECOY#P02768|ALBU_HUMAN")
