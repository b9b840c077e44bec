"""Lines that do not fit into memory: on disk they are the same lines."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amprenta_core import reading, spilling
from amprenta_core.reading import read_tables
from amprenta_core.spilling import Lines

ANY = st.lists(st.text(st.characters(exclude_characters="\n\r")) | st.tuples(st.text(), st.text()), max_size=30)


def filled(lines: list[str | tuple[str, ...]], room: int) -> Lines:
    made = Lines(room=room)
    for line in lines:
        made.append(line)
    return made


@given(ANY, st.integers(0, 200))
def test_lines_are_the_same_wherever_they_are_held(lines: list[str | tuple[str, ...]], room: int) -> None:
    made = filled(lines, room)
    assert len(made) == len(lines)
    assert [made[i] for i in reversed(range(len(lines)))][::-1] == lines
    assert list(made) == lines
    assert made[1:] == lines[1:]
    assert made.is_spilled == (sum(map(len, (c for n in lines for c in ([n] if isinstance(n, str) else n)))) > room)


def test_lines_may_be_added_after_some_were_read() -> None:
    made = filled(["a" * 50] * 20, 10)
    assert made[19] == "a" * 50
    made.append("b")
    assert (made[20], made[-1], len(made)) == ("b", "b", 21)


@pytest.mark.parametrize("room", [0, 1000])
def test_there_is_nothing_behind_the_last_line(room: int) -> None:
    made = filled(["a", "b"], room)
    with pytest.raises(IndexError):
        made[2]


def test_a_long_text_is_read_as_a_short_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "table.csv"
    rows = [["name", "s1", "s2"], *([f"PC {n}:0", str(n), "x,y" if n % 7 == 0 else "é"] for n in range(2000))]
    text = "\n".join(",".join(f'"{cell}"' if "," in cell else cell for cell in row) for row in rows)
    path.write_text(text + "\n\n", encoding="utf-8")
    [short] = read_tables(path)
    monkeypatch.setattr(reading.text, "Lines", lambda: Lines(room=100))
    [long] = read_tables(path)
    assert [list(row) for row in long.rows] == rows
    assert (list(long.lines), long.torn) == (list(short.lines), short.torn)


def test_a_text_is_held_in_memory_up_to_a_stated_size() -> None:
    assert Lines().room == spilling.IN_MEMORY == 1 << 26
