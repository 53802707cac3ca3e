"""Checks before any training."""

import logging

import numpy as np
import pytest

from cisgrammar.config.prepare import Folds, FoldSplit
from cisgrammar.config.samples import Track
from cisgrammar.config.schema import Config
from cisgrammar.signal.preflight import (
    check_excluded_chromosomes,
    check_folds,
    check_heads,
    check_regions,
    check_window_fits,
    longest_window,
    preflight,
)
from cisgrammar.signal.store import Signal
from cisgrammar.signal.table import Regions
from prepare_toys import random_genome, write_text

GENOME = random_genome({"chr1": 3000, "chr2": 2000, "chr3": 1000})
SPLIT = FoldSplit(test=("chr3",), validation=("chr2",))
COUNTS = np.ones((1, 6000), dtype=np.uint16)


def every_split(*without: tuple[str, str]) -> Regions:
    pairs = [(k, s) for k in ("peak", "background") for s in ("train", "validation", "test")]
    kind, split = zip(*[pair for pair in pairs if pair not in without], strict=True)
    n = len(kind)
    zeros = np.zeros(n, dtype=np.int64)
    name = np.full(n, "x")
    return Regions(name, zeros, zeros + 10, name, np.array(kind), np.array(split), zeros, np.zeros(n))


def run_config(tmp_path, **changes) -> Config:
    peaks = tmp_path / "peaks.bed"
    if not peaks.exists():
        write_text(peaks, "chr1\t100\t200\n")
    base = {
        "genome": {"fasta": "g.fa"},
        "samples": "samples.tsv",
        "output_length": 100,
        "folds": {"splits": {"fold0": SPLIT.model_dump()}},
        "prepare": {"min_reads": 100},
        "bias": {
            "architecture": {"layers": 1, "input_filter_width": 21, "output_filter_width": 75},
            "training": {"jitter": 0},
        },
    }
    return Config.model_validate(base | changes)


def tracks(tmp_path):
    peaks = str(tmp_path / "peaks.bed")
    return [Track(sample="s", head="h", signal="a.tsv", peaks=peaks)]


def counts(**changes):
    attrs = {"ends_h": 6000, "genome_fingerprint": GENOME.fingerprint} | changes
    return Signal({"h": COUNTS}, GENOME.fingerprint, attrs, "signal.h5")


def check(tmp_path, config, signal=None, table=None):
    regions = {"fold0": ("regions.tsv", table or every_split())}
    return preflight(config, tracks(tmp_path), GENOME, signal or counts(), regions)


def test_a_sound_run_is_reported(tmp_path):
    report = check(tmp_path, run_config(tmp_path))
    assert report["genome"]["chromosomes"] == {"chr1": 3000, "chr2": 2000, "chr3": 1000}
    assert report["window_with_jitter"] == 100 + 20 + 4 + 74
    assert report["tasks"] == {"h": 1}
    assert report["ends"] == {"h": 6000}
    assert report["windows"]["fold0"]["test"] == {"peak": 1, "background": 1}
    assert report["folds"]["fold0"]["test"] == ["chr3"]


@pytest.mark.parametrize("kind", ["peak", "background"])
@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_an_empty_split_is_named(tmp_path, kind, split):
    with pytest.raises(ValueError, match=f"regions.tsv: sample s, fold fold0: no {kind} windows in {split};"):
        check(tmp_path, run_config(tmp_path), table=every_split((kind, split)))
    with pytest.raises(ValueError, match=r"rejected\.tsv"):
        check_regions("s", "f", every_split((kind, split)), "x")


def test_longest_window_counts_every_model_and_jitter(tmp_path):
    config = run_config(
        tmp_path,
        bias={"architecture": {"layers": 4}, "training": {"jitter": 7}},
        transformation={},
        combined={"architecture": {"layers": 8}, "training": {"jitter": 5}},
    )
    assert longest_window(config) == 100 + 20 + 1020 + 74 + 14


def test_a_window_that_fits_no_chromosome_is_an_error(tmp_path):
    config = run_config(tmp_path, bias={"architecture": {"layers": 8}, "training": {"jitter": 0}})
    with pytest.raises(ValueError, match=r"fold fold0: .* 1214 bp, but the longest test chromosome has 1000 bp"):
        check(tmp_path, config)
    check_window_fits(GENOME, SPLIT, "f", (), 1000)
    with pytest.raises(ValueError, match="longest test chromosome has 1000 bp"):
        check_window_fits(GENOME, SPLIT, "f", (), 1001)


def test_too_few_ends_and_other_heads(tmp_path):
    with pytest.raises(ValueError, match=r"signal\.h5: sample s has 99 5' ends, fewer than prepare\.min_reads 100"):
        check(tmp_path, run_config(tmp_path), counts(ends_h=99))
    stranded = [Track(sample="s", head="h", signal="a.tsv", peaks="p", strands="split")]
    with pytest.raises(ValueError, match=r"heads \(with tasks\) \{'h': 1\}, but the sample sheet has \{'h': 2\}"):
        check_heads("s", stranded, counts())


def test_counts_on_another_genome(tmp_path):
    other = Signal({"h": COUNTS}, "feed", {"ends_h": 6000}, "signal.h5")
    with pytest.raises(ValueError, match=r"signal\.h5: counted on genome feed"):
        check(tmp_path, run_config(tmp_path), other)


def test_excluded_chromosomes(caplog):
    with pytest.raises(ValueError, match=r"genome\.exclude_chromosomes: '3' .* did you mean 'chr3'"):
        check_excluded_chromosomes(("chr1", "3"), GENOME)
    with caplog.at_level(logging.WARNING):
        check_excluded_chromosomes(("chrM",), GENOME)
    assert "chrM is not in the FASTA" in caplog.text


def test_folds_against_files_and_exclusions(tmp_path):
    with pytest.raises(ValueError, match=r"folds\.splits\.f\.test: genome\.exclude_chromosomes has all of chr3"):
        check_folds(Folds(splits={"f": SPLIT}), GENOME, ("chr3",))
    absent = FoldSplit(test=(str(tmp_path / "t.bed"),), validation=(str(tmp_path / "v.bed"),))
    with pytest.raises(ValueError, match=r"v\.bed: no such file"):
        check_folds(Folds(by="bed", splits={"f": absent}), GENOME, ())
    write_text(tmp_path / "t.bed", "chr3\t0\t500\n")
    write_text(tmp_path / "v.bed", "3\t0\t500\n")
    with pytest.raises(ValueError, match=r"v\.bed: none of its chromosomes is in the FASTA"):
        check_folds(Folds(by="bed", splits={"f": absent}), GENOME, ())
