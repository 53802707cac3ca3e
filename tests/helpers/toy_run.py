"""A run of every stage, whose sheets are in a folder; no file that it names is read."""

from pathlib import Path
from typing import Any

from cisgrammar.run.run import Run

SAMPLES = "sample\thead\tsignal\tpeaks\nb\tatac\tb.bam\tb.bed\nb\tnexus\tplus.bw,minus.bw\tb.bed\na\t\ta.bam\ta.bed\n"
LIBRARIES = (
    "model\tlibrary\treads\nzeta\tx\tresults/simulate/selex/round0.fastq.gz,results/simulate/selex/round1.fastq.gz\n"
    "alpha\ty\tr0.fq,,r2.fq\nalpha\tx\tq0.fq,q1.fq\n"
)
WHOLE: dict[str, Any] = {
    "genome": {"fasta": "g.fa"},
    "folds": {"k": 3},
    "bias": {"thresholds": [0.5, 1.0]},
    "transformation": {},
    "combined": {},
    "binding": {"models": {"alpha": {"motifs": {"m": {}}, "cooperativity": [{"a": "m", "b": "m"}]}}, "seeds": 2},
    "splice": {"genes": {"annotation": "g.gtf", "test": ["1"], "validation": ["2"]}},
    "ablation": {"consensus": {"A": "ACGTAC"}, "contributions": {}},
    "simulate": {},
    "simulate_selex": {},
    "simulate_genes": {},
}


def toy_run(folder: Path, without: tuple[str, ...] = (), **changed: Any) -> Run:
    """The whole run but for some sections, with others changed."""
    (folder / "samples.tsv").write_text(SAMPLES)
    (folder / "selex.tsv").write_text(LIBRARIES)
    raw = {**WHOLE, "samples": str(folder / "samples.tsv"), **changed}
    raw["binding"] = {"libraries": str(folder / "selex.tsv"), **raw["binding"]}
    return Run.of({key: value for key, value in raw.items() if key not in without})
