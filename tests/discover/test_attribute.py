"""Contributions of windows: both strands, folds, shuffles; the same whatever the shard and the number of threads."""

import numpy as np
import pytest
import torch

from cisgrammar.config.discover import Discover
from cisgrammar.discover import attribute
from cisgrammar.discover.attribute import attribute_windows
from cisgrammar.discover.attribution_files import joined, kept_blocks, write_attribution_blocks
from cisgrammar.discover.windows import Explained
from cisgrammar.files.kept_parts import KeptParts
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.rescale import Target, references_of, rescale
from cisgrammar.sequence.alphabet import reverse_complement
from cisgrammar.sequence.fasta import Genome
from toy_profile import small_solo

HEADS = (Head("a", 2), Head("b"))
GENOME = Genome.from_chromosomes({"c": np.random.default_rng(0).integers(0, 4, 2000).astype(np.uint8)})
SETTINGS = Discover(outputs=("counts", "profile"), references=4)


def model(seed):
    found = small_solo(HEADS, seed=seed, layers=2)
    for number, parameter in enumerate(found.parameters()):
        if parameter.ndim == 1:
            parameter.data = 0.1 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(number))
    return found.eval().requires_grad_(False)


def windows(seen):
    seen = np.array(seen)
    return Explained(np.repeat("c", len(seen)), 200 + 100 * np.arange(len(seen)), seen)


def by_hand(network, codes, seed, number):
    """Mean of both strands, mean of the heads' counts."""
    target = Target("counts", (0.5, 0.5))
    forward = rescale(network, codes, references_of(codes, number, seed), [target])[0]
    other = reverse_complement(codes)
    back = rescale(network, other, references_of(other, number, seed), [target])[0][:, ::-1, ::-1]
    return (forward + back) / 2


def test_one_fold_is_the_mean_of_both_strands():
    network = model(1)
    found = joined(attribute_windows([network], windows([[True], [False]]), GENOME, SETTINGS, 500, seed=7))
    flank = (network.input_length - network.output_length) // 2
    codes = np.stack([GENOME.codes[s - flank : s - flank + network.input_length] for s in (200, 300)])
    wanted = by_hand(network, codes, 9, 2)[..., flank:-flank]
    np.testing.assert_allclose(found.hypothetical["counts"][:2], wanted, atol=1e-6, rtol=1e-3)
    assert np.abs(wanted).max() > 1e-4
    assert (found.spread["counts"] == 0).all()
    assert found.by_fold == {}
    assert found.shuffled.tolist() == [False, False, True, True]
    assert found.held_out.tolist() == [False, True, False, True]
    for real, other in zip(found.codes[:2], found.codes[2:], strict=True):
        assert not np.array_equal(real, other)


def test_folds_are_averaged_and_only_those_that_have_not_seen_a_held_out_window():
    networks = [model(1), model(2)]
    found = joined(attribute_windows(networks, windows([[True, False], [False, True]]), GENOME, SETTINGS, 500, seed=7))
    flank = (networks[0].input_length - networks[0].output_length) // 2
    codes = np.stack([GENOME.codes[s - flank : s - flank + networks[0].input_length] for s in (200, 300)])
    both = [by_hand(network, codes, 9 + fold, 1)[..., flank:-flank] for fold, network in enumerate(networks)]
    np.testing.assert_allclose(found.hypothetical["counts"][0], np.mean(both, axis=0)[0], atol=1e-6, rtol=1e-3)
    alone = by_hand(networks[0], codes, 9, 2)[..., flank:-flank]
    np.testing.assert_allclose(found.hypothetical["counts"][1], alone[1], atol=1e-6, rtol=1e-3)
    there = [np.take_along_axis(v[0], found.codes[0][None].astype(int), 0)[0] for v in both]
    np.testing.assert_allclose(found.spread["counts"][0], np.std(there, axis=0, ddof=1), atol=1e-6, rtol=2e-3)
    np.testing.assert_allclose(found.by_fold["counts"][0], there, atol=1e-6, rtol=2e-3)
    # The second fold has seen the second window, which is held out.
    assert (found.by_fold["counts"][1, 1] == 0).all()
    assert (found.by_fold["counts"][1, 0] != 0).any()
    assert (found.spread["counts"][1] == 0).all()


