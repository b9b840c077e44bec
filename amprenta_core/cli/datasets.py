"""``amprenta datasets``: list, show, export."""

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amprenta_core.cli.running import console, counted, print_json, table
from amprenta_core.errors import SettingsError

if TYPE_CHECKING:
    from amprenta_core.app import App, Counts
    from amprenta_core.store.queries import Row, Stored

_SHOWN_SAMPLES = 12
_INTERNAL = ("revision_no",)


def list_all(arguments: argparse.Namespace, app: "App") -> int:
    """Every dataset, by name."""
    rows = app.list_datasets()
    if arguments.json:
        for row in rows:
            print_json({key: value for key, value in row.items() if key not in _INTERNAL})
        return 0
    if not rows:
        print("no datasets yet: amprenta-ingest FILE makes one", file=sys.stderr)
        return 0
    columns = ("name", "omics_type", "format", "quantity", "n_features", "n_samples", "revision")
    headers = ("dataset", "omics", "format", "quantity", "features", "samples", "revision")
    table(headers, [[_shown(row, column) for column in columns] for row in rows])
    return 0


def _shown(row: "Row", column: str) -> object:
    """A fact of a dataset; the samples of a single-cell one with its cells."""
    is_single_cell = column == "n_samples" and row["n_cells"] is not None
    return f"{row[column]} ({row['n_cells']} cells)" if is_single_cell else row[column]


def show(arguments: argparse.Namespace, app: "App") -> int:
    """One dataset: what it is, its samples, its problems."""
    stored, counts = app.read_dataset(arguments.dataset, revision=arguments.revision, quantity=arguments.quantity)
    if arguments.json:
        print_json(_as_json(stored, counts))
        return 0
    summary = stored.summary
    facts = {
        "dataset": f"{summary['name']}  {summary['id']}",
        "omics": f"{summary['omics_type']}, {summary['format']}",
        "from": summary["source_path"],
        "revision": f"{summary['revision']}, content {summary['content_sha256'][:12]}",
        "belongs to": ", ".join(filter(None, (summary["program"], summary["experiment"]))),
        "about": summary["description"],
        "counts": f"{counted(summary['n_features'], 'feature')}, {counted(summary['n_samples'], 'sample')}"
        f"{_cells(summary['n_cells'])}",
        "rows": f"{summary['rows_read']} read, {summary['rows_measured']} measured",
        "names": f"{counts.linked} linked, {counts.ambiguous} ambiguous, {counts.unresolved} unknown",
        "quantities": ", ".join(
            f"{q.name} ({q.unit or 'no unit'}, {q.scale or 'scale unknown'})" for q in stored.quantities
        ),
        "samples": _some([s.name for s in stored.samples]),
        "marked": ", ".join(f"{n} {flag}" for flag, n in Counter(f for s in stored.samples for f in s.flags).items()),
        "contrasts": _some([c.name for c in stored.contrasts]),
    }
    out = console()
    for label, text in facts.items():
        if text:
            out.print(f"{label:<11}{text}", markup=False)
    for problem in stored.problems:
        out.print(f"problem    {problem.where}: {problem.what}", markup=False)
    return 0


def _cells(number: int | None) -> str:
    return "" if number is None else f", {number} cells (single-cell)"


def _some(names: list[str]) -> str:
    rest = len(names) - _SHOWN_SAMPLES
    return ", ".join(names[:_SHOWN_SAMPLES]) + (f", … and {rest} more" if rest > 0 else "")


def _as_json(stored: "Stored", counts: "Counts") -> dict[str, object]:
    from attrs import asdict

    summary = {key: value for key, value in stored.summary.items() if key not in _INTERNAL}
    linked = {"n_linked": counts.linked, "n_ambiguous": counts.ambiguous, "n_unresolved": counts.unresolved}
    quantities = [
        {"name": q.name, "axis": q.axis.value, "unit": q.unit, "scale": q.scale, "zero": q.zero.value}
        for q in stored.quantities
    ]
    parts: dict[str, Any] = {"samples": stored.samples, "contrasts": stored.contrasts, "problems": stored.problems}
    return {**summary, **linked, "quantities": quantities, **{k: [asdict(v) for v in vs] for k, vs in parts.items()}}


def export(arguments: argparse.Namespace, app: "App") -> int:
    """Write the numbers of one quantity, over samples or over cells."""
    if arguments.cells:
        return _export_cells(arguments, app)
    from amprenta_core.exporting import export as write

    target = Path(arguments.output)
    stored, _ = app.read_dataset(
        arguments.dataset,
        revision=arguments.revision,
        quantity=arguments.quantity or app.chosen(arguments.dataset, arguments.revision),
    )
    write(stored, target)
    quantity = stored.quantities[0]
    rows, columns = quantity.values.shape
    if arguments.json:
        print_json({"path": str(target), "quantity": quantity.name, "n_features": rows, "n_columns": columns})
    else:
        shape = f"{counted(rows, 'feature')} × {counted(columns, quantity.axis.value.removesuffix('s'))}"
        print(f"{target}: {quantity.name}, {shape}", file=sys.stderr)
    return 0


def _export_cells(arguments: argparse.Namespace, app: "App") -> int:
    from amprenta_core.exporting_cells import export_cells

    target = Path(arguments.output)
    stored = app.read_cells(arguments.dataset, revision=arguments.revision, quantity=arguments.quantity)
    export_cells(stored, target, arguments.format)
    matrix = stored.matrix
    rows, columns = matrix.n_features - len(matrix.absent), matrix.n_cells
    if arguments.json:
        print_json({"path": str(target), "quantity": matrix.name, "n_features": rows, "n_cells": columns})
    else:
        print(f"{target}: {matrix.name}, {counted(rows, 'feature')} × {counted(columns, 'cell')}", file=sys.stderr)
    return 0


def delete(arguments: argparse.Namespace, app: "App") -> int:
    """Delete a dataset, after an explicit yes."""
    if not arguments.yes:
        raise SettingsError("this deletes the dataset with its revisions", hint="Say --yes if that is what you want")
    found = app.delete_dataset(arguments.dataset)
    if arguments.json:
        print_json({"deleted": found})
    else:
        print(f"deleted {found}")
    return 0
