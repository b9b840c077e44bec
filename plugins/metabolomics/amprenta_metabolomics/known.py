"""Very common metabolites by name, spelt as ``names.spell`` spells them: enough to tell a table of metabolites.

This is no vocabulary: it gives no identity, and most metabolites are recognised by how chemists form their names.
"""

_AMINO_ACIDS = """
alanine arginine asparagine aspartate cysteine cystine glutamate glutamine glycine histidine hydroxyproline
isoleucine leucine lysine methionine ornithine citrulline phenylalanine proline sarcosine serine threonine
tryptophan tyrosine valine norleucine norvaline homocysteine homoserine homocitrulline homoarginine pipecolate
taurine hypotaurine betaine creatine creatinine carnosine anserine kynurenine kynurenate cystathionine allantoin
selenomethionine ergothioneine pyroglutamate 5-oxoproline theanine beta-alanine gaba asp glu ala arg asn cys gln gly
his ile leu lys met phe pro ser thr trp tyr val orn cit adma sdma hyp
"""
_SUGARS = """
glucose fructose galactose mannose ribose xylose arabinose fucose rhamnose sucrose lactose maltose trehalose
raffinose stachyose cellobiose melibiose sorbose tagatose psicose erythrose threose lyxose ribulose xylulose
sedoheptulose mannitol sorbitol xylitol ribitol arabitol arabinitol erythritol threitol galactitol inositol
myo-inositol scyllo-inositol chiro-inositol glycerol glucosamine galactosamine n-acetylglucosamine glucuronate
galacturonate gluconate glycerate threonate erythronate hexose hexoses deoxyribose maltotriose isomaltose
"""
_CENTRAL = """
lactate pyruvate citrate isocitrate cis-aconitate trans-aconitate aconitate succinate fumarate malate oxaloacetate
2-oxoglutarate alpha-ketoglutarate ketoglutarate 2-ketoglutarate phosphoenolpyruvate pep dhap g6p f6p fbp r5p s7p
3pg 2pg 6pg acetyl-coa coa glyoxylate glycolate oxalate malonate methylmalonate glutarate adipate acetate formate
propionate butyrate isobutyrate valerate isovalerate 3-hydroxybutyrate acetoacetate acetone ethanol methanol
propanol isopropanol acetoin 2-hydroxybutyrate lactic acid urea uric acid urate ammonia ammonium bicarbonate
phosphate sulfate
"""
_NUCLEOTIDES = """
adenine adenosine guanine guanosine cytosine cytidine uracil uridine thymine thymidine inosine hypoxanthine xanthine
xanthosine deoxyadenosine deoxyguanosine deoxycytidine deoxyuridine pseudouridine orotate atp adp amp gtp gdp gmp
utp udp ump ctp cdp cmp itp idp imp ttp tdp tmp datp dadp damp camp cgmp nad nad+ nadh nadp nadp+ nadph fad fadh2
fmn sam sah udp-glucose udp-galactose udp-glcnac udp-glucuronate gsh gssg glutathione s-adenosylmethionine
s-adenosylhomocysteine
"""
_AMINES = """
choline phosphocholine glycerophosphocholine ethanolamine phosphoethanolamine acetylcholine carnitine
acetylcarnitine putrescine cadaverine spermidine spermine agmatine histamine tyramine tryptamine phenethylamine
dopamine serotonin melatonin epinephrine norepinephrine adrenaline noradrenaline normetanephrine metanephrine dopa
l-dopa octopamine dimethylamine trimethylamine methylamine trimethylamine n-oxide tmao indole skatole
5-hydroxyindoleacetate caffeine theobromine theophylline paraxanthine nicotine cotinine trigonelline nicotinamide
niacinamide nicotinate 1-methylnicotinamide
"""
_BILE_ACIDS = """
cholic acid cholate deoxycholate chenodeoxycholate lithocholate ursodeoxycholate hyodeoxycholate glycocholate
taurocholate glycodeoxycholate taurodeoxycholate glycochenodeoxycholate taurochenodeoxycholate ca cdca dca lca udca
gca tca gcdca tcdca gdca tdca glca tlca gudca tudca
"""
_STEROIDS = """
cholesterol cortisol cortisone corticosterone aldosterone testosterone progesterone pregnenolone androstenedione
estradiol estrone estriol dhea dheas 11-deoxycortisol 17-hydroxyprogesterone dihydrotestosterone lanosterol
desmosterol sitosterol campesterol ergosterol squalene
"""
_VITAMINS = """
thiamine thiamin riboflavin niacin pantothenate biotin folate ascorbate pyridoxine pyridoxal pyridoxamine pyridoxate
cobalamin retinol tocopherol alpha-tocopherol gamma-tocopherol phylloquinone bilirubin biliverdin heme ubiquinone
carotene beta-carotene lutein lycopene
"""
_AROMATICS = """
hippurate benzoate salicylate phenol p-cresol cresol p-cresol sulfate phenylacetate phenylpyruvate phenyllactate
4-hydroxyphenylacetate homovanillate vanillate indoxyl sulfate 3-indoxylsulfate indole-3-acetate indole-3-lactate
hydroxyphenyllactate mandelate catechol quinolinate picolinate anthranilate xanthurenate gallate ferulate caffeate
quercetin naringenin kaempferol catechin epicatechin resveratrol acetaminophen paracetamol ibuprofen glucuronide
"""
_FATTY_ACIDS = """
palmitate stearate oleate linoleate linolenate arachidonate myristate laurate palmitoleate caprate caprylate
caproate azelate sebacate suberate pimelate docosahexaenoate eicosapentaenoate
"""
_WORDS = (
    _AMINO_ACIDS, _SUGARS, _CENTRAL, _NUCLEOTIDES, _AMINES, _BILE_ACIDS, _STEROIDS, _VITAMINS, _AROMATICS, _FATTY_ACIDS,
)  # fmt: skip
_PHRASES = ("trimethylamine n-oxide", "lactic acid", "uric acid", "cholic acid", "p-cresol sulfate", "indoxyl sulfate")
KNOWN = frozenset({word for words in _WORDS for word in words.split()} - {"acid", "n-oxide"}).union(_PHRASES)
