"""The spool as a folder: whole entries, oldest first, nothing half."""

from pathlib import Path

import pytest

from amprenta_core import spool
from amprenta_core.errors import SettingsError


def test_what_is_put_there_is_read_back_the_oldest_first(tmp_path: Path) -> None:
    file, sheet = tmp_path / "a" / "same.csv", tmp_path / "b" / "same.csv"
    for path, text in ((file, "numbers"), (sheet, "samples")):
        path.parent.mkdir()
        path.write_text(text)
    home = tmp_path / "home"
    first = spool.add(home, "file", {"name": "µ"}, label="a/same.csv", files=[file], sheet=sheet, ids={"x": "1"})
    second = spool.add(home, "program", {"name": "P"}, label="program P")
    assert spool.waiting(home) == [first, second]
    assert (first.file and first.file.read_text(), first.sheet and first.sheet.read_text()) == ("numbers", "samples")


def test_files_beside_it_keep_their_places(tmp_path: Path) -> None:
    (tmp_path / "study" / "parts").mkdir(parents=True)
    main, part = tmp_path / "study" / "main.txt", tmp_path / "study" / "parts" / "one.tsv"
    main.write_text("main")
    part.write_text("part")
    made = spool.add(tmp_path / "home", "file", {}, files=[main, part])
    assert made.file is not None
    assert (made.file.parent / "parts" / "one.tsv").read_text() == "part"


def test_notes_are_kept_and_an_entry_that_is_done_is_gone(tmp_path: Path) -> None:
    made = spool.add(tmp_path, "program", {"name": "P"})
    noted = spool.note(tmp_path, spool.note(tmp_path, made, pages={"P": "page"}), failure="taken")
    assert spool.waiting(tmp_path) == [noted]
    assert (noted.pages, noted.failure) == ({"P": "page"}, "taken")
    spool.done(tmp_path, made)
    spool.done(tmp_path, made)
    spool.note(tmp_path, made, failure="late")
    assert spool.waiting(tmp_path) == []


def test_drafts_what_is_done_and_strange_files_are_no_entries(tmp_path: Path) -> None:
    made = spool.add(tmp_path, "program", {"name": "P"})
    for name in (".draft", ".done-old", "stranger"):
        (tmp_path / "spool" / name).mkdir()
    (tmp_path / "spool" / "note.txt").write_text("hello")
    assert spool.waiting(tmp_path) == [made]
    spool.sweep(tmp_path)
    assert not (tmp_path / "spool" / ".done-old").exists()


def test_a_spool_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("no folder")
    with pytest.raises(SettingsError, match="cannot be written"):
        spool.add(tmp_path, "program", {"name": "P"})
    assert spool.waiting(tmp_path) == []


def test_a_workspace_is_made_up_once_and_remembered(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert spool.workspace(home) is None
    made = spool.make_up_workspace(home)
    assert (spool.make_up_workspace(home), spool.workspace(home)) == (made, made)
    seen = "11111111-2222-3333-4444-555555555555"
    spool.remember_workspace(home, seen)
    assert spool.workspace(home) == seen
    assert sorted(path.name for path in home.iterdir()) == ["workspace"]
