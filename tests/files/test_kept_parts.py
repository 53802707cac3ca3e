"""Parts of a stopped job: read and not made again, unless they are of another job or cannot be read."""

import numpy as np
import pytest

from cisgrammar.files.kept_parts import KeptParts


class Stopped(Exception):
    pass


def making(asked, stop=None):
    """Five parts; stops at one of them, as a kill does. `asked` gets the number of each that is made."""

    def make(first):
        for number in range(first, 5):
            if number == stop:
                raise Stopped
            asked.append(number)
            yield {"x": np.arange(3) * number, "names": np.array(["a", "bc"]), "half/y": np.ones(2, np.float16)}

    return make


def run(folder, stop=None, fingerprint="one"):
    asked, found = [], []
    kept = KeptParts(folder, fingerprint)
    try:
        for part in kept.parts(making(asked, stop)):
            found.append(part)
    except Stopped:
        pass
    return asked, found


def test_what_is_done_is_read_and_the_rest_is_made(tmp_path):
    folder = tmp_path / "job"
    assert run(folder, stop=2)[0] == [0, 1]
    asked, found = run(folder, stop=4)
    assert asked == [2, 3]
    asked, found = run(folder)
    assert asked == [4]
    _, whole = run(tmp_path / "other")
    for one, other in zip(found, whole, strict=True):
        assert one.keys() == other.keys()
        for name in one:
            assert one[name].dtype == other[name].dtype
            np.testing.assert_array_equal(one[name], other[name])


def test_parts_of_other_inputs_are_not_taken(tmp_path):
    run(tmp_path, stop=3)
    (tmp_path / "mine.txt").write_text("kept")
    asked, _ = run(tmp_path, fingerprint="two")
    assert asked == [0, 1, 2, 3, 4]
    assert (tmp_path / "mine.txt").exists()


@pytest.mark.parametrize("harm", ["cut", "empty", "gone", "other"])
def test_a_part_that_cannot_be_read_is_made_again_with_those_behind_it(tmp_path, harm):
    run(tmp_path, stop=4)
    path = tmp_path / "part_000001.npz"
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes({"cut": path.read_bytes()[:-40], "empty": b"", "other": b"no part"}[harm])
    asked, found = run(tmp_path)
    assert asked == [1, 2, 3, 4]
    assert [int(part["x"][1]) for part in found] == [0, 1, 2, 3, 4]


def test_parts_without_their_note_are_not_taken(tmp_path):
    run(tmp_path, stop=4)
    (tmp_path / "made_of.txt").unlink()
    assert run(tmp_path)[0] == [0, 1, 2, 3, 4]


def test_nothing_is_left_of_a_job_that_is_done(tmp_path):
    folder = tmp_path / "job"
    run(folder)
    KeptParts(folder, "one").remove()
    assert not folder.exists()
    KeptParts(folder, "one").remove()
