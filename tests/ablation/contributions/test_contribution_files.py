"""Contributions as files."""

import numpy as np
import pyBigWig
import pytest

from cisgrammar.ablation.contributions import attribute_peaks as attribute_peaks_module
from cisgrammar.ablation.contributions import contribution_files
from cisgrammar.ablation.contributions.attribute_peaks import (
    attribute_peaks,
    explained_peaks,
)
from cisgrammar.ablation.contributions.contribution_files import (
    ContributionFile,
    joined_contributions,
    read_contributions,
    write_contribution_track,
    write_contributions,
)
from cisgrammar.ablation.effects.model_parts import Part
from cisgrammar.config.ablation import Ablation
from cisgrammar.config.profile import Evaluate
from cisgrammar.profile.models.heads import Head
from toy_profile import small_solo


def settings(**wish):
    return Ablation(contributions={"references": 2, "outputs": ["counts"], **wish}, consensus={"m": "TTACCCGG"})


def explain(fold, shard, most=9):
    genome, regions = fold
    model = small_solo((Head("signal"),), length=400)
    part = Part("residual", model, model.heads, model.input_length, 400)
    rows = explained_peaks(regions, genome, Evaluate(min_counts=1, edge=0), most, part.input_length, shard)
    return list(attribute_peaks(part, regions, genome, rows, settings(), seed=1))


def test_shards_give_what_one_job_gives_and_files_read_back(fold, tmp_path):
    write_contributions(tmp_path / "whole.h5", explain(fold, (0, 1)))
    whole, stored = read_contributions(tmp_path / "whole.h5"), ContributionFile(tmp_path / "whole.h5")
    parts = [explain(fold, (number, 2)) for number in (1, 0)]
    for number, part in enumerate(parts):
        write_contributions(tmp_path / f"{number}.h5", part)
    (joined,) = joined_contributions([tmp_path / f"{n}.h5" for n in range(2)])
    assert len(whole.codes) == 9
    for name in ("region", "chrom", "start", "codes"):
        np.testing.assert_array_equal(getattr(joined, name), getattr(whole, name))
    key = ("signal", "counts")
    np.testing.assert_allclose(joined.hypothetical[key], whole.hypothetical[key], atol=1e-5)
    np.testing.assert_allclose(joined.control[key], whole.control[key], atol=1e-5)
    assert not np.allclose(whole.control[key], whole.of_bases(key))
    write_contribution_track(tmp_path / "t.bw", stored, "counts", fold[0])
    with pyBigWig.open(str(tmp_path / "t.bw")) as track:
        length = whole.codes.shape[1]
        values = track.values(str(whole.chrom[3]), int(whole.start[3]), int(whole.start[3]) + length)
    np.testing.assert_allclose(values, whole.of_bases(key)[3], rtol=1e-5, atol=1e-7)
    (tmp_path / "other.h5").write_bytes((tmp_path / "t.bw").read_bytes())
    with pytest.raises((OSError, ValueError)):
        read_contributions(tmp_path / "other.h5")


def test_blocks_of_peaks_give_what_one_does(fold, tmp_path, monkeypatch):
    write_contributions(tmp_path / "whole.h5", explain(fold, (0, 1)))
    for module in (contribution_files, attribute_peaks_module):
        monkeypatch.setattr(module, "BLOCK", 4)
    for number in range(2):
        blocks = explain(fold, (number, 2))
        assert max(len(block.region) for block in blocks) <= 4
        write_contributions(tmp_path / f"{number}.h5", blocks)
    # Shards in the wrong order, blocks that hold windows of both.
    blocks = list(joined_contributions([tmp_path / "1.h5", tmp_path / "0.h5"]))
    assert [len(block.region) for block in blocks] == [4, 4, 1]
    write_contributions(tmp_path / "joined.h5", blocks)
    whole, joined = (read_contributions(tmp_path / f"{name}.h5") for name in ("whole", "joined"))
    np.testing.assert_array_equal(joined.region, whole.region)
    np.testing.assert_array_equal(joined.codes, whole.codes)
    for name in ("hypothetical", "control"):
        for key, values in getattr(whole, name).items():
            np.testing.assert_allclose(getattr(joined, name)[key], values, atol=1e-5)
