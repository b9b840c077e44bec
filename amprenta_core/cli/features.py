"""``amprenta features``: one feature across all datasets."""

import argparse
import math
from collections.abc import Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING, Any

from amprenta_core.cli.running import console, print_json, table

if TYPE_CHECKING:
    from amprenta_core.app import App


def show(arguments: argparse.Namespace, app: "App") -> int:
    """Each feature that the name means, and where it was measured."""
    found = app.show_feature(arguments.name)
    for feature, measured in found:
        if arguments.json:
            print_json(_as_json(feature, measured))
        else:
            _show(feature, measured)
    return 0


def _as_json(feature: Mapping[str, Any], measured: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    told = ("dataset_id", "dataset", "omics_type", "written", "relation", "quantity", "unit", "axis", "position")
    rows = [
        {**{key: row[key] for key in told}, "values": dict(enumerate_names(row["columns"], row["numbers"]))}
        for row in measured
    ]
    kept = ("id", "feature_type", "namespace", "accession", "label", "level", "external_ids")
    head = {key: feature[key] for key in kept}
    return {**head, "measurements": rows}


def enumerate_names(names: Sequence[str], numbers: Sequence[float]) -> list[tuple[str, float | None]]:
    """Column names and numbers, repeated names told apart, missing numbers as None.

    >>> enumerate_names(["a", "a"], [1.0, float("nan")])
    [('a', 1.0), ('a (2)', None)]
    """
    seen: dict[str, int] = {}
    pairs = []
    for name, number in zip(names, numbers, strict=True):
        seen[name] = seen.get(name, 0) + 1
        shown = name if seen[name] == 1 else f"{name} ({seen[name]})"
        pairs.append((shown, None if math.isnan(number) else number))
    return pairs


def _show(feature: Mapping[str, Any], measured: Sequence[Mapping[str, Any]]) -> None:
    level = f", {feature['level']}" if feature["level"] else ""
    out = console()
    called = f"{feature['label']} = " if feature["label"] not in (None, feature["accession"]) else ""
    out.print(f"{called}{feature['accession']}  ({feature['feature_type']}{level})  {feature['id']}", markup=False)
    for namespace, accessions in feature["external_ids"].items():
        out.print(f"  {namespace}: {', '.join(accessions)}", markup=False)
    rows = [
        [row["dataset"], row["written"], _relation(row), row["quantity"], *_summary(row["numbers"])] for row in measured
    ]
    table(("dataset", "written as", "which is", "quantity", "measured", "lowest", "median", "highest"), rows)


def _relation(row: Mapping[str, Any]) -> str:
    """How the name as written relates to the feature."""
    if row["candidates"] > 1 and row["relation"] in ("same", "broader"):
        return "one of several"
    known = {"same": "the same", "own": "the same", "broader": "a finer form"}
    return known.get(row["relation"], f"of this {row['relation']}")


def _summary(numbers: Sequence[float]) -> list[str]:
    there = sorted(n for n in numbers if not math.isnan(n))
    measured = f"{len(there)} of {len(numbers)}"
    if not there:
        return [measured, "-", "-", "-"]
    return [measured, *(f"{n:.4g}" for n in (there[0], median(there), there[-1]))]
