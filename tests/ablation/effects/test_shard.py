"""Shards: every site once, the same numbers, strands and attributions as asked."""

import numpy as np
import pandas as pd
import pytest

from cisgrammar.ablation.effects.profile_files import read_profiles, write_profiles
from cisgrammar.ablation.effects.shard import ablate_shard, of_shard
from cisgrammar.motifs.motif import from_consensus
from toy_effects import SETTINGS, part_of
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
    for i, one in enumerate(shards):
        write_profiles(tmp_path / f"{i}.h5", one)
    site, before, _ = read_profiles([tmp_path / f"{i}.h5" for i in (2, 0, 1)])
    order = np.argsort(shard.site)
    np.testing.assert_array_equal(site, shard.site[order])
    np.testing.assert_allclose(before, shard.before[order], rtol=1e-4)
    assert (sites.set_index("site").loc[site, "kind"] != "control").all()
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
