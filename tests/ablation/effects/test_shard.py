"""Shards: every site once, the same numbers, strands and attributions as asked."""

import numpy as np
import pandas as pd
import pytest

from cisgrammar.ablation.effects import shard as module
from cisgrammar.ablation.effects.profile_files import Profiles
from cisgrammar.ablation.effects.shard import AblatedShard, of_shard, write_shard
from cisgrammar.motifs.motif import from_consensus
from cisgrammar.tables.contracts.ablation import EFFECTS
from toy_effects import SETTINGS, ablate_shard, part_of
from toy_sites import CountGatac


def test_the_reverse_strand_sees_the_same_motif(made, shard):
    table = made[2].merge(shard.effects, on="site")
    real = table[table["kind"] == "site"]
    assert real["delta_log_counts_reverse"].between(0.2, 0.7 + 1e-6).all()
    mean = (real["delta_log_counts_forward"] + real["delta_log_counts_reverse"]) / 2
    np.testing.assert_allclose(real["delta_log_counts"], mean)


def test_shards_hold_every_site_once_and_give_the_same_numbers(made, shard, tmp_path):
    regions, genome, sites, pairs = made
    three = SETTINGS.model_copy(update={"shards": 3})
    parts, motifs = [part_of(CountGatac(height=0.7))], {"toy": from_consensus("toy", "GATAC")}
    shards = [ablate_shard(parts, sites, pairs, (regions, genome), three, 1, i, motifs) for i in range(3)]
    joined = pd.concat([s.effects for s in shards]).sort_values("site").reset_index(drop=True)
    whole = shard.effects.sort_values("site").reset_index(drop=True)
    pd.testing.assert_frame_equal(joined, whole, atol=1e-6)
    for i in range(3):
        one = AblatedShard(parts, sites, pairs, (regions, genome), three, 1, i, motifs)
        write_shard(one, tmp_path / f"{i}.tsv", tmp_path / f"{i}.h5")
    written = pd.concat([EFFECTS.read(tmp_path / f"{i}.tsv") for i in range(3)]).sort_values("site", ignore_index=True)
    pd.testing.assert_frame_equal(written, whole, rtol=1e-4, atol=1e-5, check_dtype=False)
    profiles = Profiles([tmp_path / f"{i}.h5" for i in (2, 0, 1)])
    order = np.argsort(shard.site)
    np.testing.assert_array_equal(profiles.site, shard.site[order])
    before, _ = profiles.read(np.arange(len(profiles)))
    np.testing.assert_allclose(before, shard.before[order], rtol=1e-4)
    assert (sites.set_index("site").loc[profiles.site, "kind"] != "control").all()
    with pytest.raises(ValueError, match="shard 3 does not exist; there are 3"):
        of_shard(sites, 3, 3)
    many = SETTINGS.model_copy(update={"shards": 500})
    with pytest.raises(ValueError, match=r"ablation.shards: 500 jobs for \d+ sites; use at most"):
        ablate_shard(parts, sites, pairs, (regions, genome), many, 1, 499)


def test_one_strand_and_attributions_as_asked(made):
    regions, genome, sites, pairs = made
    asked = SETTINGS.model_copy(update={"both_strands": False, "attribution": True, "attribution_sites": 2})
    few = sites[sites["kind"] == "site"].head(4)
    found = ablate_shard([part_of(CountGatac(height=0.7))], few, pairs.head(0), (regions, genome), asked, 1).effects
    assert found["delta_log_counts_reverse"].isna().all()
    assert (found["delta_log_counts"] == found["delta_log_counts_forward"]).all()
    # Each of five bases is worth the height, less a quarter of it: the motif is lost with any other.
    assert found["attribution"].dropna().tolist() == pytest.approx([5 * 0.75 * 0.7] * 2, abs=1e-5)


def test_blocks_of_sites_give_what_one_block_does(made, shard, monkeypatch):
    """Both strands and attributions too: what a site gives does not depend on its block."""
    regions, genome, sites, pairs = made
    asked = SETTINGS.model_copy(update={"attribution": True, "attribution_sites": 3})
    parts, few = [part_of(CountGatac(height=0.7))], sites.head(23)
    whole = ablate_shard(parts, few, pairs.head(0), (regions, genome), asked, 1)
    monkeypatch.setattr(module, "sites_at_once", lambda part, settings: 4)
    monkeypatch.setattr(module, "SITES_AT_ONCE", 7)
    blocks = list(AblatedShard(parts, few, pairs.head(0), (regions, genome), asked, 1).blocks())
    assert [len(block.effects) for _, block in blocks] == [4, 4, 4, 4, 4, 3]
    found = ablate_shard(parts, few, pairs.head(0), (regions, genome), asked, 1)
    pd.testing.assert_frame_equal(found.effects, whole.effects, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found.before, whole.before, rtol=1e-6)
