"""Whether cells are gene symbols: by families whose members are numbered, and by well-known ones.

This is no vocabulary: it gives no identity. A quarter of all human symbols is of these families, enough to tell a table
of genes from one of other short words.
"""

import re
from functools import lru_cache

_FAMILIES = r"""
    ZNF\d+ ZFP\d+ SLC\d+[A-Z]\d+ SLCO\d\w+ RP[LS]P?\d+[AXYL]?\d? MRP[LS]\d+ TMEM\d+[A-Z]? CCDC\d+ CC[LR]\d+ CX?C[LR]\d+
    IL\d+[A-Z]*\d? KRT(?:AP)?\d+\w*(?:-\d+)? COL\d+A\d HOX[A-D]\d+ MT-(?:ND|CO|ATP|RNR|CYB|T)\w* ATP\d+[A-Z]+\d*\w*
    CD\d+[A-Z]? FAM\d+[A-Z]\d? LINC\d+ LOC\d{4,} C\d+orf\d+ CYP\d+[A-Z]\d+ ABC[A-G]\d+ WDR\d+ RAB\d+[A-Z]? MIR\d+\w*
    SNOR[AD]\d+\w* OR\d+[A-Z]\d+P? TRIM\d+[A-Z]? KLHL\d+ USP\d+[A-Z]? PSM[ABCD]\d+ NDUF[A-Z]+\d+ COX\d\w* UGT\d[AB]\d+
    ALDH\d+\w+ ADAM(?:TS)?\d+ MAPK\d+\w* MAP[23]K\d+ CDK\d+\w* CCN[A-Z]\d? EIF\d\w+ DDX\d+ ANKRD\d+\w? TNFRSF\d+\w?
    TNFSF\d+\w? SERPIN[A-Z]\d+ FBX[OLW]\d+ GPR\d+ PCDH\w+\d+ DNAJ[ABC]\d+ KCN[A-Z]\d+ CACN\w+ PTPN\d+ PTPR[A-Z]\d?
    HIST\d\w+ HLA-\w+ IG[HKL][VDJCAGM]\w*(?:-\w+)* TR[ABGD][VJC]\w+(?:-\w+)* RNU\d\S+ RNF\d+ ZC3H\w+ AADAC\w* ARHG\w+\d+
    TBC1D\d+\w? MYO\d+\w? DUSP\d+ PLEKH\w\d+ PPP\dR\w+ ZBTB\d+ SOX\d+ FOX[A-Z]\d+ WNT\d+\w? FGF\d+ BMP\d+ STAT\d\w?
    SMAD\d NOTCH\d LRRC\d+\w? CFAP\d+ DNAH\d+ ITG[ABL]\w+ LAM[ABC]\d GABR\w+ GRI[AKN]\w+ S100\w+ MUC\d+\w* SNX\d+
    VPS\d+\w* EXOC\d\w* POLR\d\w+ KIF\d+\w* RP\d+-\d+\w\.\d+ A[CLP]\d{6}\.\d+ Gm\d{3,} \d{7}[A-Z]\d\dRik
"""
_KNOWN = """
    A1BG A1CF A2M A2ML1 A3GALT2 A4GALT A4GNT AAAS AACS AAGAB AAK1 AAMP AANAT AARS1 AASS ACTB ACTA1 ACTA2 ACTG1
    ACE ACE2 ADA ADH1B ADIPOQ ADM AFP AGT AKT1 AKT2 AKT3 ALB ALK ANGPT1 ANXA1 ANXA2 ANXA5 APC APOA1 APOB APOE
    APP AR ARG1 ATF3 ATF4 ATM ATR AURKA AURKB AXIN2 AXL B2M BAD BAK1 BAX BCL2 BCL2L1 BCL6 BDNF BIRC5 BRAF BRCA1
    BRCA2 BTK CALM1 CALR CASP3 CASP8 CASP9 CAT CAV1 CBL CDC20 CDC42 CDH1 CDH2 CDH5 CDKN1A CDKN1B CDKN2A CEBPA
    CEBPB CFTR CHEK1 CHEK2 CLU COMT CREB1 CRP CSF1 CSF1R CSF2 CTLA4 CTNNB1 CTSB CTSD DCN DES DLL1 DMD DNMT1
    DNMT3A DPP4 DRD2 E2F1 EGF EGFR EGR1 ELANE ENG ENO1 EPCAM EPO ERBB2 ERBB3 ESR1 ESR2 EZH2 FASN FBN1 FGFR1
    FGFR2 FGFR3 FLT1 FLT3 FN1 FOS FTH1 FTL FUS GAPDH GATA1 GATA2 GATA3 GATA4 GCG GFAP GLI1 GNAS GPX1 GPX4 GUSB
    GZMB GZMK HBA1 HBA2 HBB HDAC1 HGF HIF1A HMGB1 HMGCR HMOX1 HNF1A HNF4A HPRT1 HRAS HSP90AA1 HSP90AB1 HSPA1A
    HSPA5 HSPA8 HSPB1 HTT ICAM1 ID1 IDH1 IDH2 IDO1 IFIT1 IFNA1 IFNB1 IFNG IGF1 IGF1R INS INSR IRF1 IRF3 IRF7
    ISG15 JAK1 JAK2 JAK3 JUN JUNB KDR KIT KLF4 KRAS LCK LCP1 LDHA LDLR LEP LGALS3 LIF LMNA LOX MALAT1 MBP MCL1
    MDM2 MET MGMT MITF MKI67 MMP1 MMP2 MMP3 MMP9 MPO MS4A1 MTOR MX1 MYC MYCN MYD88 NANOG NCAM1 NEAT1 NES NF1
    NFE2L2 NFKB1 NFKBIA NGF NKG7 NOS2 NOS3 NPM1 NQO1 NRAS NTRK1 OCLN PAX6 PCNA PDCD1 PDGFA PDGFRA PDGFRB PECAM1
    PGK1 PIK3CA PIK3R1 PLAU POU5F1 PPARA PPARG PPARGC1A PPIA PRF1 PTEN PTGS2 PTPRC PVALB RAC1 RAF1 RB1 RELA RET
    RHOA ROS1 RUNX1 SCD SDHA SELE SELL SELP SFTPC SHH SIRT1 SNAI1 SNAI2 SNCA SOD1 SOD2 SPARC SPP1 SQSTM1 SRC
    SREBF1 SST SYP TAP1 TBP TEK TERT TF TFRC TGFB1 TGFBR1 TGFBR2 TH THBS1 TIMP1 TJP1 TLR2 TLR4 TNF TP53 TP63
    TPM1 TSC1 TSC2 TTN TTR TUBA1B TUBB TWIST1 TXN TYMS TYR UBC UCP1 VCAM1 VEGFA VHL VIM VWF WT1 XBP1 XIST YAP1
    YWHAZ ZEB1 ZEB2 Trp53 Cd8a Ifng Actb Gapdh
"""
_FAMILY = re.compile(rf"(?:{'|'.join(_FAMILIES.split())})\Z", re.IGNORECASE)
_WELL_KNOWN = frozenset(word.upper() for word in _KNOWN.split())
_SHAPE = re.compile(r"(?=[^_]*[A-Za-z])[A-Za-z0-9][A-Za-z0-9]{0,14}(?:[-.@_/][A-Za-z0-9]{1,12}){0,3}\Z")


@lru_cache(maxsize=65_536)
def is_known_symbol(name: str) -> bool:
    """Whether a cell is one of the symbols that tell a table of genes; an id may stand behind a bar, as TCGA has it.

    >>> [is_known_symbol(n) for n in ("TP53", "Slc25a4", "RPL13A", "S01", "ATP", "PC 34:1", "Glucose")]
    [True, True, True, False, False, False, False]
    """
    symbol = name.partition("|")[0]
    return symbol.upper() in _WELL_KNOWN or _FAMILY.match(symbol) is not None


@lru_cache(maxsize=65_536)
def may_be_symbol(name: str) -> bool:
    """Whether a cell has the shape of a symbol; most short words have."""
    return _SHAPE.match(name.partition("|")[0]) is not None
