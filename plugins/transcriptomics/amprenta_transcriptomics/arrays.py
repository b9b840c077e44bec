"""What the programs of array scanners write: signals of probes, with what says whether they were detected."""

from amprenta_core import Measure
from amprenta_transcriptomics.declaring import declare

_PROBES = "PROBE_ID|ProbeID|Probe_Id|TargetID|ID_REF|Array_Address_Id"
_DETECTION = r"(?i:detection[ ._]?p-?val(?:ue)?s?)"
_ILLUMINA = {
    "feature_type": "probe",
    "feature": ("PROBE_ID", "ProbeID", "ID_REF", "TargetID", "Array_Address_Id"),
    "attributes": ("TargetID", "ProbeID", "Array_Address_Id", "DEFINITION", "CHROMOSOME", "ACCESSION", "ILMN_GENE"),
}

GENOMESTUDIO = declare(
    "genomestudio",
    "Illumina GenomeStudio and BeadStudio signals",
    header=(_PROBES,),
    columns_like=(r"(?i:.*AVG_Signal.*)",),
    measures=(
        Measure(name="signal", columns=r"(?P<sample>.+?)[ ._](?i:AVG_Signal)\Z", scale=None),
        Measure(name="signal", columns=r"(?i:AVG_Signal)[ ._-](?P<sample>.+)\Z", scale=None),
        Measure(name="detection_p_value", columns=rf"(?P<sample>.+?)[ ._]{_DETECTION}\Z"),
        Measure(name="detection_p_value", columns=rf"{_DETECTION}[ ._-](?P<sample>.+)\Z"),
    ),
    **_ILLUMINA,
)

DETECTED = declare(
    "illumina-detected",
    "Illumina signals of probes, each sample with a column of detection beside it",
    header=(_PROBES,),
    columns_like=(rf".*{_DETECTION}.*\Z",),
    without=("Avg_NBEADS",),
    measures=(
        Measure(
            name="signal",
            columns=rf"(?!(?i:{_PROBES}|SYMBOL|.*{_DETECTION}.*)\Z)(?P<sample>.+)\Z",
            scale=None,
        ),
    ),
    **_ILLUMINA,
)

AGILENT = declare(
    "agilent-feature-extraction",
    "Agilent Feature Extraction",
    feature_type="probe",
    header=("FEATURES", "FeatureNum", "ProbeName", "gProcessedSignal"),
    feature=("ProbeName",),
    key=("FeatureNum",),
    ids={"gene_symbol": "GeneName"},
    attributes=("SystematicName", "Description", "ControlType"),
    measures=tuple(
        Measure(name=name, columns=rf"{column}(?P<sample>)\Z")
        for name, column in (
            ("signal", "gProcessedSignal"),
            ("signal_red", "rProcessedSignal"),
            ("mean_signal", "gMeanSignal"),
        )
    ),
)

FORMATS = (GENOMESTUDIO, DETECTED, AGILENT)
