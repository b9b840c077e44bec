"""Long tables: precursors, spectra, peaks and fragments, run by run, told as protein groups or at their own level."""

from collections.abc import Mapping

from amprenta_core import Level, Measure, TableFormat, ZeroMeaning
from amprenta_proteomics.declaring import declare
from amprenta_proteomics.names import looks_like_protein

GROUP = "protein_group"


def _own(name: str, columns: str, **settings: object) -> Measure:
    """A value of the whole group that the program repeats in each row."""
    return Measure(name=name, columns=columns, combine="first", zero=ZeroMeaning.MISSING, **settings)  # type: ignore[arg-type]  # few, and named


def summed(name: str, columns: str) -> Measure:
    """A value of a row's own, which the group sums."""
    return Measure(name=name, columns=columns, combine="sum", zero=ZeroMeaning.MISSING)


def of_peptides(*measures: Measure, feature: str, key: str = "", attributes: tuple[str, ...] = ()) -> Level:
    """The level of the peptides or precursors that the rows hold."""
    return Level(
        feature_type="peptide",
        feature=tuple(feature.split("|")),
        key=(key,) if key else (),
        attributes=attributes,
        measures=measures,
    )


def long_table(name: str, title: str, lower: Mapping[str, Level], **settings: object) -> TableFormat:
    """A long table that is told as protein groups; ``lower`` are its rows' own levels."""
    settings = {"unassigned": "no protein group", "no_channel": ("L", "light", "LFQ", "label free"), **settings}
    return declare(name, title, layout="long", level=GROUP, lower=lower, **settings)


_EVIDENCE = (
    summed("reporter_intensity_corrected", r"Reporter[ .]intensity[ .]corrected[ .](?P<sample>\d+)\Z"),
    summed("reporter_intensity", r"Reporter[ .]intensity[ .](?P<sample>\d+)\Z"),
    summed("intensity", "Intensity"),
)

EVIDENCE = long_table(
    "maxquant-evidence",
    "MaxQuant evidence",
    {
        "peptide": of_peptides(*_EVIDENCE, feature="Sequence", attributes=("Leading razor protein", "Proteins")),
        "precursor": of_peptides(
            *_EVIDENCE,
            feature="Modified sequence",
            key="Charge",
            attributes=("Sequence", "Leading razor protein", "Proteins"),
        ),
    },
    header=("Modified sequence", "Raw file", "Leading razor protein", "Intensity", "Retention length|Number of scans"),
    feature=("Leading razor protein",),
    sample=("Raw file",),
    ids={"gene_symbol": "Gene names"},
    attributes=("Protein names",),
    flag_columns={"decoy": "Reverse", "contaminant": "Potential contaminant|Contaminant"},
    measures=_EVIDENCE,
)

_PSMS = (
    summed("abundance", r"Abundance(?:: ?| |\.+)(?P<sample>1[2-3]\d[NCD]*)\Z"),
    summed("reporter_intensity", r"X?(?P<sample>1[2-3]\d(?:[._]?[NCD]+)?)\Z"),
    summed("intensity", "Precursor Abundance|Precursor Area|Intensity"),
)

PSMS = long_table(
    "proteome-discoverer-psms",
    "Proteome Discoverer PSMs",
    {
        "peptide": of_peptides(
            *_PSMS,
            feature="Sequence|Annotated Sequence",
            key="Modifications",
            attributes=("Master Protein Accessions", "Protein Group Accessions"),
        )
    },
    header=(
        "Annotated Sequence|Sequence", "Master Protein Accessions|Protein Group Accessions", "Spectrum File", "Charge",
    ),
    feature=("Master Protein Accessions", "Protein Group Accessions"),
    sample=("Spectrum File",),
    attributes=("Master Protein Descriptions", "Protein Descriptions"),
    measures=_PSMS,
)  # fmt: skip

_SPECTRA = (
    summed("reporter_intensity", r"(?:Intensity|Channel) (?P<sample>.+)\Z"),
    summed("intensity", "Intensity"),
)
_OF_PEPTIDE = ("Protein", "Protein ID", "Gene")

FRAGPIPE_PSMS = long_table(
    "fragpipe-psms",
    "FragPipe PSMs",
    {
        "peptide": of_peptides(*_SPECTRA, feature="Peptide", attributes=_OF_PEPTIDE),
        "precursor": Level(
            feature_type="peptide",
            feature=("Peptide",),
            key=("Modified Peptide", "Charge"),  # the former is blank where nothing is modified
            attributes=_OF_PEPTIDE,
            measures=_SPECTRA,
        ),
    },
    header=("Spectrum", "Spectrum File", "Peptide", "Hyperscore", "Intensity", "Protein", "Protein ID"),
    feature=("Protein",),
    sample=("Spectrum File",),
    ids={"gene_symbol": "Gene", "uniprot": "Protein ID"},
    attributes=("Entry Name", "Protein Description"),
    measures=_SPECTRA,
)

