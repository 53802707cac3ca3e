"""The data of a run as tables: every sample, head, fold and split has its row."""

from __future__ import annotations

import pytest

from cisgrammar.report.data import reads_table, windows_table

FILE = {
    "path": "a.bam",
    "records": 100,
    "dropped": {"duplicate": 3},
    "faulty": {"no CIGAR": 2},
    "unknown_chromosomes": {"x": 4},
}
FILE |= {"unplaced": 1, "notes": []}
HEAD = {
    "shift": [4, -4],
    "shift_from": "auto",
    "estimate": {"verdict": "shifted"},
    "ends": 1234567,
    "files": [FILE, FILE],
}
READS = [{"sample": "a", "heads": {"plus": HEAD, "minus": {**HEAD, "shift": None, "estimate": None}}}]
SPLIT = {"peaks": 720, "got": 2160, "wanted": 2200, "ks_distance": 0.08}
WINDOWS = {"background": {"train": SPLIT, "test": SPLIT}, "shared_with_training": {"test": {"peaks_left_out": 9}}}


def test_what_was_read_and_left_out():
    plus, minus = reads_table(READS).rows
    assert (plus["files"], plus["records"], plus["left_out"], plus["ends"]) == (2, 200, 20, 1234567)
    assert (plus["shift"], plus["evidence"]) == ("+4/-4 (auto)", "shifted")
    assert (minus["head"], minus["shift"], minus["evidence"]) == ("minus", "", "")
    assert reads_table([]) is None


def test_windows_of_each_split():
    table = windows_table([("a", "fold0"), ("a", "fold1")], [WINDOWS, WINDOWS])
    assert [(row["fold"], row["split"], row["shared"]) for row in table.rows] == [
        *(("fold0", "train", 0), ("fold0", "test", 9)),
        *(("fold1", "train", 0), ("fold1", "test", 9)),
    ]
    assert table.rows[0]["wanted"] == 2200
    assert windows_table([("a", "fold0")], []) is None
    with pytest.raises(ValueError, match="zip"):
        windows_table([("a", "fold0"), ("a", "fold1")], [WINDOWS])
