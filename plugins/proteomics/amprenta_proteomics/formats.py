"""The proteomics formats that are declared, in the order in which they are tried."""

from amprenta_core import TableFormat
from amprenta_proteomics import (
    fragpipe,
    long,
    matrices,
    maxquant,
    peaks,
    peptides,
    precursors,
    programs,
    prospector,
    single_runs,
    spectronaut,
)

FORMATS: tuple[TableFormat, ...] = (
    *maxquant.FORMATS,
    *long.FORMATS,
    *precursors.FORMATS,
    *programs.FORMATS,
    *prospector.FORMATS,
    *spectronaut.FORMATS,
    *fragpipe.FORMATS,
    *single_runs.FORMATS,
    *peaks.FORMATS,
    *peptides.FORMATS,
    *matrices.FORMATS,
)
