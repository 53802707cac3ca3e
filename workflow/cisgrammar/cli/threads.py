"""Threads and log of commands that compute."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from cisgrammar.script import logging_to, set_threads


def add_threads(parser: argparse.ArgumentParser) -> None:
    """Add the option `--threads`."""
    parser.add_argument("--threads", type=_positive, default=0, help="threads to use; default: all cores")


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of threads; wanted 1 or more")
    return int(text)


@contextmanager
def use_threads(threads: int) -> Iterator[None]:
    """Within it, compute with so many threads (0: as many as there are cores) and log to standard error.

    To be entered before torch is imported, which then takes them; in a process that has it, its own number is kept.
    """
    if "torch" not in sys.modules:
        set_threads(threads or len(os.sched_getaffinity(0)))
    with logging_to(None):
        yield
