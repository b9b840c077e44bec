"""The formats: declared, not coded. A new version of the program should be a new line here."""

from amprenta_core import Measure, TableFormat, ZeroMeaning

FORMATS = (
    TableFormat(
        name="${name}-report",
        title="${title} report",
        versions="1.0",
        layout="rows",
        omics_type="${omics}",
        feature_type="${feature}",
        header=("Analyte", "${title} score"),
        feature=("Analyte",),
        attributes=("${title} score",),
        measures=(
            Measure(
                name="area",
                columns=r"Area (?P<sample>.+)\Z",
                zero=ZeroMeaning.MISSING,
            ),
        ),
    ),
)
