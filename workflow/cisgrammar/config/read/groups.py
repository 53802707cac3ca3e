"""Samples that are groups of barcodes: rows of the sheet for each group."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pydantic import ValidationError

from cisgrammar.config.fields import ConfigError
from cisgrammar.config.read.barcodes import file_of_group, plain_name, read_barcodes
from cisgrammar.config.read.sheet import row_faults
from cisgrammar.config.samples import Track, read_samples

if TYPE_CHECKING:
    from cisgrammar.config.schema import Config

EACH = "*"
"""In the column `barcodes`: a sample for each group."""

Samples = Mapping[str, Sequence[Track]]


def with_groups(samples: Samples, groups: Sequence[str] | None) -> dict[str, list[Track]]:
    """The samples, with one called `<sample>_<group>` for each group where a row asks for each.

    Parameters
    ----------
    samples
        Sample -> its rows, as the sheet has them.
    groups
        The groups of the table of barcodes, in its order; None without a table.

    Raises
    ------
    ConfigError
        A line for each row that asks for a group that is not there, or for one of a file that is no fragments; and if
        two samples or the files of two groups get one name.
    """
    faults: list[str] = []
    found: dict[str, list[Track]] = {}
    _check_names(groups or (), faults)
    for name, tracks in samples.items():
        each = [track.barcodes == EACH for track in tracks]
        if any(each) and not all(each):
            faults.append(f"samples: sample {name}: barcodes is {EACH} in some of its rows; write it in all")
            continue
        for track in tracks:
            _check(track, groups, faults)
        for group in (groups or ()) if all(each) else ("",):
            rows, named = _rows(name, tracks, group, faults)
            if named in found or (group and named in samples):
                faults.append(f"samples: two samples are called {named}; rename one")
            found[named] = rows
    if faults:
        raise ConfigError("\n".join(dict.fromkeys(faults)))
    return found


def _rows(name: str, tracks: Sequence[Track], group: str, faults: list[str]) -> tuple[list[Track], str]:
    if not group:
        return list(tracks), name
    named = f"{name}_{plain_name(group)}"
    try:
        return [
            Track.model_validate({**track.model_dump(), "sample": named, "barcodes": group}) for track in tracks
        ], named
    except ValidationError as error:
        faults += row_faults(f"samples: sample {name}, group {group}", error, Track)
        return [], named


def _check_names(groups: Sequence[str], faults: list[str]) -> None:
    files: dict[str, str] = {}
    if EACH in groups:
        faults.append(f"barcodes: a group is called {EACH}, which stands for each group; rename it")
    for group in groups:
        other = files.setdefault(file_of_group(group).lower(), group)
        if other != group:
            faults.append(f"barcodes: groups {other!r} and {group!r} are both called {plain_name(group)}; rename one")


def _check(track: Track, groups: Sequence[str] | None, faults: list[str]) -> None:
    where = f"samples: sample {track.sample}, head {track.head}"
    if not track.barcodes:
        return
    if groups is None:
        faults.append(f"{where}: barcodes is {track.barcodes}, but the config has no `barcodes`; give the table")
    elif track.barcodes not in (EACH, *groups):
        faults.append(f"{where}: no barcode is in group {track.barcodes!r}; there are {', '.join(groups[:8])}")
    named = track.format == "auto" and re.search(r"\.(tsv|fragments)(\.b?gz)?$", track.signal.lower())
    if len(track.signal_paths) > 1 or not (named or track.format == "fragments"):
        faults.append(f"{where}: barcodes are in files of fragments alone, got {track.signal}")


def read_grouped_samples(config: Config) -> dict[str, list[Track]]:
    """The samples of a config's sheet, groups of barcodes as samples of their own; empty without a sheet.

    Raises
    ------
    ConfigError
        As `read_samples`, `read_barcodes` and `with_groups`.
    """
    samples = read_samples(config.samples) if config.samples else {}
    groups = tuple(dict.fromkeys(read_barcodes(config.barcodes).values())) if config.barcodes else None
    return with_groups(samples, groups)
