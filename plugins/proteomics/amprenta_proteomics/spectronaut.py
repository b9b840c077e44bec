"""Spectronaut and SpectroMine: pivot reports, whatever the level of their rows."""

from amprenta_core import Measure
from amprenta_proteomics.declaring import declare

_RUN = r"(?:\[\d+\] ?|X?\.\d+\.\.)?(?P<sample>.+)"
"""A run as pivot reports name it, numbered or not, in their own headers or in those that R made of them."""
_SETTINGS = r"(?: \(Settings\)|\.+Settings\.)?"


def _measure(name: str, column: str) -> Measure:
    return Measure(name=name, columns=rf"{_RUN}\.{column}\Z")


_PROTEINS = (_measure("quantity", r"PG\.Quantity"), _measure("ibaq", r"PG\.IBAQ"))
_PEPTIDES = tuple(
    _measure(f"{n}quantity", rf"PEP\.{c}Quantity") for n, c in (("", ""), ("ms1_", "MS1"), ("ms2_", "MS2"))
)
_PRECURSORS = (
    _measure("total_quantity", rf"EG\.TotalQuantity{_SETTINGS}"),
    _measure("quantity", r"FG\.Quantity"),
    _measure("quantity", r"EG\.Quantity"),
    _measure("ms2_quantity", r"FG\.MS2Quantity"),
    _measure("ms1_quantity", r"FG\.MS1Quantity"),
)
_GENES = {"gene_symbol": "PG.Genes"}
_ABOUT = ("PG.ProteinGroups", "PG.ProteinAccessions", "PG.ProteinNames", "PG.ProteinDescriptions", "PG.Organisms")

SITES = declare(
    "spectronaut-pivot-sites",
    "Spectronaut pivot report of modification sites",
    versions="any",
    feature_type="site",
    header=("PTM.CollapseKey",),
    without=("R.FileName",),
    columns_like=(r".+\.PTM\.Quantity\Z",),
    feature=("PTM.CollapseKey",),
    key=("PTM.Multiplicity",),
    ids=_GENES,
    attributes=(*_ABOUT, "PTM.ProteinId", "PTM.SiteAA", "PTM.SiteLocation", "PTM.FlankingRegion"),
    measures=(_measure("quantity", r"PTM\.Quantity"),),
)

PRECURSORS = declare(
    "spectronaut-pivot-precursors",
    "Spectronaut pivot report of precursors",
    versions="any",
    feature_type="peptide",
    header=("EG.PrecursorId|FG.Id|EG.ModifiedSequence|EG.ModifiedPeptide",),
    without=("R.FileName",),
    columns_like=(rf".+\.(?:EG\.(?:Total)?Quantity{_SETTINGS}|FG\.(?:MS[12])?Quantity)\Z",),
    feature=("EG.PrecursorId", "FG.Id", "EG.ModifiedSequence", "EG.ModifiedPeptide"),
    key=("FG.Charge",),
    ids=_GENES,
    attributes=(*_ABOUT, "PEP.StrippedSequence"),
    measures=_PRECURSORS,
)

PEPTIDES = declare(
    "spectronaut-pivot-peptides",
    "Spectronaut pivot report of peptides",
    versions="any",
    feature_type="peptide",
    header=("PEP.StrippedSequence|PEP.GroupingKey",),
    without=("R.FileName", "EG.PrecursorId", "FG.Id"),
    columns_like=(r".+\.PEP\.(?:MS[12])?Quantity\Z",),
    feature=("PEP.StrippedSequence", "PEP.GroupingKey"),
    ids=_GENES,
    attributes=_ABOUT,
    measures=_PEPTIDES,
)

PROTEINS = declare(
    "spectronaut-pivot",
    "Spectronaut pivot report of protein groups",
    versions="any",
    header=("PG.ProteinGroups|PG.ProteinAccessions",),
    without=("R.FileName",),
    columns_like=(r".+\.PG\.Quantity\Z",),
    feature=("PG.ProteinGroups", "PG.ProteinAccessions"),
    ids=_GENES,
    attributes=("PG.ProteinNames", "PG.ProteinDescriptions", "PG.Organisms"),
    measures=_PROTEINS,
)

SPECTROMINE = declare(
    "spectromine-pivot",
    "SpectroMine pivot report of protein groups, isobaric labels",
    versions="any",
    header=("PG.ProteinGroups|PG.ProteinAccessions|PG.UniProtIds",),
    without=("R.FileName",),
    columns_like=(r".+\.PG\.(?:TMT|iTRAQ)\d*[_.].+\Z",),
    feature=("PG.ProteinGroups", "PG.ProteinAccessions", "PG.UniProtIds"),
    ids=_GENES,
    attributes=_ABOUT[2:],
    measures=(Measure(name="quantity", columns=r"(?:\[\d+\] ?)?(?P<sample>.+\.PG\.(?:TMT|iTRAQ)\d*[_.]\w+)\Z"),),
)

CANDIDATES = declare(
    "spectronaut-candidates",
    "Spectronaut candidates, comparisons of groups",
    versions="any",
    header=("Comparison (group1/group2)", "ProteinGroups", "AVG Log2 Ratio"),
    feature=("ProteinGroups",),
    ids={"gene_symbol": "Genes"},
    attributes=("ProteinNames", "ProteinDescriptions", "Organisms"),
    statistics=True,
    contrast=("Comparison (group1/group2)",),
)

FORMATS = (SITES, PRECURSORS, PEPTIDES, PROTEINS, SPECTROMINE, CANDIDATES)
