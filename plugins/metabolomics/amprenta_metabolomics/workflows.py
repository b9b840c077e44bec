"""Workflows of open programs and one vendor's: peak groups, compounds by neutral mass, matrices, consensus features."""

from amprenta_core import Measure, Section, ZeroMeaning
from amprenta_metabolomics.declaring import PEPTIDES, UNNAMED, declare

EL_MAVEN = declare(
    "el-maven",
    "El-MAVEN (and MAVEN) peak groups",
    versions="MAVEN, El-MAVEN 0.x",
    layout="rows",
    header=("groupId", "medMz", "medRt", "compound|compoundId"),
    feature=("compound",),
    key=("groupId", "isotopeLabel|note"),
    ids={"kegg": "compoundId"},
    attributes=("compoundId", "formula", "adductName", "parent"),
    ignored=("label", "metaGroupId", "goodPeakCount", "maxQuality", "expectedRtDiff", "ppmDiff"),
    mz=("medMz",),
    rt=("medRt",),
    rt_seconds=60.0,
    measures=(Measure(name="intensity", zero=ZeroMeaning.MISSING),),
    nameless=True,
)  # fmt: skip

EL_MAVEN_PEAKS = declare(
    "el-maven-peaks",
    "El-MAVEN (and MAVEN) peaks, one row for each peak group and sample",
    versions="MAVEN, El-MAVEN 0.x",
    layout="long",
    header=("groupId", "compound", "sample", "peakMz", "peakArea|peakAreaTop"),
    feature=("compound",),
    sample=("sample",),
    key=("groupId", "isotopeLabel"),
    ids={"kegg": "compoundId"},
    attributes=("compoundId", "formula", "adductName"),
    measures=(
        Measure(name="area top", columns="peakAreaTop", zero=ZeroMeaning.MISSING),
        Measure(name="area", columns="peakArea", zero=ZeroMeaning.MISSING),
        Measure(name="intensity", columns="peakIntensity", zero=ZeroMeaning.MISSING),
        Measure(name="rt", columns="rt", unit="minute"),
    ),
    nameless=True,
)

AGILENT = declare(
    "agilent",
    "Agilent compounds by neutral mass and retention time (Mass Profiler, MPP)",
    layout="rows",
    header=("Compound Name|Compound|Name", "Mass", "RT|Retention Time", "Formula|CAS ID|CAS Number|CompositeSpectrum"),
    without=(*PEPTIDES, "m/z", "Alignment ID", "BIOCHEMICAL", "File", "Area", "Height", "Abund", "Sample"),
    feature=("Compound Name", "Compound", "Name"),
    key=("Mass", "RT|Retention Time"),
    ids={"cas": "CAS ID|CAS Number", "kegg": "KEGG ID", "hmdb": "HMP ID|HMDB ID"},
    attributes=("Mass", "Formula", "Ionization mode", "Frequency", "Score"),
    ignored=("CompositeSpectrum", "Alignment Value", "METLIN ID", "Mass Error (ppm)"),
    rt=("RT", "Retention Time"),
    rt_seconds=60.0,
    unnamed=rf"\d+\Z|{UNNAMED}",
    measures=(
        Measure(name="abundance", columns=r"(?P<sample>.+?) ?\((?i:raw)\)\Z", zero=ZeroMeaning.MISSING),
        Measure(name="normalised abundance", columns=r"(?P<sample>.+?) ?\((?i:normali[sz]ed)\)\Z"),
        Measure(name="abundance", zero=ZeroMeaning.MISSING),
    ),
    nameless=True,
    confidence="likely",
)

METAMS = declare(
    "metams",
    "metaMS peak table of GC-MS",
    layout="rows",
    header=("Name", "rt", "rt.sd"),
    feature=("Name",),
    key=("Name", "rt"),
    attributes=("Class", "RI", "ChemspiderID", "SMILES"),
    ignored=("rt.sd",),
    rt=("rt",),
    rt_seconds=60.0,
    measures=(Measure(name="intensity", zero=ZeroMeaning.MISSING),),
    nameless=True,
)

W4M = declare(
    "w4m",
    "matrix of variables and samples (Workflow4Metabolomics)",
    layout="rows",
    header=("dataMatrix",),
    feature=("dataMatrix",),
    measures=(Measure(name="intensity", scale=None),),
    confidence="likely",
)

OPENMS_CONSENSUS = declare(
    "openms-consensus",
    "OpenMS consensus features as text",
    versions="2, 3",
    layout="rows",
    section=Section(header="#CONSENSUS", rows="CONSENSUS", runs="MAP"),
    header=("rt_cf", "mz_cf", "intensity_cf", "intensity_0"),
    feature=("compound", "annotation"),
    key=("ID",),
    attributes=("charge_cf", "quality_cf", "best ion", "partners", "annotation network number"),
    mz=("mz_cf",),
    rt=("rt_cf",),
    measures=(Measure(name="intensity", columns=r"intensity_(?P<sample>\d+)\Z", zero=ZeroMeaning.MISSING),),
    nameless=True,
    confidence="possible",
)
"""Possible alone: consensus features are those of peptides as often."""

FORMATS = (EL_MAVEN, EL_MAVEN_PEAKS, METAMS, AGILENT, W4M, OPENMS_CONSENSUS)
