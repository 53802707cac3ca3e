"""Times of files as Snakemake reads them: newer than what they were made from, unless they are to be made again.

Snakemake goes by times of change, and by what it wrote into `.snakemake` of the working folder. Both get lost when a
results folder is copied, moved, or used from elsewhere, and a clone of the code has new times. Records go by content.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from cisgrammar.provenance.compare import Compared, Wanted
from cisgrammar.provenance.record import Print, Record, read_records, size_of, state_of

OUTDATED_NS = 1_000_000_000
"""The time of change of a file that is to be made again: older than any script, so that its job runs."""
_STEP_NS = 1_000_000
# Where Snakemake keeps the time of a folder.
_FOLDER_TIME = ".snakemake_timestamp"


def settle(compared: Compared, orphans: Iterable[str] = ()) -> None:
    """Give outputs the times that make Snakemake run what is other, and nothing else.

    Parameters
    ----------
    compared
        Records beside the run.
    orphans
        Outputs of jobs of the run that have no record.

    Raises
    ------
    OSError
        If files that are to be made again cannot be touched.
    """
    for record, _ in compared.other:
        outdate(record.output_paths())
    outdate(orphans)
    for record, job in compared.equal:
        # What cannot be touched is left to Snakemake's own rules.
        with suppress(OSError):
            _make_newer(record, job)


def outdate(paths: Iterable[str]) -> None:
    """Mark files as to be made again; nothing of their content changes."""
    for path in paths:
        if os.path.lexists(path) and _time_ns(path) != OUTDATED_NS:
            _set_time(path, OUTDATED_NS)


def _make_newer(record: Record, job: Wanted) -> None:
    inputs = [_time_ns(path) for path in record.input_paths() if os.path.lexists(path)]
    least = max([job.script.stat().st_mtime_ns, *inputs]) + _STEP_NS
    late = [path for path in record.output_paths() if os.path.lexists(path) and _time_ns(path) < least]
    for path in late:
        _set_time(path, least)
    if late:
        keep_states(record)


def keep_states(record: Record) -> None:
    """Write the present states of a record's outputs into it: their content is known to be what it says."""
    now = {name: _with_state(record.results / name, given) for name, given in record.outputs.items()}
    if now != dict(record.outputs):
        replace(record, outputs=now).write()


def keep_states_since(results: str | Path, began: float) -> None:
    """`keep_states` of records written since a time in seconds: Snakemake touches outputs after their job."""
    for record in read_records(results):
        with suppress(OSError):
            if record.path.stat().st_mtime >= began:
                keep_states(record)


def _with_state(path: Path, given: Print) -> Print:
    if not path.exists() or size_of(path) != given.size:
        return given
    return replace(given, state=state_of(path))


def _time_ns(path: str) -> int:
    marker = os.path.join(path, _FOLDER_TIME)
    return os.lstat(marker if os.path.exists(marker) else path).st_mtime_ns


def _set_time(path: str, time_ns: int) -> None:
    marker = os.path.join(path, _FOLDER_TIME)
    for place in (path, marker):
        if os.path.lexists(place):
            os.utime(place, ns=(time.time_ns(), time_ns), follow_symlinks=False)
