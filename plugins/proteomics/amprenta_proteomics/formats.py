"""The proteomics formats that are declared, in the order in which they are tried."""

from amprenta_core import TableFormat
from amprenta_proteomics import long, matrices, maxquant, programs

FORMATS: tuple[TableFormat, ...] = (*maxquant.FORMATS, *long.FORMATS, *programs.FORMATS, *matrices.FORMATS)
