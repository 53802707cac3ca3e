"""Sites in a genome: planted sites found again, matches of a consensus, and a BED that is the same twice."""

from __future__ import annotations

import gzip

import numpy as np
import pandas as pd
import pytest

from cisgrammar.motifs import scan as module
from cisgrammar.motifs.motif import from_consensus
from cisgrammar.motifs.pattern import UNIT
from cisgrammar.motifs.scan import background_of, find_matches, scan, write_hits
from cisgrammar.motifs.score_distribution import score_distribution
from cisgrammar.sequence.alphabet import N_CODE, encode, reverse_complement
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.intervals import read_intervals
from toy_patterns import BACKGROUND, toy_genome, toy_pattern, word_score


@pytest.mark.parametrize("distance", [0, 1])
def test_every_window_is_scored_on_both_strands(distance: int, monkeypatch) -> None:
    monkeypatch.setattr(module, "_CHUNK", 97)
    given, one = toy_genome(1, 500), toy_pattern(distance=distance)
    found = scan(given, one, 0.05, BACKGROUND)
    least = score_distribution(one, BACKGROUND).threshold(0.05)
    wanted = []
    for chrom, offset in zip(given.names, given.offsets, strict=True):
        letters = given.chromosome(chrom)
        for start in range(len(letters) - 4):
            word = letters[start : start + 5]
            forward, reverse = word_score(one, word), word_score(one, 3 - word[::-1])
            if max(forward, reverse) >= least:
                wanted.append((int(offset) + start, reverse > forward, max(forward, reverse)))
    assert wanted
    scores = np.rint(found.log_affinity / UNIT).astype(int)
    assert list(zip(found.position, found.reverse, scores, strict=True)) == wanted


def test_planted_sites_are_found_and_those_with_n_are_not(tmp_path) -> None:
    given = toy_genome(3)
    chrom = given.chromosome("chrII")
    letters = encode("TGACCGATTACA")
    for start in (100, 300, 500):
        chrom[start : start + 12] = letters if start != 300 else reverse_complement(letters)
    chrom[505] = N_CODE
    path = tmp_path / "hits.bed.gz"
    counts = write_hits(path, given, {"TF": toy_pattern("TGACCGATTACA", 4)}, 1e-6)
    table = pd.read_csv(path, sep="\t")
    planted = table[(table["#chrom"] == "chrII") & (table["score"] == 1000)]
    columns = (planted[name] for name in ("start", "end", "strand"))
    assert list(zip(*columns, strict=True)) == [(100, 112, "+"), (300, 312, "-")]
    assert counts == {"TF": len(table)}
    assert (table["p_value"] <= 1e-6).all()
    assert (table["log_affinity"] <= 0).all()
    assert not ((table["#chrom"] == "chrII") & (table["start"] > 493) & (table["start"] < 506)).any()
    assert len(read_intervals(path)) == len(table)


def test_the_number_of_sites_is_that_of_the_p_value() -> None:
    found = scan(toy_genome(5, 200_000), toy_pattern("TGACCGAT", 2), 1e-3)
    # Two strands, the better of which counts once.
    assert len(found.position) == pytest.approx(2e-3 * 300_000, rel=0.15)


def test_the_file_is_sorted_and_the_same_twice(tmp_path) -> None:
    given, motifs = toy_genome(6), {"a": toy_pattern("TGACC", 1), "b": toy_pattern("GGATT", 2)}
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
    assert write_hits(tmp_path / "h.bed.gz", toy_genome(0, 100), {}, 0.01) == {}
    assert gzip.decompress((tmp_path / "h.bed.gz").read_bytes()).decode() == module.HEADER


def test_a_share_of_windows_is_wanted() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        scan(toy_genome(0, 100), toy_pattern(), 0.0)


def test_the_background_is_that_of_both_strands() -> None:
    unknown = np.full(5, N_CODE, dtype=np.uint8)
    given = Genome.from_chromosomes({"c": encode("AAAAAACC"), "d": unknown})
    np.testing.assert_allclose(background_of(given), [6 / 16, 2 / 16, 2 / 16, 6 / 16])
    np.testing.assert_allclose(background_of(Genome.from_chromosomes({"d": unknown})), 0.25)


def test_a_short_motif_reaches_no_small_p_value() -> None:
    assert len(scan(toy_genome(0, 1000), toy_pattern("TGA"), 1e-4).position) == 0


def test_a_consensus_matches_on_both_strands_and_never_n() -> None:
    codes = np.stack([encode(text) for text in ("TTACCCGGTTTT", "TTTTCCGGGTAA", "TTANCCGGTTTT", "AACACGTGAATT")])
    found = find_matches(codes, from_consensus("Reb1", "TTACCYGG"))
    assert [column.tolist() for column in found] == [[0, 1], [0, 4], [False, True]]
    # A palindrome is on the forward strand.
    found = find_matches(codes, from_consensus("E", "CACGTG"))
    assert [column.tolist() for column in found] == [[3], [2], [False]]
    assert len(find_matches(codes, from_consensus("wide", "A" * 20))[0]) == 0
