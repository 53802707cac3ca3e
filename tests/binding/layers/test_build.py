"""The experiments that a config asks for."""

import numpy as np
import pytest
import torch

from cisgrammar.binding.layers.build import build
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.reads.count_table import CountTable, Flanks
from cisgrammar.config.binding import BindingModel
from cisgrammar.config.selex_sheet import SelexLibrary


def table(length=12, rounds=3, silent=(), flank=0, n=40):
    rng = np.random.default_rng(length)
    reads = ["".join(rng.choice(list("ACGT"), length)) for _ in range(n)]
    counts = rng.integers(1, 5, (n, rounds)).astype(float)
    counts[:, list(silent)] = 0
    return CountTable.from_strings(reads, counts, Flanks("ACGTACGT", "TTGGCCAA", flank, flank))


def row(name="one", selection="bound"):
    return SelexLibrary(model="m", library=name, counts="x.tsv", selection=selection)


def test_libraries_share_matrices_and_spacings_but_not_biases():
    model = BindingModel(
        motifs={"a": {"width": 5, "position_bias": "channel"}, "b": {"width": 4}},
        cooperativity=[{"a": "a", "b": "b", "max_spacing": 3}],
    )
    built = build(model, [row("one"), row("two", "unbound")], [table(12), table(16, silent=[1])], seed=1)
    first, second = built.experiments.values()
    assert [type(binding) for binding in first.bindings] == [NonSpecific, Mode, Mode, Cooperativity]
    for one, other in zip(first.bindings[1:3], second.bindings[1:3], strict=True):
        assert one.psam is other.psam
        assert one.layer is not other.layer
    assert first.bindings[3].spacing is second.bindings[3].spacing is built.spacings["a:b"]
    assert built.spacings["a:b"].n_windows == 16 - 4 + 1
    assert [one.name for one in second.rounds] == ["initial", "unbound", "unbound"]
    assert second.observed == [0, 2]
    assert first.bindings[1].layer.log_posbias.requires_grad
    assert not first.bindings[2].layer.log_posbias.requires_grad


def test_a_palindrome_scores_both_strands_alike():
    model = BindingModel(motifs={"a": {"width": 6, "palindrome": True}})
    psam = build(model, [row()], [table()], seed=3).motifs["a"]
    forward = psam.get_filter(0)[0]
    torch.testing.assert_close(forward, forward.flip(0, 1))
    assert float(forward.detach().abs().max()) > 0


def test_seeds_start_elsewhere_and_the_same_seed_at_the_same_place():
    model = BindingModel(motifs={"a": {"width": 6}, "b": {"width": 6}})
    found = [build(model, [row()], [table()], seed).motifs for seed in (1, 1, 2)]
    torch.testing.assert_close(found[0]["a"].betas, found[1]["a"].betas)
    assert not torch.equal(found[0]["a"].betas, found[2]["a"].betas)
    assert not torch.equal(found[0]["a"].betas, found[0]["b"].betas)


def test_spacing_limits_reach_the_layer():
    pair = {"a": "a", "b": "a", "max_overlap": 0, "max_spacing": 2, "orientation": "same", "order": "positive"}
    model = BindingModel(motifs={"a": {"width": 4}}, cooperativity=[pair])
    spacing = build(model, [row()], [table()], seed=1).spacings["a:a"]
    allowed = torch.isfinite(spacing.get_log_spacing(9, 9))
    offsets = spacing.offsets(9, 9)
    assert offsets[allowed[0, 0]].tolist() == [4, 5, 6]
    assert not allowed[0, 1].any()


def test_reads_shorter_than_a_motif_name_the_library():
    model = BindingModel(motifs={"a": {"width": 14}})
    with pytest.raises(ValueError, match=r"motif a is 14 bp wide, the reads of library one have 12 bp.*flank_length"):
        build(model, [row()], [table(12)], seed=1)
    assert build(model, [row()], [table(12, flank=1)], seed=1)


def test_one_sequenced_round_is_refused():
    with pytest.raises(ValueError, match="1 round has counts, wanted at least 2"):
        build(BindingModel(motifs={"a": {"width": 5}}), [row()], [table(silent=[0, 1])], seed=1)
