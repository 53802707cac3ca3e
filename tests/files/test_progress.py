"""The line that tells how far long work is."""

import logging

import pytest

from cisgrammar.files import progress as lines
from cisgrammar.files.progress import Progress, counted, format_seconds


def test_progress_says_rate_and_time_left():
    progress = Progress("epoch 1", 100)
    progress.add(25)
    assert progress.line(progress.start + 5) == "epoch 1: 25/100 windows, 5/s, 15 s left"
    assert [format_seconds(s) for s in (8, 200, 3720, float("inf"))] == [
        "8 s",
        "3 min 20 s",
        "1 h 02 min",
        "unknown time",
    ]


def test_lines_are_no_more_frequent_than_asked_for(caplog):
    caplog.set_level(logging.INFO)
    progress = Progress("epoch 1", 10, every=1e6)
    progress.add(5)
    assert not caplog.messages
    progress.every = 0.0
    progress.add(1)
    assert len(caplog.messages) == 1
    assert progress.done == 6


def test_slow_work_has_a_rate_that_is_not_0():
    progress = Progress("fit on cpu", 4, "steps")
    progress.add(1)
    assert progress.line(progress.start + 20) == "fit on cpu: 1/4 steps, 0.05/s, 1 min 00 s left"


def test_lines_grow_rarer_with_the_time_so_far(caplog, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(lines.time, "monotonic", lambda: now[0])
    caplog.set_level(logging.INFO)
    progress = Progress("train", 36_000, "seconds")
    for second in range(1, 36_001):
        now[0] = second
        progress.add(1)
    assert 100 < len(caplog.messages) < 300
    assert caplog.messages[0].startswith("train: 5/36,000")


def test_work_within_a_part_moves_the_whole_and_is_silent(caplog):
    caplog.set_level(logging.INFO)
    whole = Progress("ablate on cpu", 10, "sites", every=0.0)
    with whole.part(4):
        inner = Progress("edits", 100, every=0.0)
        inner.add(50)
        assert whole.done == pytest.approx(2)
        # A second work of the same part begins at 0, and takes nothing back.
        Progress("edits", 100, every=0.0).add(10)
        assert whole.done == pytest.approx(2)
    assert whole.done == pytest.approx(4)
    assert all(message.startswith("ablate on cpu") for message in caplog.messages)
    assert len(caplog.messages) >= 3
    Progress("alone", 1, every=0.0).add(1)
    assert caplog.messages[-1].startswith("alone: 1/1")


def test_items_count_by_their_size_as_they_are_done(caplog):
    caplog.set_level(logging.INFO)
    seen = []
    for item in counted(["a", "bbb"], "letters on cpu", "letters", len):
        seen.append(item)
        inner = Progress("inside", 2, every=0.0)
        inner.add(1)
        assert inner._around is not None
        assert inner._around.done == pytest.approx({"a": 0.5, "bbb": 2.5}[item])
    assert seen == ["a", "bbb"]
    assert Progress("after", 1)._around is None


def test_a_failed_part_leaves_no_work_around():
    whole = Progress("whole", 2)
    with pytest.raises(ValueError, match="broken"), whole.part(1):
        raise ValueError("broken")
    assert Progress("after", 1)._around is None
