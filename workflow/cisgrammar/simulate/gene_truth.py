"""Write simulated genes: what a user would have (FASTA, GTF), and the truth that no user has (sites)."""

from __future__ import annotations

from pathlib import Path

from cisgrammar.files.atomic import atomic_path
from cisgrammar.sequence.alphabet import decode
from cisgrammar.sequence.annotation import Transcript
from cisgrammar.simulate.genes import SimulatedGenes
from cisgrammar.tables.contracts.simulate import PLANTED_SPLICE_SITES

_LINE = 80


def write_gene_fasta(path: str | Path, simulated: SimulatedGenes) -> None:
    """Write the chromosomes as FASTA, 80 bases a line."""
    with atomic_path(path) as partial, partial.open("w") as out:
        for name, codes in simulated.chromosomes.items():
            text = decode(codes)
            out.write(f">{name}\n")
            out.writelines(text[i : i + _LINE] + "\n" for i in range(0, len(text), _LINE))


def write_gtf(path: str | Path, transcripts: tuple[Transcript, ...]) -> None:
    """Write transcripts as GTF in Ensembl's manner: CDS rows with frames and without the stop codon."""
    with atomic_path(path) as partial, partial.open("w") as out:
        out.write("#!genebuild-version simulated\n")
        for transcript in transcripts:
            out.writelines(f"{row}\n" for row in _gtf_rows(transcript))


def _gtf_rows(transcript: Transcript) -> list[str]:
    gene = f'gene_id "{transcript.gene}"; gene_biotype "{transcript.biotype}";'
    tags = "".join(f' tag "{tag}";' for tag in sorted(transcript.tags))
    own = f'gene_id "{transcript.gene}"; transcript_id "{transcript.id}"; gene_biotype "{transcript.biotype}";{tags}'

    def row(kind: str, start: int, end: int, frame: str, attributes: str) -> str:
        fields = (transcript.chrom, "simulated", kind, start + 1, end, ".", transcript.strand, frame, attributes)
        return "\t".join(map(str, fields))

    rows = [row("gene", transcript.start, transcript.end, ".", gene)]
    rows.append(row("transcript", transcript.start, transcript.end, ".", own))
    direction = 1 if transcript.strand == "+" else -1
    rows += [row("exon", start, end, ".", own) for start, end in transcript.exons[::direction]]
    before, total = 0, transcript.coding_length - 3
    for start, end in transcript.coding[::direction]:
        length = min(end - start, total - before)
        if length > 0:
            piece = (start, start + length) if direction == 1 else (end - length, end)
            rows.append(row("CDS", *piece, str(-before % 3), own))
        before += end - start
    first, last = transcript.coding[0], transcript.coding[-1]
    stop = (last[1] - 3, last[1]) if direction == 1 else (first[0], first[0] + 3)
    rows.append(row("stop_codon", *stop, "0", own))
    return rows


def write_splice_sites(path: str | Path, simulated: SimulatedGenes) -> None:
    """Write every planted motif: gene, place on the chromosome and in the gene, kind, role, strength, frames."""
    rows = []
    for gene, transcript in zip(simulated.genes, simulated.transcripts, strict=True):
        for site in gene.sites:
            forward = transcript.strand == "+"
            place = transcript.start + site.position if forward else transcript.end - 1 - site.position
            row = (transcript.gene, transcript.chrom, transcript.strand, place, site.position, site.kind, site.role)
            numbers = (f"{site.strength:.4f}", site.phase, site.stops_in_frame, int(site.frame_dependent))
            rows.append((*row, *numbers))
    PLANTED_SPLICE_SITES.write_rows(path, rows)
