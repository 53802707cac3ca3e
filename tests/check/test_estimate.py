"""Time and memory of a run: right within a factor of two where they were measured, and larger for larger runs."""

import re

import pytest

from cisgrammar.check.estimate import (
    background_windows,
    memory_mb,
    multiplications,
    parts_of,
    rough,
    share_of_training,
    shown_estimate,
    training_seconds,
)
from cisgrammar.check.sizes import Amount, SampleSize
from cisgrammar.config.profile import Architecture
from cisgrammar.config.schema import parse_config
from cisgrammar.config.training import Training
from cisgrammar.files.durations import Durations

SPLITS = {"fold0": {"test": ["chr5", "chr6"], "validation": ["chr4"]}}
CONFIG = {
    "samples": "samples.tsv",
    "genome": {"fasta": "none.fa"},
    "folds": {"splits": SPLITS},
    "bias": {"architecture": {"filters": 16, "layers": 4}, "thresholds": [0.5, 1.0], "training": {"epochs": 8}},
    "transformation": {},
    "combined": {"architecture": {"filters": 32, "layers": 6}, "training": {"epochs": 14}},
}
DEMO = {"demo": SampleSize(Amount(600_000), {f"chr{n}": 240 for n in range(1, 7)})}


def parts(config, sizes=DEMO, folder="none", models=()):
    return {part.name: part for part in parts_of(parse_config(config), sizes, models, Durations(folder))}


def test_multiplications_are_those_of_each_convolution():
    one = Architecture(filters=2, layers=1, input_filter_width=3, output_filter_width=5)
    # Outputs of 10, of 14 after the dilated layer, of 18 after the first one, which reads 20.
    assert one.input_length(10) == 20
    assert multiplications(one, 10, 2) == 4 * 3 * 2 * 20 + 3 * 2 * 2 * 14 + 2 * 5 * 2 * 10


def test_a_training_of_the_demo_takes_what_was_measured():
    """91 s and 17 s of a core: the demo's combined training and one of its bias trainings (benchmarks, 2 cores)."""
    found = parts(CONFIG)
    assert 91 / 2 < found["combined"].core_seconds < 2 * 91
    assert 2 * 17 / 2 < found["bias"].core_seconds < 2 * 2 * 17


def test_the_measured_rates_of_large_networks_are_met():
    """`docs/human_and_mouse.md`: 150,000 windows, 30 epochs, 2,114 bp."""
    small, large = Architecture(filters=64), Architecture(filters=512)
    cores, gpus = training_seconds(small, Training(epochs=30), 150_000, 1000)
    assert gpus == 0
    assert 12 / 2 < cores / 2 / 3600 < 12 * 2
    for precision, minutes in (("bf16", 21), ("tf32", 41), ("fp32", 210)):
        _, gpus = training_seconds(large, Training(epochs=30, device="cuda", precision=precision), 150_000, 1000)
        assert minutes / 1.5 < gpus / 60 < minutes * 1.5
    _, gpus = training_seconds(small, Training(epochs=30, device="cuda", precision="tf32"), 150_000, 1000)
    assert 2 < gpus / 60 < 8


def test_a_fold_trains_on_the_peaks_that_are_not_held_out():
    config = parse_config(CONFIG)
    assert share_of_training(config, DEMO["demo"].peaks) == pytest.approx(0.5)
    assert share_of_training(config, {"chr5": 3}) == 0
    assert share_of_training(parse_config({**CONFIG, "folds": {"k": 5}}), {"x": 3}) == pytest.approx(0.6)


def test_background_needs_room_in_the_genome(tmp_path):
    (tmp_path / "g.fa").write_bytes(b"A" * 100_000)
    config = parse_config({**CONFIG, "genome": {"fasta": str(tmp_path / "g.fa")}, "prepare": {"background_ratio": 20}})
    assert background_windows(config, 10, 0.5) == pytest.approx(40)
    assert background_windows(config, 1, 0.5) == pytest.approx(20)
    assert background_windows(config, 200, 0.5) == 0


def test_more_folds_samples_and_stages_take_longer():
    base = parts(CONFIG)
    many = parts({**CONFIG, "folds": {"k": 5}})
    assert many["combined"].core_seconds > 4 * base["combined"].core_seconds
    # Folds beyond the first train the chosen threshold alone.
    assert many["bias"].core_seconds < 4 * base["bias"].core_seconds
    assert set(parts({**CONFIG, "ablation": {"consensus": {"X": "ACGTAC"}}, "discover": {}})) >= {
        "ablation",
        "discover",
    }
    assert parts({"binding": {"libraries": "s.tsv"}}, {}, models=["a", "b"])["binding"].core_seconds > 60
    assert parts({"binding": {"libraries": "s.tsv"}}, {}).keys() == {"binding"}


def test_times_of_earlier_runs_come_first(tmp_path):
    folder = tmp_path / "rules" / "combined" / "demo" / "fold0"
    folder.mkdir(parents=True)
    (folder / "train_combined.tsv").write_text("s\th:m:s\n1000\t0\n")
    found = parts(CONFIG, folder=tmp_path)
    assert found["combined"] == ("combined", 1000.0, 0.0, True)
    assert not found["bias"].known
    lines = shown_estimate(parse_config(CONFIG), DEMO, [], Durations(tmp_path), 2)
    assert "combined: of earlier runs in this folder" in lines[1]


def test_the_lines_say_what_where_from_and_that_it_is_rough():
    config = parse_config(CONFIG)
    lines = shown_estimate(config, DEMO, [], Durations("none"), 4)
    assert re.match(r"time      about [23] min of one core, ", lines[0])
    assert " on 4 cores: bias " in lines[0]
    assert lines[1].strip().startswith("rough, within a factor of two: of rates measured on")
    assert lines[2].startswith("memory    about 0.5 GB for the largest job (the combined training)")
    genes = {"annotation": "g.gtf", "fasta": "g.fa", "test": ["1"], "validation": ["2"]}
    assert shown_estimate(parse_config({"splice": {"genes": genes}}), {}, [], Durations("none"), 4) == []


def test_memory_is_that_of_the_largest_job():
    config = parse_config(CONFIG)
    assert 300 < memory_mb(config, DEMO)[0] < 800
    deep = {"x": SampleSize(Amount(100_000_000), {})}
    megabytes, job = memory_mb(config, deep)
    # A tenth of a human genome and of its reads took 510 MB, by slope 3.4 GB for all of it.
    assert 3400 / 2 < megabytes < 3400 * 2
    assert job == "the counting of reads"


def test_times_have_two_digits():
    assert [rough(s) for s in (0.2, 44, 300, 7200, 400_000)] == ["1 s", "40 s", "5 min", "2 h", "5 days"]
