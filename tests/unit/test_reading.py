"""Any table is opened as the world writes it, and what cannot be opened says why."""

import bz2
import contextlib
import datetime as dt
import gzip
import io
import lzma
import os
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]  # has no types
import pyarrow as pa
import pytest
from pyarrow import parquet

from amprenta_core.errors import FileError, ParseError
from amprenta_core.model import Match
from amprenta_core.reading import HEAD_BYTES, LONGEST_RECORD, detect_dialect, read_file, read_head, read_tables
from amprenta_core.written import Table


def write(folder: Path, content: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def table(folder: Path, content: str | bytes, name: str = "table.csv") -> Table:
    [found] = read_tables(write(folder, content, name))
    return found


def rows(folder: Path, content: str | bytes, name: str = "table.csv") -> list[list[str]]:
    return [list(row) for row in table(folder, content, name).rows]


def workbook(folder: Path, *sheets: Callable[[Any], None], name: str = "book.xlsx") -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for number, fill in enumerate(sheets, 1):
        fill(book.create_sheet(f"Sheet{number}"))
    book.save(folder / name)
    return folder / name


def fill(*lines: Sequence[object]) -> Callable[[Any], None]:
    def put(sheet: Any) -> None:
        for line in lines:
            sheet.append(line)

    return put


def repacked(path: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """The workbook with its inner files changed."""
    with zipfile.ZipFile(path) as archive:
        inner = {name: change(name, archive.read(name)) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in inner.items():
            archive.writestr(name, content)
    return path


class TestDelimiters:
    @pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.txt", "a.xls", "a"])
    @pytest.mark.parametrize("delimiter", ["\t", ",", ";", "|"])
    def test_the_extension_says_nothing(self, tmp_path: Path, name: str, delimiter: str) -> None:
        lines = [["name", "s1", "s2"], ["PC 34:1", "1", "2"], ["PE 38:4", "3", "4"]]
        assert rows(tmp_path, "\n".join(map(delimiter.join, lines)) + "\n", name) == lines

    def test_decimal_commas_beside_semicolons(self, tmp_path: Path) -> None:
        found = table(tmp_path, "name;a;b\nx;1,5;2,25\ny;3;4,1\n")
        assert found.decimal == ","
        assert list(found.rows[1]) == ["x", "1,5", "2,25"]

    def test_decimal_commas_beside_tabs(self, tmp_path: Path) -> None:
        assert table(tmp_path, "name\ta\tb\nx\t1,5\t2,25\ny\t3\t4,1\n").decimal == ","

    def test_a_preamble_longer_than_the_table_hides_no_delimiter(self) -> None:
        assert detect_dialect("#a:1.raw\n#b:2.raw\n#c:3.raw\n#d:4.raw\nname\ta\tb\nx\t1\t2\n")[0] == "\t"

    def test_three_decimals_after_a_zero_are_no_thousands(self) -> None:
        assert detect_dialect("name;a;b\nx;0,125;0,250\ny;0,375;0,500\n") == (";", ",")

    def test_thousands_separators_are_no_decimal_commas(self) -> None:
        assert detect_dialect("name\ta\tb\nx\t1,234\t12,345\ny\t999\t1,234,567\n") == ("\t", ".")

    def test_points_outweigh_commas(self) -> None:
        assert detect_dialect("name\ta\tb\nx\t1.5\t2.25\ny\t1,5\t4.1\n") == ("\t", ".")

    def test_long_lists_in_few_rows_are_no_rows_of_many_fields(self) -> None:
        members = ";".join(f"P{n:05}" for n in range(300))
        assert detect_dialect(f"protein\tarea\n{members}\t1\n{members}x\t2\n")[0] == "\t"

    def test_names_full_of_commas_do_not_make_commas_the_delimiter(self) -> None:
        text = "name\ts1\n" + "".join(f"PC(16:0,18:{n})\t{n}\n" for n in range(9))
        assert detect_dialect(text)[0] == "\t"

    def test_one_column_is_one_column(self, tmp_path: Path) -> None:
        assert rows(tmp_path, "PC 34:1\nPE 38:4\n") == [["PC 34:1"], ["PE 38:4"]]

    @pytest.mark.parametrize("delimiter", ["\t", ",", ";"])
    def test_a_stray_quote_hides_no_delimiter(self, delimiter: str) -> None:
        lines = [["name", "s1", "s2"], ['"PC 34:1', "1", "2"], ["PE 38:4", "3", "4"]]
        assert detect_dialect("\n".join(map(delimiter.join, lines)) + "\n")[0] == delimiter


class TestLines:
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_every_line_end(self, tmp_path: Path, end: str) -> None:
        found = table(tmp_path, end.join(["a,b", "1,2", "", "3,4", ""]))
        assert [list(row) for row in found.rows] == [["a", "b"], ["1", "2"], ["3", "4"]]
        assert list(found.lines) == [1, 2, 4]

    def test_mixed_line_ends(self, tmp_path: Path) -> None:
        found = table(tmp_path, "a,b\r\n1,2\n3,4\r5,6\r\n")
        assert list(found.lines) == [1, 2, 3, 4]
        assert list(found.rows[3]) == ["5", "6"]

    def test_line_numbers_stay_right_below_a_header_cell_of_several_lines(self, tmp_path: Path) -> None:
        found = table(tmp_path, 'name,"area\nof s1","s2\r\n(late)"\nx,1,2\n\ny,3,4\n')
        assert list(found.rows[0]) == ["name", "area\nof s1", "s2\n(late)"]
        assert list(found.lines) == [1, 4, 6]
        assert found.place(2) == "line 6"

    def test_blank_rows_are_left_out_however_they_are_blank(self, tmp_path: Path) -> None:
        found = table(tmp_path, 'a,b\n\n,\n  , \t\n" ",""\n1,2\n')
        assert [list(row) for row in found.rows] == [["a", "b"], ["1", "2"]]
        assert list(found.lines) == [1, 6]

    def test_ragged_rows_are_kept_as_written(self, tmp_path: Path) -> None:
        assert rows(tmp_path, "a,b,c\n1\n1,2,3,4\n1,2,\n") == [
            ["a", "b", "c"],
            ["1"],
            ["1", "2", "3", "4"],
            ["1", "2", ""],
        ]

    def test_unusual_separators_of_lines_are_text(self, tmp_path: Path) -> None:
        path = write(tmp_path, "name,s1\nPC\x85 34:1,1\nPE\u2028x\x0b,2\n".encode())
        [found] = read_tables(path)
        assert [row[0] for row in found.rows] == ["name", "PC\x85 34:1", "PE\u2028x\x0b"]
        assert list(read_head(path).tables[0].rows) == [tuple(row) for row in found.rows]

    @pytest.mark.parametrize(("text", "torn"), [("a,b\n1,2\n", False), ("a,b\n1,2", True), ("a,b\n1,2\r\n\r\n", False)])
    def test_a_last_line_without_an_end_is_torn(self, tmp_path: Path, text: str, torn: bool) -> None:  # noqa: FBT001
        assert table(tmp_path, text).torn is torn


class TestQuotes:
    def test_delimiters_and_quotes_inside_quotes(self, tmp_path: Path) -> None:
        text = 'name,s1\n"PC(16:0,18:1)",1\n"5"" column",2\n'
        assert rows(tmp_path, text)[1:] == [["PC(16:0,18:1)", "1"], ['5" column', "2"]]

    @pytest.mark.parametrize("lines", [1, 20, LONGEST_RECORD + 5, 500])
    @pytest.mark.parametrize("stray", ['"PC 34:1,5,7', 'PC 34:1,"5,7'])
    def test_a_stray_quote_costs_no_row(self, tmp_path: Path, lines: int, stray: str) -> None:
        below = "".join(f'"PE(1,{n})",{n},{n}\n' for n in range(lines))
        found = table(tmp_path, f'name,s1,s2\n"PC(16:0,18:1)",1,2\n{stray}\n{below}')
        assert list(map(list, found.rows[1:3])) == [["PC(16:0,18:1)", "1", "2"], stray.split(",")]
        assert found.rows[-1][0] == f"PE(1,{lines - 1})"
        assert list(found.lines) == list(range(1, lines + 4))
        assert not found.torn

    def test_a_stray_quote_in_the_last_line_is_text(self, tmp_path: Path) -> None:
        found = table(tmp_path, 'name,s1\nPC 34:1,1\n"PE 38:4,2\n')
        assert list(found.rows[2]) == ['"PE 38:4', "2"]
        assert not found.torn

    def test_the_head_shows_the_rows_below_a_stray_quote(self, tmp_path: Path) -> None:
        path = write(tmp_path, 'name,s1\n"PC 34:1,1\nPE 38:4,2\n')
        assert read_head(path).tables[0].rows == (("name", "s1"), ('"PC 34:1', "1"), ("PE 38:4", "2"))

    def test_a_file_that_is_cut_within_quotes_is_torn(self, tmp_path: Path) -> None:
        found = table(tmp_path, 'name,s1,s2\n"PC(16:0,18:1)",1,2\n"PE(16:0,')
        assert found.torn
        assert list(found.rows[2]) == ["PE(16:0,"]
        found = table(tmp_path, 'name,s1,s2\n"PC 34:1",1,2\n"a comment\nof two lines')
        assert found.torn
        assert list(found.lines) == [1, 2, 3]

    def test_text_behind_a_closing_quote_stays(self, tmp_path: Path) -> None:
        assert rows(tmp_path, 'name,s1\n"PC 34:1" (late),1\n"x\ny",2\n')[1:] == [["PC 34:1 (late)", "1"], ["x\ny", "2"]]


class TestEncodings:
    def test_a_byte_order_mark_is_no_part_of_the_first_name(self, tmp_path: Path) -> None:
        assert rows(tmp_path, "näme,s1\nPC 34:1,1\n".encode("utf-8-sig"))[0] == ["näme", "s1"]

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-8", "utf-8-sig", "cp1252", "latin-1"])
    def test_every_usual_encoding(self, tmp_path: Path, encoding: str) -> None:
        path = write(tmp_path, "Größe,µg\nPC 34:1,1\n".encode(encoding))
        assert list(read_tables(path)[0].rows[0]) == ["Größe", "µg"]
        assert read_head(path).tables[0].rows[0] == ("Größe", "µg")
        assert read_head(path).text.startswith("Größe,µg\n")

    @pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
    def test_both_orders_of_two_byte_text(self, tmp_path: Path, order: str) -> None:
        assert rows(tmp_path, "\ufeffname\ts1\nPC 34:1\t1\n".encode(order))[1] == ["PC 34:1", "1"]

    def test_a_byte_that_is_no_utf8_changes_no_other_character(self, tmp_path: Path) -> None:
        content = "sérum,µg\nPC".encode() + b"\xa0" + "34:1,1\nfin é,2\n".encode()
        assert rows(tmp_path, content) == [["sérum", "µg"], ["PC\xa034:1", "1"], ["fin é", "2"]]

    def test_the_euro_and_other_signs_of_the_western_code_page(self, tmp_path: Path) -> None:
        assert rows(tmp_path, b"a \x80,b \x96 c\n\x81,\xff\n") == [["a €", "b – c"], ["\x81", "ÿ"]]

    def test_a_byte_order_mark_before_bytes_that_are_no_utf8(self, tmp_path: Path) -> None:
        assert rows(tmp_path, b"\xef\xbb\xbfname,\xb5g\nx,1\n")[0] == ["name", "µg"]

    def test_a_cut_within_a_character_changes_no_other_name(self, tmp_path: Path) -> None:
        found = table(tmp_path, "sérum,s1\nPC 34:1,1\nfin é".encode()[:-1])
        assert list(found.rows[0]) == ["sérum", "s1"]
        assert found.torn

    def test_two_byte_text_that_is_cut_within_a_character(self, tmp_path: Path) -> None:
        found = table(tmp_path, "name\ts1\nPC 34:1\t1\nPE 38:4\t22".encode("utf-16")[:-1])
        assert list(found.rows[1]) == ["PC 34:1", "1"]
        assert found.torn

    def test_a_late_byte_that_is_no_utf8(self, tmp_path: Path) -> None:
        lines = b"".join(b"PC %d:1,1\n" % n for n in range(20_000))
        found = table(tmp_path, "é,s1\n".encode() + lines + b"\xb5,1\n")
        assert (found.rows[0][0], found.rows[-1][0]) == ("é", "µ")


class TestContainers:
    @pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
    def test_compression_is_seen_through_whatever_the_name(
        self, tmp_path: Path, pack: Callable[[bytes], bytes]
    ) -> None:
        path = write(tmp_path, pack(b"name,s1\nPC 34:1,1\n"))
        assert list(read_tables(path)[0].rows[1]) == ["PC 34:1", "1"]
        assert read_head(path).text == "name,s1\nPC 34:1,1\n"

    @pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
    def test_a_compressed_file_that_is_cut_is_an_error(self, tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
        content = pack(b"".join(b"PC %d:1,%d\n" % (n, n * n) for n in range(30_000)))
        path = write(tmp_path, content[: len(content) * 9 // 10])
        with pytest.raises(FileError, match="damaged or cut") as caught:
            read_tables(path)
        assert caught.value.path == str(path)

    def test_a_compressed_file_with_a_wrong_checksum_is_an_error(self, tmp_path: Path) -> None:
        content = bytearray(gzip.compress(b"name,s1\nPC 34:1,1\n"))
        content[-5] ^= 0xFF
        with pytest.raises(FileError, match="damaged or cut"):
            read_tables(write(tmp_path, bytes(content)))

    def test_an_empty_file_has_an_empty_table(self, tmp_path: Path) -> None:
        path = write(tmp_path, b"")
        assert read_tables(path)[0].rows == []
        assert read_head(path).tables[0].rows == ()
        assert read_head(path).size == 0

    @pytest.mark.parametrize(
        "content", [bytes(range(256)) * 4, b"\x00" * 100, b"name,s1\nPC\x00,1\n", b"\x7fELF\x02\x01"]
    )
    def test_a_binary_file_is_no_table(self, tmp_path: Path, content: bytes) -> None:
        path = write(tmp_path, content)
        assert read_head(path).kind == "other"
        with pytest.raises(FileError, match="binary"):
            read_tables(path)

    def test_a_zero_byte_far_below_is_an_error_with_its_line(self, tmp_path: Path) -> None:
        lines = [f"PC {n}:1,1" for n in range(20_000)]
        with pytest.raises(FileError) as caught:
            read_tables(write(tmp_path, "\n".join([*lines, "PE\x00,1", *lines])))
        assert caught.value.line == 20_001

    @pytest.mark.parametrize("read", [read_head, read_tables])
    def test_a_zero_byte_in_two_byte_text_is_an_error(self, tmp_path: Path, read: Callable[[Path], object]) -> None:
        path = write(tmp_path, "name,s1\nPC\x00,1\n".encode("utf-16"))
        with pytest.raises(FileError) as caught:
            read(path)
        assert (caught.value.path, caught.value.line) == (str(path), 2)

    def test_a_zip_of_other_things_is_no_workbook(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
            archive.writestr("readme.txt", "hello")
        assert read_head(tmp_path / "a.xlsx").kind == "other"


class TestWorkbooks:
    def test_every_sheet_is_a_table_wherever_the_data_stand(self, tmp_path: Path) -> None:
        empty = fill()
        path = workbook(tmp_path, fill(["read me"]), empty, empty, fill([], ["name", "s1"], [], ["PC 34:1", 1.5]))
        tables = read_tables(path)
        assert [t.name for t in tables] == ["Sheet1", "Sheet2", "Sheet3", "Sheet4"]
        assert [list(row) for row in tables[3].rows] == [["name", "s1"], ["PC 34:1", "1.5"]]
        assert list(tables[3].lines) == [2, 4]
        assert tables[3].place(1) == "sheet Sheet4, row 4"
        assert tables[1].rows == []

    def test_cells_are_their_exact_text(self, tmp_path: Path) -> None:
        day, moment = dt.date(2024, 3, 1), dt.datetime(2024, 3, 1, 12, 30)  # noqa: DTZ001  # sheets know no zones
        cells: list[object] = [
            True,
            False,
            203,
            203.0,
            0.1,
            1e300,
            -2.5,
            123456789012345.0,
            1e22,
            day,
            moment,
            " x",
            None,
        ]
        [found] = read_tables(workbook(tmp_path, fill([*cells, "end"])))
        assert list(found.rows[0]) == [
            *["TRUE", "FALSE", "203", "203", "0.1", "1e+300", "-2.5", "123456789012345", "1e+22"],
            *["2024-03-01", "2024-03-01 12:30:00", " x", "", "end"],
        ]

    def test_rows_of_empty_cells_are_no_rows(self, tmp_path: Path) -> None:
        [found] = read_tables(workbook(tmp_path, fill(["name", "s1"], ["PC 34:1", 1], *[[" ", None]] * 50)))
        assert len(found.rows) == 2

    @pytest.mark.parametrize("said", ["A1", "A1:A1", "A1:Z9999", "C3:D4"])
    def test_the_stored_dimension_may_be_wrong(self, tmp_path: Path, said: str) -> None:
        def change(name: str, content: bytes) -> bytes:
            return content.replace(b'ref="A1:B3"', f'ref="{said}"'.encode()) if "sheet1" in name else content

        path = repacked(workbook(tmp_path, fill(["name", "s1"], ["PC 34:1", 1], ["PE 38:4", 2])), change)
        [found] = read_tables(path)
        assert [list(row) for row in found.rows] == [["name", "s1"], ["PC 34:1", "1"], ["PE 38:4", "2"]]

    def test_a_formula_without_a_stored_value_is_empty(self, tmp_path: Path) -> None:
        [found] = read_tables(workbook(tmp_path, fill(["name", "s1", "s2"], ["PC 34:1", "=1+1", 3])))
        assert list(found.rows[1]) == ["PC 34:1", "", "3"]

    def test_the_head_shows_fifty_rows_and_says_how_many_there_are(self, tmp_path: Path) -> None:
        [head] = read_head(workbook(tmp_path, fill(*[[n, n] for n in range(120)]))).tables
        assert (len(head.rows), head.n_rows, head.name) == (50, 120, "Sheet1")

    def test_only_the_part_that_is_asked_for_is_read(self, tmp_path: Path) -> None:
        path = workbook(tmp_path, fill(["a"]), fill(["b"]))
        match = Match(format="f", confidence="certain", reason="", parts=("Sheet2",))
        parsed = read_file(path, match)
        assert [t.name for t in parsed.tables] == ["Sheet2"]
        assert (parsed.part, parsed.format, parsed.path) == ("Sheet2", "f", str(path))

    @pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
    def test_a_cut_workbook_is_an_error(self, tmp_path: Path, share: float) -> None:
        path = workbook(tmp_path, fill(*[[n, n] for n in range(200)]))
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * share)])
        for read in (read_head, read_tables):
            with pytest.raises(FileError, match="workbook cannot be read"):
                read(path)

    def test_a_workbook_whose_directory_is_damaged_is_an_error_or_is_read(self, tmp_path: Path) -> None:
        path = workbook(tmp_path, fill(["name", "s1"], ["PC 34:1", 1]))
        content = path.read_bytes()
        directory = content.rindex(b"PK\x01\x02")
        for place in range(directory, min(directory + 46, len(content))):
            for byte in (0, 64, 255):
                path.write_bytes(content[:place] + bytes([byte]) + content[place + 1 :])
                with contextlib.suppress(FileError):
                    read_tables(path)

    def test_a_workbook_with_a_damaged_sheet_is_an_error(self, tmp_path: Path) -> None:
        def change(name: str, content: bytes) -> bytes:
            return content[: len(content) // 2] if "sheet1" in name else content

        path = repacked(workbook(tmp_path, fill(*[[n, n] for n in range(200)])), change)
        with pytest.raises(FileError, match="workbook cannot be read"):
            read_tables(path)

    @pytest.mark.parametrize("name", ["old.xls", "locked.xlsx"])
    def test_an_old_or_locked_workbook_that_cannot_be_opened_is_an_error(self, tmp_path: Path, name: str) -> None:
        path = write(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 4096, name)
        with pytest.raises(FileError, match="workbook cannot be read") as caught:
            read_tables(path)
        assert "\n" not in str(caught.value)


def quantified(listed: Callable[[pa.DataType], pa.DataType]) -> pa.Table:
    """Rows with two records, with an empty list, with none at all, and with a record that is null."""
    kind = listed(pa.struct([("label", pa.string()), ("value", pa.float32())]))
    both = [{"label": "126", "value": 1.5}, {"label": "127", "value": None}]
    cells = [both, [], None, [None, {"label": "128", "value": 3.0}]]
    return pa.table({"name": ["P1", "P2", "P3", "P4"], "at": pa.array(cells, kind), "n": [1, 2, 3, 4]})


class TestParquet:
    def test_columns_become_rows_with_exact_numbers(self, tmp_path: Path) -> None:
        columns = {"name": ["PC 34:1", None], "s1": [0.1, 2.0], "n": [1, None], "ok": [True, False]}
        parquet.write_table(pa.table(columns), tmp_path / "a.bin")
        [found] = read_tables(tmp_path / "a.bin")
        assert [list(row) for row in found.rows] == [
            ["name", "s1", "n", "ok"],
            ["PC 34:1", "0.1", "1", "TRUE"],
            ["", "2", "", "FALSE"],
        ]
        assert read_head(tmp_path / "a.bin").kind == "parquet"

    def test_the_head_reads_the_first_rows_only(self, tmp_path: Path) -> None:
        parquet.write_table(pa.table({"a": range(1000), "b": range(1000)}), tmp_path / "a.parquet")
        [head] = read_head(tmp_path / "a.parquet").tables
        assert len(head.rows) == 50
        assert head.rows[1] == ("0", "0")

    def test_empty_rows_are_left_out(self, tmp_path: Path) -> None:
        parquet.write_table(pa.table({"name": ["a", None, "b"], "s1": [1.0, None, 2.0]}), tmp_path / "a.parquet")
        [found] = read_tables(tmp_path / "a.parquet")
        assert ([row[0] for row in found.rows], list(found.lines)) == (["name", "a", "b"], [0, 1, 3])
        assert [found.place(i) for i in range(3)] == ["header", "row 1", "row 3"]

    @pytest.mark.parametrize("kind", [pa.list_, pa.large_list])
    def test_lists_of_records_become_a_column_for_each_field(
        self, tmp_path: Path, kind: Callable[[pa.DataType], pa.DataType]
    ) -> None:
        parquet.write_table(quantified(kind), tmp_path / "a.parquet")
        [found] = read_tables(tmp_path / "a.parquet")
        assert [list(row) for row in found.rows] == [
            ["name", "at.label", "at.value", "n"],
            ["P1", "126;127", "1.5;", "1"],
            ["P2", "", "", "2"],
            ["P3", "", "", "3"],
            ["P4", ";128", ";3", "4"],
        ]
        assert read_head(tmp_path / "a.parquet").tables[0].rows[1] == ("P1", "126;127", "1.5;", "1")

    def test_each_record_of_the_named_column_becomes_a_row_in_the_place_of_its_own(self, tmp_path: Path) -> None:
        parquet.write_table(quantified(pa.list_), tmp_path / "a.parquet")
        [found] = read_tables(tmp_path / "a.parquet", records="at")
        assert [list(row) for row in found.rows[1:]] == [
            ["P1", "126", "1.5", "1"],
            ["P1", "127", "", "1"],
            ["P2", "", "", "2"],
            ["P3", "", "", "3"],
            ["P4", "", "", "4"],
            ["P4", "128", "3", "4"],
        ]
        assert list(found.lines) == [0, 1, 1, 2, 3, 4, 4]

    @pytest.mark.parametrize("records", ["n", "absent", "nested"])
    def test_a_column_without_plain_records_stays_a_column(self, tmp_path: Path, records: str) -> None:
        nested = pa.array([[{"label": "a", "values": [1, 2]}]])
        parquet.write_table(pa.table({"n": [1], "nested": nested}), tmp_path / "a.parquet")
        [found] = read_tables(tmp_path / "a.parquet", records=records)
        assert [list(row) for row in found.rows] == [["n", "nested"], ["1", "[{'label': 'a', 'values': [1, 2]}]"]]

    def test_records_beyond_a_batch_keep_their_places(self, tmp_path: Path) -> None:
        count = 40_000
        cells = [[{"label": f"{n:0>40}", "value": n}, {"label": "b", "value": -n}] for n in range(count)]
        parquet.write_table(pa.table({"name": list(map(str, range(count))), "at": cells}), tmp_path / "a.parquet")
        [found] = read_tables(tmp_path / "a.parquet", records="at")
        assert len(found.rows) == 2 * count + 1
        assert (list(found.rows[-1]), found.lines[-1]) == (["39999", "b", "-39999"], count)

    def test_no_column_is_no_row(self, tmp_path: Path) -> None:
        parquet.write_table(pa.table({}), tmp_path / "a.parquet")
        assert read_tables(tmp_path / "a.parquet")[0].rows == []

    def test_a_cut_file_is_an_error(self, tmp_path: Path) -> None:
        out = io.BytesIO()
        parquet.write_table(pa.table({"a": range(1000)}), out)
        with pytest.raises(FileError, match="parquet file cannot be read"):
            read_tables(write(tmp_path, out.getvalue()[:-20], "a.parquet"))


class TestHeads:
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_it_ends_with_a_whole_line_within_64_kib(self, tmp_path: Path, end: str) -> None:
        path = write(tmp_path, end.join(f"PC {n}:1,{n},{n}" for n in range(20_000)) + end)
        head = read_head(path)
        assert HEAD_BYTES * 0.9 < len(head.text) <= HEAD_BYTES
        assert head.text.endswith("\n")
        last = head.tables[0].rows[-1]
        assert last == (f"PC {last[1]}:1", last[1], last[1])
        assert head.size == path.stat().st_size

    def test_many_bytes_for_each_character_are_counted_as_bytes(self, tmp_path: Path) -> None:
        head = read_head(write(tmp_path, "".join(f"né{n},é\n" for n in range(20_000))))
        assert len(head.text.encode()) <= HEAD_BYTES
        assert head.tables[0].rows[-1][1] == "é"

    def test_one_endless_line_is_shown_as_far_as_it_goes(self, tmp_path: Path) -> None:
        assert len(read_head(write(tmp_path, "x," * 100_000)).text) == HEAD_BYTES

    def test_lines_of_thousands_of_samples_are_shown_below_their_header(self, tmp_path: Path) -> None:
        header = "\t".join(["id", *(f"sample {n}" for n in range(9_000))])
        rows = "".join(f"g{n}\t" + "\t".join(["1"] * 9_000) + "\n" for n in range(20))
        head = read_head(write(tmp_path, f"{header}\n{rows}"))
        assert len(header) > HEAD_BYTES
        assert [(row[0], len(row)) for row in head.tables[0].rows[:3]] == [("id", 9_001), ("g0", 9_001), ("g1", 9_001)]
        assert head.text.endswith("\n")

    def test_a_small_file_is_shown_to_its_last_character(self, tmp_path: Path) -> None:
        assert read_head(write(tmp_path, "a,b\n1,2")).text == "a,b\n1,2"

    def test_it_names_the_files_beside_it(self, tmp_path: Path) -> None:
        write(tmp_path, "x", "quant.sf")
        write(tmp_path, "x", "aux.json")
        head = read_head(write(tmp_path, "a,b\n", "me.csv"))
        assert (head.name, head.siblings) == ("me.csv", ("aux.json", "quant.sf"))

    def test_a_folder_that_cannot_be_listed_has_no_siblings(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(_: object) -> list[str]:
            raise PermissionError(13, "Permission denied")

        path = write(tmp_path, "a,b\n1,2\n")
        monkeypatch.setattr(os, "listdir", refuse)
        assert read_head(path).siblings == ()


class TestWhatCannotBeOpened:
    @pytest.mark.parametrize("read", [read_head, read_tables])
    def test_a_missing_file(self, tmp_path: Path, read: Callable[[Path], object]) -> None:
        with pytest.raises(FileError, match="cannot be opened: No such file"):
            read(tmp_path / "none.csv")

    @pytest.mark.parametrize("read", [read_head, read_tables])
    def test_a_folder(self, tmp_path: Path, read: Callable[[Path], object]) -> None:
        with pytest.raises(FileError, match="cannot be opened: Is a directory"):
            read(tmp_path)

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may open any file")
    def test_a_file_without_permission_as_another_user(self, tmp_path: Path) -> None:
        path = write(tmp_path, "a,b\n")
        path.chmod(0)
        with pytest.raises(FileError, match="Permission denied"):
            read_head(path)

    def test_a_file_without_permission(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        path = write(tmp_path, "a,b\n")
        monkeypatch.setattr(Path, "open", refuse)
        with pytest.raises(FileError, match="cannot be opened: Permission denied"):
            read_tables(path)

    def test_cells_of_any_length(self, tmp_path: Path) -> None:
        long = "x" * 200_000
        assert rows(tmp_path, f'name,s1\n{long},1\n"{long}",2\n')[2] == [long, "2"]

    def test_a_record_beyond_all_measure_is_an_error(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        import csv

        allow = csv.field_size_limit
        monkeypatch.setattr(csv, "field_size_limit", lambda _: allow(1000))
        try:
            with pytest.raises(ParseError, match="a record cannot be read"):
                read_tables(write(tmp_path, 'name,s1\n"' + "x" * 2000 + '",1\n'))
        finally:
            allow(2**27)
