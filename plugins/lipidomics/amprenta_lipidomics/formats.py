"""The lipidomics formats, declared. Each is recognised by its columns, and by names that are lipids where other omics
use the same program.
"""

import re

from amprenta_core import Lookup, Measure, Section, TableFormat, ZeroMeaning
from amprenta_lipidomics.names import is_internal_standard, looks_like_lipid

_FLAGS = {"internal_standard": is_internal_standard}
_ABUNDANCE = r"(?:smallmolecule_)?abundance_assay\[(?P<sample>\d+)\]\Z"


def _declare(name: str, title: str, **settings: object) -> TableFormat:
    common = {"feature_type": "lipid", "omics_type": "lipidomics", "feature_flags": _FLAGS}
    return TableFormat(name=name, title=title, **{**common, **settings})  # type: ignore[arg-type]


LIPIDSEARCH = _declare(
    "lipidsearch",
    "LipidSearch alignment export",
    versions="4.x, 5.x",
    layout="rows",
    header=("LipidMolec|LipidMolecule|LipidIon|LipidID", "Class|ClassKey", "Calc Mass|CalcMass|CalcMz|Formula"),
    feature=("LipidMolec", "LipidMolecule", "LipidIon", "LipidID"),
    attributes=("Class", "FA", "FA Group Key", "Formula", "MainIon"),
    mz=("CalcMz", "ObsMz"),
    rt=("BaseRt", "TopRT", "Rt"),
    rt_seconds=60.0,
    sample_files=r"#?\[?(?P<sample>[a-z]\w*-\d+)\]?[:\t](?:[^\t]*\t)*(?P<file>[^\t]+\.\w+)\Z",
    measures=(
        Measure(name="MainArea", columns=r"MainArea\[(?P<sample>[^\]/]+)\]\Z", zero=ZeroMeaning.MISSING),
        Measure(name="Area", columns=r"Area\[(?P<sample>[^\]/]+)\]\Z", zero=ZeroMeaning.MISSING),
        Measure(name="OrgArea", columns=r"Org(?:Area)?\[(?P<sample>[^\]/]+)\]\Z", zero=ZeroMeaning.MISSING),
        Measure(name="MainHeight", columns=r"MainHeight\[(?P<sample>[^\]/]+)\]\Z", zero=ZeroMeaning.MISSING),
        Measure(name="NMArea", columns=r"NMArea\[(?P<sample>[^\]/]+)\]\Z", zero=ZeroMeaning.MISSING),
        Measure(name="NormArea", columns=r"NormArea\[(?P<sample>[^\]/]+)\]\Z", zero=ZeroMeaning.MISSING),
        Measure(name="Height", columns=r"Height\[(?P<sample>[^\]/]+)\]\Z", zero=ZeroMeaning.MISSING),
        Measure(name="MeanArea", columns=r"MeanArea\[(?P<sample>[^\]/]+)\]\Z", zero=ZeroMeaning.MISSING),
    ),
)

LIPIDSEARCH_BRIEF = _declare(
    "lipidsearch-brief",
    "table of lipids with samples in brackets, as LipidSearch writes them",
    layout="rows",
    header=("LipidMolec|LipidMolecule|LipidIon|LipidGroup",),
    columns_like=(r"[A-Za-z]+\[[^\]]+\]\Z",),
    feature=("LipidMolec", "LipidMolecule", "LipidIon", "LipidGroup"),
    attributes=("Class", "ClassKey", "FAKey"),
    rt=("BaseRt", "TopRT", "Rt"),
    rt_seconds=60.0,
    measures=(
        Measure(name="concentration", columns=r"(?i:conc(?:entration)?)\[(?P<sample>[^\]]+)\]\Z"),
        Measure(name="intensity", columns=r"(?i:(?:mean)?(?:intensity|area))\[(?P<sample>[^\]]+)\]\Z"),
    ),
    names=looks_like_lipid,
)

LIPIDQ = _declare(
    "lipidq",
    "LipidQ table of quantities",
    layout="rows",
    header=("NAME", "SPECIE", "QUAN_SCAN"),
    columns_like=(r"PMOL_",),
    feature=("NAME",),
    attributes=("SPECIE", "MODE", "ERROR"),
    mz=("MASS",),
    measures=(
        Measure(name="pmol", columns=r"PMOL_(?P<sample>\w+)\Z", unit="pmol"),
        Measure(name="pmol without blank", columns=r"SUBT_PMOL_(?P<sample>\w+)\Z", unit="pmol"),
        Measure(name="mol %", columns=r"MOL_PCT_SPECIES_SUBT_PMOL_(?P<sample>\w+)\Z", unit="%"),
    ),
)

_STANDARD = re.compile(r"is ?[A-Z]|.*-IS\b")


