"""Untargeted programs: features by m/z and retention time, some of them with a name."""

from amprenta_core import Lookup, Measure, Section, ZeroMeaning
from amprenta_metabolomics.declaring import PEPTIDES, declare

_ASSAY = r"(?:smallmolecule_)?abundance_assay\[(?P<sample>\d+)\]\Z"
_GROUP = r"(?:smallmolecule_)?abundance_(?P<sample>study_variable\[\d+\])\Z"
_NO_ASSAYS = ("abundance_assay[1]", "smallmolecule_abundance_assay[1]")
_DATABASE = {"database": "database_identifier", "inchikey": "inchikey"}
_FEATURES = Section(header="SFH", rows="SMF")
_RUN = r"(?P<sample>.+\.(?i:mz[x5]?ml|mzdata|raw|wiff2?|d|cdf))\Z"
"""A header that is nothing but the name of a run's file."""
_MOLECULES = Section(header="SMH", rows="SML")
_MASSES = Lookup(
    section=_FEATURES,
    refs="SMF_ID_REFS",
    key="SMF_ID",
    mz="exp_mass_to_charge",
    rt="retention_time_in_seconds",
)

MZTAB_M = declare(
    "mztab-m",
    "mzTab-M small molecules",
    versions="2.0, 2.1, 2.2",
    layout="rows",
    section=_MOLECULES,
    header=("SML_ID", "chemical_name", "abundance_assay[1]"),
    feature=("chemical_name",),
    key=("SML_ID",),
    ids=_DATABASE,
    attributes=("chemical_formula", "adduct_ions", "smiles", "inchi", "reliability"),
    lookup=_MASSES,
    measures=(Measure(name="abundance", columns=_ASSAY),),
    nameless=True,
)

MZTAB_M_GROUPS = declare(
    "mztab-m-groups",
    "mzTab-M small molecules, quantities of study variables alone",
    versions="2.0, 2.1, 2.2",
    layout="rows",
    section=_MOLECULES,
    header=("SML_ID", "chemical_name", "abundance_study_variable[1]"),
    without=_NO_ASSAYS,
    feature=("chemical_name",),
    key=("SML_ID",),
    ids=_DATABASE,
    attributes=("chemical_formula", "adduct_ions", "smiles", "inchi", "reliability"),
    lookup=_MASSES,
    measures=(Measure(name="abundance", columns=_GROUP),),
    nameless=True,
)

MZTAB_M_FEATURES = declare(
    "mztab-m-features",
    "mzTab-M features, where no small molecule has quantities",
    versions="2.0, 2.1, 2.2",
    layout="rows",
    section=_FEATURES,
    header=("SMF_ID", "exp_mass_to_charge", "abundance_assay[1]"),
    feature=("opt_global_name",),
    key=("SMF_ID",),
    ids={},
    attributes=("adduct_ion", "charge", "isotopomer"),
    mz=("exp_mass_to_charge",),
    rt=("retention_time_in_seconds",),
    measures=(Measure(name="abundance", columns=_ASSAY),),
    nameless=True,
)

MZTAB = declare(
    "mztab",
    "mzTab small molecules",
    versions="1.0",
    layout="rows",
    section=_MOLECULES,
    header=("identifier", "exp_mass_to_charge", "smallmolecule_abundance_assay[1]"),
    feature=("description", "identifier"),
    ids={"database": "identifier", "inchikey": "inchi_key"},
    attributes=("chemical_formula", "modifications", "smiles"),
    mz=("exp_mass_to_charge",),
    rt=("retention_time",),
    measures=(Measure(name="abundance", columns=_ASSAY),),
    nameless=True,
)

MZTAB_GROUPS = declare(
    "mztab-groups",
    "mzTab small molecules, quantities of study variables alone",
    versions="1.0",
    layout="rows",
    section=_MOLECULES,
    header=("identifier", "exp_mass_to_charge", "smallmolecule_abundance_study_variable[1]"),
    without=_NO_ASSAYS,
    feature=("description", "identifier"),
    ids={"database": "identifier", "inchikey": "inchi_key"},
    attributes=("chemical_formula", "modifications", "smiles"),
    mz=("exp_mass_to_charge",),
    rt=("retention_time",),
    measures=(Measure(name="abundance", columns=_GROUP),),
    nameless=True,
)

