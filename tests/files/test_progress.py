"""The line that tells how far long work is."""

import logging

from cisgrammar.files.progress import Progress, format_seconds


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
