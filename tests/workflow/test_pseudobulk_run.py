"""Groups of single cells through the workflow: samples whose counts add up to those of the whole file."""

import numpy as np

from cisgrammar.sequence.alphabet import decode
from cisgrammar.signal.store import open_signal
from prepare_toys import random_genome

GENOME = random_genome({"1": 3000, "2": 2000}, seed=2)
CONFIG = {
    "threads": 1,
    "samples": "samples.tsv",
    "barcodes": "barcodes.csv",
    "genome": {"fasta": "genome.fa"},
    "folds": {"k": 3, "by": "region"},
    "prepare": {"min_reads": 100, "shift": [4, -4]},
}
SHEET = "sample\tsignal\tpeaks\tbarcodes\ncells\tf.tsv.gz\tp.bed\t*\nwhole\tf.tsv.gz\tp.bed\t\n"


def test_counts_of_the_groups_add_up_and_the_file_is_split_once(flow):
    generator = np.random.default_rng(0)
    starts = generator.integers(10, 2800, 2000)
    barcodes = generator.choice(["AA", "AC", "AG"], 2000)
    lines = "".join(f"1\t{start}\t{start + 100}\t{barcode}\n" for start, barcode in zip(starts, barcodes, strict=True))
    (flow.folder / "f.tsv.gz").write_text(lines)
    (flow.folder / "barcodes.csv").write_text("barcode,group\nAA,CD4+ T\nAC,B\nAG,B\n")
    (flow.folder / "samples.tsv").write_text(SHEET)
    (flow.folder / "p.bed").write_text("1\t1000\t1400\n")
    text = "".join(f">{name}\n{decode(GENOME.chromosome(name))}\n" for name in GENOME.names)
    (flow.folder / "genome.fa").write_text(text)
    flow.write_config(CONFIG)
    wanted = {name: flow.results / "prepare" / name / "signal.h5" for name in ("cells_CD4_T", "cells_B", "whole")}
    done = flow.run(*(f"results/prepare/{name}/signal.h5" for name in wanted))
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("rule split_fragments:") == 1
    counts = {name: open_signal(path).heads["signal"].astype(int) for name, path in wanted.items()}
    assert counts["whole"].sum() == 4000
    assert (counts["cells_CD4_T"] + counts["cells_B"]).tolist() == counts["whole"].tolist()
    assert counts["cells_CD4_T"].sum() == 2 * (barcodes == "AA").sum()
