"""Count the 5' ends of a sample: every track's files, its shift, its tasks."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from cisgrammar.config.prepare import Prepare
from cisgrammar.config.samples import Track
from cisgrammar.sequence.fasta import Genome, name_hint, names_in_short
from cisgrammar.signal.bigwig import COUNTED, read_bigwigs
from cisgrammar.signal.counts.sparse import SparseCounts
from cisgrammar.signal.cuts import Cuts, count_cuts
from cisgrammar.signal.reads import read_cuts, signal_format
from cisgrammar.signal.shift import estimate_shift

logger = logging.getLogger(__name__)

_MANY_LOST = 0.01


_SAID = {"bigwig": "bigWig", "bedgraph": "bedGraph"}


def _where(track: Track) -> str:
    return f"samples: sample {track.sample}, head {track.head}"


def check_tracks(tracks: Sequence[Track]) -> None:
    """Check that each track's files, format, strands and shift agree; reads no file.

    Raises
    ------
    ValueError
        Naming sample, head and column.
    """
    for track in tracks:
        kinds = [signal_format(path, track.format) for path in track.signal_paths]
        if len(kinds) == 2 and not (set(kinds) <= set(COUNTED) and len(set(kinds)) == 1):
            raise ValueError(
                f"{_where(track)}: signal has two files that are {' and '.join(kinds)}; "
                "only bigWigs and bedGraphs come as plus.bw,minus.bw, both of one kind; give reads as one file"
            )
        if len(kinds) == 2 and len(set(map(os.path.realpath, track.signal_paths))) == 1:
            raise ValueError(
                f"{_where(track)}: signal has {track.signal_paths[0]} for both strands; give plus.bw,minus.bw, or the "
                "one file and strands both"
            )
        if len(kinds) == 1 and kinds[0] in COUNTED and track.strands == "split":
            raise ValueError(
                f"{_where(track)}: strands is split, but signal is one {_SAID[kinds[0]]}, {track.signal}; "
                "give plus.bw,minus.bw, or strands both"
            )
        if kinds[0] in COUNTED and isinstance(track.shift, tuple) and track.shift != (0, 0):
            raise ValueError(
                f"{_where(track)}: shift is {track.shift[0]:+d}/{track.shift[1]:+d}, but a {_SAID[kinds[0]]}'s counts "
                f"have no strand to shift; leave shift empty and make the {_SAID[kinds[0]]} from shifted reads"
            )


def count_track(genome: Genome, track: Track, prepare: Prepare) -> tuple[SparseCounts, dict[str, Any]]:
    """Count one track's 5' ends per base.

    Parameters
    ----------
    genome
        The assembly.
    track
        A row of the sample sheet.
    prepare
        The config's section: which records count, and the shift, used where the track has none of its own.

    Returns
    -------
    counts, report
        Counts of `track.tasks` tasks; and the shift used, where it is from, what the sequence says about it, what was
        read, and on which chromosomes there is no 5' end.
    """
    kind = signal_format(track.signal_paths[0], track.format)
    if kind in COUNTED:
        counts, reports = read_bigwigs(track.signal_paths, genome, kind)
        used, source, estimate = (0, 0), f"{_SAID[kind]}, taken as it is", None
    else:
        cuts = read_cuts(track.signal_paths[0], genome, track.format, prepare)
        estimate = asdict(estimate_shift(genome, cuts))
        wanted = track.shift or prepare.shift
        used = estimate["shift"] if wanted == "auto" else wanted
        source = "auto" if wanted == "auto" else ("sample sheet" if track.shift else "prepare.shift")
        counts = count_cuts(genome, cuts, used, split=track.tasks == 2)
        reports = [cuts.report]
        _log_shift(track, used, source, estimate)
        _log_lost(track, used, cuts)
    report = {
        "shift": list(used),
        "shift_from": source,
        "estimate": estimate,
        "ends": counts.total,
        "tasks": counts.shape[0],
        "files": [asdict(item) for item in reports],
        "without_ends": _without_ends(genome, track, counts),
    }
    return counts, report


def _without_ends(genome: Genome, track: Track, counts: SparseCounts) -> list[str]:
    """The chromosomes on which no task has a 5' end, after a warning; empty if there is none at all."""
    bounds = np.append(genome.offsets, genome.size)
    found = np.zeros(len(genome.names), dtype=np.int64)
    for positions in counts.positions:
        found += np.diff(np.searchsorted(positions, bounds.astype(positions.dtype)))
    empty = [name for name, ends in zip(genome.names, found.tolist(), strict=True) if not ends]
    if empty and found.any():
        logger.warning(
            "%s %s: no 5' end on %s; windows there are left out", track.sample, track.head, names_in_short(empty)
        )
    return empty


