"""A path becomes values: which files it stands for, what they are called, and answers that add up."""

import gzip
import hashlib
import http.server
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import openpyxl  # type: ignore[import-untyped]  # has no types
import pytest
from attrs import evolve

from amprenta_core.accounting import check_table
from amprenta_core.errors import FileError, NotFound, ParseError, SettingsError
from amprenta_core.extraction import extract
from amprenta_core.formats import Measure, TableFormat, sniff
from amprenta_core.hookspecs import hookimpl
from amprenta_core.ingest import Options, Target, content_hash, default_name, ingest, stem, targets, with_quantity
from amprenta_core.model import (
    Axis,
    Contrast,
    FeatureRef,
    FeatureTable,
    FormatInfo,
    Ingested,
    Match,
    PluginInfo,
    Problem,
    Quantity,
    Sample,
)
from amprenta_core.plugins import Plugins, register
from amprenta_core.reading import read_file
from amprenta_core.written import FileHead, ParsedFile

TOY = TableFormat(
    name="toy",
    title="toy table",
    layout="rows",
    feature_type="lipid",
    omics_type="lipidomics",
    header=("toy",),
    feature=("toy",),
    measures=(
        Measure(name="Area", columns=r"Area (?P<sample>.+)\Z"),
        Measure(name="Height", columns=r"Height (?P<sample>.+)\Z"),
    ),
)
TEXT = "toy,Area s1,Area s2,Height s1\nA,1,2,3\nB,4,5,6\n"


class Toy:
    """Reads toy tables; ``change`` spoils its answers."""

    def __init__(self, **change: object) -> None:
        self.change = change

    @hookimpl
    def describe_plugin(self) -> PluginInfo:
        info = FormatInfo(name="toy", versions="1", title="toy table")
        return PluginInfo(name="toy", omics_type="lipidomics", feature_types=("lipid",), formats=(info,))

    @hookimpl
    def sniff_file(self, head: FileHead) -> Match | None:
        return sniff(head, [TOY])

    @hookimpl
    def parse_file(self, path: Path, match: Match) -> ParsedFile:
        return read_file(path, match)

    @hookimpl
    def extract_features(self, parsed: ParsedFile) -> FeatureTable:
        return evolve(extract(parsed, [TOY]), **self.change)  # type: ignore[arg-type]  # fields by name

    @hookimpl
    def normalize_features(self) -> list[object]:
        return []

    @hookimpl
    def build_embedding_text(self) -> str:
        return ""


def read(path: Path, options: Options | None = None, **change: object) -> list[Ingested]:
    found = Plugins(loaded={"toy": register(Toy(**change), name="toy")})
    [target] = targets([str(path)])
    return list(ingest(target, found, options or Options()))