DIANN = long_table(
    "diann-report",
    "DIA-NN report",
    {
        "peptide": of_peptides(
            summed("normalised_quantity", "Precursor.Normalised"),
            summed("quantity", "Precursor.Quantity"),
            feature="Stripped.Sequence",
            attributes=("Protein.Group", "Genes"),
        ),
        "precursor": of_peptides(
            Measure(name="normalised_quantity", columns="Precursor.Normalised", zero=ZeroMeaning.MISSING),
            Measure(name="quantity", columns="Precursor.Quantity", zero=ZeroMeaning.MISSING),
            Measure(name="q_value", columns="Q.Value"),
            feature="Precursor.Id",
            attributes=("Stripped.Sequence", "Modified.Sequence", "Precursor.Charge", "Protein.Group", "Genes"),
        ),
    },
    header=("Run|File.Name", "Protein.Group", "Precursor.Id", "Precursor.Quantity", "Q.Value"),
    feature=("Protein.Group",),
    sample=("Run", "File.Name"),
    channel=("Channel",),
    ids={"gene_symbol": "Genes"},
    attributes=("Protein.Ids", "Protein.Names", "First.Protein.Description"),
    flag_columns={"decoy": "Decoy"},
    measures=(
        _own("maxlfq_intensity", "PG.MaxLFQ"),
        _own("normalised_quantity", "PG.Normalised"),
        _own("quantity", "PG.Quantity"),
        _own("top_n_intensity", "PG.TopN"),
        Measure(name="q_value", columns="PG.Q.Value", combine="first"),
        summed("summed_precursor_quantity", "Precursor.Normalised|Precursor.Quantity"),
    ),
)

SPECTRONAUT = long_table(
    "spectronaut-report",
    "Spectronaut report",
    {
        "precursor": of_peptides(
            _own("quantity", "FG.Quantity|EG.TotalQuantity (Settings)|FG.MS2Quantity|FG.MS1Quantity"),
            summed("peak_area", "F.PeakArea"),
            feature="EG.PrecursorId|EG.ModifiedSequence|EG.ModifiedPeptide|FG.LabeledSequence|PEP.StrippedSequence",
            key="FG.Charge",
            attributes=("PEP.StrippedSequence", "PG.ProteinGroups", "PG.Genes"),
        )
    },
    header=(
        "R.FileName", "PG.ProteinGroups|PG.ProteinAccessions",
        "PG.Quantity|FG.Quantity|F.PeakArea|F.NormalizedPeakArea|EG.TotalQuantity (Settings)",
    ),
    feature=("PG.ProteinGroups", "PG.ProteinAccessions"),
    sample=("R.FileName",),
    ids={"gene_symbol": "PG.Genes"},
    attributes=("PG.ProteinNames", "PG.ProteinDescriptions", "PG.Organisms"),
    flag_columns={"decoy": "EG.IsDecoy"},
    measures=(
        _own("quantity", "PG.Quantity"),
        Measure(name="q_value", columns="PG.Qvalue|PG.QValue (Run-Wise)", combine="first"),
        summed("peak_area", "F.NormalizedPeakArea|F.PeakArea"),
    ),
)  # fmt: skip

_MSSTATS = (summed("intensity", "Intensity|Area"),)
_MSSTATS_RUN = ("Mixture+TechRepMixture", "Mixture", "Run", "File Name", "Replicate Name", "Replicate")

MSSTATS_INPUT = long_table(
    "msstats-input",
    "MSstats and MSstatsTMT input",
    {
        "peptide": of_peptides(
            *_MSSTATS,
            feature="PeptideSequence|PeptideModifiedSequence",
            key="PrecursorCharge|Charge",
            attributes=("ProteinName", "Protein"),
        )
    },
    header=(
        "ProteinName|Protein", "PeptideSequence|PeptideModifiedSequence", "Run", "Intensity", "PrecursorCharge|Charge",
        "BioReplicate|Reference",
    ),
    feature=("ProteinName", "Protein"),
    sample=_MSSTATS_RUN,
    channel=("Channel", "IsotopeLabelType"),
    measures=_MSSTATS,
)  # fmt: skip

SKYLINE = long_table(
    "skyline-transitions-of-peptides",
    "Skyline report of transitions of peptides",
    {
        "peptide": of_peptides(
            *_MSSTATS,
            feature="Peptide Modified Sequence|Peptide Sequence|Peptide",
            key="Precursor Charge",
            attributes=("Protein Name", "Protein"),
        )
    },
    header=(
        "Protein Name|Protein", "Peptide Modified Sequence|Peptide Sequence|Peptide",
        "File Name|Replicate Name|Replicate", "Area", "Fragment Ion|Precursor Charge",
    ),
    feature=("Protein Name", "Protein"),
    names=looks_like_protein,
    sample=("File Name", "Replicate Name", "Replicate"),
    channel=("Isotope Label Type",),
    measures=_MSSTATS,
)  # fmt: skip

PEAKS = long_table(
    "metamorpheus-peaks",
    "MetaMorpheus and FlashLFQ quantified peaks",
    {
        "peptide": of_peptides(
            summed("intensity", "Peak intensity"),
            feature="Full Sequence",
            attributes=("Base Sequence", "Protein Group"),
        )
    },
    header=("File Name", "Base Sequence", "Full Sequence", "Protein Group|Protein Groups", "Peak intensity"),
    feature=("Protein Group", "Protein Groups"),
    sample=("File Name",),
    measures=(summed("intensity", "Peak intensity"),),
)

