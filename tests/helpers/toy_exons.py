"""Toy genes with reading frames: random introns, coding exons whose frame 0 has no stop, sites that can be told."""

import numpy as np

from cisgrammar.config.splice import Checks
from cisgrammar.sequence.alphabet import encode
from cisgrammar.splice.genes.exon_table import ExonTable
from cisgrammar.splice.genes.gene_set import gene_set
from cisgrammar.splice.genes.reading_frames import stops

CHECK_SETTINGS = Checks(limit=6, bootstrap=20)
DONOR_AFTER, ACCEPTOR_BEFORE = encode("GTAAGT"), encode("TTTCTTTTCTGCAG")


def coding_sequence(length, rng):
    """Codes without a stop in frame 0."""
    codes = rng.integers(0, 4, length, dtype=np.uint8)
    for place in np.flatnonzero(stops(codes)):
        if place % 3 == 0:
            codes[place] = 1
    return codes


def make_gene(exon_lengths, intron_lengths, rng, ends=30):
    """Codes, labels and (start, end) of the exons of one gene."""
    cds = coding_sequence(sum(exon_lengths), rng)
    pieces, places, at, done = [rng.integers(0, 4, ends, dtype=np.uint8)], [], ends, 0
    for i, length in enumerate(exon_lengths):
        pieces.append(cds[done : done + length])
        places.append((at, at + length))
        at, done = at + length, done + length
        if i < len(intron_lengths):
            intron = rng.integers(0, 4, intron_lengths[i], dtype=np.uint8)
            intron[: len(DONOR_AFTER)] = DONOR_AFTER
            intron[-len(ACCEPTOR_BEFORE) :] = ACCEPTOR_BEFORE
            pieces.append(intron)
            at += len(intron)
    pieces.append(rng.integers(0, 4, ends, dtype=np.uint8))
    codes = np.concatenate(pieces)
    labels = np.zeros(len(codes), dtype=np.uint8)
    labels[[start for start, _ in places[1:]]] = 1
    labels[[end - 1 for _, end in places[:-1]]] = 2
    return codes, labels, places


def exon_table(names, places):
    """Exon table of genes whose exons are all coding."""
    rows = []
    for gene, exons in enumerate(places):
        bases = 0
        for rank, (start, end) in enumerate(exons):
            before = start - exons[rank - 1][1] if rank else 0
            after = exons[rank + 1][0] - end if rank + 1 < len(exons) else 0
            phases = bases % 3, (bases + end - start) % 3
            inner = 0 < rank < len(exons) - 1
            rows.append((gene, names[gene], rank, start, end, end - start, *phases, before, after, inner))
            bases += end - start
    kinds = (np.int64, np.str_, *[np.int64] * 8, bool)
    return ExonTable(
        *(np.array(column, dtype=kind) for column, kind in zip(zip(*rows, strict=True), kinds, strict=True))
    )


def make_genes(number=6, exons=5, seed=0, exon_length=(110, 170), intron_length=(140, 300)):
    """A gene set and its exon table."""
    rng = np.random.default_rng(seed)
    made = [
        make_gene(rng.integers(*exon_length, exons), rng.integers(*intron_length, exons - 1), rng)
        for _ in range(number)
    ]
    genes = gene_set([(codes, labels) for codes, labels, _ in made])
    return genes, exon_table(genes.names, [places for _, _, places in made])