def write(path: Path, text: str = TEXT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def named(*paths: object) -> list[tuple[str, str]]:
    return [(target.name, target.label) for target in targets([str(path) for path in paths])]


class TestNames:
    @pytest.mark.parametrize(
        ("name", "bare"),
        [
            ("a.csv", "a"),
            ("a.csv.gz", "a"),
            ("a.b.tsv.XZ", "a.b"),
            ("a", "a"),
            (".gz", ".gz"),
            ("a.bz2", "a"),
            ("a.", "a."),
        ],
    )
    def test_suffixes_are_no_part_of_a_name(self, name: str, bare: str) -> None:
        assert stem(name) == bare

    def test_a_file_is_named_after_its_folder_and_itself(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = write(tmp_path / "run7" / "plasma.csv.gz")
        assert named(path) == [("run7/plasma", str(path))]
        monkeypatch.chdir(path.parent)
        assert named("plasma.csv.gz") == [("run7/plasma", "plasma.csv.gz")]
        assert default_name(Path("/plasma.csv")) == "plasma"

    def test_a_folder_stands_for_all_files_below_it_in_order(self, tmp_path: Path) -> None:
        root = tmp_path / "study"
        for name in ("b/x.csv", "a.csv.gz", "b/c/y.tsv", ".hidden.csv", ".git/z.csv", "b/.DS_Store"):
            write(root / name)
        (root / "gone.csv").symlink_to(root / "nowhere")
        assert named(root) == [
            ("a", str(root / "a.csv.gz")),
            ("b/c/y", str(root / "b/c/y.tsv")),
            ("b/x", str(root / "b/x.csv")),
        ]

    def test_a_hidden_file_that_is_asked_for_is_read(self, tmp_path: Path) -> None:
        assert [name for name, _ in named(write(tmp_path / "r" / ".hidden.csv"))] == ["r/.hidden"]

    def test_an_empty_folder_stands_for_nothing(self, tmp_path: Path) -> None:
        assert named(tmp_path) == []

    def test_several_paths_keep_their_order(self, tmp_path: Path) -> None:
        paths = [write(tmp_path / name) for name in ("b.csv", "a.csv")]
        assert [label for _, label in named(*paths)] == [str(path) for path in paths]

    def test_what_cannot_be_read_twice_is_refused(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.csv")
        for path in (tmp_path / "pipe.csv", Path("/dev/null")):
            with pytest.raises(NotFound, match="Write its content to a file"):
                named(path)

    @pytest.mark.parametrize("path", ["no-such-file.csv", "a\x00b", "x" * 5000])
    def test_what_is_not_there_is_not_found(self, path: str) -> None:
        with pytest.raises(NotFound, match="Check the path"):
            named(path)


@pytest.fixture
def site() -> Iterator[str]:
    """A web server on this machine; paths that begin with /cut announce more than they send."""

    class Pages(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if "missing" in self.path:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(TEXT) + (9 if self.path.startswith("/cut") else 0)))
            self.end_headers()
            self.wfile.write(TEXT.encode())

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


DEAD = (
    "http://127.0.0.1:1/a.csv",
    "http://[::1/a",
    "http://127.0.0.1:port/a",
    "http://127.0.0.1:1/a b",
    "http:///a",
    "nosuch://x/a",
    "file:///no/such/file.csv",
    "://",
)


class TestAddresses:
    def test_a_url_is_fetched_and_named_after_its_host(self, site: str) -> None:
        url = f"http://{site}/data/my%20plasma.csv?download=1"
        [target] = targets([url])
        assert (target.name, target.label) == (f"{site}/my plasma", url)
        assert target.path.read_text() == TEXT

    @pytest.mark.parametrize("address", ["memory://bucket/a.csv", "memory://ada:secret@bucket/a.csv"])
    def test_other_addresses_are_fetched_and_a_password_is_no_part_of_the_name(self, address: str) -> None:
        import fsspec

        with fsspec.open(address, "w") as stream:
            stream.write(TEXT)
        [target] = targets([address])
        assert (target.name, target.path.read_text()) == ("bucket/a", TEXT)

    def test_a_local_address(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv")
        [target] = targets([f"file://{path}"])
        assert (target.name, target.path.read_text()) == ("a", TEXT)

    @pytest.mark.parametrize("path", ["", "/", "/a/..", "/%2e%2e", "/..%2f"])
    def test_an_address_without_a_file_name(self, site: str, path: str) -> None:
        [target] = targets([f"http://{site}{path}"])
        assert target.path.read_text() == TEXT
        assert target.path.parent.name.startswith("amprenta-")

    def test_a_download_that_is_cut_is_an_error(self, site: str) -> None:
        with pytest.raises(NotFound, match="9 bytes are missing"):
            list(targets([f"http://{site}/cut.csv"]))

    def test_a_page_that_is_not_there(self, site: str) -> None:
        with pytest.raises(NotFound, match=r"could not be fetched .*404"):
            list(targets([f"http://{site}/missing.csv"]))

    @pytest.mark.parametrize("url", DEAD)
    def test_a_dead_address_is_not_found(self, url: str) -> None:
        with pytest.raises(NotFound, match="could not be fetched") as caught:
            list(targets([url]))
        assert "\n" not in str(caught.value)


class TestReading:
    def test_a_file_becomes_values(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv")
        [found] = read(path)
        assert (found.part, found.plugin.name, found.match.format) == ("", "toy", "toy")
        assert (found.source.path, found.source.size) == (str(path), len(TEXT))
        assert found.source.sha256 == hashlib.sha256(TEXT.encode()).hexdigest() == content_hash(path)
        assert [f.name for f in found.table.features] == ["A", "B"]
        assert (found.local, found.members) == (path, ())

    def test_a_packed_file_is_known_by_its_own_bytes(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv.gz"
        path.write_bytes(gzip.compress(TEXT.encode()))
        [found] = read(path)
        assert found.source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()

    def test_several_sheets_are_several_datasets(self, tmp_path: Path) -> None:
        book = openpyxl.Workbook()
        for title in ("pos", "neg"):
            for line in TEXT.splitlines():
                (book[title] if title in book.sheetnames else book.create_sheet(title)).append(line.split(","))
        book.save(tmp_path / "a.xlsx")
        assert [found.part for found in read(tmp_path / "a.xlsx")] == ["pos", "neg"]

    def test_the_only_sheet_with_data_needs_no_name(self, tmp_path: Path) -> None:
        book = openpyxl.Workbook()
        sheet = book.create_sheet("data")
        for line in TEXT.splitlines():
            sheet.append(line.split(","))
        book.save(tmp_path / "a.xlsx")
        [found] = read(tmp_path / "a.xlsx")
        assert (found.part, found.match.parts) == ("", ("data",))

    def test_members_stand_beside_the_file(self, tmp_path: Path) -> None:
        class Folder(Toy):
            @hookimpl
            def sniff_file(self, head: FileHead) -> Match | None:
                return Match(format="toy", confidence="certain", reason="", members=head.siblings)

        write(tmp_path / "quant.sf")
        path = write(tmp_path / "a.csv")
        plugins = Plugins(loaded={"toy": register(Folder(), name="toy")})
        [found] = ingest(Target(path=path, name="a", label="a"), plugins, Options())
        assert found.members == (tmp_path / "quant.sf",)

    def test_another_quantity_of_choice(self, tmp_path: Path) -> None:
        [found] = read(write(tmp_path / "a.csv"), Options(quantity="height"))
        assert [q.name for q in found.table.quantities] == ["Height", "Area"]

    def test_a_sample_sheet_is_joined(self, tmp_path: Path) -> None:
        sheet = write(tmp_path / "sheet.csv", "sample,group\ns1,case\ns2,control\n")
        [found] = read(write(tmp_path / "a.csv"), Options(samples=sheet))
        assert [s.attributes for s in found.table.samples] == [{"group": "case"}, {"group": "control"}]

    def test_a_file_that_vanishes_is_an_error(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv")
        [target] = targets([str(path)])
        path.unlink()
        with pytest.raises(FileError, match="No such file"):
            list(ingest(target, Plugins(loaded={}), Options()))

    def test_an_answer_that_does_not_add_up_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(ParseError, match="does not add up: 5 rows read, 2 measured, 0 set aside") as caught:
            read(write(tmp_path / "a.csv"), rows_read=5)
        assert caught.value.plugin == "toy"


TABLE = FeatureTable(
    omics_type="lipidomics",
    features=(FeatureRef(name="A", type="lipid"), FeatureRef(name="B", type="lipid")),
    samples=(Sample(name="s1"), Sample(name="s2"), Sample(name="s3")),
    contrasts=(Contrast(name="c"),),
    quantities=(
        Quantity(name="Area", values=np.zeros((2, 3))),
        Quantity(name="p_value", values=np.zeros((2, 1)), axis=Axis.CONTRASTS),
    ),
    rows_read=3,
    rows_measured=2,
    problems=(Problem(where="line 4", code="no_identity", what="", row=3), Problem(where="line 1", code="x", what="")),
)


class TestChecking:
    def test_a_table_that_adds_up(self) -> None:
        check_table(TABLE)

    @pytest.mark.parametrize(
        ("change", "what"),
        [
            ({"quantities": ()}, "there is no quantity"),
            ({"samples": ()}, r"Area is \(2, 3\), not \(2, 0\)"),
            ({"contrasts": ()}, r"p_value is \(2, 1\), not \(2, 0\)"),
            ({"features": ()}, r"Area is \(2, 3\), not \(0, 3\)"),
            ({"rows_read": 2}, "2 rows read, 2 measured, 1 set aside"),
            ({"rows_measured": 3}, "3 rows read, 3 measured, 1 set aside"),
            ({"problems": ()}, "3 rows read, 2 measured, 0 set aside"),
        ],
    )
    def test_what_does_not_agree_is_told(self, change: dict[str, object], what: str) -> None:
        with pytest.raises(ValueError, match=what):
            check_table(evolve(TABLE, **change))  # type: ignore[arg-type]  # fields by name

    def test_values_of_another_rank(self) -> None:
        with pytest.raises(ValueError, match=r"q is \(6,\)"):
            check_table(evolve(TABLE, quantities=(Quantity(name="q", values=np.zeros(6)),)))

    def test_an_unknown_quantity_lists_those_that_are_there(self) -> None:
        with pytest.raises(SettingsError, match="It has: Area, p_value"):
            with_quantity(TABLE, "Intensity")
