"""Targeted programs and services: known compounds, by name."""

from collections.abc import Mapping

from amprenta_core import Dictionary, Measure, ZeroMeaning
from amprenta_metabolomics.declaring import IDS, declare
from amprenta_metabolomics.recognising import looks_like_metabolite

_METABOLON_SHEETS: Mapping[str, Measure] = {
    r"OrigScale|.*raw.*": Measure(name="OrigScale", zero=ZeroMeaning.MISSING),
    r"ScaledImp.*": Measure(name="ScaledImpData", scale="linear"),
    r"Peak Area Data": Measure(name="peak area", zero=ZeroMeaning.MISSING),
    r"Batch.?norm\w* Imputed.*": Measure(name="batch-normalised, imputed"),
    r"Batch.?norm.*": Measure(name="batch-normalised", zero=ZeroMeaning.MISSING),
    r"(?:Volume|Mass|Protein|Osm)\w*.?norm.*": Measure(name="normalised", zero=ZeroMeaning.MISSING),
    r"Log Transformed.*": Measure(name="log-transformed", scale="ln"),
}
"""What the sheets of Metabolon's workbooks hold, by their names."""

METABOLON = declare(
    "metabolon",
    "Metabolon client data table",
    versions="until 2020: OrigScale, ScaledImpData",
    layout="rows",
    header=("BIOCHEMICAL|BIOCHEMICAL NAME", "SUPER_PATHWAY|SUPER PATHWAY", "COMP_ID|COMP ID|CHEMICAL_ID|CHEMICAL ID"),
    feature=("BIOCHEMICAL", "BIOCHEMICAL NAME"),
    key=("COMP_ID|COMP ID|CHEMICAL_ID|CHEMICAL ID",),
    attributes=(
        "SUPER_PATHWAY", "SUB_PATHWAY", "PATHWAY_SORTORDER", "PLATFORM", "CHEMICAL_ID", "RI", "LIB_ID",
    ),
    mz=("MASS",),
    labels_above=True,
    sheets=_METABOLON_SHEETS,
    measures=(Measure(name="intensity", zero=ZeroMeaning.MISSING),),
)  # fmt: skip

METABOLON_SHEETS = declare(
    "metabolon-workbook",
    "Metabolon workbook with sheets of compounds, samples and data",
    versions="since 2020: Peak Area Data, Batch-normalized Data, …",
    layout="columns",
    header=("PARENT_SAMPLE_NAME",),
    sample=("PARENT_SAMPLE_NAME",),
    names_sheet=Dictionary(key="CHEM_ID", label="CHEMICAL_NAME|PLOT_NAME", header=("SUPER_PATHWAY",), ids=IDS),
    samples_sheet=Dictionary(
        key="PARENT_SAMPLE_NAME", header=("CLIENT_SAMPLE_ID|CLIENT_IDENTIFIER|GROUP_NAME|TUBE_ID",)
    ),
    attributes=("SUPER_PATHWAY", "SUB_PATHWAY", "PLATFORM", "TYPE"),
    sheets=_METABOLON_SHEETS,
    measures=(Measure(name="intensity"),),
)

CIMCB = declare(
    "cimcb",
    "workbook with a sheet of data and a sheet of peaks (CIMCB)",
    layout="columns",
    header=("SampleID|Sample_ID|Sample ID", "Idx|SampleType|Sample_Type|Class|Order|QC"),
    sample=("SampleID", "Sample_ID", "Sample ID"),
    names_sheet=Dictionary(key="Name", label="Label", header=("Idx|Perc_missing|QC_RSD",), ids=IDS),
    measures=(Measure(name="intensity", scale=None),),
)

BIOCRATES = declare(
    "biocrates",
    "Biocrates MetIDQ export",
    versions="p180, p400, Quant 500, bile acids, steroids",
    layout="columns",
    header=("Plate Bar Code|Plate Barcode", "Sample Bar Code|Sample Identification", "Sample Type"),
    sample=("Sample Identification", "Sample Bar Code"),
    label_row="Class",
    skip_labels="metabolism indicators",
    unit_row=r"\[(.?M|.mol/.+)\]",
    measures=(Measure(name="concentration", columns=r"(?P<feature>.+)"),),
)

