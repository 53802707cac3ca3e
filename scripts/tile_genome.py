"""Look at every tile of the genome, where candidates for background are: G and C, and runs of N."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.signal.counts.tiles import TileShape, tile_genome, write_genome_tiles
    from cisgrammar.signal.store import open_genome

    genome = open_genome(snakemake.input.genome)
    write_genome_tiles(snakemake.output.tiles, tile_genome(genome, TileShape(**snakemake.params.shape)))


run(snakemake, main)
