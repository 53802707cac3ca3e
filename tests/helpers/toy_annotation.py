"""Small annotations and genomes with splice motifs in place."""

import numpy as np

from cisgrammar.sequence.alphabet import encode, reverse_complement
from cisgrammar.sequence.fasta import Genome


def gtf_row(kind, start, end, strand="+", frame=".", chrom="chr1", gene="g1", transcript="t1", extra=""):
    """A GTF row; start and end are 1-based inclusive, as in the file."""
    attributes = f'gene_id "{gene}"; transcript_id "{transcript}";{extra}'
    return "\t".join(map(str, (chrom, "toy", kind, start, end, ".", strand, frame, attributes)))


def write_rows(path, *rows):
    path.write_text("#!toy\n" + "".join(f"{row}\n" for row in rows))
    return path


def exon_rows(*spans, **more):
    return [gtf_row("exon", start, end, **more) for start, end in spans]


def genome_with_introns(lengths, transcripts, seed=0):
    """A random genome in which the introns of the transcripts begin with GT and end with AG on their strand."""
    rng = np.random.default_rng(seed)
    chromosomes = {name: rng.integers(0, 4, length).astype(np.uint8) for name, length in lengths.items()}
    for transcript in transcripts:
        codes = chromosomes[transcript.chrom]
        for start, end in transcript.introns:
            left, right = encode("GT"), encode("AG")
            if transcript.strand == "-":
                left, right = reverse_complement(right), reverse_complement(left)
            codes[start : start + 2], codes[end - 2 : end] = left, right
    return Genome.from_chromosomes(chromosomes)
