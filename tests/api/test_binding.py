"""Affinities of sequences by a fitted model, sites in a genome, and the logo."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from cisgrammar.api.binding import BindingModel
from cisgrammar.sequence.alphabet import decode, encode, reverse_complement
from cisgrammar.sequence.fasta import Genome
from toy_results import write_pair_model


def exact(model, letters):
    """Sum over windows and strands of the product of relative affinities, from the matrix itself."""
    scores = next(iter(model.motifs.values())).scores  # (4, 4)
    total = 0.0
    for codes in (encode(letters), reverse_complement(encode(letters))):
        for start in range(len(codes) - len(scores) + 1):
            word = codes[start : start + len(scores)]
            if (word < 4).all():
                total += np.exp(scores[np.arange(len(scores)), word].sum())
    return np.log(total)


def test_a_score_is_the_sum_over_windows_and_strands(binding_file):
    model = BindingModel(binding_file)
    sequences = ["ACGTTGACCT", "TTGACGTA", "ACGNACGT", "GGGGGGGGGGGGG"]
    found = model.score(sequences)
    assert list(found.columns) == ["a"]
    # a score is rounded to a thousandth of a nat at each of four positions
    np.testing.assert_allclose(found["a"], [exact(model, letters) for letters in sequences], atol=2.1e-3)
    assert model.score("ACGTTGACCT")["a"][0] == found["a"][0]
    opposite = [decode(reverse_complement(encode(letters))) for letters in sequences]
    np.testing.assert_allclose(model.score(opposite)["a"], found["a"], atol=1e-12)


def test_a_sequence_without_a_window_has_no_affinity(binding_file):
    found = BindingModel(binding_file).score(["ACG", "ACNGTNAC", ""])["a"]
    assert np.isneginf(found).all()


def test_sites_are_the_words_that_score_most(binding_file):
    model = BindingModel(binding_file)
    words = ["".join(word) for word in itertools.product("ACGT", repeat=4)]
    genome = Genome.from_chromosomes({"chrA": encode("N".join(words[:128])), "chrB": encode("N".join(words[128:]))})
    best = model.motifs["a"].consensus
    sites = model.scan(genome, 0.02)
    assert best in set(sites.sequence)
    top = sites[sites.sequence == best].iloc[0]
    assert top.log_affinity == sites.log_affinity.max()
    for row in sites.itertuples():
        codes = genome.chromosome(row.chrom)[row.start : row.end]
        assert row.sequence == decode(reverse_complement(codes) if row.strand == "-" else codes)
    with pytest.raises(ValueError, match="no genome"):
        model.scan(None)


def test_the_logo_is_the_motif_s(binding_file, tmp_path):
    model = BindingModel(binding_file)
    model.logo().save(tmp_path / "logo.html")
    page = (tmp_path / "logo.html").read_text()
    assert page.count("<svg") == 2
    assert page == f"<!doctype html><meta charset=utf-8><title>a</title>{model.logo('a')._repr_html_()}\n"
    assert model.motifs["a"].consensus in repr(model.logo())
    assert "motifs a" in repr(model)
    with pytest.raises(ValueError, match="wanted one of a"):
        model.logo("b")


def test_pairs_stand_at_the_spacings_that_the_table_supports(tmp_path):
    write_pair_model(tmp_path)
    model = BindingModel(tmp_path / "model.safetensors")
    best = model.motifs["REB1"].consensus
    one = f"CC{best}A{best}CCCC"  # 4 bp from start to start
    genome = Genome.from_chromosomes({"chrA": encode(one)})
    found = model.scan(genome, 1e-3, pairs=True)
    row = found.loc[found.log_affinity.idxmax()]
    assert (row.motif, row.start, row.end) == ("REB1:REB1:4:same", 2, 2 + 4 + len(best))
    assert row.log_affinity == 0
    # of the spacings 3, 4 and 5 the interval of the last holds 0
    assert set(model.scan(genome, 0.9, pairs=True).motif) == {"REB1:REB1:3:same", "REB1:REB1:4:same"}
    (tmp_path / "spacing.tsv").unlink()
    with pytest.raises(ValueError, match="no such file; pairs"):
        model.scan(genome, pairs=True)


def test_a_model_without_pairs_has_none_to_scan(binding_file):
    with pytest.raises(ValueError, match="a model without pairs"):
        BindingModel(binding_file).scan(Genome.from_chromosomes({"chrA": encode("ACGT")}), pairs=True)


@pytest.mark.parametrize("given", [3, None, [3, "ACGT"]])
def test_what_is_no_sequence_is_said(binding_file, given):
    with pytest.raises(ValueError, match=r"wanted .*string"):
        BindingModel(binding_file).score(given)
