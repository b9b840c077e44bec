"""mwTab JSON as the sections that the text form has, so that one reader follows both.

Names that stand several times in one object are kept apart, as samples that share a name are in the text. A record's
place is its number: JSON has no lines of its own.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import define, field

from amprenta_core import ParseError, Table
from amprenta_metabolomics.mwtab_text import END, HEADER, START

Row = tuple[str, ...]
Key = tuple[str, int]
_LINE_ENDS = re.compile(r"[\t\r\n]+")
_FEATURE_KEYS = ("Metabolite", "metabolite_name", "Bin range(ppm)", "Samples", "")


@define
class Pairs:
    """A JSON object whose names may stand several times."""

    items: list[tuple[str, Any]] = field(factory=list)

    def get(self, *names: str) -> Any:
        """The value of the first of these names that is there, None where none is."""
        return next((value for name in names for key, value in self.items if key == name), None)

    def ending(self, suffix: str) -> Any:
        """The value of the first name that ends so, None where none does."""
        return next((value for key, value in self.items if key.endswith(suffix)), None)

    def numbered(self) -> dict[Key, Any]:
        """(name, how often it stood before) → value."""
        seen: Counter[str] = Counter()
        found: dict[Key, Any] = {}
        for name, value in self.items:
            found[name, seen[name]] = value
            seen[name] += 1
        return found


def sections(text: str, path: Path) -> tuple[Table, ...]:
    """The sections of all analyses in a JSON text. Raises ``ParseError`` where it is cut or no mwTab."""
    analyses = [analysis for document in _documents(text, path) for analysis in _analyses(document)]
    if not analyses:
        raise ParseError(f"the JSON has no section {HEADER}", path=path, hint="It is not mwTab")
    return tuple(table for analysis in analyses for table in _tables(analysis))


def _documents(text: str, path: Path) -> Iterator[Any]:
    """The documents of a text: one, or several that were written behind each other."""
    decoder = json.JSONDecoder(object_pairs_hook=Pairs, parse_float=str, parse_int=str, parse_constant=str)
    place = len(text) - len(text.lstrip())
    try:
        while place < len(text):
            document, place = decoder.raw_decode(text, place)
            yield document
            rest = text[place:].lstrip(" \t\n,")
            place = len(text) - len(rest)
    except json.JSONDecodeError as error:
        what = f"the JSON cannot be read ({error.msg})"
        raise ParseError(what, path=path, line=error.lineno, hint="It may be cut: download it again") from error
    except RecursionError as error:
        raise ParseError("the JSON is nested too deeply", path=path, hint="It is not mwTab") from error


def _analyses(document: Any) -> Iterator[Pairs]:
    """The analyses in a document: itself, or those that it lists."""
    if isinstance(document, Pairs) and document.get(HEADER) is not None:
        yield document
        return
    inner = [value for _, value in document.items] if isinstance(document, Pairs) else document
    for value in inner if isinstance(inner, list) else ():
        if isinstance(value, Pairs) and value.get(HEADER) is not None:
            yield value


def _tables(analysis: Pairs) -> Iterator[Table]:
    for name, section in analysis.items:
        rows = list(_section_rows(name, section))
        if name == HEADER or rows:
            yield Table(name=name, rows=tuple(rows), lines=tuple(_places(rows)))
    yield Table(name="END", rows=(("#END",),), lines=(1,))


def _places(rows: Sequence[Row]) -> Iterator[int]:
    """The number of each record among those of its list; 0 for what stands above the first."""
    record = 0
    for row in rows:
        is_above = row[0].endswith(START) or row[0] == "Factors"
        record = -1 if row[0].endswith(START) else record if is_above else record + 1
        yield max(record, 0)


def _section_rows(name: str, section: Any) -> Iterator[Row]:
    if name == HEADER and isinstance(section, Pairs):
        yield (f"#{HEADER}", *(f"{key}:{_text(value)}" for key, value in section.items))
    elif name == "SUBJECT_SAMPLE_FACTORS":
        inner = section.get(name) if isinstance(section, Pairs) else section
        yield from (_subject(record) for record in inner or () if isinstance(record, Pairs))
    elif isinstance(section, Pairs):
        for key, value in section.items:
            yield from _block_rows(name, key, value)


def _block_rows(name: str, key: str, value: Any) -> Iterator[Row]:
    """A value of a section as the lines that the text form has for it."""
    if key == "Data":
        yield from _marked(name, _records(value, "Samples"))
    elif key == "Metabolites":
        yield from _marked("METABOLITES", _records(value, "metabolite_name"))
    elif key == "Extended":
        yield from _marked(f"EXTENDED_{name}", _records(value, "metabolite_name"))
    elif key.endswith(START) and isinstance(value, Pairs):
        yield from _marked(key.removesuffix(START), _nested(value))
    elif key == "Units" or key.endswith(":UNITS"):
        yield (f"{name}:UNITS", _text(value))
    else:
        yield (key, _text(value))


def _marked(name: str, rows: Sequence[Row]) -> list[Row]:
    return [(name + START,), *rows, (name + END,)]


def _nested(block: Pairs) -> list[Row]:
    """The older form: lists of samples or fields, of factors, and the records."""
    header = block.get("Samples", "Fields")
    rows = _records(block.get("DATA", "Data"), "Samples" if block.get("Fields") is None else "metabolite_name")
    factors = block.get("Factors")
    if factors and rows and isinstance(header, list):
        by_sample = dict(zip(map(_text, header), map(_text, factors), strict=False))
        rows.insert(1, ("Factors", *(by_sample.get(sample, "") for sample in rows[0][1:])))
    return rows


def _records(value: Any, label: str) -> list[Row]:
    """Records as rows below a header of all their names, the feature's first."""
    records = [record.numbered() for record in value or () if isinstance(record, Pairs)]
    keys = list(dict.fromkeys(key for record in records for key in record))
    if not keys:
        return [(label,)]
    first = next((key for name in _FEATURE_KEYS for key in keys if key == (name, 0)), keys[0])
    rest = [key for key in keys if key != first]
    header = (label, *(name for name, _ in rest))
    return [header, *((_text(r.get(first)), *(_text(r.get(key)) for key in rest)) for r in records)]


def _subject(record: Pairs) -> Row:
    factors = record.get("Factors", "factors")
    more = record.get("Additional sample data", "additional_sample_data")
    return (
        "SUBJECT_SAMPLE_FACTORS",
        _text(record.get("Subject ID", "subject_type")),
        _text(record.get("Sample ID", "local_sample_id")),
        _joined(factors, ":", " | "),
        _joined(more, "=", "; "),
    )


def _joined(value: Any, between: str, behind: str) -> str:
    if isinstance(value, Pairs):
        return behind.join(f"{key}{between}{_text(text)}" for key, text in value.items)
    return _text(value)


def _text(value: Any) -> str:
    """A value as text: numbers as they are written, what is no single value as JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Pairs):
        return "; ".join(f"{key}:{_text(inner)}" for key, inner in value.items)
    return ", ".join(map(_text, value)) if isinstance(value, list) else _LINE_ENDS.sub(" ", str(value))
