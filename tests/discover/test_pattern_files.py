"""Files of patterns: MoDISco's layout, and what is read back is what was written."""

from dataclasses import replace

import h5py
import numpy as np
import pytest

from cisgrammar.config.discover import Discover
from cisgrammar.discover.find import discover
from cisgrammar.discover.pattern_files import read_patterns, write_patterns
from toy_contributions import planted


@pytest.fixture(scope="module")
def found():
    windows, _ = planted(number=200, factors=("a", "b", "c"), signs={"c": -1}, strength=10.0)
    return windows, discover(windows, Discover(outputs=("counts",)))[0]


def test_there_and_back(found, tmp_path):
    windows, patterns = found
    patterns = [replace(each, folds=0.5 + 0.1 * number) for number, each in enumerate(patterns)]
    write_patterns(tmp_path / "p.h5", patterns, windows)
    again = read_patterns(tmp_path / "p.h5")
    for name in ("name", "output", "also_in", "halves", "folds"):
        assert [getattr(each, name) for each in again] == [getattr(each, name) for each in patterns]
    for one, other in zip(patterns, again, strict=True):
        assert one.pattern.sign == other.pattern.sign
        for name in ("row", "centre", "turned", "shares", "contributions", "hypothetical"):
            np.testing.assert_array_equal(getattr(one.pattern, name), getattr(other.pattern, name))
    write_patterns(tmp_path / "q.h5", patterns, windows)
    assert (tmp_path / "p.h5").read_bytes() == (tmp_path / "q.h5").read_bytes()


def test_the_layout_is_that_of_modisco(found, tmp_path):
    windows, patterns = found
    write_patterns(tmp_path / "p.h5", patterns, windows)
    with h5py.File(tmp_path / "p.h5") as file:
        assert set(file) == {"pos_patterns", "neg_patterns"}
        assert set(file["pos_patterns"]) == {"pattern_0", "pattern_1"}
        pattern = file["neg_patterns/pattern_0"]
        seqlets = pattern["seqlets"]
        number = int(seqlets["n_seqlets"][0])
        assert seqlets["sequence"].shape == seqlets["contrib_scores"].shape == (number, *pattern["sequence"].shape)
        np.testing.assert_allclose(seqlets["sequence"][:].mean(0), pattern["sequence"][:], atol=1e-3)
        np.testing.assert_allclose(seqlets["contrib_scores"][:].mean(0), pattern["contrib_scores"][:], atol=1e-4)
        for row, start, turned, sequence in zip(
            *(seqlets[n][:] for n in ("example_idx", "start", "is_revcomp", "sequence")), strict=True
        ):
            letters = windows.codes[row, max(start, 0) : start + 51]
            own = sequence[::-1, ::-1] if turned else sequence
            if start >= 0 and len(letters) == 51:
                assert np.array_equal(own.argmax(1), letters)


def test_no_pattern_is_a_file_too(found, tmp_path):
    write_patterns(tmp_path / "p.h5", [], found[0])
    assert read_patterns(tmp_path / "p.h5") == []


def test_another_file_is_refused(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w"):
        pass
    with pytest.raises(ValueError, match="not a file of patterns"):
        read_patterns(tmp_path / "x.h5")
