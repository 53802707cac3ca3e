"""Profiles of ablated sites as files, one of each shard. Free of torch: the job that joins them reads it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np
from numpy.typing import NDArray

from cisgrammar.files.atomic import atomic_hdf5

if TYPE_CHECKING:
    from cisgrammar.ablation.effects.shard import Shard

_FORMAT = "cisgrammar ablated sites 1"


def write_profiles(path: str | Path, shard: Shard) -> None:
    """Write the profiles of a shard as HDF5."""
    with atomic_hdf5(path) as file:
        file.attrs["format"] = _FORMAT
        for name in ("site", "before", "after"):
            file.create_dataset(name, data=getattr(shard, name))


def read_profiles(paths: Sequence[str | Path]) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
    """Read the profiles of all shards: site, before, after, ordered by site."""
    parts = []
    for path in paths:
        with h5py.File(path, "r") as file:
            if file.attrs.get("format") != _FORMAT:
                raise ValueError(f"{path}: not profiles of ablated sites; delete it and run again")
            parts.append([file[name][:] for name in ("site", "before", "after")])
    site, before, after = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.argsort(site, kind="stable")
    return site[order], before[order], after[order]
