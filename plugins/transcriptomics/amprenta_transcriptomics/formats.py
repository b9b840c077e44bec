"""The transcriptomics formats that are declared."""

from amprenta_core import TableFormat

FORMATS: tuple[TableFormat, ...] = ()
