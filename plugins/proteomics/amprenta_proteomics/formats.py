"""The proteomics formats that are declared, in the order in which they are tried."""

from amprenta_core import TableFormat
from amprenta_proteomics import fragpipe, long, matrices, maxquant, peptides, programs, prospector, spectronaut

FORMATS: tuple[TableFormat, ...] = (
    *maxquant.FORMATS,
    *long.FORMATS,
    *programs.FORMATS,
    *prospector.FORMATS,
    *spectronaut.FORMATS,
    *fragpipe.FORMATS,
    *peptides.FORMATS,
    *matrices.FORMATS,
)
