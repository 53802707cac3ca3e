"""Put the motifs that a simulation planted beside those that were found."""

import json
from pathlib import Path

from cisgrammar.script import run


def main(snakemake):
    import numpy as np
    import pandas as pd

    from cisgrammar.discover.attribution_files import AttributionFiles
    from cisgrammar.discover.planted import beside_planted, planted_gates
    from cisgrammar.gates import write_gates
    from cisgrammar.motifs.formats import read_meme
    from cisgrammar.simulate.factors.scan import scan_beside, scan_gate
    from cisgrammar.tables.contracts import discover, simulate

    given, out = snakemake.input, snakemake.output
    windows = AttributionFiles(given.shards)
    held = np.flatnonzero(windows.held_out & ~windows.shuffled)
    start = windows.start[held]
    places = pd.DataFrame({"chrom": windows.chrom[held], "start": start, "end": start + windows.length})
    found = discover.MOTIFS.read(given.motifs)
    motifs = read_meme(given.meme) if len(found) else {}
    factors = json.loads(Path(given.truth).read_text())["factors"]
    sites = simulate.PLANTED_SITES.read(given.truth_sites)
    table = beside_planted(factors, motifs, found, discover.HITS.read(given.hits), sites, places)
    table = scan_beside(table, factors, sites, places, windows.codes(held))
    discover.RECOVERED.write(out.table, table)
    sample = snakemake.wildcards.sample
    write_gates(out.gates, [*planted_gates(table, sample), *scan_gate(table, sample)])


run(snakemake, main)
