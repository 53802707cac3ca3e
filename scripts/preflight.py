"""Check that genome, counts, regions, folds and config of a sample fit together, before any training."""

import json
from pathlib import Path

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.config.samples import Track
    from cisgrammar.config.schema import parse_config
    from cisgrammar.files.atomic import write_json
    from cisgrammar.signal.preflight import preflight
    from cisgrammar.signal.store import open_genome, open_signal
    from cisgrammar.signal.table import read_regions

    config = parse_config(snakemake.params.config)
    tracks = [Track.model_validate(track) for track in snakemake.params.tracks]
    paths = zip(config.folds.names, snakemake.input.regions, strict=True)
    regions = {fold: (path, read_regions(path)) for fold, path in paths}
    reports = zip(config.folds.names, snakemake.input.background, strict=True)
    shared = {fold: json.loads(Path(path).read_text())["shared_with_training"] for fold, path in reports}
    genome, signal = open_genome(snakemake.input.genome), open_signal(snakemake.input.signal)
    found = preflight(config, tracks, genome, signal, regions)
    write_json(snakemake.output.checked, found | {"shared_with_training": shared})


run(snakemake, main)
