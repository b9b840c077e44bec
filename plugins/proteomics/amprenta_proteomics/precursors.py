"""Long tables of precursors, of programs that write few columns or spell them in their own way."""

from amprenta_proteomics.long import long_table, of_peptides, summed

_ALPHAPEPT = (
    summed("intensity", "ms1_int_sum_apex_dn|ms1_int_sum_apex|ms1_int_sum_area"),
    summed("fragment_intensity", "fragments_int_sum|int_sum"),
)

ALPHAPEPT = long_table(
    "alphapept-precursors",
    "AlphaPept precursors",
    {
        "precursor": of_peptides(
            *_ALPHAPEPT, feature="sequence_naked|sequence", key="precursor|charge", attributes=("sequence", "protein")
        )
    },
    header=(
        "shortname|sample_group", "sequence", "charge", "protein_group|protein",
        "ms1_int_sum_apex_dn|ms1_int_sum_apex|ms1_int_sum_area",
    ),
    feature=("protein_group", "protein"),
    sample=("shortname", "sample_group"),
    flag_columns={"decoy": "decoy"},
    measures=_ALPHAPEPT,
)  # fmt: skip

I2MASSCHROQ = long_table(
    "i2masschroq",
    "i2MassChroQ precursors",
    {
        "precursor": of_peptides(
            summed("area", "area"), feature="sequence", key="charge", attributes=("ProForma", "proteins")
        )
    },
    header=("rawfile", "sequence", "ProForma", "charge", "proteins", "area"),
    feature=("proteins",),
    sample=("rawfile",),
    measures=(summed("area", "area"),),
)

MSAID = long_table(
    "msaid-precursors",
    "MSAID Platform (CHIMERYS) precursors",
    {
        "precursor": of_peptides(
            summed("intensity", "QUANTIFICATION"),
            feature="SEQUENCE",
            key="PRECURSOR_CHARGE",
            attributes=("MODIFIED_SEQUENCE", "FASTA_HEADERS"),
        )
    },
    header=("SEQUENCE", "MODIFIED_SEQUENCE", "PRECURSOR_CHARGE", "RAW_FILE_NAME", "QUANTIFICATION", "FASTA_HEADERS"),
    feature=("FASTA_HEADERS",),
    sample=("RAW_FILE_NAME",),
    flag_columns={"decoy": "DECOY"},
    measures=(summed("intensity", "QUANTIFICATION"),),
)

FORMATS = (ALPHAPEPT, I2MASSCHROQ, MSAID)