OPENSWATH = long_table(
    "openswath",
    "OpenSWATH and TRIC peak groups",
    {
        "precursor": of_peptides(
            summed("intensity", "Intensity"),
            feature="FullPeptideName|Sequence",
            key="Charge",
            attributes=("ProteinName", "transition_group_id"),
        )
    },
    header=(
        "transition_group_id",
        "ProteinName",
        "FullPeptideName|Sequence",
        "filename|align_origfilename",
        "Intensity",
    ),
    feature=("ProteinName",),
    sample=("filename", "align_origfilename"),
    flag_columns={"decoy": "decoy"},
    measures=(summed("intensity", "Intensity"),),
)

ALPHADIA = long_table(
    "alphadia-precursors",
    "AlphaDIA precursors",
    {
        "precursor": of_peptides(
            summed("intensity", "intensity"), feature="sequence", key="charge", attributes=("mods", "pg", "genes")
        )
    },
    header=("run", "pg", "sequence", "charge", "intensity", "precursor_idx|mod_seq_charge_hash"),
    feature=("pg",),
    sample=("run",),
    ids={"gene_symbol": "genes"},
    flag_columns={"decoy": "decoy"},
    measures=(summed("intensity", "intensity"),),
)

_QPX_NO_CHANNEL = ("LFQ", "label free", "label free sample", "MS")
_QPX = (summed("intensity", "intensity|intensities.intensity"),)

# The newer layouts hold a list of intensities a row, of channels (quantms.io 1.0) or labels (QPX 1), and accessions
# with positions: known from the schema that the project publishes and from readers of such files.
QPX = long_table(
    "qpx-features",
    "quantms.io and QPX features",
    {
        "precursor": of_peptides(
            *_QPX,
            feature="peptidoform",
            key="precursor_charge|charge",
            attributes=("sequence", "pg_accessions", "pg_accessions.accession", "gg_names"),
        )
    },
    header=(
        "pg_accessions|pg_accessions.accession", "peptidoform", "precursor_charge|charge",
        "intensity|intensities.intensity", "reference_file_name|run_file_name|run",
    ),
    records="intensities",
    feature=("pg_accessions", "pg_accessions.accession"),
    sample=("reference_file_name", "run_file_name", "run"),
    channel=("channel", "intensities.channel", "intensities.label"),
    no_channel=_QPX_NO_CHANNEL,
    ids={"gene_symbol": "gg_names"},
    flag_columns={"decoy": "is_decoy"},
    measures=_QPX,
)  # fmt: skip

QPX_GROUPS = declare(
    "qpx-proteins",
    "QPX protein groups",
    versions="1.0 and 1.1",
    layout="long",
    header=(
        "pg_accessions", "anchor_protein", "grouped_runs|run_file_name|reference_file_name",
        "intensity|intensities.intensity",
    ),
    without=("peptidoform", "sequence"),
    records="intensities",
    feature=("pg_accessions",),
    sample=("grouped_runs", "run_file_name", "reference_file_name"),
    channel=("label", "intensities.label", "intensities.channel"),
    no_channel=_QPX_NO_CHANNEL,
    ids={"gene_symbol": "gg_names"},
    attributes=("anchor_protein", "pg_names"),
    flag_columns={"decoy": "is_decoy", "contaminant": "contaminant"},
    measures=(Measure(name="intensity", columns="intensity|intensities.intensity", zero=ZeroMeaning.MISSING),),
)  # fmt: skip

IBAQ = declare(
    "quantms-ibaq",
    "quantms iBAQ",
    layout="long",
    header=("ProteinName", "SampleID", "Ibaq"),
    feature=("ProteinName",),
    sample=("SampleID",),
    measures=(
        Measure(name="ibaq", columns="Ibaq"),
        Measure(name="ibaq_normalized", columns="IbaqNorm"),
        Measure(name="ibaq_log", columns="IbaqLog", scale="log10"),
        Measure(name="ibaq_ppb", columns="IbaqPpb", unit="parts per billion"),
    ),
)

MSSTATS_SUMMARY = declare(
    "msstats-proteins",
    "MSstats and MSstatsTMT summarised proteins",
    layout="long",
    header=("Protein", "LogIntensities|Abundance", "originalRUN|RUN|Run", "GROUP|Condition"),
    without=("PeptideSequence", "Intensity"),
    feature=("Protein",),
    sample=("Mixture+TechRepMixture", "originalRUN", "Run"),
    channel=("Channel",),
    measures=(Measure(name="abundance", columns="LogIntensities|Abundance", scale="log2"),),
)

FORMATS = (
    EVIDENCE, PSMS, FRAGPIPE_PSMS, DIANN, SPECTRONAUT, MSSTATS_INPUT, SKYLINE, PEAKS, OPENSWATH, ALPHADIA, QPX,
    QPX_GROUPS, IBAQ, MSSTATS_SUMMARY,
)  # fmt: skip