_SKYLINE_VALUES = (
    Measure(name="Area", columns="Area|Total Area"),
    Measure(name="Normalized Area", columns="Normalized Area"),
    Measure(name="Retention Time", columns="Retention Time|Best Retention Time", unit="minute"),
    Measure(name="Background", columns="Background|Total Background"),
    Measure(name="Height", columns="Height|Max Height"),
)

SKYLINE = declare(
    "skyline",
    "Skyline report of small molecules, one row for each transition and replicate",
    layout="long",
    header=(
        "Molecule Name|Molecule|Precursor Ion Name|Peptide",
        "Replicate Name|Replicate|File Name",
        "Area|Total Area",
    ),
    feature=("Molecule Name", "Molecule", "Precursor Ion Name", "Peptide"),
    sample=("Replicate Name", "Replicate", "File Name"),
    key=("Precursor Mz", "Product Mz"),
    attributes=(
        "Molecule List Name",
        "Protein",
        "Precursor Charge",
        "Product Charge",
        "Fragment Ion",
        "Molecule Formula",
    ),
    mz=("Precursor Mz",),
    measures=_SKYLINE_VALUES,
    names=looks_like_metabolite,
)

SKYLINE_PIVOT = declare(
    "skyline-pivot",
    "Skyline report of small molecules with replicates pivoted into columns",
    layout="rows",
    header=(
        "Molecule Name|Molecule|Precursor Ion Name|Peptide",
        "Precursor Mz|Precursor Charge|Product Mz|Molecule List Name",
    ),
    without=("Replicate Name", "Replicate"),
    feature=("Molecule Name", "Molecule", "Precursor Ion Name", "Peptide"),
    key=("Precursor Mz", "Product Mz"),
    attributes=(
        "Molecule List Name",
        "Protein",
        "Precursor Charge",
        "Product Charge",
        "Fragment Ion",
        "Molecule Formula",
    ),
    mz=("Precursor Mz",),
    measures=(
        Measure(name="Area", columns=r"(?P<sample>.+?)[ .](?:Total[ .])?Area\Z"),
        Measure(name="Retention Time", columns=r"(?P<sample>.+?)[ .](?:Best[ .])?Retention[ .]Time\Z", unit="minute"),
        Measure(name="Background", columns=r"(?P<sample>.+?)[ .]Background\Z"),
    ),
    names=looks_like_metabolite,
)

MASSHUNTER = declare(
    "masshunter",
    "Agilent MassHunter Quant export",
    versions="B.07 and later",
    layout="columns",
    header=("Data File|Name", "Area|Final Conc.|Calc. Conc.|Resp.", "RT"),
    header_rows=2,
    sample=("Sample|Data File", "Sample|Name"),
    measures=(
        Measure(name="Area", columns=r"(?P<feature>.+?) Results\|(?:Area|Resp\.)\Z"),
        Measure(name="RT", columns=r"(?P<feature>.+?) Results\|RT\Z", unit="minute"),
        Measure(name="FWHM", columns=r"(?P<feature>.+?) Results\|FWHM\Z", unit="minute"),
        Measure(name="Final Conc.", columns=r"(?P<feature>.+?) Results\|Final Conc\.\Z"),
        Measure(name="Calc. Conc.", columns=r"(?P<feature>.+?) Results\|Calc\. Conc\.\Z"),
    ),
)

SCIEX = declare(
    "sciex",
    "SCIEX MultiQuant and Analyst result, one row for each compound and sample",
    layout="long",
    header=("Component Name|Analyte Peak Name", "Sample Name", "Area|Analyte Peak Area (counts)"),
    feature=("Component Name", "Analyte Peak Name"),
    sample=("Original Filename", "File Name", "Sample Name"),
    key=("Mass Info", "Analyte Mass Ranges (Da)"),
    attributes=("Component Type", "Component Group Name", "IS Name"),
    measures=(
        Measure(name="Area", columns="Area|Analyte Peak Area (counts)"),
        Measure(name="Calculated Concentration", columns="Calculated Concentration|Calculated Concentration (ng/mL)"),
        Measure(name="Height", columns="Height|Analyte Peak Height (cps)"),
        Measure(name="Retention Time", columns="Retention Time|Analyte Retention Time (min)", unit="minute"),
    ),
)

