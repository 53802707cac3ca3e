"""Tiles give the rows of the whole gene, whatever the tile and the batch, in memory that does not grow with genes."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from cisgrammar.splice.genes.gene_set import gene_set
from cisgrammar.splice.models.model import ModelToAnalyze, log_probabilities
from cisgrammar.splice.models.spliceai import SpliceAI
from cisgrammar.splice.predict import Tiling, plan_tiles, predict_gene, predict_tiles
from cisgrammar.training.device import has_fast_bf16


class Local(nn.Module):
    """Two convolutions; padded ones clip less than they see. Remembers the sizes that it was given."""

    def __init__(self, padding=0):
        super().__init__()
        torch.manual_seed(1)
        self.first, self.second = nn.Conv1d(4, 8, 7), nn.Conv1d(8, 3, 9, padding=padding)
        self.seen = []

    def forward(self, x):
        self.seen.append(tuple(x.shape[:2]))
        return 3 * self.second(torch.relu(self.first(x.transpose(1, 2)))).transpose(1, 2)


LOCAL = ModelToAnalyze(Local(), 14, 14)


PADDED = ModelToAnalyze(Local(padding=4), 14, 6)


def random_genes(lengths, seed=0):
    rng = np.random.default_rng(seed)
    return gene_set([(rng.integers(0, 5, n).astype(np.uint8), np.zeros(n, dtype=np.uint8)) for n in lengths])


def joined(m, genes, tiling):
    found = [torch.full((n, 3), float("nan")) for n in genes.lengths]
    for part in predict_tiles(m, genes, tiling):
        rows = found[part.gene][part.start : part.start + len(part.log_probs)]
        assert torch.isnan(rows).all()
        rows.copy_(part.log_probs)
    assert not any(torch.isnan(rows).any() for rows in found)
    return found


def whole(m, genes):
    rows = []
    for i in range(len(genes)):
        padded = np.pad(genes.gene(i)[0], m.model_cl // 2, constant_values=4)
        surplus = (m.model_cl - m.cl_model_clipped) // 2
        found = log_probabilities(m, padded[None], batch_bases=1 << 30)[0]
        rows.append(found[surplus : len(found) - surplus])
    return rows


@settings(max_examples=25)
@given(
    lengths=st.lists(st.integers(1, 300), min_size=1, max_size=5),
    tile=st.integers(1, 200),
    batch=st.integers(1, 1000),
    m=st.sampled_from([LOCAL, PADDED]),
)
def test_tiled_is_untiled(lengths, tile, batch, m):
    genes = random_genes(lengths)
    for got, wanted in zip(joined(m, genes, Tiling(tile, batch)), whole(m, genes), strict=True):
        torch.testing.assert_close(got.exp(), wanted.exp(), rtol=0, atol=1e-6)


@pytest.mark.parametrize("context", [80, 400])
def test_tiled_is_untiled_for_spliceai(context):
    # Below some 640 bases the library takes another algorithm, and sums in another order.
    model = SpliceAI(context, seed=1)
    with torch.no_grad():
        model.last.weight.mul_(5)
    m = ModelToAnalyze(model, context, context)
    codes = random_genes([1500]).codes
    (wanted,) = whole(m, random_genes([1500]))
    got = predict_gene(m, codes, Tiling(tile=750))
    assert wanted.exp().std() > 0.01
    torch.testing.assert_close(got.exp(), wanted.exp(), rtol=0, atol=1e-6)


@given(lengths=st.lists(st.integers(1, 10_000), min_size=1, max_size=20), tile=st.integers(1, 5000))
def test_tiles_partition_genes_and_are_no_longer_than_asked(lengths, tile):
    tiles = plan_tiles(np.array(lengths), tile)
    widths = tiles.stop - tiles.start
    assert (widths >= 1).all()
    assert (widths <= tile).all()
    assert np.bincount(tiles.gene, widths).tolist() == lengths
    same = tiles.gene[1:] == tiles.gene[:-1]
    assert (tiles.start[1:][same] == tiles.stop[:-1][same]).all()
    assert len(widths) == sum(-(-n // tile) for n in lengths)


def test_what_the_model_gets_at_a_time_does_not_grow_with_the_gene(monkeypatch):
    # In lanes each has a copy of the model, with a list of its own.
    monkeypatch.setattr("cisgrammar.training.lanes.lane_count", lambda _: 1)
    genes = random_genes([5, 20_000, 300, 300, 301])
    LOCAL.model.seen.clear()
    joined(LOCAL, genes, Tiling(tile=500, batch_bases=2000))
    assert max(n * width for n, width in LOCAL.model.seen) <= 2000
    assert max(width for _, width in LOCAL.model.seen) <= 514
    assert len(LOCAL.model.seen) == 15, "44 tiles, three in a batch; those of short genes too"


def test_flanks_are_seen_as_far_as_they_are_known_and_then_n():
    genes = random_genes([6])
    with_flanks = type(genes)(
        **{**vars(genes), "upstream": np.array([[0, 1]], np.uint8), "downstream": np.array([[2, 3]], np.uint8)}
    )
    assert with_flanks.window(0, -3, 9).tolist() == [4, 0, 1, *genes.codes, 2, 3, 4]
    assert with_flanks.window(0, 2, 4).tolist() == genes.codes[2:4].tolist()
    assert genes.window(0, -1, 8).tolist() == [4, *genes.codes, 4, 4]
    assert (with_flanks.window(0, 20, 23) == 4).all()
    assert not torch.equal(joined(LOCAL, with_flanks, Tiling())[0], joined(LOCAL, genes, Tiling())[0])


def test_bf16_is_near_and_not_equal():
    genes = random_genes([2000])
    (exact,), (near,) = (joined(LOCAL, genes, Tiling(precision=p)) for p in ("fp32", "bf16"))
    assert 0 < float((exact.exp() - near.exp()).abs().max()) < 0.05


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_gpu_gives_the_same():
    genes = random_genes([2000, 300])
    wanted = joined(LOCAL, genes, Tiling())
    on_gpu = ModelToAnalyze(Local().cuda(), 14, 14)
    assert has_fast_bf16(on_gpu.device)
    for got, expected in zip(joined(on_gpu, genes, Tiling()), wanted, strict=True):
        torch.testing.assert_close(got.exp(), expected.exp(), rtol=0, atol=1e-4)


@pytest.mark.parametrize("wrong", [{"tile": 0}, {"batch_bases": -1}, {"precision": "fp16"}])
def test_a_wrong_tiling_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Tiling(**wrong)
