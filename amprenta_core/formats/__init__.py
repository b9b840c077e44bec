"""A file format as a declaration: how to recognise it, which columns identify, which pattern gives the quantities.

A new vendor version should be a new line here, not a new function. ``sniffing`` recognises declared formats in a file's
head; ``extraction`` is the one reader that follows them.
"""

from collections.abc import Callable, Mapping
from typing import Literal

from attrs import asdict, evolve, field, frozen

from amprenta_core.errors import SettingsError
from amprenta_core.formats.gct import Dimensions, gct_dimensions
from amprenta_core.formats.headers import (
    ANNOTATION,
    carried,
    compiled,
    feature_columns,
    find_column,
    fold,
)
from amprenta_core.formats.locating import (
    NAME_SEARCH,
    SAMPLE_LABELS,
    Found,
    dictionary_keys,
    find_dictionary,
    locate,
    locate_matrix,
)
from amprenta_core.formats.sniffing import combined_header, sniff
from amprenta_core.model import Confidence, FormatInfo, ZeroMeaning

__all__ = [
    "ANNOTATION",
    "NAME_SEARCH",
    "SAMPLE_LABELS",
    "Dictionary",
    "Dimensions",
    "Found",
    "Layout",
    "Level",
    "Lookup",
    "Measure",
    "Section",
    "TableFormat",
    "carried",
    "combined_header",
    "compiled",
    "dictionary_keys",
    "feature_columns",
    "find_column",
    "find_dictionary",
    "fold",
    "gct_dimensions",
    "locate",
    "locate_matrix",
    "sniff",
]

Layout = Literal["rows", "columns", "long", "gct"]


@frozen(kw_only=True)
class Measure:
    """A quantity as declared.

    ``columns`` is a regular expression over headers: with a group ``sample`` where features stand in rows, with a
    group ``feature`` where they stand in columns, without a group for the value column of a long table. None: every
    numeric column that nothing else explains. In a long table ``sample`` names columns that each hold a sample of
    their own (the channels of a label). ``before`` is the header at which the columns of samples end: some programs
    write those of groups behind it in the same words. ``combine`` says what several rows of one feature and sample
    are: a mistake ("once"), the same value repeated ("first"), parts of a sum, or candidates of which the largest is
    taken ("max").
    """

    name: str
    columns: str | None = None
    unit: str | None = None
    scale: str | None = "linear"
    zero: ZeroMeaning = ZeroMeaning.UNKNOWN
    before: str | None = None
    combine: Literal["once", "first", "sum", "max"] = "once"


@frozen(kw_only=True)
class Level:
    """What a long table holds at another level: which of the format's fields are others there."""

    feature_type: str
    feature: tuple[str, ...]
    key: tuple[str, ...] = ()
    ids: Mapping[str, str] = field(factory=dict)
    attributes: tuple[str, ...] = ()
    measures: tuple[Measure, ...]


@frozen(kw_only=True)
class Section:
    """Lines of one kind among others: the header's first cell, the rows' first cell (as mzTab has).

    ``runs`` is the first cell of lines that say which run a number is: behind it stand the number and the file.
    """

    header: str
    rows: str
    runs: str | None = None


@frozen(kw_only=True)
class Lookup:
    """Where another section of the file says m/z and retention time: its rows are found by ``refs`` → ``key``."""

    section: Section
    refs: str
    key: str
    mz: str
    rt: str


@frozen(kw_only=True)
class Dictionary:
    """Another sheet of the workbook that says what a key stands for ("A|B": either column).

    ``label`` is the column of the name, None where the sheet only describes; all its other columns describe too.
    """

    key: str
    label: str | None = None
    header: tuple[str, ...] = ()
    ids: Mapping[str, str] = field(factory=dict)