def _is_standard(name: str) -> bool:
    """Whether a name is that of a standard, as LipidXplorer's queries report them, too.

    >>> [_is_standard(name) for name in ("isCer 30:1;2", "CE-IS", "Cer 34:1;2")]
    [True, True, False]
    """
    return bool(_STANDARD.match(name)) or is_internal_standard(name)


_FRAGMENTS = r"(?:SUM(?:FA|INT)\w*|FAS\w*|FRAGS?INT\w*):(?P<sample>.+)\Z"

LIPIDXPLORER = _declare(
    "lipidxplorer",
    "LipidXplorer output",
    versions="1.2, 2",
    layout="rows",
    header=("CLASS", "NAME|SPECIE|SPECIES", "MASS|CHEMSC|ERROR|ERRppm"),
    columns_like=(r"[A-Z]{3}\w*:.+\.\w+\Z",),
    feature=("NAME", "SPECIE", "SPECIES"),
    attributes=("CLASS", "SPECIE", "SPECIES", "CHEMSC", "ERRppm", "ERROR", "ISOBARIC", "QNAME", "mfql_name"),
    feature_flags={"internal_standard": _is_standard},
    mz=("MASS", "PRECURMASS"),
    measures=(
        Measure(name="quantity", columns=r"(?:QUANT|CONC|P?MOL)\w*:(?P<sample>.+)\Z"),
        Measure(
            name="precursor intensity", columns=r"(?:PREC|PRINT|INT)\w*:(?P<sample>.+)\Z", zero=ZeroMeaning.MISSING
        ),
        Measure(name="fragment intensity", columns=_FRAGMENTS, zero=ZeroMeaning.MISSING),
    ),
)

SKYLINE = _declare(
    "skyline",
    "Skyline report, one row for each transition and replicate",
    versions="any",
    layout="long",
    header=(
        "Peptide|Molecule|Molecule Name|Peptide Modified Sequence",
        "Replicate|Replicate Name|File Name",
        "Area|Total Area",
    ),
    feature=("Molecule Name", "Molecule", "Peptide", "Peptide Modified Sequence"),
    sample=("Replicate", "Replicate Name", "File Name"),
    key=("Precursor Mz", "Product Mz"),
    attributes=("Protein", "Molecule List Name", "Precursor Charge", "Product Charge", "Fragment Ion"),
    mz=("Precursor Mz",),
    measures=(
        Measure(name="Area", columns="Area|Total Area"),
        Measure(name="Retention Time", columns="Retention Time", unit="minute"),
        Measure(name="Background", columns="Background"),
    ),
    names=looks_like_lipid,
)

SKYLINE_PIVOT = _declare(
    "skyline-pivot",
    "Skyline report with replicates pivoted into columns",
    versions="any",
    layout="rows",
    header=("Peptide|Molecule|Molecule Name", "Precursor Mz", "Precursor Charge|Product Mz|Fragment Ion"),
    feature=("Molecule Name", "Molecule", "Peptide"),
    key=("Precursor Mz", "Product Mz"),
    attributes=("Protein", "Molecule List Name", "Precursor Charge", "Product Charge", "Fragment Ion"),
    mz=("Precursor Mz",),
    measures=(
        Measure(name="Area", columns=r"(?P<sample>.+?)[ .](?:Total[ .])?Area\Z"),
        Measure(name="Retention Time", columns=r"(?P<sample>.+?)[ .]Retention[ .]Time\Z", unit="minute"),
        Measure(name="Background", columns=r"(?P<sample>.+?)[ .]Background\Z"),
    ),
    names=looks_like_lipid,
)

MZTAB_M = _declare(
    "mztab-m",
    "mzTab-M small molecules",
    versions="2.0",
    layout="rows",
    section=Section(header="SMH", rows="SML"),
    header=("SML_ID", "chemical_name"),
    feature=("chemical_name",),
    key=("SML_ID",),
    ids={"database": "database_identifier"},
    attributes=("chemical_formula", "adduct_ions", "smiles", "inchi"),
    lookup=Lookup(
        section=Section(header="SFH", rows="SMF"),
        refs="SMF_ID_REFS",
        key="SMF_ID",
        mz="exp_mass_to_charge",
        rt="retention_time_in_seconds",
    ),
    measures=(Measure(name="abundance", columns=_ABUNDANCE),),
    names=looks_like_lipid,
)

MZTAB = _declare(
    "mztab",
    "mzTab small molecules",
    versions="1.0",
    layout="rows",
    section=Section(header="SMH", rows="SML"),
    header=("identifier", "exp_mass_to_charge"),
    feature=("description", "identifier"),
    ids={"database": "identifier", "inchikey": "inchi_key"},
    attributes=("chemical_formula", "modifications", "smiles"),
    mz=("exp_mass_to_charge",),
    rt=("retention_time",),
    measures=(Measure(name="abundance", columns=_ABUNDANCE),),
    names=looks_like_lipid,
)

