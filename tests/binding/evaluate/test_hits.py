"""Sites in a genome: exact p-values, planted sites found again, and a BED that is the same twice."""

from __future__ import annotations

import gzip
import itertools

import numpy as np
import pandas as pd
import pytest
import torch

from cisgrammar.binding.evaluate import hits
from cisgrammar.binding.evaluate.hits import background_of, motif_patterns, scan, supported_patterns, write_hits
from cisgrammar.binding.evaluate.patterns import UNIT, best_score, paired, pattern, score_distribution
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.likelihood.fitted import Fitted
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.intervals import read_intervals
from toy_binding import NO_PENALTY, betas, dimer, drawn, factors_of

BACKGROUND = np.array([0.3, 0.2, 0.2, 0.3])


def psam(consensus: str = "TGACC", seed: int = 1, distance: int = 0, **settings) -> PSAM:
    out = PSAM(len(consensus), pairwise_distance=distance, **settings).double()
    out.betas.data = betas(consensus, seed)
    rng = np.random.default_rng(seed)
    out.pair_betas.data = torch.from_numpy(rng.normal(0, 0.5, tuple(out.pair_betas.shape)))
    return out


def genome(seed: int = 0, length: int = 30_000) -> Genome:
    rng = np.random.default_rng(seed)
    chroms = {name: rng.integers(0, 4, n).astype(np.uint8) for name, n in (("chrI", length), ("chrII", length // 2))}
    return Genome.from_chromosomes(chroms)


def codes(text: str) -> np.ndarray:
    return np.array(["ACGT".index(b) for b in text], dtype=np.uint8)


def score(one, word) -> int:
    total = one.offset + sum(one.monomers[i, x] for i, x in enumerate(word))
    return int(total + sum(block[word[i], word[j]] for (i, j), block in one.pairs.items()))


@pytest.mark.parametrize("distance", [0, 1, 2])
def test_the_distribution_is_that_of_all_words(distance: int) -> None:
    one = pattern(psam(distance=distance))
    words = np.array(list(itertools.product(range(4), repeat=5)))
    scores = np.array([score(one, word) for word in words])
    chance = BACKGROUND[words].prod(1)
    found = score_distribution(one, BACKGROUND)
    assert best_score(one) == scores.max() == 0
    for value in np.quantile(scores, [0.0, 0.2, 0.5, 0.9, 0.99, 1.0]).astype(int):
        assert float(found.p_value(np.array([value]))[0]) == pytest.approx(chance[scores >= value].sum(), rel=1e-9)
    least = found.threshold(0.01)
    assert chance[scores >= least].sum() <= 0.01 < chance[scores >= least - 1].sum() + chance[scores == least - 1].sum()


def test_scores_are_log_affinities_of_the_matrix() -> None:
    matrix = psam(distance=1)
    one = pattern(matrix)
    single, pairs = matrix.get_filter(0)[0].detach().numpy(), matrix.get_filter(1)[0].detach().numpy()

    def exact(word) -> float:
        return sum(single[x, i] for i, x in enumerate(word)) + sum(
            pairs[a, b, i] for i, (a, b) in enumerate(itertools.pairwise(word))
        )

    words = list(itertools.product(range(4), repeat=5))
    best = max(exact(w) for w in words)
    for word in words[::37]:
        assert score(one, word) * UNIT == pytest.approx(exact(word) - best, abs=0.01)


@pytest.mark.parametrize("distance", [0, 1])
def test_every_window_is_scored_on_both_strands(distance: int, monkeypatch) -> None:
    monkeypatch.setattr(hits, "_CHUNK", 97)
    given, one = genome(1, 500), pattern(psam(distance=distance))
    found = scan(given, one, 0.05, BACKGROUND)
    least = score_distribution(one, BACKGROUND).threshold(0.05)
    wanted = []
    for chrom, offset in zip(given.names, given.offsets):
        letters = given.chromosome(chrom)
        for start in range(len(letters) - 4):
            word = letters[start : start + 5]
            forward, reverse = score(one, word), score(one, 3 - word[::-1])
            if max(forward, reverse) >= least:
                wanted.append((int(offset) + start, reverse > forward, max(forward, reverse)))
    assert wanted
    assert list(zip(found.position, found.reverse, np.rint(found.log_affinity / UNIT).astype(int))) == wanted


def test_planted_sites_are_found_and_those_with_n_are_not(tmp_path) -> None:
    given = genome(3)
    chrom = given.chromosome("chrII")
    consensus = "TGACCGATTACA"
    matrix = psam(consensus, 4)
    for start in (100, 300, 500):
        chrom[start : start + 12] = codes(consensus) if start != 300 else 3 - codes(consensus)[::-1]
    chrom[505] = 4
    path = tmp_path / "hits.bed.gz"
    counts = write_hits(path, given, motif_patterns({"TF": matrix}), 1e-6)
    table = pd.read_csv(path, sep="\t")
    planted = table[(table["#chrom"] == "chrII") & (table["score"] == 1000)]
    assert list(zip(planted["start"], planted["end"], planted["strand"])) == [(100, 112, "+"), (300, 312, "-")]
    assert counts == {"TF": len(table)}
    assert (table["p_value"] <= 1e-6).all()
    assert (table["log_affinity"] <= 0).all()
    assert not ((table["#chrom"] == "chrII") & (table["start"] > 493) & (table["start"] < 506)).any()
    assert len(read_intervals(path)) == len(table)


def test_the_number_of_sites_is_that_of_the_p_value() -> None:
    found = scan(genome(5, 200_000), pattern(psam("TGACCGAT", 2)), 1e-3)
    # Two strands, the better of which counts once.
    assert len(found.position) == pytest.approx(2e-3 * 300_000, rel=0.15)


def test_the_file_is_sorted_and_the_same_twice(tmp_path) -> None:
    given, motifs = genome(6), motif_patterns({"a": psam("TGACC", 1), "b": psam("GGATT", 2)})
    for name in ("x.bed.gz", "y.bed.gz"):
        write_hits(tmp_path / name, given, motifs, 0.01)
    assert (tmp_path / "x.bed.gz").read_bytes() == (tmp_path / "y.bed.gz").read_bytes()
    rows = [
        line.split("\t") for line in gzip.decompress((tmp_path / "x.bed.gz").read_bytes()).decode().splitlines()[1:]
    ]
    keys = [(given.names.index(r[0]), int(r[1])) for r in rows]
    assert keys == sorted(keys)
    assert {r[3] for r in rows} == {"a", "b"}


def test_without_patterns_the_file_has_its_header(tmp_path) -> None:
    assert write_hits(tmp_path / "h.bed.gz", genome(0, 100), {}, 0.01) == {}
    assert gzip.decompress((tmp_path / "h.bed.gz").read_bytes()).decode() == hits.HEADER


@pytest.mark.parametrize(
    ("strands", "offset"), [("same", 6), ("same", -4), ("opposite", 6), ("opposite", -3), ("same", 2)]
)
def test_a_pair_is_both_motifs_where_they_are_said_to_be(strands: str, offset: int) -> None:
    a, b = psam("TGACC", 1), psam("GGA", 2)
    one = paired(a, b, strands, offset, -0.5)
    start_a, start_b = max(0, -offset), max(0, offset)
    rng = np.random.default_rng(0)
    single = [pattern(x) for x in (a, b)]
    differences = []
    for _ in range(20):
        word = rng.integers(0, 4, one.span)
        part_b = word[start_b : start_b + 3]
        part_b = 3 - part_b[::-1] if strands == "opposite" else part_b
        apart = score(single[0], word[start_a : start_a + 5]) + score(single[1], part_b)
        differences.append(score(one, word) - apart)
    # Up to rounding the two differ by a constant: sites that overlap cannot both be at their best.
    assert np.ptp(differences) <= 8
    assert best_score(one) == pytest.approx(-500, abs=1)


def test_supported_pairs_are_named_and_relative_to_the_best() -> None:
    model = dimer()
    table = {"library": drawn(model, 50, 10, 0)}
    found = Fitted({"library": model}, factors_of(model), table, penalty=NO_PENALTY)
    spacings = pd.DataFrame(
        {
            "pair": "a:b",
            "strands": ["same", "same", "opposite"],
            "offset": [3, 4, 3],
            "log_omega": [0.5, 1.5, -2.0],
            "lower": [0.2, 1.0, -np.inf],
        }
    )
    pairs = supported_patterns(found, spacings)
    assert list(pairs) == ["a:b:3:same", "a:b:4:same"]
    assert best_score(pairs["a:b:4:same"]) == 0
    assert best_score(pairs["a:b:3:same"]) == -1000


def test_wrong_thresholds_and_far_pairs_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        scan(genome(0, 100), pattern(psam()), 0.0)
    with pytest.raises(ValueError, match="reach 5"):
        pattern(psam("TGACCA", 1, 5))


def test_the_background_is_that_of_both_strands() -> None:
    given = Genome.from_chromosomes({"c": codes("AAAAAACC"), "d": np.full(5, 4, dtype=np.uint8)})
    np.testing.assert_allclose(background_of(given), [6 / 16, 2 / 16, 2 / 16, 6 / 16])
    np.testing.assert_allclose(background_of(Genome.from_chromosomes({"d": np.full(5, 4, dtype=np.uint8)})), 0.25)


def test_a_short_motif_reaches_no_small_p_value() -> None:
    assert len(scan(genome(0, 1000), pattern(psam("TGA")), 1e-4).position) == 0
