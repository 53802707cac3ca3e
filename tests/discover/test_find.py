"""The finder: planted motifs, and a reason wherever there is none."""

from dataclasses import replace

import numpy as np
import pytest

from cisgrammar.config.discover import Discover
from cisgrammar.discover.find import as_rows, discover
from toy_contributions import planted

SETTINGS = Discover(outputs=("counts",))


def reasons(windows):
    found, numbers = discover(windows, SETTINGS)
    assert found == []
    return [each["reason"] for each in numbers["found"]]


def test_planted_motifs_and_the_control_in_shuffled_windows():
    windows, _ = planted(number=300, factors=("a", "b", "c"), signs={"c": -1}, strength=8.0, held_out=0.2)
    found, numbers = discover(windows, SETTINGS)
    assert [each.pattern.sign for each in found] == ["+", "+", "-"]
    assert [each.name for each in found] == ["motif_1", "motif_2", "motif_3"]
    assert (numbers["windows"], numbers["held_out"], numbers["shuffled"]) == (300, 60, 300)
    assert [each["in_shuffled"] for each in numbers["found"]] == [0, 0]
    assert min(each.halves for each in found) > 0.97
    assert all(np.isnan(each.folds) for each in found)
    # No seqlet of a window that is held out.
    assert not windows.held_out[np.concatenate([each.pattern.row for each in found])].any()


def test_a_pattern_of_two_outputs_is_kept_once():
    windows, _ = planted(number=200, factors=("a",), strength=10.0)
    twice = dict.fromkeys(("counts", "profile"), windows.hypothetical["counts"])
    (found,), _ = discover(replace(windows, hypothetical=twice), SETTINGS)
    assert (found.output, found.also_in) == ("counts", ("profile",))


def test_rows_of_seqlets_hold_the_consensus():
    windows, _ = planted(number=200, factors=("a",), strength=10.0)
    found, _ = discover(windows, SETTINGS)
    rows = list(as_rows(found, windows))
    consensus = found[0].motif.consensus
    shared = []
    for _, start, end, motif, strand, output in rows:
        assert (motif, output, end - start) == ("motif_1", "counts", len(consensus))
        row = int(np.flatnonzero((windows.start <= start) & ~windows.shuffled)[-1])
        letters = windows.codes[row, start - windows.start[row] : end - windows.start[row]]
        letters = 3 - letters[::-1] if strand == "-" else letters
        shared.append(np.mean([a == "ACGT"[b] for a, b in zip(consensus, letters, strict=True)]))
    assert np.mean(shared) > 0.85
    assert rows == sorted(rows)


def test_no_signal():
    assert all("seqlets of" in reason for reason in reasons(planted(number=100, share=0.0)[0]))


def test_all_zero():
    windows, _ = planted(number=100)
    zeros = {"counts": np.zeros_like(windows.hypothetical["counts"])}
    assert reasons(replace(windows, hypothetical=zeros)) == ["all contributions are 0"] * 2


def test_five_windows():
    assert all("fewer than discover.min_seqlets" in r for r in reasons(planted(number=5, strength=15.0)[0]))


def test_every_window_held_out():
    assert all("every window is held out" in r for r in reasons(planted(number=30, held_out=1.0)[0]))


@pytest.mark.parametrize("everywhere", [False, True])
def test_one_huge_base(everywhere):
    windows, _ = planted(number=100, share=0.0)
    values = windows.hypothetical["counts"].copy()
    rows = np.flatnonzero(~windows.shuffled)[: None if everywhere else 1]
    values[rows, :, 150] = 6e4
    assert len(reasons(replace(windows, hypothetical={"counts": values}))) == 2


def test_n_runs():
    """A third of the windows are N in their middle; their contributions are 0."""
    windows, _ = planted(number=200, strength=10.0)
    windows.codes[:70, 100:220] = windows.codes[200:270, 100:220] = 4
    found, _ = discover(windows, SETTINGS)
    assert len(found) == 2
    bare, _ = planted(number=200, share=0.0)
    bare.codes[:70, 100:220] = bare.codes[200:270, 100:220] = 4
    reasons(bare)
    bare.codes[:] = 4
    reasons(bare)
