"""The metabolomics formats that are declared, in the order in which they are tried.

mwTab, and MetaboLights' assignments with their ISA-Tab files, are no plain tables: ``mwtab`` and ``maf`` read them.
"""

from amprenta_core import TableFormat
from amprenta_metabolomics import targeted, untargeted, workflows

FORMATS: tuple[TableFormat, ...] = (
    *(declared for declared in untargeted.FORMATS if declared is not untargeted.PEAK_TABLE),
    *workflows.FORMATS,
    *(declared for declared in targeted.FORMATS if declared.header),
    untargeted.PEAK_TABLE,
    *(declared for declared in targeted.FORMATS if not declared.header),
)
