"""Files of small untrained models of every kind, and of what they score: a genome, variants, peaks, genes."""

import json
from pathlib import Path

import numpy as np

from cisgrammar.binding.layers.build import build
from cisgrammar.binding.model_file import write_binding
from cisgrammar.binding.reads.count_table import CountTable
from cisgrammar.config.binding import BindingModel
from cisgrammar.config.selex_sheet import SelexLibrary
from cisgrammar.profile.models.saved import save_model
from cisgrammar.sequence.alphabet import decode
from cisgrammar.sequence.fasta import Genome
from cisgrammar.splice.models.saved import save_model as save_splice
from cisgrammar.splice.models.spliceai import SpliceAI
from toy_layers import randomise
from toy_profile import small_solo
from toy_variants import of_all_kinds

_EXONS = ((300, 420), (600, 700), (1000, 1200))
_BAD = (
    "chr1\t20\t.\tA\t<DEL>\t.\t.\t.",
    "chr9\t20\t.\tA\tC\t.\t.\t.",
    "chr1\t5\t.\tN\tC\t.\t.\t.",
    "chr1\tx\t.\tA\tC\t.\t.\t.",
)


def write_binding_model(folder):
    """A model of the motif `a`, 4 bp, in one library; the path of its weights."""
    table = CountTable.from_strings(["ACGTTGACCT", "TTGACGTACA"], np.ones((2, 3)))
    row = SelexLibrary.model_construct(model="m", library="one", selection="bound")
    built = build(BindingModel.model_validate({"motifs": {"a": {"width": 4}}}), [row], [table], seed=1)
    randomise(built.module)
    path = Path(folder) / "model.safetensors"
    path.parent.mkdir(parents=True)
    write_binding(path, built.experiments, built.motifs, {"one": table.flanks}, {})
    return path


def write_splice_folder(folder):
    """A network of 80 bp with random weights, and thresholds that some bases exceed; the folder."""
    folder = Path(folder)
    folder.mkdir(parents=True)
    save_splice(folder / "model.safetensors", SpliceAI(80, seed=1))
    (folder / "calibration.json").write_text(
        json.dumps({"thresholds": {"acceptor": 0.3, "donor": 0.35}, "temperature": {"value": 1.0}})
    )
    return folder


def toy_genome():
    """Two chromosomes of random bases."""
    rng = np.random.default_rng(8)
    sizes = {"chr1": 3000, "chr2": 1200}
    return Genome.from_chromosomes({name: rng.integers(0, 4, n).astype(np.uint8) for name, n in sizes.items()})


def write_inputs(folder, variants=40):
    """Everything that `cisgrammar variants` takes, by short names, in a folder.

    `genome.fa`, `my.vcf`, `peaks.bed`, `genes.gtf`, `one.safetensors`, `two.safetensors`, `binding/m`, `splice`.
    """
    folder, genome = Path(folder), toy_genome()
    (folder / "genome.fa").write_text("".join(f">{n}\n{decode(genome.chromosome(n))}\n" for n in genome.names))
    found = [*of_all_kinds(genome, "chr1", variants, 1, 200, 1300), *of_all_kinds(genome, "chr2", variants // 4, 2)]
    lines = [f"{v.chrom}\t{v.start + 1}\trs{i}\t{v.ref}\t{v.alt}\t.\t.\t." for i, v in enumerate(found)]
    lines[3:3] = _BAD
    header = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    (folder / "my.vcf").write_text(header + "\n".join(lines) + "\n")
    (folder / "peaks.bed").write_text("chr1\t280\t340\tp1\nchr1\t560\t640\tp2\nchr2\t300\t420\tp3\n")
    about = 'gene_id "g"; transcript_id "g.t"; gene_name "G"; transcript_biotype "protein_coding";'
    (folder / "genes.gtf").write_text("".join(f"chr1\tx\texon\t{s + 1}\t{e}\t.\t+\t.\t{about}\n" for s, e in _EXONS))
    for seed, name in enumerate(("one", "two"), start=1):
        save_model(folder / f"{name}.safetensors", small_solo(seed=seed))
    write_binding_model(folder / "binding" / "m")
    write_splice_folder(folder / "splice")
    return folder
