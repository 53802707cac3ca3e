"""Call the hits of a sample's patterns, judge the patterns by them, and name them."""

import json
from pathlib import Path

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.config.discover import Discover
    from cisgrammar.discover.attribution_files import AttributionFiles, write_track
    from cisgrammar.discover.gates import discover_gates
    from cisgrammar.discover.hits import call_hits, write_bed, write_big_bed
    from cisgrammar.discover.motif_table import logos, motif_table
    from cisgrammar.discover.pattern_files import read_patterns
    from cisgrammar.files.atomic import write_json
    from cisgrammar.gates import write_gates
    from cisgrammar.motifs.formats import read_motif_files, write_meme
    from cisgrammar.signal.store import open_genome
    from cisgrammar.tables.contract import in_blocks
    from cisgrammar.tables.contracts.discover import HITS, LOGOS, MOTIFS

    given, out = snakemake.input, snakemake.output
    settings = Discover.model_validate(snakemake.params.discover)
    windows, found = AttributionFiles(given.shards), read_patterns(given.patterns)
    known, in_vitro = read_motif_files(given.known), read_motif_files(given.binding)
    kept = motif_table(windows, found, call_hits(windows, found), known, settings, in_vitro)
    numbers = json.loads(Path(given.numbers).read_text())
    genome = open_genome(given.genome)
    for output, path in zip(settings.outputs, out.tracks, strict=True):
        write_track(path, windows, output, genome)
    LOGOS.write(out.logos, logos(kept.found))
    HITS.write_blocks(out.hits, in_blocks(kept.hits))
    write_bed(out.bed, kept.hits)
    write_big_bed(out.big_bed, kept.hits, dict(zip(genome.names, genome.lengths.tolist(), strict=True)))
    write_meme(out.meme, {each.name: each.motif for each in kept.found})
    write_json(out.numbers, {**numbers, "left_out": kept.left_out})
    write_gates(out.gates, discover_gates(kept.table, numbers, snakemake.wildcards.sample))
    MOTIFS.write(out.motifs, kept.table)


run(snakemake, main)
