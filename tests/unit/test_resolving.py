"""What a name denotes, given hits: ranks, ambiguity, organisms, files' identifiers, damage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amprenta_core import Identity
from amprenta_core.vocabularies import declared
from amprenta_core.vocabularies.folding import how, is_damaged, key_of
from amprenta_core.vocabularies.resolving import Asked, Decision, Hit, decide, is_unresolved, questions

RULES = declared.load_from([]).rules


def gene(said: str, accession: str, rank: int = 0, evidence: str = "approved_symbol", **more: object) -> Hit:
    return hit(said, accession, rank=rank, evidence=evidence, **{"namespace": "hgnc", **more})


def hit(said: str, accession: str, **more: object) -> Hit:
    plain: dict[str, object] = {
        "vocabulary": 1, "feature_type": "gene", "folding": "symbol", "space": None, "evidence": "name", "rank": 0,
    }  # fmt: skip
    return Hit(said=said, accession=accession, **{**plain, **more})  # type: ignore[arg-type]  # fields by name


def compound(said: str, accession: str, **more: object) -> Hit:
    return hit(said, accession, **{"feature_type": "metabolite", "folding": "spelling", "namespace": "chebi", **more})


def told(name: str, *hits: Hit, kind: str = "gene", organism: str | None = None, **more: object) -> Decision:
    asked = Asked(key=(kind, organism, "name", name), **more)  # type: ignore[arg-type]  # fields by name
    book: dict[str, list[Hit]] = {}
    for one in hits:
        book.setdefault(one.said if one.space else key_of(one.folding, one.said), []).append(one)
    assert set(book) & questions(asked) or not hits
    return decide(asked, book, RULES)


def found(decision: Decision) -> list[tuple[str, str, str]]:
    return [(f.identity.accession, f.relation, f.evidence) for f in decision.found]


def test_an_approved_symbol_denotes_its_gene_whatever_else_is_called_so() -> None:
    decision = told("A", gene("A", "1"), gene("A", "2", 2, "alias_symbol"), gene("A", "3", 1, "previous_symbol"))
    assert (decision.candidates, found(decision)) == (1, [("1", "same", "approved_symbol")])


def test_previous_and_alias_symbols_of_several_genes_stay_several() -> None:
    decision = told("A", gene("A", "2", 2, "alias_symbol"), gene("A", "3", 1, "previous_symbol"))
    assert (decision.candidates, found(decision)) == (
        2,
        [("3", "same", "previous_symbol"), ("2", "same", "alias_symbol")],
    )


def test_two_approved_symbols_stay_two() -> None:
    assert told("A", gene("A", "1"), gene("A", "2")).candidates == 2


def test_case_is_loosened_only_where_unique_and_says_so() -> None:
    assert found(told("C1ORF1", gene("C1orf1", "1"))) == [("1", "same", "approved_symbol_case")]
    assert told("C1ORF1", gene("C1orf1", "1"), gene("c1orf1", "2", 2)).candidates == 0
    assert found(told("ABC", gene("ABC", "1"), gene("Abc", "2"))) == [("1", "same", "approved_symbol")]


def test_the_case_of_another_species_is_not_loosened_unless_the_organism_is_said() -> None:
    human = gene("ACTB", "1", organism="Homo sapiens")
    assert told("Actb", human).candidates == 0
    assert told("Actb", human, organism="human").candidates == 1
    assert told("ACTB", human, organism="Mus musculus").candidates == 0
    assert told("ACTB", human, organism="9606").candidates == 1


@pytest.mark.parametrize("name", ["1-Mar", "Mar-01", "2-Sep", "1-Dec", "2.31E+13", "2023-03-01", "3/1/2023"])
def test_a_damaged_name_is_not_guessed_even_if_a_vocabulary_has_it(name: str) -> None:
    assert is_damaged(name)
    assert told(name, gene(name, "1")) == Decision(candidates=0)


def test_a_files_identifier_decides_where_the_name_does_not() -> None:
    by_id = hit("ENSG00000000002", "2", space="ensembl", namespace="hgnc", evidence="ensembl")
    several = (gene("A", "1", 2, "alias_symbol"), gene("A", "2", 2, "alias_symbol"))
    ids = {"ensembl": ("ENSG00000000002.3",)}
    assert found(told("A", *several, by_id, ids=ids)) == [("2", "same", "file_id")]
    assert found(told("A", gene("A", "1"), by_id, ids=ids)) == [("1", "same", "approved_symbol")]
    assert found(told("1-Mar", by_id, ids=ids)) == [("2", "same", "file_id")]
    elsewhere = hit("ENSG00000000002", "9", space="ensembl", namespace="hgnc", evidence="ensembl")
    assert told("A", *several, elsewhere, ids=ids).candidates == 2


def test_without_a_vocabulary_files_identifiers_stand_for_themselves_unless_they_disagree() -> None:
    spelt = (Identity(namespace="metabolite", accession="a"),)
    alone = told("a", kind="metabolite", identities=spelt, ids={"hmdb": ("HMDB00161",), "chebi": ("16977",)})
    assert {f.identity.accession for f in alone.found} == {"HMDB0000161", "CHEBI:16977"}
    assert alone.candidates == 1
    two = told("a", kind="metabolite", identities=spelt, ids={"chebi": ("1", "2")})
    assert two == Decision(candidates=1)
    assert is_unresolved(Asked(key=("metabolite", None, "name", "a"), identities=spelt), two)


def test_an_identifier_of_something_else_is_not_taken() -> None:
    assert told("A", kind="protein", ids={"gene_symbol": ("TP53",), "ensembl": ("ENSG1",)}).candidates == 0


def test_a_protein_keeps_its_identity_and_gains_its_gene() -> None:
    isoform = Identity(
        namespace="uniprot", accession="P1-2", level="isoform", broader=(Identity(namespace="uniprot", accession="P1"),)
    )
    by_id = hit("P1", "HGNC:1", space="uniprot", namespace="hgnc", evidence="uniprot")
    decision = told("P1-2", by_id, kind="protein", identities=(isoform,))
    assert (decision.candidates, found(decision)) == (1, [("HGNC:1", "gene", "uniprot")])


def test_acid_and_base_are_one_metabolite_and_the_evidence_says_so() -> None:
    citrate = compound("citrate", "CHEBI:30769")
    assert found(told("Citric acid", citrate, kind="metabolite")) == [("CHEBI:30769", "same", "name_conjugate")]
    acid = compound("citric acid", "CHEBI:1")
    assert found(told("Citric Acid", citrate, acid, kind="metabolite")) == [("CHEBI:1", "same", "name")]


def test_an_amino_acid_is_no_acid_of_the_same_letters() -> None:
    linolenate = compound("ALA", "CHEBI:27432", rank=1, evidence="synonym")
    assert found(told("Ala", linolenate, kind="metabolite")) == []
    assert told("ala", linolenate, kind="metabolite").candidates == 1
    alanine = compound("Ala", "CHEBI:16449", rank=1, evidence="synonym")
    assert found(told("Ala", linolenate, alanine, kind="metabolite")) == [("CHEBI:16449", "same", "synonym")]


def test_one_thing_under_two_namespaces_is_one_candidate() -> None:
    decision = told("a", compound("a", "1"), compound("a", "R", namespace="refmet", vocabulary=2), kind="metabolite")
    assert decision.candidates == 1
    assert len(decision.found) == 2
    assert told("a", compound("a", "1"), compound("a", "2", vocabulary=2), kind="metabolite").candidates == 2


def test_a_lipid_that_is_known_by_itself_gains_a_cross_reference_only_where_there_is_one() -> None:
    known = (Identity(namespace="lipid", accession="PC 34:1", level="species"),)
    one = compound("PC 34:1", "SLM:1", feature_type="lipid", namespace="swisslipids")
    two = compound("PC 34:1", "SLM:2", feature_type="lipid", namespace="swisslipids")
    assert found(told("PC(34:1)", one, kind="lipid", identities=known)) == [("SLM:1", "same", "name")]
    assert told("PC(34:1)", one, two, kind="lipid", identities=known) == Decision(candidates=1)


def test_several_identities_of_a_plugin_stay_several_and_each_gains_its_own() -> None:
    both = (Identity(namespace="uniprot", accession="P1"), Identity(namespace="uniprot", accession="P2"))
    by_id = hit("P2", "X2", space="uniprot", namespace="other", evidence="uniprot", feature_type="protein")
    decision = told("P1 or P2", by_id, kind="protein", identities=both)
    assert (decision.candidates, [(f.identity.accession, f.rank) for f in decision.found]) == (2, [("X2", 1)])


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("β-alanine", "beta-Alanine", True),
        ("N-acetyl aspartate", "N-Acetylaspartate", True),
        ("1_3-dimethylurate", "1,3-Dimethylurate", True),
        ("2−oxoglutarate", "2-oxoglutarate", True),
        ("L-alanine", "D-alanine", False),
        ("L-alanine", "alanine", False),
        ("(+)-carvone", "(-)-carvone", False),
        ("citrate", "isocitrate", False),
        ("pyruvate", "sodium pyruvate", False),
        ("1-2-x", "12-x", False),
    ],
)
def test_only_harmless_differences_fold(one: str, other: str, same: bool) -> None:  # noqa: FBT001  # a column of the table
    assert (key_of("spelling", one) == key_of("spelling", other)) is same


@given(st.text(max_size=30))
def test_a_name_is_found_by_itself(name: str) -> None:
    for folding in ("symbol", "spelling"):
        assert key_of(folding, name) == key_of(folding, name)
        assert how(folding, name, name.strip()) == "same"
