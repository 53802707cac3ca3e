"""Splice sites: gene sets from FASTA and GTF, SpliceAI networks, calibration, and checks of reading frames.

The names below can be imported from here; each is loaded when it is first asked for.
"""

from cisgrammar.lazy import loader

_HOME = {
    "Bootstrap": "bootstrap",
    "Calibration": "calibration",
    "ExonTable": "exon_table",
    "GeneSet": "gene_store",
    "ModelToAnalyze": "model",
    "SpliceAI": "spliceai",
    "Tiling": "tiling",
    "build_genes": "genes",
    "calibrate": "calibration",
    "calibration_accuracy_and_thresholds": "calibration",
    "gene_set": "gene_store",
    "load_keras_spliceai": "keras_spliceai",
    "read_exon_table": "exon_table",
    "read_gene_set": "gene_store",
    "run_checks": "frame_checks",
    "train_splice": "train",
    "write_gene_set": "gene_store",
}

__getattr__ = loader(__name__, _HOME)