MSDIAL = declare(
    "msdial",
    "MS-DIAL alignment result, of one run or of several below each other",
    versions="3, 4, 5; notame",
    layout="rows",
    header=("Alignment ID|Alignment", "Metabolite name|Name", "Average Rt(min)|Average Rt|RT|Average RI"),
    feature=("Metabolite name", "Name"),
    key=("Column", "Ion mode|Ion_mode|Polarity", "Alignment ID|Alignment"),
    attributes=(
        "Adduct type", "Adduct ion name", "Formula", "Ontology", "SMILES", "Post curation result", "Fill %",
        "Average RI", "Average CCS", "Total score", "Comment",
    ),
    ignored=(
        "Reference RT", "Reference m/z", "Average drift time", "Dot product", "Reverse dot product",
        "Simple dot product", "Weighted dot product", "Fragment presence %", "S/N average", "RT similarity",
        "m/z similarity", "EI similarity", "RI similarity", "Matched peaks count", "Matched peaks percentage",
        "Isotope tracking parent ID", "Isotope tracking weight number", "Annotation tag (VS1.0)", "MSI level",
    ),
    mz=("Average Mz", "Quant mass", "Mass"),
    rt=("Average Rt(min)", "Average Rt", "RT"),
    rt_seconds=60.0,
    labels_above=True,
    sample_where=("File type", r"(?:sample|standard|qc|blank)\Z"),
    measures=(Measure(name="intensity", zero=ZeroMeaning.MISSING),),
    nameless=True,
)  # fmt: skip

MZMINE = declare(
    "mzmine",
    "MZmine feature table, as for GNPS (feature-based molecular networking)",
    versions="2, 3, 4",
    layout="rows",
    header=("row ID", "row m/z", "row retention time"),
    feature=("row identity (main ID)", "compound_name", "Compound_Name"),
    key=("row ID",),
    attributes=("best ion", "correlation group ID", "annotation network number", "row CCS", "row ion mobility"),
    mz=("row m/z",),
    rt=("row retention time",),
    rt_seconds=60.0,
    measures=(
        Measure(name="peak area", columns=r"(?P<sample>.+?)[ .]Peak[ .]area\Z", zero=ZeroMeaning.MISSING),
        Measure(name="peak height", columns=r"(?P<sample>.+?)[ .]Peak[ .]height\Z", zero=ZeroMeaning.MISSING),
        Measure(name="peak m/z", columns=r"(?P<sample>.+?)[ .]Peak[ .]m[/.]z\Z", zero=ZeroMeaning.MISSING),
        Measure(name="peak RT", columns=r"(?P<sample>.+?)[ .]Peak[ .]RT\Z", unit="minute", zero=ZeroMeaning.MISSING),
        Measure(name="intensity", columns=_RUN, zero=ZeroMeaning.MISSING),
    ),
    nameless=True,
)

MZMINE_FULL = declare(
    "mzmine-full",
    "MZmine full feature table",
    versions="3, 4",
    layout="rows",
    header=("id", "mz", "rt", "area|height|intensity_range:max|mz_range:min|feature_state"),
    feature=("compound_db_identity:compound_name", "spectral_db_matches:compound_name", "identities"),
    key=("id",),
    ids={"inchikey": "compound_db_identity:inchi_key|spectral_db_matches:inchi_key"},
    attributes=("charge", "ion_identities:iin_id", "best_ion"),
    mz=("mz",),
    rt=("rt",),
    rt_seconds=60.0,
    measures=(
        Measure(name="peak area", columns=r"datafile:(?P<sample>.+?):area\Z", zero=ZeroMeaning.MISSING),
        Measure(name="peak height", columns=r"datafile:(?P<sample>.+?):height\Z", zero=ZeroMeaning.MISSING),
        Measure(name="peak m/z", columns=r"datafile:(?P<sample>.+?):mz\Z", zero=ZeroMeaning.MISSING),
        Measure(name="peak RT", columns=r"datafile:(?P<sample>.+?):rt\Z", unit="minute", zero=ZeroMeaning.MISSING),
    ),
    nameless=True,
)

ASARI = declare(
    "asari",
    "asari feature table",
    versions="1.x",
    layout="rows",
    header=("id_number", "mz", "rtime"),
    feature=("name",),
    key=("id_number",),
    attributes=("parent_masstrack_id", "snr", "cSelectivity", "goodness_fitting"),
    ignored=(
        "rtime_left_base", "rtime_right_base", "left_base", "right_base", "parent_epd_id", "peak_area",
        "detection_counts", "representative_peak", "apex",
    ),
    mz=("mz",),
    rt=("rtime",),
    measures=(Measure(name="intensity", zero=ZeroMeaning.MISSING),),
    nameless=True,
)  # fmt: skip

XCMS = declare(
    "xcms",
    "XCMS peak table or difference report, of the R package or XCMS Online",
    versions="1 to 4, Online",
    layout="rows",
    header=("mzmed|mz", "rtmed|rt", "mzmed|mzmin|npeaks"),
    feature=("compound", "annotation", "metabolite"),
    key=("name|featureidx|feature_id|Row.names",),
    attributes=(
        "isotopes", "adduct", "adducts", "pcgroup", "peakgroup",
    ),
    ignored=("ms_level", "maxint", "featureidx", "updown", "peakidx"),
    mz=("mzmed", "mz"),
    rt=("rtmed", "rt"),
    count_column="npeaks",
    measures=(Measure(name="intensity"),),
    nameless=True,
)  # fmt: skip

