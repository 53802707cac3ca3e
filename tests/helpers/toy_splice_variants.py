"""A genome with a gene on either strand whose splice sites lie beside motifs, and a model that sees these motifs."""

from itertools import pairwise

import numpy as np
import torch
from torch import nn

from cisgrammar.sequence.alphabet import encode, reverse_complement
from cisgrammar.sequence.fasta import Genome
from cisgrammar.splice.models.model import ModelToAnalyze
from cisgrammar.variants.splice.genes import SpliceGene, SpliceGenes
from cisgrammar.variants.variant import Variant

LENGTH = 3000
EXONS = ((500, 600), (800, 890), (1200, 1300), (1600, 1700))
CODING = ((550, 600), (800, 890), (1200, 1300), (1600, 1650))
ACCEPTOR, DONOR = "TTCTCCAG", "GTAAGTCA"
_HALF = 20


class Motifs(nn.Module):
    """Acceptor behind one motif, donor before the other; a base less and neither is called."""

    def __init__(self):
        super().__init__()
        kernel = torch.zeros(3, 4, 2 * _HALF + 1)
        for i, base in enumerate(encode(ACCEPTOR).tolist()):
            kernel[1, base, _HALF - 8 + i] = 6
        for i, base in enumerate(encode(DONOR).tolist()):
            kernel[2, base, _HALF + 1 + i] = 6
        self.register_buffer("kernel", kernel)
        self.register_buffer("bias", torch.tensor([0.0, -45.0, -45.0]))

    def forward(self, x):
        return nn.functional.conv1d(x.transpose(1, 2), self.kernel, self.bias).transpose(1, 2)


def motif_model(thresholds=(0.5, 0.5)):
    return ModelToAnalyze(Motifs(), 2 * _HALF, 2 * _HALF, thresholds)


def toy_genome(seed=0):
    """chr1 with a gene on +, chr2 the same reversed, chr3 without genes."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, LENGTH).astype(np.uint8)
    for (_, end), (start, _) in pairwise(EXONS):
        codes[end : end + 8], codes[start - 8 : start] = encode(DONOR), encode(ACCEPTOR)
    return Genome.from_chromosomes({"chr1": codes, "chr2": reverse_complement(codes), "chr3": codes})


def toy_gene(strand="+"):
    turn = (lambda spans: spans) if strand == "+" else _turned
    acceptors, donors = [s for s, _ in EXONS[1:]], [e - 1 for _, e in EXONS[:-1]]
    if strand == "-":
        acceptors, donors = ([LENGTH - 1 - place for place in places][::-1] for places in (acceptors, donors))
    chrom = "chr1" if strand == "+" else "chr2"
    sites = (np.array(places, dtype=np.int64) for places in (acceptors, donors))
    return SpliceGene(f"gene{strand}", chrom, strand, turn(EXONS), turn(CODING), *sites)


def _turned(spans):
    return tuple((LENGTH - end, LENGTH - start) for start, end in reversed(spans))


def toy_genes():
    return SpliceGenes((toy_gene("+"), toy_gene("-")))


def variant(genome, start, removed, put, chrom="chr1", **more):
    """The variant that replaces `removed` bases at `start` by `put`."""
    from cisgrammar.sequence.alphabet import decode

    return Variant(chrom, start, decode(genome.chromosome(chrom)[start : start + removed]), put, **more)


def turned(genome, given):
    """The same variant of chr1 on chr2."""
    from cisgrammar.sequence.alphabet import decode

    alt = decode(reverse_complement(encode(given.alt)))
    return variant(genome, LENGTH - given.end, len(given.ref), alt, "chr2")


def random_variants(genome, number, chroms=("chr1", "chr2"), seed=0, longest=12, span=(0, LENGTH)):
    """Variants of every kind, anchored as a VCF has them or not."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(number):
        refs, alts = (1 if rng.random() < 0.5 else int(rng.integers(1, longest + 1)) for _ in range(2))
        start, chrom = min(int(rng.integers(*span)), LENGTH - refs), str(rng.choice(chroms))
        alt = "".join(rng.choice(list("ACGT"), alts))
        found.append(variant(genome, start, refs, alt, chrom))
    return found
