from .genes import SpliceGenes as SpliceGenes
from .genes import read_splice_genes as read_splice_genes
from .score import Settings as Settings
from .score import iter_splice as iter_splice
from .score import score_splice as score_splice