COMPOUND_DISCOVERER = declare(
    "compound-discoverer",
    "Thermo Compound Discoverer compounds",
    versions="2 to 3.3",
    layout="rows",
    header=("Name", "Formula", "Calc. MW|Molecular Weight|m/z", "RT [min]"),
    without=PEPTIDES,
    feature=("Name",),
    key=("Compounds ID", "Calc. MW|Molecular Weight", "RT [min]"),
    ids={"kegg": "KEGG ID", "chemspider": "CSID|ChemSpider ID", "inchikey": "InChIKey"},
    attributes=("Formula", "Annot. DeltaMass [ppm]", "Reference Ion", "MS2", "mzCloud Best Match"),
    mz=("m/z",),
    rt=("RT [min]",),
    rt_seconds=60.0,
    measures=(
        Measure(name="normalised area", columns=r"Norm\. Area: (?P<sample>.+?)(?: \(F\d+\))?\Z"),
        Measure(name="area", columns=r"(?:Peak )?Area: (?P<sample>.+?)(?: \(F\d+\))?\Z"),
    ),
    nameless=True,
)

PROGENESIS = declare(
    "progenesis-qi",
    "Progenesis QI compound measurements",
    versions="2.x, 3.0",
    layout="rows",
    header=("Compound", "m/z", "Retention time (min)", "Chromatographic peak width (min)|Neutral mass (Da)"),
    without=PEPTIDES,
    header_rows=3,
    feature=("Accepted Description",),
    key=("Compound",),
    ids={"database": "Accepted Compound ID"},
    attributes=("Neutral mass (Da)", "Charge", "Adducts", "Formula", "Score", "Mass Error (ppm)"),
    ignored=("Fragmentation Score", "Isotope Similarity", "Retention Time Error (mins)"),
    mz=("m/z",),
    rt=("Retention time (min)",),
    rt_seconds=60.0,
    measures=(
        Measure(name="normalised abundance", columns=r"(?i:normali[sz]ed abundance)\|(?P<sample>.+)\Z"),
        Measure(name="raw abundance", columns=r"(?i:raw abundance)\|(?P<sample>.+)\Z"),
    ),
    nameless=True,
)  # fmt: skip

METABOSCAPE = declare(
    "metaboscape",
    "Bruker MetaboScape feature table",
    versions="4 and later",
    layout="rows",
    header=("FEATURE_ID", "RT", "PEPMASS|M/Z"),
    feature=("NAME_METABOSCAPE", "NAME"),
    key=("FEATURE_ID",),
    attributes=("CCS", "SIGMA_SCORE", "MOLECULAR_FORMULA", "ADDUCT"),
    ignored=("SHARED_NAME", "MaxIntensity"),
    mz=("PEPMASS", "M/Z"),
    rt=("RT",),
    measures=(Measure(name="intensity", columns=r"(?P<sample>.+)(?<!MeanIntensity)\Z"),),
    nameless=True,
)

_TIMES = (
    "retention time (min)", "retention time (s)", "retention time (sec)", "rt (min)", "rt [min]", "rt (s)", "rt (sec)",
    "rt [s]", "rt_min", "rt_sec", "time (min)", "retention time", "rt", "time",
)  # fmt: skip
_MASS_TO_CHARGE = ("m/z", "mz", "mass to charge", "precursor mz", "average mz", "mass/charge")

PEAK_TABLE = declare(
    "peak-table",
    "table of features by m/z and retention time (in minutes where the header does not say otherwise)",
    layout="rows",
    header=("|".join(_MASS_TO_CHARGE), "|".join(_TIMES)),
    without=(*PEPTIDES, "Modified Sequence", "Modifications", "Precursor.Id", "Raw file", "Scan"),
    feature=("metabolite", "metabolite name", "compound", "compound name", "annotation", "name"),
    key=("id|feature|feature id|feature_id|row id|peak id|peak",),
    attributes=("adduct", "ion mode", "polarity", "charge", "ccs", "formula"),
    mz=_MASS_TO_CHARGE,
    rt=_TIMES,
    rt_seconds=60.0,
    measures=(Measure(name="intensity"),),
    nameless=True,
    confidence="likely",
)

FORMATS = (
    MZTAB_M, MZTAB_M_GROUPS, MZTAB_M_FEATURES, MZTAB, MZTAB_GROUPS, MSDIAL, MZMINE, MZMINE_FULL, ASARI, XCMS,
    COMPOUND_DISCOVERER, PROGENESIS, METABOSCAPE, PEAK_TABLE,
)  # fmt: skip
