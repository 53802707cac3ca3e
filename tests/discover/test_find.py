"""The finder: planted motifs, and a reason wherever there is none."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from cisgrammar.config.discover import Discover
from cisgrammar.discover import seqlets
from cisgrammar.discover.find import as_rows, discover
from cisgrammar.discover.hits import call_hits
from cisgrammar.discover.merge import members_of, merge_motifs
from cisgrammar.discover.motif_table import motif_table
from cisgrammar.discover.planted import correlation
from cisgrammar.sequence.alphabet import encode, reverse_complement
from toy_contributions import FACTORS, planted

SETTINGS = Discover(outputs=("counts",))


def one_hot(word):
    return np.eye(4)[encode(word)]


def reasons(windows):
    found, numbers = discover(windows, SETTINGS)
    assert found == []
    return [each["reason"] for each in numbers["found"]]


def test_memory_is_that_of_the_contributions_given(monkeypatch):
    """Beside them maxima and a block of windows: no second copy of the contributions in single precision."""
    windows, _ = planted(number=1500, length=400, share=0.0, held_out=0.2)
    monkeypatch.setattr(seqlets, "_AT_ONCE", 64)
    tracemalloc.start()
    discover(windows, SETTINGS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * windows.codes.size  # with copies in single precision: 12.9; now 1.2


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


def test_a_weak_factor_is_found_behind_chance_words_of_a_strong_one():
    """Shuffles hold words of the strong factor, which score above the sites of the weak one."""
    windows, sites = planted(number=400, factors=("a",), strength=14.0, held_out=0.0)
    rng = np.random.default_rng(5)
    weak, _ = planted(number=400, factors=("b",), strength=5.0, seed=1, held_out=0.0)
    values = windows.hypothetical["counts"]
    free = ~np.isin(np.arange(len(windows)), [row for row, *_ in sites]) & ~windows.shuffled
    values[free], windows.codes[free] = weak.hypothetical["counts"][free], weak.codes[free]
    source = [(row, start) for row, start, *_ in sites]
    for row in rng.choice(np.flatnonzero(windows.shuffled), 150, replace=False):
        other, start = source[rng.integers(len(source))]
        windows.codes[row, 100:112] = windows.codes[other, start : start + 12]
        values[row, :, 100:112] = 0.7 * values[other, :, start : start + 12]
    found, _ = discover(windows, SETTINGS)
    words = [max(correlation(each.motif.shares, one_hot(FACTORS[name])) for name in "ab") for each in found]
    assert len(found) == 2
    assert min(words) > 0.95


def test_words_of_one_output_are_two_motifs():
    """Their contributions are nearly the same; merging by these alone would join them again."""
    windows, sites = planted(number=400, factors=("c",), strength=12.0, held_out=0.0)
    words = encode(FACTORS["c"]), encode("TTGATTACGTCC")
    apart = np.flatnonzero(words[0] != words[1])
    for number, (row, start, turned, _) in enumerate(sites):
        word = words[number % 2]
        there = np.eye(4)[word].T * 12e-3
        there[:, apart] *= 0.3
        if turned:
            word, there = reverse_complement(word), there[::-1, ::-1]
        windows.codes[row, start : start + 12] = word
        windows.hypothetical["counts"][row, :, start : start + 12] = there
    found, _ = discover(windows, SETTINGS)
    assert len(found) == 2
    # Samples that hold both keep both.
    kept = motif_table(windows, found, call_hits(windows, found), {}, SETTINGS)
    members = [*members_of("x", found, kept.table), *members_of("y", found, kept.table)]
    table, _ = merge_motifs(members, ["x", "y"], {}, 0.05)
    assert list(table["samples"]) == ["x,y", "x,y"]
