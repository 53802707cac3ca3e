"""Tiles hold what their windows hold, and come back from their files."""

import numpy as np
import pytest

from cisgrammar.sequence.alphabet import N_CODE
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.counts.tiles import (
    Tiles,
    TileShape,
    open_genome_tiles,
    open_sample_tiles,
    tile_genome,
    tile_places,
    tile_signal,
    write_genome_tiles,
    write_sample_tiles,
)
from cisgrammar.signal.store import Signal
from prepare_toys import random_genome

SHAPE = TileShape(stride=30, output_length=20, reach=44)


def toy() -> tuple[Genome, Signal]:
    codes = random_genome({"whole": 1000}).codes.copy()
    codes[300:310] = N_CODE
    genome = Genome.from_chromosomes({"a": codes[:700], "b": codes[700:]})
    counts = np.random.default_rng(1).poisson(0.3, (2, 1000)).astype(np.uint16)
    return genome, Signal({"h": counts}, genome.fingerprint, {})


def test_each_tile_holds_its_bases_and_ends():
    genome, signal = toy()
    of_genome, of_sample = tile_genome(genome, SHAPE), tile_signal(genome, signal, SHAPE)
    chromosome, centre = tile_places(genome, SHAPE)
    assert centre.tolist() == [*range(0, 700, 30), *range(0, 300, 30)]
    counts = signal.heads["h"].sum(axis=0)
    for tile, (c, middle) in enumerate(zip(chromosome.tolist(), centre.tolist(), strict=True)):
        place = int(genome.offsets[c]) + middle
        inner = middle >= 22 and middle + 22 <= genome.lengths[c]
        strong = np.isin(genome.codes[place - 10 : place + 10], (1, 2)).sum() if inner else 0
        assert of_genome.strong[tile] == strong
        assert of_sample.output[tile] == (counts[place - 10 : place + 10].sum() if inner else 0)
        assert of_sample.shown[tile] == (counts[place - 22 : place + 22].sum() if inner else 0)
    assert [part.tolist() for part in of_genome.unknown] == [[300], [310]]


def test_tiles_come_back_from_their_files(tmp_path):
    genome, signal = toy()
    of_genome, of_sample = tile_genome(genome, SHAPE), tile_signal(genome, signal, SHAPE)
    write_genome_tiles(tmp_path / "g.h5", of_genome)
    write_sample_tiles(tmp_path / "s.h5", of_sample)
    back = Tiles(open_genome_tiles(tmp_path / "g.h5"), open_sample_tiles(tmp_path / "s.h5"))
    back.check(genome, SHAPE)
    np.testing.assert_array_equal(back.genome.strong, of_genome.strong)
    np.testing.assert_array_equal(back.sample.shown, of_sample.shown)
    np.testing.assert_array_equal(back.sample.output, of_sample.output)
    assert back.sample.silence.empty.tolist() == of_sample.silence.empty.tolist()
    with pytest.raises(ValueError, match="wanted 'cisgrammar tiles of a sample 1'"):
        open_sample_tiles(tmp_path / "g.h5")


@pytest.mark.parametrize("change", ["genome", "shape"])
def test_tiles_of_another_run_are_refused(change):
    genome, signal = toy()
    tiles = Tiles(tile_genome(genome, SHAPE), tile_signal(genome, signal, SHAPE))
    other = random_genome({"a": 700, "b": 300}) if change == "genome" else genome
    with pytest.raises(ValueError, match="run the prepare stage again"):
        tiles.check(other, SHAPE if change == "genome" else TileShape(30, 20, 46))
