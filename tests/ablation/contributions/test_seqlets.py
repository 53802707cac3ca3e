"""Seqlets: stretches with contributions that shuffled sequence lacks."""

import numpy as np
import pandas as pd

from cisgrammar.ablation.contributions.contribution_files import (
    ContributionFile,
    PeakContributions,
    write_contributions,
)
from cisgrammar.ablation.contributions.seqlets import COLUMNS, find_seqlets, write_seqlets


def random_codes(rows, length, seed=0):
    return np.random.default_rng(seed).integers(0, 4, (rows, length)).astype(np.uint8)


def stored(tmp_path, found):
    write_contributions(tmp_path / "c.h5", [found])
    return ContributionFile(tmp_path / "c.h5")


def made_contributions(bumps):
    """Noise, with stretches of 8 bases of 1 (or -1) at the given (row, place, sign)."""
    rng = np.random.default_rng(1)
    codes = random_codes(20, 200, seed=2)
    values, control = (rng.normal(0, 0.05, (20, 200)).astype(np.float32) for _ in range(2))
    for row, place, sign in bumps:
        values[row, place : place + 8] = sign
    hypothetical = np.zeros((20, 4, 200), np.float32)
    np.put_along_axis(hypothetical, codes[:, None].astype(np.int64), values[:, None], axis=1)
    key = ("signal", "counts")
    chrom, start = np.array(["chr1"] * 20), 1000 * np.arange(20)
    return PeakContributions(np.arange(20), chrom, start, codes, {key: hypothetical}, {key: control})


def test_seqlets_are_the_stretches_that_shuffled_sequence_lacks(tmp_path):
    bumps = [(row, 30 + 5 * row, 1.0) for row in range(12)] + [(row, 150, -1.0) for row in range(12)]
    sites = pd.DataFrame({"chrom": "chr1", "start": [31, 35], "end": [39, 200], "name": ["m", "far"], "kind": "site"})
    sites.loc[1, "start"] = 100
    found = made_contributions(bumps)
    seqlets = find_seqlets(stored(tmp_path, found), sites, fdr=0.1)
    table = pd.concat(seqlets.blocks(), ignore_index=True)
    assert list(table.columns) == COLUMNS
    for sign, wanted in (("+", bumps[:12]), ("-", bumps[12:])):
        mine = table[table.sign == sign]
        for row, place, _ in wanted:
            near = mine[(mine.start < 1000 * row + place + 8) & (mine.end > 1000 * row + place)]
            assert len(near) == 1
            assert (near.contribution.iloc[0] > 0) == (sign == "+")
        assert len(mine) <= 14
    assert table[table.start.between(25, 40)].motifs.tolist() == ["m"]
    for row in table.itertuples():
        assert len(row.sequence) == row.end - row.start
    write_seqlets(tmp_path / "s.bed", seqlets)
    lines = [line.split("\t") for line in (tmp_path / "s.bed").read_text().splitlines()]
    assert len(lines) == len(table)
    assert max(int(line[4]) for line in lines) == 1000


def test_noise_has_next_to_no_seqlets_and_a_flat_model_none(tmp_path):
    noise = made_contributions([])
    sites = pd.DataFrame({"chrom": [], "start": [], "end": [], "name": [], "kind": []})
    assert sum(map(len, find_seqlets(stored(tmp_path, noise), sites, fdr=0.1).blocks())) <= 2
    key = ("signal", "counts")
    flat = PeakContributions(
        noise.region,
        noise.chrom,
        noise.start,
        noise.codes,
        {key: np.zeros((20, 4, 200), np.float32)},
        {key: np.zeros((20, 200), np.float32)},
    )
    empty = find_seqlets(stored(tmp_path, flat), sites, fdr=0.1)
    assert [len(block) for block in empty.blocks()] == [0]
    write_seqlets(tmp_path / "s.bed", empty)
    assert (tmp_path / "s.bed").read_text() == ""
