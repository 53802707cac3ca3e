"""Profiles of shards: written and read, joined in the order of the sites."""

from types import SimpleNamespace

import h5py
import numpy as np
import pytest

from cisgrammar.ablation.effects.profile_files import read_profiles, write_profiles


def test_shards_are_joined_in_the_order_of_sites(tmp_path):
    rng = np.random.default_rng(0)
    before, after = rng.random((2, 5, 7), dtype=np.float32)
    site = np.array([4, 0, 7, 2, 9])
    for name, rows in (("a", [0, 1]), ("b", [2, 3, 4])):
        write_profiles(tmp_path / name, SimpleNamespace(site=site[rows], before=before[rows], after=after[rows]))
    found = read_profiles([tmp_path / "b", tmp_path / "a"])
    order = np.argsort(site)
    for values, wanted in zip(found, (site, before, after), strict=True):
        np.testing.assert_array_equal(values, wanted[order])


def test_another_file_is_refused(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["site"] = [1]
    with pytest.raises(ValueError, match=r"x\.h5: not profiles of ablated sites"):
        read_profiles([tmp_path / "x.h5"])
