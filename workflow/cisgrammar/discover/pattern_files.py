"""Patterns as files: HDF5 in MoDISco's layout, which its report and Fi-NeMo read, and base shares as motifs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from cisgrammar.discover.alignment import REACH, cut, turn
from cisgrammar.discover.attribution_files import Attributions
from cisgrammar.discover.patterns import Pattern, Sign, sequences
from cisgrammar.files.atomic import atomic_hdf5
from cisgrammar.motifs.motif import Motif, from_shares

FORMAT = "cisgrammar patterns 2"
_GROUPS: dict[Sign, str] = {"+": "pos_patterns", "-": "neg_patterns"}


@dataclass(frozen=True, eq=False)
class Found:
    """A pattern of a sample.

    Attributes
    ----------
    name
        `motif_1`, ...
    output
        What it contributes to: counts or profile.
    also_in
        Other outputs that gave the same pattern.
    pattern
        Its seqlets lie in the sample's windows.
    halves
        Cosine of the patterns that halves of the windows give by themselves; 0 where one gives none, nan
        where the pattern is too small for that.
    folds
        Least cosine of its mean contributions by two folds' models; nan with one fold.
    """

    name: str
    output: str
    also_in: tuple[str, ...]
    pattern: Pattern
    halves: float = math.nan
    folds: float = math.nan

    @property
    def motif(self) -> Motif:
        """Base shares of the trimmed span."""
        first, last = self.pattern.span
        return from_shares(self.name, self.pattern.shares[first:last])


def write_patterns(path: str | Path, found: Sequence[Found], windows: Attributions) -> None:
    """Write `{pos,neg}_patterns/pattern_<k>/{sequence,contrib_scores,hypothetical_contribs,seqlets/...}`.

    Starts are relative to the window, seqlets are turned; attributes are ours.
    """
    with atomic_hdf5(path, track_order=True) as file:
        file.attrs["format"] = FORMAT
        file.attrs["window_size"] = windows.length
        numbers = dict.fromkeys(_GROUPS, 0)
        for each in found:
            sign = each.pattern.sign
            group = file.create_group(f"{_GROUPS[sign]}/pattern_{numbers[sign]}")
            numbers[sign] += 1
            group.attrs["motif"], group.attrs["output"] = each.name, each.output
            group.attrs["also_in"] = ",".join(each.also_in)
            group.attrs["halves"], group.attrs["folds"] = each.halves, each.folds
            _write_pattern(group, each, windows)


def _write_pattern(group: h5py.Group, found: Found, windows: Attributions) -> None:
    pattern = found.pattern
    group["sequence"], group["contrib_scores"] = pattern.shares, pattern.contributions
    group["hypothetical_contribs"] = pattern.hypothetical
    sequence = sequences(windows.codes, pattern.row, pattern.centre)
    hypothetical = cut(windows.hypothetical[found.output], pattern.row, pattern.centre, REACH)
    turned = pattern.turned[:, None, None]
    sequence, hypothetical = (np.where(turned, turn(part), part) for part in (sequence, hypothetical))
    seqlets = group.create_group("seqlets")
    seqlets["n_seqlets"] = np.array([len(pattern)])
    seqlets["start"], seqlets["end"] = pattern.centre - REACH, pattern.centre + REACH + 1
    seqlets["example_idx"], seqlets["is_revcomp"] = pattern.row, pattern.turned
    packed = {"compression": "gzip", "compression_opts": 4}
    seqlets.create_dataset("sequence", data=sequence.astype(np.float16), **packed)
    seqlets.create_dataset("contrib_scores", data=(sequence * hypothetical).astype(np.float16), **packed)
    seqlets.create_dataset("hypothetical_contribs", data=hypothetical.astype(np.float16), **packed)


def read_patterns(path: str | Path) -> list[Found]:
    """Read what `write_patterns` wrote, in its order by name; ValueError if it is another file."""
    with h5py.File(path, "r") as file:
        if file.attrs.get("format") != FORMAT:
            raise ValueError(f"{path}: not a file of patterns ({FORMAT}); delete it and run again")
        groups = [(sign, group) for sign, name in _GROUPS.items() for group in file.get(name, {}).values()]
        found = [_read(sign, group) for sign, group in groups]
    return sorted(found, key=lambda each: int(each.name.rpartition("_")[2]))


def _read(sign: Sign, group: h5py.Group) -> Found:
    seqlets = group["seqlets"]
    pattern = Pattern(
        sign,
        seqlets["example_idx"][:],
        seqlets["start"][:] + REACH,
        seqlets["is_revcomp"][:],
        group["sequence"][:],
        group["contrib_scores"][:],
        group["hypothetical_contribs"][:],
    )
    also = tuple(part for part in group.attrs["also_in"].split(",") if part)
    stability = float(group.attrs["halves"]), float(group.attrs["folds"])
    return Found(group.attrs["motif"], group.attrs["output"], also, pattern, *stability)
