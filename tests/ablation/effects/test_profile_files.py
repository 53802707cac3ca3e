"""Profiles of shards: written and read, joined in the order of the sites."""

import h5py
import numpy as np
import pytest

from cisgrammar.ablation.effects.profile_files import Profiles, ProfileWriter


def test_shards_are_joined_in_the_order_of_sites(tmp_path):
    rng = np.random.default_rng(0)
    before, after = rng.random((2, 5, 7), dtype=np.float32)
    site = np.array([4, 0, 7, 2, 9])
    for name, rows in (("a", [0, 1]), ("b", [2, 3, 4])):
        with ProfileWriter(tmp_path / name, len(rows)) as writer:
            for part in (rows[:1], rows[1:]):
                writer.add(site[part], before[part], after[part])
    found = Profiles([tmp_path / "b", tmp_path / "a"])
    order = np.argsort(site)
    np.testing.assert_array_equal(found.site, site[order])
    for rows in ([0, 1, 2, 3, 4], [3, 0], []):
        at = np.array(rows, dtype=np.int64)
        for values, wanted in zip(found.read(at), (before, after), strict=True):
            np.testing.assert_array_equal(values, wanted[order][at])


def test_a_writer_that_fails_leaves_no_file(tmp_path):
    with pytest.raises(TypeError), ProfileWriter(tmp_path / "p.h5", 3) as writer:
        writer.add(np.zeros(1, dtype=np.int64), np.zeros((1, 2)), np.array([["x", "y"]], dtype=object))
    assert list(tmp_path.iterdir()) == []


def test_another_file_is_refused(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["site"] = [1]
    with pytest.raises(ValueError, match=r"x\.h5: not profiles of ablated sites"):
        Profiles([tmp_path / "x.h5"])
