"""Tables about compounds that hold no measurement of samples are claimed by nobody here."""

from pathlib import Path

import pytest
from amprenta_metabolomics.formats import FORMATS

from amprenta_core.formats import sniff
from amprenta_core.reading import read_head

LIBRARY_HITS = """#Scan#\tAdduct\tCompound_Name\tLibMZ\tMQScore\tMZErrorPPM\tSpecMZ\tSpectrumID\tTIC_Query
10349\tM+H\tL-Tryptophan\t205.097\t0.9418\t0.967\t205.097\tKILN0001\t2.145e+06
169\tM+H\tTyrosine\t182.081\t0.9666\t0\t182.081\tKILN0002\t3.58e+07
2296\tM+H\tPhenylalanine\t166.086\t0.9991\t1.496\t166.086\tKILN0003\t8.91e+07
"""
STRUCTURES = """formulaRank\tConfidenceScore\tCSI:FingerIDScore\tSiriusScore\tadduct\tname\tionMass\trt
1\t0.98\t-12.5\t22.1\t[M + H]+\tPhenylalanine\t166.086\t120.5
1\t0.88\t-22.5\t12.1\t[M + H]+\tLeucine\t132.1\t90.5
1\t0.78\t-32.5\t12.1\t[M + H]+\tGlutamic acid\t148.06\t50.5
"""
COMPOUNDS_OF_FILES = """Label,Mass,RT,Height,Area,File,Formula,Name,CAS ID
Cpd 14: 11.528,484.2817,11.528,576667,2239917,kiln-r001.d,,,
Cpd 18: 8.936,390.2787,8.936,267633,893541,kiln-r001.d,,,
Cpd 8: 0.979,113.0587,0.979,1310672,10182173,kiln-r002.d,,,
"""
VARIABLES = "variableMetadata\tname\nHMDB01032\tDehydroepiandrosterone sulfate\nHMDB03072\tQuinic acid\n"
PATHWAYS = """"","Total","Hits","Expected","Raw p","FDR","Impact"
"Glycine, serine and threonine metabolism",33,8,1.2,2.1E-5,0.0017,0.53
"Citrate cycle (TCA cycle)",20,4,0.7,0.005,0.14,0.2
"""


@pytest.mark.parametrize("text", [LIBRARY_HITS, STRUCTURES, COMPOUNDS_OF_FILES, VARIABLES, PATHWAYS])
def test_no_format_claims_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "input.tsv").write_text(text)
    assert sniff(read_head(tmp_path / "input.tsv"), FORMATS) is None
