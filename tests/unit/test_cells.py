"""Text becomes numbers exactly, or is missing with its reason."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amprenta_core.cells import EMPTY, NumberReader, is_missing, is_numeric, to_number


def read(*rows: list[str], decimal: str = ".") -> tuple[NumberReader, list[list[float | None]]]:
    reader = NumberReader(width=len(rows[0]), decimal=decimal)
    values = reader.read(rows)
    return reader, [[None if math.isnan(x) else x for x in row] for row in values.tolist()]


NUMBERS = [
    "0",
    "-0",
    "1",
    "+1",
    "1.",
    ".5",
    "0.1",
    "1e5",
    "1E-5",
    "1.7976931348623157e308",
    "5e-324",
    "0.30000000000000004",
]


class TestNumbers:
    @pytest.mark.parametrize("text", [*NUMBERS, "123456789012345678901234567890", "2.5e+00", " 7 ", "\t7\xa0", "007"])
    def test_they_are_what_float_reads(self, text: str) -> None:
        assert to_number(text) == float(text)
        assert read([text, "x"])[1][0][0] == float(text)
        assert read([text])[1] == [[float(text)]]

    @given(st.floats(allow_nan=False, allow_infinity=False))
    def test_every_number_is_read_to_its_last_digit(self, number: float) -> None:
        assert to_number(repr(number)) == number
        assert read([repr(number), "NA"])[1] == [[number, None]]
        assert to_number(repr(number).replace(".", ","), ",") == number

    @pytest.mark.parametrize(
        "text", ["1_000", "1_0.5", "0x1F", "1e", "e5", "1.2.3", "--1", "1 000", "12%", "5 µM", "1,5", "½", "²"]
    )
    def test_what_only_resembles_a_number_is_none(self, text: str) -> None:
        assert to_number(text) is None
        reader, values = read([text, "1"])
        assert values == [[None, 1.0]]
        assert reader.unreadable == [(0, 0, text)]
        assert reader.reasons() == {text: (0,)}

    @pytest.mark.parametrize("text", ["1e400", "-1e400", "9" * 400])
    def test_a_number_too_large_is_never_infinite(self, text: str) -> None:
        assert to_number(text) is None
        reader, values = read([text, "1"])
        assert values == [[None, 1.0]]
        assert reader.unreadable == [(0, 0, text)]

    def test_digits_of_other_scripts_and_the_typographic_minus_are_numbers(self) -> None:
        assert to_number("١٢.٥") == 12.5
        assert to_number("\N{MINUS SIGN}1.5") == -1.5
        assert to_number("1e\N{MINUS SIGN}3") == 0.001
        assert to_number("\N{MINUS SIGN}1,5", ",") == -1.5
        reader, values = read(["\N{MINUS SIGN}1.5", "2"])
        assert values == [[-1.5, 2.0]]
        assert reader.unreadable == []

    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("1,234", 1234.0),
            ("-12,345,678.5", -12345678.5),
            ("1,23", None),
            ("0,125", None),
            ("1234,567", None),
            ("1,234e5", None),
        ],
    )
    def test_commas_between_thousands_are_no_part_of_the_number(self, text: str, number: float | None) -> None:
        assert to_number(text) == number

    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("1,5", 1.5),
            ("1.234,5", 1234.5),
            ("1.234.567,25", 1234567.25),
            ("1.5", 1.5),
            ("1.5,3", None),
            ("1,5,3", None),
        ],
    )
    def test_decimal_commas(self, text: str, number: float | None) -> None:
        assert to_number(text, ",") == number


class TestMissing:
    @pytest.mark.parametrize("text", [*sorted(EMPTY), "NA", "#N/A", " NaN ", "N.D.", "\xa0"])
    def test_empty_words_have_no_reason(self, text: str) -> None:
        assert is_missing(text)
        reader, values = read([text, "1"])
        assert values == [[None, 1.0]]
        assert reader.reasons() == {}
        assert reader.unreadable == []

    @pytest.mark.parametrize(
        "text",
        [
            "<LOD",
            "< 0.5",
            ">ULOQ",
            "≤1",
            "Filtered",
            "N/F",
            "inf",
            "-Inf",
            "Infinity",
            "LOD",
            "LLOQ",
            "below LOQ",
            "#DIV/0!",
        ],
    )
    def test_marks_are_kept_as_the_reason(self, text: str) -> None:
        assert is_missing(text)
        reader, values = read(["1", text])
        assert values == [[1.0, None]]
        assert reader.reasons() == {text: (1,)}
        assert reader.unreadable == []

    def test_reasons_point_to_their_cells(self) -> None:
        reader, values = read(["1", "<LOD", "NA"], ["<LOD", "5", "N/F"], ["7", "8", "9"])
        assert values == [[1, None, None], [None, 5, None], [7, 8, 9]]
        assert reader.reasons() == {"<LOD": (1, 3), "N/F": (5,)}

    def test_nan_and_infinity_are_no_values_in_a_row_of_numbers(self) -> None:
        reader, values = read(["nan", "1"], ["inf", "2"])
        assert values == [[None, 1.0], [None, 2.0]]
        assert reader.reasons() == {"inf": (2,)}

    def test_a_word_is_no_missing_mark(self) -> None:
        assert not any(map(is_missing, ["PC 34:1", "1", "name", "inferior", "filter", ">sp|P1|X"]))

    def test_no_rows_are_no_values(self) -> None:
        assert NumberReader(width=3).read([]).shape == (0, 3)


class TestColumnsOfNumbers:
    def test_numbers_and_marks_are_measurements(self) -> None:
        assert is_numeric(["1", "NA", "<LOD", "2.5e3"])
        assert is_numeric(["1,5", "2"], ",")
        assert is_numeric([*["1"] * 10, "see note"])

    @pytest.mark.parametrize("cells", [[], [""], ["NA", "NA"], ["a", "b"], ["1", "x"], ["1_0", "1_1"]])
    def test_others_are_not(self, cells: list[str]) -> None:
        assert not is_numeric(cells)

    def test_negative_numbers_as_publications_print_them(self) -> None:
        assert is_numeric(["\N{MINUS SIGN}1.5", "\N{MINUS SIGN}2", "3"])


@given(st.lists(st.lists(st.text(max_size=8), min_size=3, max_size=3), max_size=5), st.sampled_from([".", ","]))
def test_any_text_is_a_finite_number_or_missing(rows: list[list[str]], decimal: str) -> None:
    reader = NumberReader(width=3, decimal=decimal)
    values = reader.read(rows)
    assert values.shape == (len(rows), 3)
    assert not np.isinf(values).any()
    told = {cell for cells in reader.reasons().values() for cell in cells}
    silent = {n for n, cell in enumerate(c for row in rows for c in row) if cell.strip().casefold() in EMPTY}
    assert {int(n) for n in np.flatnonzero(np.isnan(values))} == told | silent


def test_a_comma_before_an_exponent_is_a_decimal_comma_in_a_table_with_points() -> None:
    assert to_number("3,8207E+11") == 3.8207e11
    assert to_number("-1,106E-12") == -1.106e-12
    for text in ("38,207E+11", "1,2,3E+04", "1,5.5E+03", "1,60", "1,234e5"):
        assert to_number(text) is None
