"""Find the sites of motifs in a fold's scored test peaks, with decoys and control windows."""

from cisgrammar.script import run


def main(snakemake):
    import pandas as pd

    from cisgrammar.ablation.sites.find import BindingFiles, find_sites
    from cisgrammar.ablation.sites.pairs import find_pairs, null_pairs
    from cisgrammar.ablation.sites.peak_inputs import peak_windows
    from cisgrammar.config.ablation import Ablation
    from cisgrammar.config.profile import Evaluate
    from cisgrammar.files.progress import Progress
    from cisgrammar.motifs.formats import write_motifs
    from cisgrammar.signal.store import open_genome
    from cisgrammar.signal.table import read_regions
    from cisgrammar.tables.contracts import ablation

    given, out, params = snakemake.input, snakemake.output, snakemake.params
    settings = Ablation.model_validate(params.ablation)
    evaluate = Evaluate.model_validate(params.evaluate)
    windows = peak_windows(read_regions(given.regions), open_genome(given.genome), evaluate)
    files = BindingFiles(list(given.binding_models), list(given.binding_hits))
    # Found on windows that the first fold has seen, and ablated in scored test peaks.
    discovered = str(given.discovered) if given.discovered else None
    progress = Progress("find sites and pairs on cpu", 2, "steps")
    with progress.part(1):
        found = find_sites(windows, settings, files, params.seed, discovered)
    ablation.SITES.write(out.sites, found.table)
    write_motifs(out.motifs, found.motifs)
    with progress.part(1):
        pairs = find_pairs(found.table, settings, params.seed)
        nulls = null_pairs(windows, found.table, pairs, settings, params.seed)
    ablation.SITE_PAIRS.write(out.pairs, pd.concat([pairs, nulls], ignore_index=True))


run(snakemake, main)
