"""Put the sites and pairs that a simulation planted beside those that ablation found to matter."""

from cisgrammar.config.profile import Evaluate
from cisgrammar.files.atomic import write_table
from cisgrammar.script import run
from cisgrammar.tables.io import read_table


def main(snakemake):
    from cisgrammar.ablation.sites.peak_inputs import peak_windows
    from cisgrammar.ablation.sites.scan_windows import inside
    from cisgrammar.signal.store import open_genome
    from cisgrammar.signal.table import read_regions
    from cisgrammar.simulate.ablation_recovery import recovered_sites, recovered_spacings

    given, params = snakemake.input, snakemake.params
    evaluate = Evaluate.model_validate(params.evaluate)
    windows = peak_windows(read_regions(given.regions), open_genome(given.genome), evaluate)
    planted = read_table(given.truth, ["chrom", "start", "end", "factor", "intact"])
    found = recovered_sites(read_table(given.sites), planted[inside(planted, windows)], params.significance)
    write_table(snakemake.output.table, found)
    favoured = dict(zip(*params.favoured, strict=True))
    spacings = recovered_spacings(read_table(given.spacings), read_table(given.pairs), favoured)
    write_table(snakemake.output.spacings, spacings)


run(snakemake, main)
