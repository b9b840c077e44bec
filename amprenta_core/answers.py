"""What a plugin answers, looked at where it comes in: values of the right class may still hold what they must not."""

import re
from collections.abc import Iterable

import numpy as np

from amprenta_core.model import (
    CONFIDENCES,
    Axis,
    Contrast,
    FeatureRef,
    FeatureTable,
    FormatInfo,
    Match,
    PluginInfo,
    Problem,
    Quantity,
    Sample,
)

PLUGIN_NAME = re.compile(r"[a-z][a-z0-9_-]*\Z")
"""What a plugin may be called: its entry point and its description."""


def wrong_info(info: PluginInfo) -> str | None:
    """Why a description cannot be used, None where it can."""
    if not isinstance(info.name, str) or not PLUGIN_NAME.match(info.name):
        return f"calls itself {info.name!r}, which is no lower-case word"
    if not _all_are(FormatInfo, info.formats):
        return "describes formats that are not FormatInfo"
    return None if _all_are(str, info.feature_types) else "names feature types that are no text"


def wrong_match(match: Match) -> str | None:
    """Why a claim cannot be followed, None where it can."""
    if match.confidence not in CONFIDENCES:
        return f"says {match.confidence!r} of its confidence"
    if not _all_are(str, (match.format, match.reason, match.omics_type)):
        return "claims with a format, a reason or an omics that is no text"
    return None if _all_are(str, (*match.members, *match.parts)) else "names members or parts that are no text"


def wrong_table(table: FeatureTable) -> str | None:
    """Why a table cannot be used, whatever its numbers are; None where it can."""
    for kind, values in (
        (FeatureRef, table.features),
        (Sample, table.samples),
        (Contrast, table.contrasts),
        (Quantity, table.quantities),
        (Problem, table.problems),
    ):
        if not _all_are(kind, values):
            return f"gave something else among its values of {kind.__name__}"
    return next((fault for quantity in table.quantities if (fault := _wrong_quantity(quantity))), None)


def _wrong_quantity(quantity: Quantity) -> str | None:
    values = quantity.values
    if not isinstance(values, np.ndarray) or values.dtype != np.float64 or values.ndim != 2:  # noqa: PLR2004  # a matrix
        return f"gave {quantity.name!r} with values that are no matrix of float64"
    return None if isinstance(quantity.axis, Axis) else f"gave {quantity.name!r} with an axis that is no Axis"


def _all_are(kind: type, values: Iterable[object]) -> bool:
    return isinstance(values, tuple) and all(issubclass(found, kind) for found in set(map(type, values)))
