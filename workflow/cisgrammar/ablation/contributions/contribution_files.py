"""Contributions as files: HDF5 with all of them, a bigWig of each output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from cisgrammar.files.atomic import atomic_hdf5
from cisgrammar.perturb.contributions import of_present_bases
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.bigwig import write_profile_bigwig

_FORMAT = "cisgrammar contributions 1"

Outputs = dict[tuple[str, str], NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class PeakContributions:
    """Contributions of some windows.

    Attributes
    ----------
    region
        `(windows,)` row of the table of regions.
    chrom, start
        `(windows,)` where the sequence begins on its chromosome; it is `codes.shape[1]` bp long.
    codes
        `(windows, length)`.
    hypothetical
        (head, output) -> `(windows, 4, length)`.
    control
        (head, output) -> `(windows, length)`: of the bases of one shuffle of each sequence.
    """

    region: NDArray[np.int64]
    chrom: NDArray[np.str_]
    start: NDArray[np.int64]
    codes: NDArray[np.uint8]
    hypothetical: Outputs
    control: Outputs

    def of_bases(self, key: tuple[str, str]) -> NDArray[np.float32]:
        """Contributions of the bases that are there, `(windows, length)`."""
        return of_present_bases(self.hypothetical[key], self.codes)


def write_contributions(path: str | Path, found: PeakContributions) -> None:
    """Write HDF5: `coordinates/{chrom,start,end,region}`, `codes`, and `<head>/<output>/{hypothetical,bases,control}`.

    0-based half-open; A C G T are 0 to 3 and the rows of `hypothetical`, as TF-MoDISco wants them.
    """
    with atomic_hdf5(path, track_order=True) as file:
        file.attrs["format"] = _FORMAT
        place = file.create_group("coordinates")
        place["chrom"] = np.array([name.encode() for name in found.chrom], dtype=h5py.string_dtype())
        place["start"] = found.start.astype(np.int64)
        place["end"] = found.start.astype(np.int64) + found.codes.shape[1]
        place["region"] = found.region.astype(np.int64)
        packed = {"compression": "gzip", "compression_opts": 4, "shuffle": True}
        file.create_dataset("codes", data=found.codes, **packed)
        for (head, output), values in found.hypothetical.items():
            group = file.require_group(head).create_group(output)
            group.create_dataset("hypothetical", data=values.astype(np.float32), **packed)
            group.create_dataset("bases", data=found.of_bases((head, output)), **packed)
            group.create_dataset("control", data=found.control[head, output].astype(np.float32), **packed)


def read_contributions(path: str | Path) -> PeakContributions:
    """Read what `write_contributions` wrote; ValueError if it is another file."""
    with h5py.File(path, "r") as file:
        if file.attrs.get("format") != _FORMAT:
            raise ValueError(f"{path}: not a file of contributions ({_FORMAT}); delete it and run again")
        place = file["coordinates"]
        keys = [(head, output) for head in file if head not in ("coordinates", "codes") for output in file[head]]
        return PeakContributions(
            place["region"][:],
            np.array([name.decode() for name in place["chrom"][:]]),
            place["start"][:],
            file["codes"][:],
            {(head, output): file[head][output]["hypothetical"][:] for head, output in keys},
            {(head, output): file[head][output]["control"][:] for head, output in keys},
        )


def join_contributions(parts: Sequence[PeakContributions]) -> PeakContributions:
    """Windows of all shards, in the order of the table of regions."""
    region = np.concatenate([part.region for part in parts])
    order = np.argsort(region, kind="stable")

    def outputs(name: str) -> Outputs:
        every = [getattr(part, name) for part in parts]
        return {key: np.concatenate([each[key] for each in every])[order] for key in every[0]}

    chrom, start, codes = (np.concatenate([getattr(p, name) for p in parts]) for name in ("chrom", "start", "codes"))
    made = (outputs("hypothetical"), outputs("control"))
    return PeakContributions(region[order], chrom[order], start[order], codes[order], *made)


def write_contribution_track(path: str | Path, found: PeakContributions, output: str, genome: Genome) -> None:
    """Write the contributions of the bases to an output as bigWig: means over heads, and over windows that overlap."""
    sizes = dict(zip(genome.names, genome.lengths.tolist(), strict=True))
    heads = [found.of_bases(key) for key in found.hypothetical if key[1] == output]
    write_profile_bigwig(path, sizes, (found.chrom.tolist(), found.start), np.mean(heads, axis=0))