@pytest.mark.parametrize("threads", [1, 2])
def test_a_window_gives_the_same_in_any_shard(threads):
    network, every = model(1), windows([[True]] * 5)
    whole = joined(attribute_windows([network], every, GENOME, SETTINGS, 250, seed=7))
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    part = joined(attribute_windows([network], every.take(np.array([3, 4])), GENOME, SETTINGS, 250, seed=7))
    torch.set_num_threads(before)
    # Two shuffles of each window, for 250 are fewer than 500.
    rows = np.array([3, 4, 5 + 6, 5 + 7, 5 + 8, 5 + 9])
    np.testing.assert_array_equal(whole.codes[rows], part.codes)
    for output in ("counts", "profile"):
        np.testing.assert_array_equal(whole.hypothetical[output][rows], part.hypothetical[output])


def test_a_killed_job_keeps_its_blocks_and_ends_with_the_same_bytes(tmp_path, monkeypatch):
    """Killed in the third of four blocks: two are read, two are made, and the file is that of a job without a kill."""
    monkeypatch.setattr(attribute, "BLOCK", 4)
    network, every = model(1), windows([[True], [False], [True], [True], [False], [True], [True]])
    asked = (every, GENOME, SETTINGS, 500, 7)
    (tmp_path / "model").write_bytes(b"weights")
    of = attribute.fingerprint_of([tmp_path / "model"], *asked)

    def run(name, stop=None):
        computed, plain = [], attribute._of_few

        def counted(lane, codes, *others):
            if len(computed) == stop:
                raise KeyboardInterrupt
            computed.append(len(codes))
            return plain(lane, codes, *others)

        monkeypatch.setattr(attribute, "_of_few", counted)
        kept = KeptParts(tmp_path / name, of)
        found = kept_blocks(kept, lambda done: attribute_windows([network], *asked, done))
        try:
            write_attribution_blocks(tmp_path / f"{name}.h5", found, 2 * len(every))
        except KeyboardInterrupt:
            return len(computed)
        finally:
            monkeypatch.setattr(attribute, "_of_few", plain)
        kept.remove()
        return sum(computed)

    assert run("whole") == 14
    run("killed", stop=3)
    left = len(list((tmp_path / "killed").glob("*.npz")))
    assert 1 <= left <= 3
    assert not (tmp_path / "killed.h5").exists()
    assert run("killed") == 14 - 4 * left
    assert (tmp_path / "killed.h5").read_bytes() == (tmp_path / "whole.h5").read_bytes()
    assert not (tmp_path / "killed").exists()


def test_all_that_contributions_depend_on_is_in_their_fingerprint(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(name.encode())
    every = windows([[True], [False]])
    asked = {"windows": every, "genome": GENOME, "settings": SETTINGS, "total": 500, "seed": 7}
    other = Genome.from_chromosomes({"c": GENOME.codes[::-1].copy()})
    changed = [
        {"windows": every.take(np.array([0]))},
        {"windows": Explained(every.chrom, every.start, ~every.seen)},
        {"genome": other},
        {"settings": SETTINGS.model_copy(update={"references": 6})},
        {"total": 501},
        {"seed": 8},
    ]
    found = [attribute.fingerprint_of([tmp_path / "a"], **asked | each) for each in [{}, *changed]]
    found.append(attribute.fingerprint_of([tmp_path / "b"], **asked))
    assert len(set(found)) == len(changed) + 2
    assert attribute.fingerprint_of([tmp_path / "a"], **asked) == found[0]
