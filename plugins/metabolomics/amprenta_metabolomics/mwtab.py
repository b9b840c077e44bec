"""mwTab, the format of Metabolomics Workbench, as text and as JSON."""

from collections.abc import Sequence
from pathlib import Path

from attrs import evolve

from amprenta_core import FeatureTable, FileHead, FormatInfo, Match, ParsedFile, ParseError, Problem, Table, whole_text
from amprenta_metabolomics import mwtab_extended, mwtab_features, mwtab_json, mwtab_text
from amprenta_metabolomics.mwtab_sections import Analysis, analyses

TEXT = FormatInfo(name="mwtab", versions="1.0 to 1.6", title="mwTab text (Metabolomics Workbench)")
JSON = FormatInfo(name="mwtab-json", versions="1.0 to 1.6", title="mwTab JSON (Metabolomics Workbench)")
FORMATS = (TEXT, JSON)


def sniff(head: FileHead) -> Match | None:
    """Claim a file by the line or the key that each mwTab begins with."""
    start = head.text.lstrip('\ufeff \t\r\n"')
    if head.kind != "text":
        return None
    if start.startswith(f"#{mwtab_text.HEADER}"):
        return _match(TEXT, f"first line says #{mwtab_text.HEADER}")
    if start.startswith(("{", "[")) and f'"{mwtab_text.HEADER}"' in start:
        return _match(JSON, f'JSON with the section "{mwtab_text.HEADER}"')
    return None


def _match(info: FormatInfo, reason: str) -> Match:
    return Match(format=info.name, confidence="certain", reason=reason, omics_type="metabolomics")


def parse(path: Path, match: Match) -> ParsedFile:
    """The sections as written, in their order. Raises ``FileError``."""
    text = whole_text(path)
    tables = mwtab_json.sections(text, path) if match.format == JSON.name else mwtab_text.sections(text)
    return ParsedFile(path=str(path), format=match.format, tables=tables)


def extract(parsed: ParsedFile) -> FeatureTable:
    """Metabolites over samples. Raises ``ParseError`` where the file is cut, or holds no values of its own."""
    found = analyses(parsed.tables, parsed.path, "record" if parsed.format == JSON.name else "line")
    if any(analysis.values for analysis in found):
        table = mwtab_features.feature_table(found)
    else:
        table = _extended(parsed, found)
    if not any((quantity.values == quantity.values).any() for quantity in table.quantities):  # NaN is not itself
        what = "its data section has not one value" if table.features else "its data section has no rows"
        raise ParseError(what, path=parsed.path, hint=_hint(found))
    return evolve(table, problems=(*table.problems, *_unterminated(parsed.tables[-1])))


def _unterminated(last: Table) -> list[Problem]:
    """What a file that ends with a section of data, and without a line end, may be."""
    if not (last.torn and mwtab_text.mark(last.rows[-1]).endswith(mwtab_text.END)):
        return []
    what = "the last line has no line end, and no #END follows: the file may be cut behind its values"
    return [Problem(where=f"line {last.lines[-1]}", code="unterminated_last_line", what=what)]


def _hint(found: Sequence[Analysis]) -> str:
    elsewhere = next((analysis.results_file for analysis in found if analysis.results_file), None)
    if elsewhere:
        return f"Its numbers are in another file: read {elsewhere}"
    return "It describes a study without its numbers"


def _extended(parsed: ParsedFile, found: Sequence[Analysis]) -> FeatureTable:
    """The long table of values by metabolite and sample, which is all where no wide one is."""
    for analysis in found:
        for block in analysis.extended:
            if mwtab_extended.is_long(block):
                return mwtab_extended.extract_long(parsed.path, parsed.format, block, analysis)
    raise ParseError("it has no section of values", path=parsed.path, hint=_hint(found))
