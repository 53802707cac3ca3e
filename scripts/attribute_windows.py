"""Contributions of the bases of one shard of a sample's windows, and of their shuffles."""

from cisgrammar.script import run


def main(snakemake):
    from pathlib import Path

    import numpy as np

    from cisgrammar.config.discover import Discover
    from cisgrammar.discover.attribute import attribute_windows, fingerprint_of, shuffles_of
    from cisgrammar.discover.attribution_files import kept_blocks, write_attribution_blocks
    from cisgrammar.discover.windows import explained_windows
    from cisgrammar.files.kept_parts import KeptParts
    from cisgrammar.profile.models.rescale import network_of
    from cisgrammar.profile.models.saved import load_model
    from cisgrammar.signal.store import open_genome
    from cisgrammar.signal.table import read_regions

    given, params = snakemake.input, snakemake.params
    settings = Discover.model_validate(params.discover)
    models = [network_of(load_model(path, settings.device)) for path in given.models]
    lengths = (models[0].output_length, models[0].input_length)
    genome, folds = open_genome(given.genome), [read_regions(path) for path in given.regions]
    every = explained_windows(folds, genome, settings.regions, settings.most_windows, lengths)
    mine = np.array_split(np.arange(len(every)), settings.shards)[int(snakemake.wildcards.shard)]
    asked = (every.take(mine), genome, settings, len(every), params.seed)
    kept = KeptParts(Path(params.checkpoints), fingerprint_of(given.models, *asked))
    found = kept_blocks(kept, lambda done: attribute_windows(models, *asked, done))
    total = len(mine) * (1 + shuffles_of(settings, len(every)))
    write_attribution_blocks(snakemake.output.contributions, found, total)
    kept.remove()


run(snakemake, main)
