"""What mzTab says beside its tables: assay names and units in the metadata, m/z and retention time in the features."""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath, PureWindowsPath

from amprenta_core.cells import to_number
from amprenta_core.formats import Lookup, Section, find_column

Rows = Sequence[Sequence[str]]
_PARAMETER = re.compile(r"\[[^,]*,[^,]*,\s*(?P<name>[^,]+?)\s*,.*\]\Z")
_CHANNEL = re.compile(r".*\breagent (?P<channel>\d{3}[NC]?)\Z")
"""The label of an assay that shares its run with others."""
_UNIT_KEYS = ("small_molecule-quantification_unit", "protein-quantification_unit", "peptide-quantification_unit")


def metadata(rows: Rows, runs: str | None = None) -> dict[str, str]:
    """The ``MTD`` lines: key → value; or the lines of runs, each as an assay by the name of its file."""
    said = [row for row in rows if len(row) > 2]  # noqa: PLR2004  # kind, key, value
    if runs is None:
        return {row[1].strip(): row[2].strip() for row in said if row[0] == "MTD"}
    return {f"assay[{row[1].strip()}]": _stem(row[2]) for row in said if row[0] == runs}


def assay_name(meta: Mapping[str, str], number: str) -> str:
    """The name of an assay (or of ``study_variable[n]``): as the file says, else its raw file, else its key.

    Behind the raw file stands the channel of an isobaric label: one run holds several assays.
    """
    key = f"assay[{number}]" if number.isdigit() else number
    run = meta.get(f"{key}-ms_run_ref", "")
    stem = _stem(meta.get(f"{run}-location", ""))
    reagent = _PARAMETER.match(meta.get(f"{key}-quantification_reagent", ""))
    channel = _CHANNEL.match(reagent["name"]) if reagent and stem else None
    said = meta.get(key) or meta.get(f"{key}-description") or stem or key
    return f"{said} {channel['channel']}" if channel and said == stem else said


def _stem(location: str) -> str:
    """The name of a file without folders and suffix; "" where none is said."""
    name = location.strip().rstrip("/").replace("\\", "/")
    return PurePosixPath(PureWindowsPath(name).name).stem if name not in ("", "null") else ""


def unit(meta: Mapping[str, str]) -> str | None:
    """The unit of quantities, from its controlled-vocabulary parameter."""
    value = next((meta[key] for key in _UNIT_KEYS if key in meta), None)
    match = _PARAMETER.match(value) if value else None
    return match["name"] if match else value


def masses(rows: Rows, lookup: Lookup) -> dict[str, tuple[float | None, float | None]]:
    """Key → (m/z, retention time in seconds) of another section's rows."""
    found = _section(rows, lookup.section)
    if found is None:
        return {}
    header, body = found
    key, mz, rt = (find_column(header, (name,)) for name in (lookup.key, lookup.mz, lookup.rt))
    if key is None:
        return {}
    return {row[key]: (_number(row, mz), _number(row, rt)) for row in body if key < len(row)}


def _section(rows: Rows, section: Section) -> tuple[Sequence[str], Rows] | None:
    header = next((row for row in rows if row[0] == section.header), None)
    return None if header is None else (header, [row for row in rows if row[0] == section.rows])


def _number(row: Sequence[str], column: int | None) -> float | None:
    return to_number(row[column]) if column is not None and column < len(row) else None
