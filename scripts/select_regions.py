"""Choose the windows of a sample's fold: peaks and GC-matched background."""

from dataclasses import asdict

from cisgrammar.script import optional_path, run


def main(snakemake):
    from cisgrammar.config.prepare import Folds, Prepare
    from cisgrammar.files.atomic import write_json
    from cisgrammar.sequence.peaks import read_all_peaks, read_excluded
    from cisgrammar.signal.counts.tiles import Tiles, open_genome_tiles, open_sample_tiles
    from cisgrammar.signal.preflight import check_folds
    from cisgrammar.signal.regions import select_regions
    from cisgrammar.signal.store import check_same_genome, open_genome, open_signal
    from cisgrammar.signal.table import write_regions
    from cisgrammar.signal.windows import SelectionSettings
    from cisgrammar.tables.contracts.profile import REJECTED

    given = snakemake.params
    genome, signal = open_genome(snakemake.input.genome), open_signal(snakemake.input.signal)
    check_same_genome(genome, signal)
    folds, excluded = Folds.model_validate(given.folds), tuple(given.exclude_chromosomes)
    settings = SelectionSettings(
        prepare=Prepare.model_validate(given.prepare),
        split=check_folds(folds, genome, excluded)[snakemake.wildcards.fold],
        by=folds.by,
        excluded=excluded,
        max_shared_kmers=folds.max_shared_kmers,
        **{name: given[name] for name in ("input_length", "output_length", "jitter", "seed")},
    )
    peaks = read_all_peaks(snakemake.input.peaks, genome)
    mask = read_excluded(optional_path(snakemake.input.get("exclude")), genome)
    of_genome, of_sample = snakemake.input.tiles
    tiles = Tiles(open_genome_tiles(of_genome), open_sample_tiles(of_sample))
    chosen = select_regions(genome, signal, peaks, mask, settings, tiles)
    write_regions(snakemake.output.regions, chosen.regions)
    REJECTED.write_rows(snakemake.output.rejected, chosen.rejected)
    write_json(snakemake.output.background, asdict(chosen.report))


run(snakemake, main)