@frozen(kw_only=True, eq=False)
class TableFormat:
    """One format. Column names match whatever their case, and with dots, underscores or spaces between words.

    ``layout``: features in rows, in columns, one row for each value, or a GCT, which says itself what is where.
    ``header`` names columns that must all stand in the header row ("A|B": either), ``without`` those that must not.
    ``feature`` names the column of the feature's name, ``key`` the columns that tell features apart beside it;
    ``attributes`` are columns that describe it and are kept, ``ignored`` those that are not, although of numbers;
    ``sample`` the column of the sample where samples stand in rows. ``rt_seconds`` is the unit of retention times in
    seconds, where the header does not say it. Columns that never exceed ``count_column`` are
    counts. ``names`` recognises the plugin's own feature names: where given, most names must be, and ``least_names``
    of them. ``nameless``: a table is of the format although no feature in it has a name. ``others`` recognises the
    names of other omics: where most are of one, the claim is only possible, and says so. ``labels_above``: the rows
    above the header describe samples, each labelled in the last column before them. ``names_sheet`` and
    ``samples_sheet`` are the sheets that name features and describe samples; ``sheets`` says what a sheet of some name
    (a regular expression) holds instead of the first measure. ``accessions`` turns a cell of one of the columns of
    ``ids`` (namespace, cell) into clean identifiers, namespace → accession; ``related`` says which of these name other
    features that this one belongs to (namespace → type; "|" stands between several). ``columns_like`` are patterns,
    each of which some header must match. ``described_below`` is how the rows right below the header begin that
    describe its columns: they are no features, and show where the table is. ``flag_columns`` (flag → column, "A|B":
    either) marks the features whose cell there says so, instead of the flag's test of names. ``statistics``: whether
    columns of fold changes and p-values are those of tests; ``contrast`` is the column that names each row's.
    ``sample`` may join columns ("A+B"); ``channel`` tells samples of one run apart, but for the words ``no_channel``.
    ``level`` is what a row of the result is, ``lower`` the levels that the user may ask for instead. ``unassigned`` is
    what the rows are called that name no feature, where these were measured all the same. ``records`` is the column of
    lists whose records (as ``read_file`` unfolds them) hold the values: a row that has none is set aside.
    ``sample_files`` is how lines above the header (their cells joined by tabs) say which file a sample of the header
    is: a pattern with the groups ``sample`` and ``file``.
    """

    name: str
    title: str
    layout: Layout
    feature_type: str
    omics_type: str
    versions: str = "any"
    header: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    header_rows: int = 1
    section: Section | None = None
    lookup: Lookup | None = None
    feature: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    sample: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()
    sheets: Mapping[str, Measure] = field(factory=dict)
    ids: Mapping[str, str] = field(factory=dict)
    accessions: Callable[[str, str], Mapping[str, str]] | None = None
    related: Mapping[str, str] = field(factory=dict)
    attributes: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    mz: tuple[str, ...] = ()
    rt: tuple[str, ...] = ()
    rt_seconds: float = 1.0
    labels_above: bool = False
    names_sheet: Dictionary | None = None
    samples_sheet: Dictionary | None = None
    sample_rows: Mapping[str, int] = field(factory=dict)
    sample_files: str | None = None
    sample_where: tuple[str, str] | None = None
    count_column: str | None = None
    unit_row: str | None = None
    label_row: str | None = None
    skip_labels: str | None = None
    names: Callable[[str], bool] | None = None
    least_names: int = 1
    nameless: bool = False
    others: Mapping[str, Callable[[str], bool]] = field(factory=dict)
    unnamed: str = r"unknown\Z"
    unassigned: str | None = None
    feature_flags: Mapping[str, Callable[[str], bool]] = field(factory=dict)
    flag_columns: Mapping[str, str] = field(factory=dict)
    columns_like: tuple[str, ...] = ()
    described_below: str | None = None
    statistics: bool = True
    contrast: tuple[str, ...] = ()
    records: str | None = None
    channel: tuple[str, ...] = ()
    no_channel: tuple[str, ...] = ()
    level: str = ""
    lower: Mapping[str, Level] = field(factory=dict)
    confidence: Confidence = "certain"

    @property
    def info(self) -> FormatInfo:
        """The format in the list that a plugin describes itself with."""
        return FormatInfo(name=self.name, versions=self.versions, title=self.title, levels=self.levels)

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels at which the format can be read, the one of choice first."""
        return (self.level, *self.lower) if self.lower else ()

    def at(self, level: str) -> "TableFormat":
        """The format as it is at another level. Raises ``SettingsError`` where it has not got it."""
        if level in ("", self.level):
            return self
        if level not in self.lower:
            there = f"Take one of {', '.join(self.levels)}" if self.lower else "Leave --level out"
            raise SettingsError(f"the format {self.name} has no level {level}", hint=there)
        return evolve(self, level=level, unassigned=None, **asdict(self.lower[level], recurse=False))
