"""What FragPipe (Philosopher) writes of one experiment, label-free or with isobaric labels, and PeptideShaker.

Where nothing is labelled the file is of one sample, which no header names: it is called after the file, or after the
folder, since each experiment has a ``protein.tsv`` in a folder of its own.
"""

from pathlib import PurePath

from attrs import evolve

from amprenta_core import FeatureTable, Measure, ParsedFile, Sample, TableFormat, ZeroMeaning, make_sample
from amprenta_core import extract as extract_declared
from amprenta_proteomics.declaring import any_but, declare

_ALIKE = frozenset({"protein", "peptide", "ion"})
"""What the files of all experiments are called."""
_NO_CHANNEL = (
    "Group", "SubGroup", "Protein.*", "Entry Name", "Gene.*", "Length", ".*Coverage", "Organism", "Description",
    "Top Peptide Probability", "(?:Total|Unique|Razor|Stripped) .+", "Indistinguishable Proteins", "Peptide.*",
    "Modified Sequence", "Modified Peptide", "(?:Prev|Next) AA", "Charges?", "M/Z", "Observed Mass", "Probability",
    "Expectation", "Spectral Count", "Intensity", "(?:Assigned|Observed) Modifications", "Mapped .+", "Is Unique",
    "Number of .+", "Start", "End", "Purity", "Compensation Voltage", "Quan Usage", "Best Localization.*",
)  # fmt: skip
_NAMELESS = "(?P<sample>)"


def _one(name: str, column: str, **settings: object) -> Measure:
    """The column of the file's only sample."""
    return Measure(name=name, columns=rf"{_NAMELESS}{column}\Z", **{"zero": ZeroMeaning.MISSING, **settings})  # type: ignore[arg-type]  # few, and named


_CHANNELS = Measure(
    name="reporter_intensity",
    columns=rf"(?:(?:Intensity|Channel) (?=\S))?{any_but(*_NO_CHANNEL)}",
    zero=ZeroMeaning.MISSING,
)

PROTEINS = declare(
    "fragpipe-protein",
    "FragPipe protein.tsv, proteins of one experiment",
    versions="12 to 23",
    header=(
        "Protein", "Protein ID", "Entry Name", "Protein Probability", "Top Peptide Probability",
        "Razor Intensity", "Razor Spectral Count",
    ),
    feature=("Protein",),
    ids={"gene_symbol": "Gene|Gene Names", "uniprot": "Protein ID"},
    attributes=("Entry Name", "Organism", "Protein Description", "Indistinguishable Proteins"),
    measures=(
        _CHANNELS,
        _one("razor_intensity", "Razor Intensity"),
        _one("total_intensity", "Total Intensity"),
        _one("unique_intensity", "Unique Intensity"),
        _one("spectral_count", "Razor Spectral Count", unit="spectra", zero=ZeroMeaning.VALUE),
    ),
)  # fmt: skip

_PEPTIDES = {
    "versions": "12 to 23",
    "feature_type": "peptide",
    "ids": {"gene_symbol": "Gene", "uniprot": "Protein ID"},
    "attributes": ("Protein", "Entry Name", "Mapped Proteins", "Assigned Modifications"),
    "measures": (
        _CHANNELS,
        _one("intensity", "Intensity"),
        _one("spectral_count", "Spectral Count", unit="spectra", zero=ZeroMeaning.VALUE),
    ),
}

PEPTIDES = declare(
    "fragpipe-peptide",
    "FragPipe peptide.tsv, peptides of one experiment",
    header=("Peptide|Peptide Sequence", "Charges", "Probability", "Spectral Count", "Intensity", "Protein ID"),
    without=("Spectrum", "Modified Sequence"),
    feature=("Peptide", "Peptide Sequence"),
    **_PEPTIDES,
)

IONS = declare(
    "fragpipe-ion",
    "FragPipe ion.tsv, ions of one experiment",
    header=("Peptide Sequence", "Modified Sequence", "Charge", "M/Z", "Spectral Count", "Intensity", "Protein ID"),
    without=("Spectrum",),
    feature=("Modified Sequence",),
    key=("Charge",),
    mz=("M/Z",),
    **_PEPTIDES,
)

PEPTIDE_SHAKER = declare(
    "peptideshaker-proteins",
    "PeptideShaker report of proteins",
    versions="any",
    header=("Main Accession", "Protein Inference", "#Validated Peptides|# Validated Peptides", "#PSMs|# PSMs"),
    columns_like=(r"Spectrum Counting.*\Z",),
    feature=("Main Accession",),
    ids={"gene_symbol": "Gene Name"},
    attributes=("Description", "Protein Inference", "Secondary Accessions", "Protein Group", "Validation"),
    measures=(_one("spectrum_counting", "Spectrum Counting.*", zero=ZeroMeaning.VALUE),),
)

FORMATS: tuple[TableFormat, ...] = (PROTEINS, PEPTIDES, IONS, PEPTIDE_SHAKER)


def extract(parsed: ParsedFile) -> FeatureTable:
    """As declared; the sample that no header names has its name from where the file lies. Raises ``ParseError``."""
    found = extract_declared(parsed, FORMATS)
    return evolve(found, samples=tuple(_named(sample, parsed.path) for sample in found.samples))


def _named(sample: Sample, path: str) -> Sample:
    return sample if sample.name else make_sample(_place(path), sample.attributes)


def _place(path: str) -> str:
    """The name of a file, or of its folder where all such files are called alike.

    >>> _place("/d/KO_1/protein.tsv.gz"), _place("/d/KO_1_protein.tsv"), _place("protein.tsv")
    ('KO_1', 'KO_1_protein', 'protein')
    """
    whole = PurePath(path)
    stem = whole.name.split(".")[0]
    return whole.parent.name or stem if stem in _ALIKE else stem
