"""The vocabularies of metabolites and lipids that the project declares."""

from amprenta_core.vocabularies.kinds import Layout, Names, Refs, VocabularyKind

_SEMICOLONS = ";"
_BARS = "|"
_SYNONYMS = ("Synonyms", *(f"Synonyms +{n}" for n in range(1, 8)))
"""A heading and the columns without one that follow it."""
_METABOLITE = ("chebi", "hmdb")
"""Under which identifiers a metabolite becomes a feature, best first."""


def _refs(**columns: str) -> tuple[Refs, ...]:
    return tuple(Refs(column=column, space=space, separator=_SEMICOLONS) for space, column in columns.items())


REFMET = VocabularyKind(
    name="refmet",
    title="RefMet, the reference names of Metabolomics Workbench",
    feature_type="metabolite",
    space="refmet",
    canonical=_METABOLITE,
    licence="free for use with attribution",
    home="https://www.metabolomicsworkbench.org/databases/refmet/refmet_download.php",
    resolves="standardised names of metabolites and their InChIKeys",
    layouts=(
        Layout(
            id=("refmet_id", "refmet_name"),
            label=("refmet_name", "name"),
            names=(Names(column=("refmet_name", "name"), evidence="name"),),
            refs=_refs(
                chebi="chebi_id",
                hmdb="hmdb_id",
                inchikey="inchi_key",
                pubchem="pubchem_cid",
                lipidmaps="lipidmaps_id",
                kegg="kegg_id",
            ),
            delimiter=",",
        ),
    ),
)

CHEBI = VocabularyKind(
    name="chebi",
    title="ChEBI, compounds.tsv or names.tsv",
    feature_type="metabolite",
    space="chebi",
    licence="CC BY 4.0",
    home="https://ftp.ebi.ac.uk/pub/databases/chebi/flat_files/",
    resolves="names and synonyms of metabolites",
    layouts=(
        Layout(
            id=("compound_id",),
            names=(Names(column=("name",), evidence="synonym", rank=1),),
            quoted=False,
            empty=("null",),
        ),
        Layout(
            id=("chebi_accession",),
            label=("name",),
            names=(Names(column=("name",), evidence="name"),),
            quoted=False,
            empty=("null",),
        ),
    ),
)

HMDB = VocabularyKind(
    name="hmdb",
    title="HMDB, hmdb_metabolites.xml",
    feature_type="metabolite",
    space="hmdb",
    canonical=("chebi",),
    licence="free for academic use; ask HMDB for commercial use",
    home="https://hmdb.ca/downloads",
    resolves="names and synonyms of human metabolites",
    layouts=(
        Layout(
            id=("accession",),
            label=("name",),
            names=(
                Names(column=("name",), evidence="name"),
                Names(column=("synonyms/synonym",), evidence="synonym", rank=1, separator="\x1f"),
            ),
            refs=(
                Refs(column="secondary_accessions/accession", space="hmdb", separator="\x1f"),
                *_refs(chebi="chebi_id", kegg="kegg_id", pubchem="pubchem_compound_id", inchikey="inchikey"),
            ),
            record="metabolite",
        ),
    ),
)

HUMANGEM = VocabularyKind(
    name="humangem",
    title="Human-GEM, the metabolites of the human metabolic model",
    feature_type="metabolite",
    space="humangem",
    canonical=_METABOLITE,
    licence="CC BY 4.0",
    home="https://github.com/SysBioChalmers/Human-GEM",
    resolves="names of metabolites, ChEBI, HMDB, KEGG, PubChem and LIPID MAPS accessions",
    layouts=(
        Layout(
            id=("humangem_id",),
            label=("name",),
            names=(Names(column=("name",), evidence="name"),),
            refs=_refs(
                chebi="chebi",
                hmdb="hmdb",
                kegg="kegg",
                pubchem="pubchem",
                lipidmaps="lipidmaps",
                bigg="bigg",
                metanetx="metanetx",
            ),
        ),
        Layout(
            id=("metsNoComp",),
            refs=_refs(
                chebi="metChEBIID",
                hmdb="metHMDBID",
                kegg="metKEGGID",
                pubchem="metPubChemID",
                lipidmaps="metLipidMapsID",
                bigg="metBiGGID",
                metanetx="metMetaNetXID",
            ),
        ),
    ),
)

LIPIDMAPS = VocabularyKind(
    name="lipidmaps",
    title="LIPID MAPS structure database, the table of its REST service",
    feature_type="lipid",
    space="lipidmaps",
    licence="CC BY 4.0",
    home="https://www.lipidmaps.org/rest/compound/lm_id/LM/all/download",
    resolves="names of lipids that are not by class and chains",
    layouts=(
        Layout(
            id=("lm_id",),
            label=("name",),
            names=(
                Names(column=("name", "common_name"), evidence="name"),
                Names(column=("sys_name", "systematic_name"), evidence="systematic_name", rank=1),
                Names(column=("abbrev", "abbreviation"), evidence="abbreviation", rank=1, separator=_SEMICOLONS),
                Names(column=("synonyms",), evidence="synonym", rank=2, separator=_SEMICOLONS),
            ),
            refs=_refs(
                inchikey="inchi_key", chebi="chebi_id", hmdb="hmdb_id", kegg="kegg_id", swisslipids="swisslipids_id"
            ),
            quoted=False,
            empty=("-",),
        ),
    ),
)

SWISSLIPIDS = VocabularyKind(
    name="swisslipids",
    title="SwissLipids, lipids.tsv",
    feature_type="lipid",
    space="swisslipids",
    licence="CC BY 4.0",
    home="https://www.swisslipids.org/#/downloads",
    resolves="names of lipids at every level, and cross-references",
    layouts=(
        Layout(
            id=("Lipid ID",),
            label=("Name",),
            names=(
                Names(column=("Name",), evidence="name"),
                Names(column=("Abbreviation*",), evidence="abbreviation", separator=_BARS),
                Names(column=("Synonyms*",), evidence="synonym", rank=1, separator=_BARS),
            ),
            refs=(
                Refs(column="InChI key (pH7.3)", space="inchikey"),
                Refs(column="CHEBI", space="chebi", separator=_BARS),
                Refs(column="LIPID MAPS", space="lipidmaps", separator=_BARS),
                Refs(column="HMDB", space="hmdb", separator=_BARS),
            ),
            quoted=False,
        ),
    ),
)

GOSLIN = VocabularyKind(
    name="goslin",
    title="Goslin's list of lipid classes",
    feature_type="lipid",
    space="lipid",
    licence="MIT",
    home="https://github.com/lifs-tools/lipidlibs",
    resolves="names of lipid classes and their synonyms",
    layouts=(
        Layout(
            id=("Lipid name",),
            label=("Lipid name",),
            names=(
                Names(column=("Lipid name",), evidence="name"),
                *(Names(column=column, evidence="synonym", rank=1) for column in _SYNONYMS),
            ),
            delimiter=",",
        ),
    ),
)

KINDS = (HUMANGEM, REFMET, CHEBI, HMDB, LIPIDMAPS, SWISSLIPIDS, GOSLIN)
