"""Metabolite names: one spelling for what is spelt alike, nothing for what denotes nothing."""

import pytest
from amprenta_metabolomics.declaring import identifiers
from amprenta_metabolomics.lipids import is_lipid
from amprenta_metabolomics.names import is_internal_standard, normalize, spell
from amprenta_metabolomics.recognising import looks_like_metabolite

from amprenta_core import FeatureRef, Identity


def identity(name: str) -> str | None:
    [answer] = normalize([FeatureRef(name=name, type="metabolite")])
    assert all(found.namespace == "metabolite" for found in answer)
    return answer[0].accession if answer else None


class TestIdentity:
    @pytest.mark.parametrize(
        ("names", "accession"),
        [
            (("Citrate", "citrate", " CITRATE ", "citrate*"), "citrate"),
            (("1_3-Dimethylurate", "1,3-dimethylurate"), "1,3-dimethylurate"),
            (("β-Alanine", "beta-Alanine", "\N{GREEK SMALL LETTER BETA}‑alanine"), "beta-alanine"),
            (("Adenosine 5'-phosphate", "Adenosine 5′-phosphate", "adenosine  5’-phosphate"), "adenosine 5'-phosphate"),
            (("w/o MS2:Isopropylamine", "w/o MS2: isopropylamine"), "isopropylamine"),
            (("Glycolic acid; GC-EI-TOF; MS; 2 TMS; BP",), "glycolic acid"),
        ],
    )
    def test_one_spelling(self, names: tuple[str, ...], accession: str) -> None:
        assert {identity(name) for name in names} == {accession}

    @pytest.mark.parametrize(
        "names",
        [
            ("L-Alanine", "D-Alanine", "Alanine", "DL-Alanine"),
            ("Lactate", "Lactic acid", "Sodium lactate"),
            ("1-Methylhistidine", "3-Methylhistidine", "methylhistidine (1)"),
            ("NAD", "NAD+", "NADH"),
        ],
    )
    def test_what_may_be_another_compound_stays_apart(self, names: tuple[str, ...]) -> None:
        assert len({identity(name) for name in names}) == len(names)

    @pytest.mark.parametrize(
        "name",
        [
            "X - 22775",
            "x-12345",
            "Unknown",
            "unknown 17",
            "unidentified",
            "PC 34:1",
            "TG(16:0/18:1/18:2)+NH4",
            "M374T316",
            "7.34_137.0452m/z",
            "123.0456_5.67",
            "834",
            "FT0012",
            "Alanine-d4",
            "13C6-Glucose",
            "ISTD_Leucine",
            "",
            "***",
            "metabolite 12",
            "x" * 5000,
        ],
    )
    def test_what_denotes_nothing_by_itself(self, name: str) -> None:
        assert identity(name) is None

    @pytest.mark.parametrize("name", ["Σ-x; GC-MS; y", "w/o MS2:w/o ms2: B**", "1_2_3-X *", "İ", "ΐ", "ẞ-tocopherol"])
    def test_spelling_is_idempotent(self, name: str) -> None:
        assert spell(spell(name)) == spell(name)

    def test_answers_are_in_order(self) -> None:
        refs = [FeatureRef(name=n, type="metabolite") for n in ("Urea", None, "PC 34:1")]
        assert normalize(refs) == [(Identity(namespace="metabolite", accession="urea"),), (), ()]


class TestStandards:
    @pytest.mark.parametrize(
        "name", ["Alanine-d4", "d4-Succinate", "Leucine (d3)", "13C6-Glucose", "Urea-15N2", "Val (IS)"]
    )
    def test_are_known_by_their_names(self, name: str) -> None:
        assert is_internal_standard(name)

    @pytest.mark.parametrize(
        "name", ["Vitamin D3", "25-hydroxyvitamin D2", "His", "Isoleucine", "Prostaglandin D2", "IMP"]
    )
    def test_others_are_none(self, name: str) -> None:
        assert not is_internal_standard(name)


class TestLipids:
    @pytest.mark.parametrize(
        "name",
        [
            "PC aa C34:1",
            "lysoPC a C16:0",
            "SM (OH) C14:1",
            "TG(16:0/18:1/18:2)+NH4",
            "Cer d18:1/24:0",
            "SM16:0",
            "PE O-36:2",
            "w/o MS2:SM 18:1;2O/17:0",
            "CE 18:1",
            "LHex2Cer d18:1 [264]",
            "no MS2: ST 27:2;O",
            "IS_PS43:6",
            "DG-O 34:1",
            "sphingomyelin (d18:1/20:0)",
        ],
    )
    def test_are_class_and_chains(self, name: str) -> None:
        assert is_lipid(name)
        assert looks_like_metabolite(name)

    @pytest.mark.parametrize(
        "name",
        [
            "10-nonadecenoate (19:1n9)",
            "linoleate (18:2n6)",
            "Cholesterol",
            "C16:1",
            "Station 9:05",
            "Museum 16:40",
            "chr1:12",
        ],
    )
    def test_others_are_none(self, name: str) -> None:
        assert not is_lipid(name)


class TestRecognising:
    @pytest.mark.parametrize(
        "name",
        [
            "Glucose",
            "L-Lactic acid",
            "DL-threo-beta-Methylaspartic acid",
            "cis-Aconitate",
            "Trimethylamine N-oxide",
            "Ala-Gly",
            "UDP-GlcNAc",
            "3-hydroxybutyrylcarnitine",
            "acetyl-CoA",
            "π-Methylhistidine",
            "N-acetylputrescine",
            "ATP",
            "5beta-cholestane-3alpha,7alpha,12alpha-triol",
            "Guanosine 5'-monophosphate",
            "X - 12345",
            "M205T2790",
            "1,6-Anhydro-beta-D-glucose",
            "taurodeoxycholate",
            "Bilirubin",
            "4-hydroxyphenylpyruvate",
        ],
    )
    def test_small_molecules(self, name: str) -> None:
        assert looks_like_metabolite(name)

    @pytest.mark.parametrize(
        "name",
        [
            "",
            "GAPDH",
            "Control",
            "QC 1",
            "S01",
            "Citrate synthase",
            "pyruvate kinase M1/2",
            "Sample",
            "Group",
            "Replicate",
            "baseline",
            "time",
            "Cell line",
            "Protein (g)",
            "Apple",
            "window",
            "garden",
            "plate",
            "Energy (kcal)",
            "BMI",
            "ENSG00000141510",
            "P12345",
            "chromosome 1",
            "hormone",
            "Peptide",
            "medicine",
            "2023-01-02",
            "12.5",
            "y" * 1000,
        ],
    )
    def test_other_words(self, name: str) -> None:
        assert not looks_like_metabolite(name)


class TestIdentifiers:
    @pytest.mark.parametrize(
        ("namespace", "cell", "found"),
        [
            ("hmdb", "HMDB00122", {"hmdb": "HMDB0000122"}),
            ("kegg", "C00031;C00267", {"kegg": "C00031|C00267"}),
            ("chebi", "CHEBI:17234", {"chebi": "17234"}),
            ("pubchem", "5793", {"pubchem": "5793"}),
            ("inchikey", "No record", {}),
            ("database", "CID472107", {"pubchem": "472107"}),
            ("database", "MSP: Glycolic acid", {}),
            ("cas", "50-99-7, 58-32-2", {"cas": "50-99-7|58-32-2"}),
        ],
    )
    def test_are_cleaned(self, namespace: str, cell: str, found: dict[str, str]) -> None:
        assert identifiers(namespace, cell) == found
