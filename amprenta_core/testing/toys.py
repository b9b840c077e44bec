"""A small good plugin for toys: what the kit itself is tested with, and a start for an author's own.

It keeps every promise; the tests of the kit break one at a time by replacing a hook.
"""

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from amprenta_core import (
    Dataset,
    Feature,
    FeatureRef,
    FeatureTable,
    FileHead,
    Identity,
    Level,
    Match,
    Measure,
    ParsedFile,
    PluginInfo,
    TableFormat,
    extract,
    hookimpl,
    read_file,
    sniff,
)

_COMMON: dict[str, Any] = {"feature_type": "toy", "omics_type": "toys", "versions": "1"}
FORMATS = (
    TableFormat(
        name="toy-rows",
        title="toys in rows",
        layout="rows",
        header=("toy", "colour"),
        feature=("toy",),
        attributes=("colour",),
        measures=(Measure(name="count", columns=r"n_(?P<sample>.+)"),),
        **_COMMON,
    ),
    TableFormat(
        name="toy-columns",
        title="toys in columns",
        layout="columns",
        header=("child", "age"),
        sample=("child",),
        measures=(Measure(name="count", columns=r"toy_(?P<feature>.+)"),),
        **_COMMON,
    ),
    TableFormat(
        name="toy-long",
        title="one toy of one child on each line",
        layout="long",
        header=("child", "toy", "count"),
        feature=("toy",),
        sample=("child",),
        measures=(Measure(name="count", columns="count"),),
        **_COMMON,
    ),
    TableFormat(
        name="toy-shelves",
        title="what lies on the shelves of children, told as shelves or toy by toy",
        layout="long",
        header=("shelf", "owner", "thing", "pieces"),
        feature=("shelf",),
        sample=("owner",),
        measures=(Measure(name="pieces", columns="pieces", combine="sum"),),
        level="shelf",
        lower={
            "toy": Level(
                feature_type="toy",
                feature=("thing",),
                attributes=("shelf",),
                measures=(Measure(name="pieces", columns="pieces", combine="sum"),),
            )
        },
        **{**_COMMON, "feature_type": "shelf"},
    ),
)
_ROWS = """toy,colour,n_Ann,n_Bo
Toy Ball,"red, blue",1.5,2
Toy Kite,white,3,4.25
Toy Drum,brün,5.5,<1
Toy Ball,green,8,9.5
"""
_COLUMNS = "child;age;toy_Ball;toy_Kite\nAnn;7;1,5;3\nBo;9;2;4,25\nCy;8;6,5;7,75\n"
_LONG = "child\ttoy\tcount\nAnn\tToy Ball\t1.5\nBo\tToy Ball\t2\nAnn\tToy Kite\t3\nBo\tToy Kite\t4.25\n"
_SHELVES = (
    "shelf;owner;thing;pieces\n"
    "Upper;Ann;Toy Ball;1.5\nUpper;Ann;Toy Kite;2.25\nLower;Bo;Toy Ball;4\n"
    "Upper;Bo;Toy Drum;7.5\nLower;Ann;Toy Kite;3\n"
)


@hookimpl
def describe_plugin() -> PluginInfo:
    """Toys, in three layouts, and on shelves."""
    return PluginInfo(
        name="toys",
        omics_type="toys",
        feature_types=("toy", "shelf"),
        formats=tuple(declared.info for declared in FORMATS),
    )


@hookimpl
def sniff_file(head: FileHead) -> Match | None:
    """Claim what a format declares."""
    return sniff(head, FORMATS)


@hookimpl
def parse_file(path: Path, match: Match) -> ParsedFile:
    """Read the tables as written."""
    return read_file(path, match)


@hookimpl
def extract_features(parsed: ParsedFile) -> FeatureTable:
    """Follow the declared format."""
    return extract(parsed, FORMATS)


def known(ref: FeatureRef) -> tuple[Identity, ...]:
    """The identity that a toy's name denotes."""
    name = (ref.name or "").strip().lower().removeprefix("toy ")
    return (Identity(namespace="toys", accession=name),) if name.isascii() and name.isalpha() else ()


@hookimpl
def normalize_features(refs: Sequence[FeatureRef]) -> Sequence[tuple[Identity, ...]]:
    """A toy is known by its last word."""
    return [known(ref) for ref in refs]


@hookimpl
def build_embedding_text(dataset: Dataset, features: Sequence[Feature]) -> str:
    """The dataset and its first hundred toys."""
    return f"{dataset.name}: " + ", ".join(feature.accession for feature in features[:100])


def write_examples(folder: Path) -> Path:
    """Write the inputs of its examples, one for each layout and a packed one, without what is expected; the folder."""
    for case, name, content in (
        ("rows", "input.csv", _ROWS.encode()),
        ("columns", "input.csv", _COLUMNS.encode()),
        ("long", "input.tsv", _LONG.encode()),
        ("shelves", "input.csv", _SHELVES.encode()),
        ("packed", "input.tsv.gz", gzip.compress(_LONG.encode(), mtime=0)),
    ):
        (folder / case).mkdir(parents=True)
        (folder / case / name).write_bytes(content)
    return folder
