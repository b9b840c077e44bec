"""The one reader that follows declared formats: a file as written becomes samples, features and quantities."""

from collections.abc import Callable, Mapping, Sequence

from amprenta_core.errors import ParseError
from amprenta_core.extraction.columns import extract_columns
from amprenta_core.extraction.gct import extract_gct
from amprenta_core.extraction.grid import Grid, find_grid
from amprenta_core.extraction.long import extract_long
from amprenta_core.extraction.rows import extract_rows
from amprenta_core.formats import Layout, TableFormat
from amprenta_core.model import FeatureTable
from amprenta_core.written import ParsedFile

_LAYOUTS: Mapping[Layout, Callable[[Grid], FeatureTable]] = {
    "rows": extract_rows,
    "columns": extract_columns,
    "long": extract_long,
    "gct": extract_gct,
}


def extract(parsed: ParsedFile, formats: Sequence[TableFormat]) -> FeatureTable:
    """The measured features of a file by its declared format. For ``extract_features``.

    Raises ``ParseError`` where the table is not where the format says, or holds no measured row.
    """
    declared = next((f for f in formats if f.name == parsed.format), None)
    if declared is None:
        raise ParseError(f"the format {parsed.format} is not declared", path=parsed.path)
    grid = find_grid(parsed, declared.at(parsed.level))
    table = _LAYOUTS[declared.layout](grid)
    if not table.features:
        raise ParseError(
            "the table has a header and no complete row of values", path=parsed.path, line=grid.header_line
        )
    if not any((quantity.values == quantity.values).any() for quantity in table.quantities):  # NaN is not itself
        raise ParseError("the table has names and not one value", path=parsed.path, line=grid.header_line)
    return table
