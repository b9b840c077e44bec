"""Cuffdiff: tests of genes or isoforms, a row for each feature and pair of conditions."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import evolve

from amprenta_core import (
    Axis,
    Contrast,
    FeatureRef,
    FeatureTable,
    FileHead,
    FormatInfo,
    Match,
    ParsedFile,
    ParseError,
    is_missing,
    read_file,
)
from amprenta_core import sniff as sniff_declared
from amprenta_transcriptomics.bodies import Body, Place, body_of, header_row
from amprenta_transcriptomics.declaring import FLAGS, declare, identifiers

_HEADER = ("test_id", "gene_id", "locus", "sample_1", "sample_2", "status", "value_1", "value_2")
CUFFDIFF = declare(
    "cuffdiff",
    "Cuffdiff tests of differential expression, promoters, splicing and coding",
    header=(*_HEADER, "log2(fold_change)|sqrt(JS)"),
    feature=("test_id",),
)
FORMATS: tuple[FormatInfo, ...] = (CUFFDIFF.info,)
_QUANTITIES: Sequence[tuple[str, str, str | None, str]] = (
    ("log2_fold_change", "log2(fold_change)", None, "log2"),
    ("sqrt_js", "sqrt(JS)", None, "linear"),
    ("p_value", "p_value", None, "linear"),
    ("q_value", "q_value", None, "linear"),
    ("test_statistic", "test_stat", None, "linear"),
    ("value_1", "value_1", "FPKM", "linear"),
    ("value_2", "value_2", "FPKM", "linear"),
)
Pair = tuple[str, str]


def sniff(head: FileHead) -> Match | None:
    """Claim a file by Cuffdiff's own columns."""
    return sniff_declared(head, [CUFFDIFF])


def parse(path: Path, match: Match) -> ParsedFile:
    """The table as written."""
    return read_file(path, match)


def extract(parsed: ParsedFile) -> FeatureTable:
    """Each feature once, over all pairs of conditions; what is infinite keeps its word, each test its status."""
    table = parsed.tables[0]
    body = body_of(table, header_row(table, _HEADER, parsed.path), parsed.path)
    pairs = list(dict.fromkeys((body.cell(i, "sample_1"), body.cell(i, "sample_2")) for i in body.rows))
    places = _places(body, pairs)
    if not places:
        raise ParseError("the table has a header and no complete row of values", path=parsed.path)
    shape = (max(feature for feature, _ in places.values()) + 1, len(pairs))
    quantities = tuple(
        evolve(body.quantity(name, column, places, shape), axis=Axis.CONTRASTS, unit=unit, scale=scale)
        for name, column, unit, scale in _QUANTITIES
        if column in body.header
    )
    return FeatureTable(
        omics_type="transcriptomics",
        features=_features(body, places, pairs),
        contrasts=tuple(Contrast(name=f"{b}_vs_{a}", numerator=b, denominator=a) for a, b in pairs),
        quantities=quantities,
        rows_read=body.rows_read,
        rows_measured=len(places),
        problems=tuple(body.problems),
    )


def _places(body: Body, pairs: Sequence[Pair]) -> dict[int, Place]:
    """Row → feature and contrast; a row without a name, or tested before, is set aside."""
    names: dict[str, int] = {}
    taken: dict[Place, int] = {}
    where = {pair: n for n, pair in enumerate(pairs)}
    for i in body.rows:
        name = body.cell(i, "test_id")
        if is_missing(name):
            body.put_aside(i, "no_identity", "the row names no feature")
            continue
        pair = where[body.cell(i, "sample_1"), body.cell(i, "sample_2")]
        place = (names.setdefault(name, len(names)), pair)
        if place in taken:
            body.put_aside(i, "measured_twice", f"{name} was tested before ({body.table.place(taken[place])})")
        else:
            taken[place] = i
    return {i: place for place, i in taken.items()}


def _features(body: Body, places: Mapping[int, Place], pairs: Sequence[Pair]) -> tuple[FeatureRef, ...]:
    """What the first row of each says, and the status of each of its tests."""
    first: dict[int, int] = {}
    status: dict[int, dict[str, str]] = {}
    for i, (feature, pair) in places.items():
        first.setdefault(feature, i)
        label = f"status {pairs[pair][1]}_vs_{pairs[pair][0]}"
        status.setdefault(feature, {})[label] = body.cell(i, "status")
    return tuple(_feature(body, row, status[feature]) for feature, row in sorted(first.items()))


def _feature(body: Body, row: int, status: Mapping[str, str]) -> FeatureRef:
    name, gene = body.cell(row, "test_id"), body.cell(row, "gene_id")
    said = {"gene_id": gene if gene != name else "", "locus": body.cell(row, "locus")}
    symbol = body.cell(row, "gene") if "gene" in body.header else ""
    return FeatureRef(
        name=name,
        type="gene" if gene in (name, "") else "transcript",
        ids=identifiers("gene_symbol", symbol),
        flags=tuple(flag for flag, test in FLAGS.items() if test(name)),
        attributes={**{key: text for key, text in said.items() if not is_missing(text)}, **status},
    )