ISOCOR = declare(
    "isocor",
    "isotopologues, one row for each in each sample (IsoCor, and what is given to it)",
    versions="2.x",
    layout="long",
    header=("sample", "metabolite", "isotopologue", "corrected_area|area"),
    feature=("metabolite",),
    sample=("sample",),
    key=("derivative", "isotopologue"),
    attributes=("isotopologue", "derivative", "isotopic_inchi"),
    measures=(
        Measure(name="corrected area", columns="corrected_area"),
        Measure(name="area", columns="area", zero=ZeroMeaning.MISSING),
        Measure(name="isotopologue fraction", columns="isotopologue_fraction"),
    ),
)

ACCUCOR = declare(
    "accucor",
    "isotopologues in rows, samples in columns (AccuCor)",
    layout="rows",
    header=("Compound|compound", "C_Label|N_Label|H_Label|D_Label|O_Label|Label"),
    without=("medMz", "Replicate Name"),
    feature=("Compound",),
    key=("C_Label|N_Label|H_Label|D_Label|O_Label|Label",),
    attributes=("formula", "isotopeLabel"),
    measures=(Measure(name="corrected intensity"),),
    names=looks_like_metabolite,
)

COMPOUND_LONG = declare(
    "compound-long",
    "table with one row for each compound in each sample (TraceFinder and others)",
    layout="long",
    header=(
        "Compound|Compound Name|Metabolite|Metabolite Name|Analyte|Analyte Name|Component",
        "Filename|File Name|Raw File|Data File|Sample|Sample Name|Sample ID|Replicate Name",
        "Area|Peak Area|Response|Height|Intensity|Abundance|Concentration|Conc|Amount|Calculated Amt|Value",
    ),
    without=("Peptide", "Protein", "Proteins", "Sequence", "Gene"),
    feature=(
        "Compound", "Compound Name", "Metabolite", "Metabolite Name", "Analyte", "Analyte Name", "Component",
    ),
    sample=("Filename", "File Name", "Raw File", "Data File", "Sample", "Sample Name", "Sample ID", "Replicate Name"),
    key=("Precursor m/z|Precursor Mz|m/z (Expected)", "Product Mz"),
    measures=(
        Measure(name="Area", columns="Area|Peak Area|Response"),
        Measure(name="Height", columns="Height"),
        Measure(name="Intensity", columns="Intensity|Abundance|Value"),
        Measure(name="Concentration", columns="Concentration|Conc|Amount|Calculated Amt"),
        Measure(name="RT", columns="RT|Actual RT|Retention Time", unit="minute"),
    ),
    names=looks_like_metabolite,
    least_names=2,
    confidence="likely",
)  # fmt: skip

_NEVER = r"(?!)"
"""Without m/z or number, "unknown" is all that a table calls a compound."""

_IDENTIFICATIONS = (
    "SpectrumID", "MQScore", "FileScanUniqueID", "CSI:FingerIDScore", "ConfidenceScore", "ConfidenceScoreExact",
    "SiriusScore", "ZodiacScore", "formulaRank", "structurePerIdRank", "cos_sim", "cosine_score",
)  # fmt: skip
"""Columns of tables that say what spectra are of, and measure nothing: GNPS, SIRIUS and others."""

METABOLITE_ROWS = declare(
    "metabolite-rows",
    "table with metabolites in rows",
    layout="rows",
    without=_IDENTIFICATIONS,
    measures=(Measure(name="abundance", scale=None),),
    ids={},
    unnamed=_NEVER,
    names=looks_like_metabolite,
    least_names=3,
    confidence="likely",
)

METABOLITE_COLUMNS = declare(
    "metabolite-columns",
    "table with metabolites in columns, as of NMR concentrations",
    layout="columns",
    measures=(Measure(name="abundance", scale=None),),
    unnamed=_NEVER,
    names=looks_like_metabolite,
    least_names=3,
    confidence="likely",
)

FORMATS = (
    METABOLON, METABOLON_SHEETS, CIMCB, BIOCRATES, SKYLINE, SKYLINE_PIVOT, MASSHUNTER, SCIEX, ISOCOR, ACCUCOR,
    COMPOUND_LONG, METABOLITE_ROWS, METABOLITE_COLUMNS,
)  # fmt: skip
