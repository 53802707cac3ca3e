"""Put the sites and pairs that a simulation planted beside those that ablation found to matter."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.ablation.sites.peak_inputs import peak_windows
    from cisgrammar.ablation.sites.scan_windows import inside
    from cisgrammar.config.profile import Evaluate
    from cisgrammar.gates import Place, write_gates
    from cisgrammar.signal.store import open_genome
    from cisgrammar.signal.table import read_regions
    from cisgrammar.simulate.ablation_recovery import recovered_sites, recovered_spacings
    from cisgrammar.simulate.spacing_gates import pair_gates, spacing_gates
    from cisgrammar.tables.contracts import ablation, simulate

    given, params, names = snakemake.input, snakemake.params, snakemake.wildcards
    evaluate = Evaluate.model_validate(params.evaluate)
    windows = peak_windows(read_regions(given.regions), open_genome(given.genome), evaluate)
    sites = ablation.SITE_EFFECTS.read(given.sites)
    planted = simulate.PLANTED_SITES.read(given.truth)
    found = recovered_sites(sites, planted[inside(planted, windows)], params.significance)
    simulate.RECOVERED_SITES.write(snakemake.output.table, found)
    favoured = dict(zip(*params.favoured, strict=True))
    scanned, pairs = ablation.SPACINGS.read(given.spacings), simulate.PLANTED_PAIRS.read(given.pairs)
    simulate.RECOVERED_SPACINGS.write(snakemake.output.spacings, recovered_spacings(scanned, pairs, favoured))
    place = Place("ablation", names.sample, names.fold)
    gates = spacing_gates(scanned, sorted(set(pairs["factor"])), favoured, place, params.significance)
    gates += pair_gates(ablation.PAIR_EFFECTS.read(given.pair_effects), place, params.significance)
    write_gates(snakemake.output.gates, gates)


run(snakemake, main)