def _log_shift(track: Track, used: tuple[int, int], source: str, estimate: dict[str, Any]) -> None:
    logger.info("%s %s: shift %+d/%+d (%s). %s", track.sample, track.head, *used, source, estimate["sentence"])
    found = estimate["shift"]
    if tuple(used) != tuple(found) and estimate["verdict"] != "no preference":
        logger.warning(
            "%s %s: shift %+d/%+d is used, as given, but the sequence around the ends suggests %+d/%+d",
            track.sample,
            track.head,
            *used,
            *found,
        )


def _log_lost(track: Track, used: tuple[int, int], cuts: Cuts) -> None:
    """Warn if the shift moves many ends off their chromosome."""
    lost, ends = cuts.report.off_chromosome, len(cuts.plus) + len(cuts.minus)
    if lost > _MANY_LOST * ends:
        logger.warning(
            "%s %s: %d of %d 5' ends leave their chromosome by the shift %+d/%+d and do not count; is it right?",
            track.sample,
            track.head,
            lost,
            ends,
            *used,
        )


def count_sample(
    genome: Genome, tracks: Sequence[Track], prepare: Prepare
) -> tuple[dict[str, SparseCounts], dict[str, Any]]:
    """Count the 5' ends of all heads of a sample.

    Parameters
    ----------
    genome
        The assembly.
    tracks
        The sample's rows of the sample sheet, one per head.
    prepare
        The config's section: shift, which records count, the fewest 5' ends that the sample may have.

    Returns
    -------
    heads, report
        Head name -> counts; and head name -> report of `count_track`.

    Raises
    ------
    ValueError
        If tracks contradict themselves, a file is bad, or there are too few 5' ends.
    """
    check_tracks(tracks)
    heads, reports = {}, {}
    for track in tracks:
        heads[track.head], reports[track.head] = count_track(genome, track, prepare)
        if reports[track.head]["ends"] == 0:
            raise ValueError(f"{track.signal}: no 5' ends on the genome{_why(genome, reports)}")
    total = sum(report["ends"] for report in reports.values())
    if total < prepare.min_reads:
        raise ValueError(
            f"sample {tracks[0].sample}: {total} 5' ends in {', '.join(t.signal for t in tracks)}, fewer "
            f"than prepare.min_reads {prepare.min_reads}{_why(genome, reports)}; sequence deeper or lower it"
        )
    return heads, reports


def _why(genome: Genome, reports: dict[str, dict[str, Any]]) -> str:
    """Where records went that do not count, for messages: `; 5 of 9 records are unmapped`."""
    unknown: dict[str, int] = {}
    dropped: dict[str, int] = {}
    files = [file for report in reports.values() for file in report["files"]]
    for file in files:
        unknown |= file["unknown_chromosomes"]
        for reason, number in (file["dropped"] | file["faulty"]).items():
            dropped[reason] = dropped.get(reason, 0) + number
    parts = []
    if dropped:
        reason = max(dropped, key=lambda name: (dropped[name], name))
        parts.append(f"; {dropped[reason]} of {sum(file['records'] for file in files)} records are left out: {reason}")
    if unknown:
        most = max(unknown, key=lambda name: (unknown[name], name))
        close = name_hint(most, genome.names)
        parts.append(f"; {unknown[most]} records are on {most!r}, which is not in the FASTA")
        parts += [f" (it has {close!r}: rename the chromosomes of one)"] if close else []
    return "".join(parts)
