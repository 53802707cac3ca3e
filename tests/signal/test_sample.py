"""A sample's tracks: shifts, tasks, totals."""

import json

import numpy as np
import pytest

from cisgrammar.config.prepare import Prepare
from cisgrammar.config.samples import Track
from cisgrammar.signal.sample import check_tracks, count_sample
from prepare_toys import random_genome, write_bigwig, write_text

GENOME = random_genome({"chr1": 1000, "chr2": 500})
FRAGMENTS = "".join(f"chr1\t{10 + i}\t{100 + i}\n" for i in range(40))


def track(**changes) -> Track:
    base = {"sample": "s", "head": "h", "signal": "a.tsv", "peaks": "p.bed"}
    return Track(**(base | changes))


def dense(counts):
    return np.stack([counts[task, slice(0, counts.bases)] for task in range(counts.shape[0])])


@pytest.mark.parametrize(
    ("own", "default", "used", "source"),
    [
        ((4, -4), (1, 1), [4, -4], "sample sheet"),
        ("", (1, -1), [1, -1], "prepare.shift"),
        ("", "auto", [0, 0], "auto"),
        ("auto", (1, 1), [0, 0], "auto"),
    ],
)
def test_a_tracks_own_shift_wins(tmp_path, own, default, used, source):
    path = write_text(tmp_path / "a.tsv", FRAGMENTS)
    heads, report = count_sample(
        GENOME, [track(signal=str(path), shift=own, strands="split")], Prepare(shift=default, min_reads=1)
    )
    assert report["h"]["shift"] == used
    assert report["h"]["shift_from"] == source
    assert "Too few ends" in report["h"]["estimate"]["sentence"]
    assert np.flatnonzero(dense(heads["h"])[0]).tolist() == list(range(10 + used[0], 50 + used[0]))
    assert np.flatnonzero(dense(heads["h"])[1]).tolist() == list(range(99 + used[1], 139 + used[1]))
    json.dumps(report)


def test_heads_of_reads_and_bigwigs_in_one_sample(tmp_path):
    lengths = {"chr1": 1000, "chr2": 500}
    plus = write_bigwig(tmp_path / "p.bw", lengths, {"chr1": {3: 2}})
    minus = write_bigwig(tmp_path / "m.bw", lengths, {"chr2": {4: -3}})
    reads = write_text(tmp_path / "a.tsv", FRAGMENTS)
    tracks = [track(head="zip", signal=f"{plus}, {minus}"), track(head="atac", signal=str(reads))]
    heads, report = count_sample(GENOME, tracks, Prepare(shift=(0, 0), min_reads=1))
    assert list(heads) == ["zip", "atac"]
    assert heads["zip"].shape == (2, 1500)
    assert heads["atac"].shape == (1, 1500)
    assert [report[head]["ends"] for head in heads] == [5, 80]
    assert report["zip"]["shift_from"] == "bigWig, taken as it is"
    assert [dense(heads["zip"])[0, 3], dense(heads["zip"])[1, 1004]] == [2, 3]


def test_too_few_reads_name_the_key(tmp_path):
    path = write_text(tmp_path / "a.tsv", FRAGMENTS)
    with pytest.raises(ValueError, match=r"sample s: 80 5' ends in .*a.tsv, fewer than prepare.min_reads 81;"):
        count_sample(GENOME, [track(signal=str(path))], Prepare(shift=(0, 0), min_reads=81))


def test_reads_with_other_names_get_a_hint(tmp_path):
    path = write_text(tmp_path / "a.tsv", FRAGMENTS.replace("chr", ""))
    with pytest.raises(ValueError, match=r"no 5' ends on the genome; 40 records are on '1', .* \(it has 'chr1'"):
        count_sample(GENOME, [track(signal=str(path))], Prepare(shift=(0, 0), min_reads=1))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"signal": "a.bam,b.bam"}, "sample s, head h: signal has two files that are bam and bam"),
        ({"signal": "a.bw,b.bam"}, "two files that are bigwig and bam"),
        ({"signal": "a.bw", "strands": "split"}, "strands is split, but signal is one bigWig, a.bw"),
        ({"signal": "a.bw,b.bw", "shift": (4, -4)}, r"shift is \+4/-4, but a bigWig's counts have no strand"),
        ({"signal": "a.dat"}, "a.dat: the name does not tell the format"),
    ],
)
def test_contradictions_name_sample_head_and_column(changes, message):
    with pytest.raises(ValueError, match=message):
        check_tracks([track(**changes)])


def test_agreeing_tracks_pass():
    check_tracks([track(signal="a.bw,b.bw"), track(signal="a.bw"), track(signal="a.bam", strands="split")])
    check_tracks([track(signal="a.bw", shift=(0, 0)), track(signal="a.dat", format="bedpe")])