MSDIAL = _declare(
    "msdial",
    "MS-DIAL alignment result",
    versions="3, 4, 5",
    layout="rows",
    header=("Alignment ID", "Average Rt(min)|Average Rt", "Metabolite name|Name"),
    feature=("Metabolite name", "Name"),
    key=("Alignment ID",),
    ids={"inchikey": "INCHIKEY"},
    attributes=("Adduct type", "Adduct ion name", "Formula", "Ontology", "SMILES", "Average CCS", "Fill %"),
    ignored=(
        "Reference RT", "Reference m/z", "Reference CCS", "Average drift time", "Dot product", "Reverse dot product",
        "Simple dot product", "Weighted dot product", "Fragment presence %", "S/N average", "RT similarity",
        "m/z similarity", "CCS similarity", "Matched peaks count", "Matched peaks percentage", "Total score",
        "Isotope tracking parent ID", "Isotope tracking weight number", "Annotation tag (VS1.0)",
    ),
    mz=("Average Mz",),
    rt=("Average Rt(min)",),
    rt_seconds=60.0,
    labels_above=True,
    sample_rows={"Class": -4, "File type": -3, "Injection order": -2, "Batch ID": -1},
    sample_where=("File type", r"(?:sample|standard|qc|blank)\Z"),
    measures=(Measure(name="intensity", zero=ZeroMeaning.MISSING),),
    names=looks_like_lipid,
)  # fmt: skip

BIOCRATES = _declare(
    "biocrates",
    "Biocrates MetIDQ export",
    versions="p180, p400, Quant 500",
    layout="columns",
    header=("Plate Bar Code|Plate Barcode", "Sample Bar Code|Sample Identification", "Sample Type"),
    sample=("Sample Identification", "Sample Bar Code"),
    label_row="Class",
    skip_labels="metabolism indicators",
    unit_row=r"\[(.?M|.mol/.+)\]",
    measures=(Measure(name="concentration", columns=r"(?P<feature>.+)"),),
    names=looks_like_lipid,
)

MRMKIT = _declare(
    "mrmkit",
    "MRMkit result",
    versions="any",
    layout="long",
    header=("feature_name", "raw_data_filename", "area"),
    feature=("feature_name",),
    sample=("raw_data_filename",),
    key=("precursor_mz", "product_mz"),
    attributes=("internal_standard", "collision_energy", "polarity"),
    mz=("precursor_mz",),
    measures=(
        Measure(name="area", columns="area"),
        Measure(name="area_normalized", columns="area_normalized"),
        Measure(name="concentration", columns="concentration"),
        Measure(name="height", columns="height"),
        Measure(name="rt_apex", columns="rt_apex", unit="minute"),
        Measure(name="FWHM", columns="FWHM", unit="minute"),
    ),
    names=looks_like_lipid,
)

MASSHUNTER = _declare(
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
        Measure(name="Calc. Conc.", columns=r"(?P<feature>.+?) Results\|(?:Calc\.|Final) Conc\.\Z"),
    ),
    names=looks_like_lipid,
)

SIEVE = _declare(
    "sieve",
    "Thermo SIEVE feature table",
    versions="2.x",
    layout="rows",
    header=("id", "MZ", "Time"),
    feature=("name",),
    key=("id",),
    mz=("MZ",),
    rt=("Time",),
    rt_seconds=60.0,
    measures=(Measure(name="intensity"),),
    confidence="possible",
)

XCMS_ONLINE = _declare(
    "xcms-online",
    "XCMS Online difference report",
    versions="any",
    layout="rows",
    header=("name", "mzmed", "rtmed", "npeaks"),
    feature=("lipid",),
    key=("name",),
    mz=("mzmed",),
    rt=("rtmed",),
    count_column="npeaks",
    measures=(Measure(name="intensity"),),
    confidence="possible",
)

SPECIES_ROWS = _declare(
    "species-rows",
    "table with lipids in rows",
    versions="any",
    layout="rows",
    measures=(Measure(name="abundance", scale=None),),
    names=looks_like_lipid,
    confidence="likely",
)

SPECIES_COLUMNS = _declare(
    "species-columns",
    "table with lipids in columns",
    versions="any",
    layout="columns",
    measures=(Measure(name="abundance", scale=None),),
    names=looks_like_lipid,
    confidence="likely",
)

FORMATS = (
    LIPIDSEARCH,
    LIPIDSEARCH_BRIEF,
    LIPIDXPLORER,
    LIPIDQ,
    MRMKIT,
    MASSHUNTER,
    BIOCRATES,
    MZTAB_M,
    MZTAB,
    MSDIAL,
    SKYLINE,
    SKYLINE_PIVOT,
    SPECIES_ROWS,
    SPECIES_COLUMNS,
    SIEVE,
    XCMS_ONLINE,
)
