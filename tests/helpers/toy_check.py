"""A folder with every input of a config with all stages, as `make check` reads them."""

import gzip

import numpy as np
import pytest
import yaml

LENGTHS = {"chr1": 9000, "chr2": 9000, "chr3": 9000}
GTF = 'chr1\tx\texon\t101\t200\t.\t+\t.\tgene_id "g"; transcript_id "t";\n'
GTF += 'chr1\tx\texon\t401\t500\t.\t+\t.\tgene_id "g"; transcript_id "t";\n'
FASTQ = "@r\nACGTACGTACGTACGTACGT\n+\nIIIIIIIIIIIIIIIIIIII\n"
CONFIG = {
    "samples": "samples.tsv",
    "output_length": 200,
    "genome": {"fasta": "genome.fa", "exclude": "exclude.bed"},
    "folds": {"splits": {"a": {"test": ["chr1"], "validation": ["chr2"]}}},
    "bias": {"architecture": {"layers": 1}},
    "transformation": {},
    "combined": {"architecture": {"layers": 2}},
    "binding": {"libraries": "selex.tsv"},
    "splice": {"genes": {"annotation": "genes.gtf", "test": ["chr1"], "validation": ["chr2"]}},
    "ablation": {"consensus": {"X": "TTACCCGG"}, "annotations": "sites.bed", "motifs": "motifs.meme"},
}
MEME = "MEME version 4\n\nALPHABET= ACGT\n\nMOTIF M\nletter-probability matrix: alength= 4 w= 2\n1 0 0 0\n0 0 0 1\n"


@pytest.fixture
def good(tmp_path, monkeypatch):
    """A folder with every input of `CONFIG`, in which the check is called."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    genome = {name: "".join(rng.choice(list("ACGT"), length)) for name, length in LENGTHS.items()}
    (tmp_path / "genome.fa").write_text("".join(f">{name}\n{bases}\n" for name, bases in genome.items()))
    (tmp_path / "exclude.bed").write_text("chr3\t0\t100\n")
    (tmp_path / "sites.bed").write_text("chr1\t500\t510\tX\t1\t+\n")
    (tmp_path / "peaks.bed").write_text("".join(f"{name}\t4000\t4500\n" for name in LENGTHS))
    (tmp_path / "reads.tsv").write_text("chr1\t100\t200\nchr2\t100\t200\n")
    (tmp_path / "genes.gtf").write_text(GTF)
    (tmp_path / "motifs.meme").write_text(MEME)
    (tmp_path / "samples.tsv").write_text("sample\tsignal\tpeaks\ns\treads.tsv\tpeaks.bed\n")
    (tmp_path / "selex.tsv").write_text("model\treads\nm\tr0.fastq.gz,r1.fastq.gz\n")
    for name in ("r0", "r1"):
        with gzip.open(tmp_path / f"{name}.fastq.gz", "wt") as handle:
            handle.write(FASTQ)
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    return tmp_path
