"""Count a sample's 5' ends in every tile, where candidates for background are: once for all folds."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.signal.counts.tiles import TileShape, tile_signal, write_sample_tiles
    from cisgrammar.signal.store import check_same_genome, open_genome, open_signal

    genome, signal = open_genome(snakemake.input.genome), open_signal(snakemake.input.signal)
    check_same_genome(genome, signal)
    write_sample_tiles(snakemake.output.tiles, tile_signal(genome, signal, TileShape(**snakemake.params.shape)))


run(snakemake, main)
