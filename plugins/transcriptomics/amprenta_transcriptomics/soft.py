"""SOFT families of GEO: a table for each sample (GSM), one below the other."""

import re
from collections.abc import Mapping, Sequence

from attrs import define, evolve, field

from amprenta_core import (
    FeatureRef,
    FeatureTable,
    FormatInfo,
    Match,
    ParsedFile,
    ParseError,
    Problem,
    Sample,
    Table,
    is_missing,
    make_sample,
)
from amprenta_transcriptomics.bodies import Body, body_of
from amprenta_transcriptomics.declaring import FLAGS, declare

FAMILY = declare(
    "geo-soft-samples",
    "GEO samples (GSM, or the family of a GSE) in SOFT",
    feature_type="probe",
    header=("ID_REF", "VALUE"),
)
FORMATS: tuple[FormatInfo, ...] = (FAMILY.info,)
_WORD = re.compile(r"[^:]{1,60}(?=: )")
Key = tuple[str, int]


def sniff(text: str) -> Match | None:
    """Claim a text with samples; of a family its first lines show the series or the platform."""
    if not re.search(r"^\^(?:SAMPLE|SERIES|PLATFORM)", text, re.MULTILINE):
        return None
    one = text.startswith("^SAMPLE")
    return Match(
        format=FAMILY.name,
        confidence="certain",
        reason="lines ^SAMPLE" if one else "lines of a SOFT family",
        omics_type="transcriptomics",
        combine="sample" if one else "",
    )


def statement(table: Table, index: int) -> tuple[str, str]:
    """The two sides of a line ``label = value``, whatever delimiters its value holds."""
    label, _, value = "\t".join(table.rows[index]).partition("=")
    return label.strip('" '), value.strip('" ')


def add(said: dict[str, str], label: str, cell: str) -> None:
    """What a line says of a sample: a characteristic under its own word, several of one label joined."""
    word = _WORD.match(cell) if label.startswith("characteristics") else None
    key, text = (word[0].strip(), cell[word.end() + 1 :].strip()) if word else (label, cell)
    if key == "data_row_count":
        return
    said[key] = f"{said[key]}; {text}" if key in said else text


@define
class _Samples:
    """What was read so far: features in the order of their first row, a column for each sample."""

    samples: list[Sample] = field(factory=list)
    bodies: list[Body] = field(factory=list)
    names: dict[Key, int] = field(factory=dict)
    places: list[dict[int, tuple[int, int]]] = field(factory=list)

    def add(self, name: str, said: Mapping[str, str], body: Body) -> None:
        """One sample with its table; a name that stands in it again is another feature."""
        seen: dict[str, int] = {}
        places: dict[int, tuple[int, int]] = {}
        for row in body.rows:
            probe = body.cell(row, "ID_REF")
            if is_missing(probe):
                body.put_aside(row, "no_identity", "the row names no probe")
                continue
            seen[probe] = seen.get(probe, -1) + 1
            places[row] = (self.names.setdefault((probe, seen[probe]), len(self.names)), len(self.samples))
        self.samples.append(make_sample(name, said))
        self.bodies.append(body)
        self.places.append(places)


def extract(parsed: ParsedFile) -> FeatureTable:
    """The values of all samples side by side."""
    [table] = parsed.tables
    found = _samples(table, parsed.path)
    if not any(found.places):
        raise _without_values(table, parsed.path)
    places = {row: place for one in found.places for row, place in one.items()}
    shape = (len(found.names), len(found.samples))
    last = found.bodies[-1]
    quantity = last.quantity("expression", "VALUE", places, shape)
    return FeatureTable(
        omics_type="transcriptomics",
        features=tuple(map(_feature, found.names)),
        samples=tuple(found.samples),
        quantities=(evolve(quantity, scale=None),),
        rows_read=sum(body.rows_read for body in found.bodies),
        rows_measured=len(places),
        problems=(*(p for body in found.bodies for p in body.problems), *_absent(shape, len(places))),
    )


def _without_values(table: Table, path: str) -> ParseError:
    """Why a file of GEO holds no table of a sample: it describes a platform alone, or samples that were sequenced."""
    if any(row[0].startswith("^SAMPLE") for row in table.rows):
        hint = "Sequencing data stand in supplementary files of the series"
        return ParseError("no sample holds a table of values", path=path, hint=hint)
    hint = "Its samples are in the file of the series (GSE)"
    return ParseError("the file describes probes of a platform, and holds no sample", path=path, hint=hint)


def _feature(key: Key) -> FeatureRef:
    flags = tuple(flag for flag, test in FLAGS.items() if test(key[0]))
    return FeatureRef(name=key[0], type=FAMILY.feature_type, flags=flags)


def _absent(shape: tuple[int, int], measured: int) -> Sequence[Problem]:
    absent = shape[0] * shape[1] - measured
    if not absent:
        return ()
    what = f"probes are not in the table of every sample: {absent} values are missing for that"
    return (Problem(where="tables of the samples", code="not_in_every_sample", what=what),)


def _samples(table: Table, path: str) -> _Samples:
    found = _Samples()
    name, said = "", dict[str, str]()
    i = 0
    while i < len(table.rows):
        label, value = statement(table, i) if table.rows[i][0].strip('" ')[:1] in ("^", "!") else ("", "")
        if label == "^SAMPLE":
            name, said = value, {}
        elif label == "!sample_table_begin":
            end = _end(table, i + 1)
            if end > i + 1 and name:
                found.add(name, said, _body(table, i + 1, path, end))
            i = end
        elif label.startswith("!Sample_"):
            add(said, label.removeprefix("!Sample_"), value)
        i += 1
    return found


def _end(table: Table, first: int) -> int:
    rows = range(first, len(table.rows))
    return next((i for i in rows if table.rows[i][0].startswith(("!", "^"))), len(table.rows))


def _body(table: Table, header: int, path: str, end: int) -> Body:
    body = body_of(table, header, path, end)
    if not {"ID_REF", "VALUE"} <= body.header.keys():
        what = "the table of the sample has no columns ID_REF and VALUE"
        raise ParseError(what, path=path, line=table.lines[header], hint="The file may be cut")
    return body
