"""Held-out windows that share sequence with training windows, in the whole choice of windows."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.config.prepare import FoldSplit, PeakCounts, Prepare
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.folds import TEST, TRAIN, VALIDATION
from cisgrammar.sequence.intervals import Intervals
from cisgrammar.signal.held_out import reject_shared, training_spans
from cisgrammar.signal.regions import Selection, select_regions
from cisgrammar.signal.store import Signal
from cisgrammar.signal.windows import SelectionSettings, Windows
from prepare_toys import random_genome

LENGTHS = {"chr1": 20_000, "chr2": 10_000, "chr3": 10_000}
COUNTS = np.random.default_rng(5).poisson(0.05, (2, 40_000)).astype(np.uint16)
SETTINGS = SelectionSettings(
    prepare=Prepare(peaks=PeakCounts(min_counts=None), background_ratio=2, background_stride=50, gc_bin=0.05),
    split=FoldSplit(test=("chr3",), validation=("chr2",)),
    by="chromosome",
    input_length=300,
    output_length=100,
    jitter=20,
    max_shared_kmers=0.1,
)
REASON = "shares more than 0.1 of its 31-mers with training windows"
# Windows of 100 bp around 1050, 3050, ... on every chromosome.
CENTRES = range(1050, 9_000, 2000)


def with_copies(*copies: tuple[tuple[str, int], tuple[str, int], int], flip: bool = False) -> Genome:
    """A random genome in which stretches (from, to, bp) are copied, on the other strand with `flip`."""
    genome = random_genome(LENGTHS)
    chromosomes = {name: genome.chromosome(name).copy() for name in genome.names}
    for (chrom, start), (onto, at), length in copies:
        piece = chromosomes[chrom][start : start + length]
        chromosomes[onto][at : at + length] = 3 - piece[::-1] if flip else piece
    return Genome.from_chromosomes(chromosomes)


def make_peaks() -> Intervals:
    rows = [(chrom, centre) for chrom in LENGTHS for centre in CENTRES]
    return Intervals(
        chrom=np.array([chrom for chrom, _ in rows]),
        start=np.array([centre - 10 for _, centre in rows]),
        end=np.array([centre + 10 for _, centre in rows]),
        name=np.array([f"{chrom}:{centre}" for chrom, centre in rows]),
        score=np.zeros(len(rows)),
        summit=np.full(len(rows), -1),
        strand=np.full(len(rows), "."),
    )


def select(genome: Genome, settings: SelectionSettings = SETTINGS) -> Selection:
    return select_regions(genome, Signal({"signal": COUNTS}, genome.fingerprint, {}), make_peaks(), None, settings)


def with_ratio(ratio: float) -> SelectionSettings:
    return replace(SETTINGS, prepare=Prepare(**(SETTINGS.prepare.model_dump() | {"background_ratio": ratio})))


def lost(selection: Selection) -> dict[str, str]:
    return {name: reason for _, _, _, name, _, reason in selection.rejected}


def same(a, b) -> bool:
    return all(getattr(b, name).tolist() == column.tolist() for name, column in vars(a).items())


@pytest.mark.parametrize("flip", [False, True])
def test_copies_of_training_peaks_are_left_out_and_counted(flip, caplog):
    """A copy in test and one in validation; a copy of a validation window in test is no copy of a training window."""
    genome = with_copies(
        (("chr1", 1000), ("chr3", 3000), 100),
        (("chr1", 5000), ("chr2", 7000), 100),
        (("chr2", 1000), ("chr3", 1000), 100),
        flip=flip,
    )
    with caplog.at_level("INFO"):
        found = select(genome)
    assert lost(found) == {"chr3:3050": REASON, "chr2:7050": REASON}
    assert {"chr3:3050", "chr2:7050"}.isdisjoint(found.regions.name.tolist())
    assert found.report.rejected_peaks == {REASON: 2}
    for split in ("validation", "test"):
        shared = found.report.shared_with_training[split]
        assert (shared.peaks, shared.peaks_left_out) == (4, 1)
        assert shared.sentence in caplog.text
        assert shared.sentence.startswith("1 of 4 peaks and 0 of ")
        assert found.report.background[split].peaks == 3
        assert len(found.regions.of("background", split)) == 6


def test_the_training_set_does_not_change_and_without_the_key_nothing_does():
    genome = with_copies((("chr1", 1000), ("chr3", 3000), 100), (("chr1", 12_000), ("chr2", 2000), 4000))
    on, off = select(genome), select(genome, replace(SETTINGS, max_shared_kmers=None))
    assert same(on.regions.of(split="train"), off.regions.of(split="train"))
    assert on.report.background["train"] == off.report.background["train"]
    assert off.rejected == []
    assert off.report.shared_with_training == {}
    assert len(off.regions.of("peak")) == len(on.regions.of("peak")) + len(on.rejected) == 12
    # where nothing is shared the choice is that without the key
    plain = random_genome(LENGTHS)
    kept, all_of_them = select(plain), select(plain, replace(SETTINGS, max_shared_kmers=None))
    assert same(kept.regions, all_of_them.regions)
    assert kept.report.shared_with_training["test"].peaks_left_out == 0


def test_copies_of_training_background_are_no_background():
    """Of chr2's first 6 kb, a copy of chr1's, no background is left; tiles that no training window shows may stay."""
    genome = with_copies((("chr1", 10_000), ("chr2", 200), 6000))
    found = select(genome, with_ratio(1000))
    shared = found.report.shared_with_training["validation"]
    assert shared.background_left_out == found.report.rejected_background[REASON]
    background = found.regions.of("background", "validation")
    # a window whose last 40 bp are the copy shares 10 of its 70
    assert len(background) == shared.background - shared.background_left_out
    assert not ((background.start >= 200 - 62) & (background.end <= 6200 + 62)).any()
    assert (background.start >= 6163).any()
    assert found.report.shared_with_training["test"].background_left_out == 0


@pytest.mark.parametrize(("before", "shown"), [(20, True), (60, False)])
def test_what_only_the_jitter_shows_is_shared_and_what_is_only_seen_is_not(before, shown):
    """A training output moves by 20 bp, so 20 bp before it are predicted too; the input has 100 bp before it.

    40 bp are copied, 10 of a window's 70 k-mers, of which fewer than 31 bp are of the output as it stands.
    """
    genome = with_copies((("chr1", 1000 - before), ("chr3", 3000), 40))
    assert ("chr3:3050" in lost(select(genome, with_ratio(0.01)))) == shown


@pytest.mark.parametrize(("most", "left_out"), [(0.0, True), (9 / 70, True), (10 / 70, False), (1.0, False)])
def test_the_bar_is_the_largest_share_that_is_kept(most, left_out):
    """40 bp are copied: 10 of 70 k-mers; the bases beside them differ."""
    genome = with_copies((("chr1", 1000), ("chr3", 3000), 40))
    chromosomes = {name: genome.chromosome(name).copy() for name in genome.names}
    chromosomes["chr3"][3040] = (chromosomes["chr1"][1040] + 1) % 4
    found = select(Genome.from_chromosomes(chromosomes), replace(SETTINGS, max_shared_kmers=most))
    assert ("chr3:3050" in lost(found)) == left_out


@given(st.lists(st.sampled_from([TRAIN, VALIDATION, TEST]), min_size=4, max_size=4), st.data())
def test_only_held_out_windows_go_and_earlier_reasons_stay(splits, data):
    """Four copies of one window: all that are held out go if one that trains is left."""
    piece = random_genome({"a": 100}).codes
    genome = Genome.from_chromosomes({"a": np.tile(piece, 4)})
    peaks = Windows(np.zeros(4, np.int64), np.arange(4) * 100 + 50, np.zeros(4))
    peaks.split = np.array(splits, dtype=np.int8)
    before = np.array(data.draw(st.lists(st.booleans(), min_size=4, max_size=4)))
    peaks.reject(before, "before")
    tiles = Windows(*(np.zeros(0, dtype=kind) for kind in (np.int64, np.int64, np.float64)))
    settings = replace(SETTINGS, jitter=0)
    trains = peaks.accepted & (peaks.split == TRAIN)
    training = training_spans(genome, ((peaks, trains), (tiles, np.zeros(0, dtype=np.int64))), settings)
    report = reject_shared(genome, peaks, tiles, training, settings)
    held_out = ~before & (peaks.split != TRAIN)
    gone = held_out & bool(trains.any())
    assert [peaks.reasons[v] for v in peaks.verdict] == [
        "before" if b else REASON if g else "" for b, g in zip(before, gone, strict=True)
    ]
    assert report["test"].peaks == int((held_out & (peaks.split == TEST)).sum())
    assert report["validation"].peaks_left_out == int((gone & (peaks.split == VALIDATION)).sum())
