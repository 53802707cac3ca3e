"""The table of motifs: what stands, what is left out and why, and names with their q-values."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cisgrammar.config.discover import Discover
from cisgrammar.discover.find import discover
from cisgrammar.discover.hits import call_hits
from cisgrammar.discover.motif_table import motif_table, names_of
from cisgrammar.discover.pattern_files import Found
from cisgrammar.discover.patterns import average
from cisgrammar.motifs.motif import from_shares
from cisgrammar.tables.contracts.discover import HITS, MOTIFS
from toy_contributions import FACTORS, planted

SETTINGS = Discover(outputs=("counts",))


def motif(consensus, sure=0.9):
    shares = np.full((len(consensus), 4), (1 - sure) / 3)
    shares[np.arange(len(consensus)), ["ACGT".index(base) for base in consensus]] = sure
    return from_shares("x", shares)


KNOWN = {"A": motif(FACTORS["a"]), "C": motif(FACTORS["c"]), "flat": motif("ACGT", 0.3)}


@pytest.fixture(scope="module")
def found():
    windows, _ = planted(number=300, factors=("a", "b"), strength=8.0)
    return windows, discover(windows, SETTINGS)[0]


def test_the_rows_of_planted_motifs(found, tmp_path):
    windows, patterns = found
    kept = motif_table(windows, patterns, call_hits(windows, patterns), KNOWN, SETTINGS)
    MOTIFS.write(tmp_path / "motifs.tsv", kept.table)
    HITS.write(tmp_path / "hits.tsv", kept.hits)
    table = MOTIFS.read(tmp_path / "motifs.tsv")
    assert kept.left_out == []
    assert list(table["motif"]) == [each.name for each in kept.found] == ["motif_1", "motif_2"]
    assert (table["q"] < 1e-6).all()
    assert (table["tested_on"] == "held-out windows").all()
    assert (table["windows"].between(0.3, 0.7)).all()
    assert (table["shuffled"] < 0.1).all()
    assert (table["hits"] == [len(kept.hits[kept.hits["motif"] == name]) for name in table["motif"]]).all()
    assert (table["targets"] == 2).all()
    names = dict(zip(table["consensus"], table["name"].fillna(""), strict=True))
    like_a = [name for consensus, name in names.items() if "ACCCGG" in consensus or "CCGGGT" in consensus]
    assert like_a == ["A"]
    assert sorted(names.values()) == ["", "A"]


def test_motifs_of_binding_models_stand_beside(found):
    windows, patterns = found
    calls = call_hits(windows, patterns)
    alone = motif_table(windows, patterns, calls, {}, SETTINGS).table
    assert alone["in_vitro_q"].isna().all()
    beside = motif_table(windows, patterns, calls, {}, SETTINGS, KNOWN).table
    assert sorted(beside["in_vitro"]) == ["", "A"]
    assert (beside["name"] == "").all()
    assert (beside["in_vitro_q"] < 1e-4).sum() == 1


def test_a_pattern_that_noise_has_too_is_left_out(found):
    """Places drawn at random make a pattern whose hits are as common in shuffles."""
    windows, _ = found
    rng = np.random.default_rng(0)
    row, centre = rng.integers(0, 100, 60), rng.integers(30, 270, 60)
    values = windows.hypothetical["counts"]
    pattern = average(values, windows.codes, row, centre, np.zeros(60, dtype=bool), "+")
    noise = [Found("motif_1", "counts", (), pattern)]
    kept = motif_table(windows, noise, call_hits(windows, noise), {}, SETTINGS)
    assert len(kept.table) == 0
    assert len(kept.hits) == 0
    (reason,) = kept.left_out
    assert reason.startswith("motif_1 ")
    assert "hits" in reason


@pytest.fixture(scope="module")
def common_word():
    """A word of half of the windows that a quarter of these shuffles have too: no q-value can be far below 0.25."""
    windows, _ = planted(number=300, factors=("a",), strength=8.0)
    lent = np.arange(0, 300, 4)
    windows.codes[300 + lent] = windows.codes[lent]
    windows.hypothetical["counts"][300 + lent] = windows.hypothetical["counts"][lent]
    patterns = discover(windows, SETTINGS.model_copy(update={"seqlet_fdr": 0.3}))[0]
    return windows, patterns, call_hits(windows, patterns)


def test_a_word_that_shuffles_have_too_stands_by_its_places_in_held_out_windows(common_word, tmp_path):
    windows, patterns, calls = common_word
    kept = motif_table(windows, patterns, calls, {}, SETTINGS)
    MOTIFS.write(tmp_path / "motifs.tsv", kept.table)
    (row,) = kept.table.to_dict("records")
    assert kept.left_out == []
    assert row["hits"] < SETTINGS.min_seqlets
    assert row["hits"] == len(kept.hits)
    assert row["places"] > 50
    assert row["q"] < 1e-6
    assert 0.35 < row["windows"] < 0.65
    assert 0.05 < row["shuffled"] < 0.2
    assert row["contribution"] > 0.03


def test_the_bar_of_places_is_set_by_windows_that_are_not_held_out(common_word):
    windows, patterns, calls = common_word
    (row,) = motif_table(windows, patterns, calls, {}, SETTINGS).table.to_dict("records")
    better = calls.copy()
    better.loc[better["held_out"].astype(bool) & ~better["shuffled"].astype(bool), "score"] *= 2
    (other,) = motif_table(windows, patterns, better, {}, SETTINGS).table.to_dict("records")
    assert other["shuffled"] == row["shuffled"]
    assert other["windows"] >= row["windows"]


def test_places_below_the_bar_are_not_the_word(common_word):
    windows, patterns, calls = common_word
    (row,) = motif_table(windows, patterns, calls, {}, SETTINGS).table.to_dict("records")
    weak = calls.iloc[np.zeros(300, dtype=int)].assign(score=1e-9, shuffled=True, q=np.nan, window=300 + np.arange(300))
    with_weak = pd.concat([calls, weak], ignore_index=True)
    (other,) = motif_table(windows, patterns, with_weak, {}, SETTINGS).table.to_dict("records")
    assert other["shuffled"] == row["shuffled"]


def test_without_held_out_windows_few_hits_leave_a_word_out(common_word):
    windows, patterns, calls = common_word
    seen = replace(windows, held_out=np.zeros(len(windows), dtype=bool))
    kept = motif_table(seen, patterns, calls, {}, SETTINGS)
    assert len(kept.table) == 0
    assert "fewer than 20" in kept.left_out[0]


def test_none_of_many_patterns_of_noise_stands(found):
    """Thirty patterns of random places, judged together: false ones in one of twenty such sets by the q-values."""
    windows, _ = found
    rng = np.random.default_rng(1)
    values = windows.hypothetical["counts"]
    noise = []
    for number in range(30):
        row, centre = rng.integers(0, 100, 60), rng.integers(30, 270, 60)
        pattern = average(values, windows.codes, row, centre, np.zeros(60, dtype=bool), "+")
        noise.append(Found(f"motif_{number}", "counts", (), pattern))
    kept = motif_table(windows, noise, call_hits(windows, noise), {}, SETTINGS)
    assert len(kept.table) == 0
    assert len(kept.left_out) == 30


def test_without_held_out_windows_all_are_tested(found):
    windows, patterns = found
    seen = replace(windows, held_out=np.zeros(len(windows), dtype=bool))
    kept = motif_table(seen, patterns, call_hits(seen, patterns), {}, SETTINGS)
    assert set(kept.table["tested_on"]) == {"all windows"}
    assert (kept.table["targets"] == 0).all()
    assert kept.table["match_q"].isna().all()


def test_no_pattern(found, tmp_path):
    windows, _ = found
    kept = motif_table(windows, [], call_hits(windows, []), KNOWN, SETTINGS)
    MOTIFS.write(tmp_path / "motifs.tsv", kept.table)
    HITS.write(tmp_path / "hits.tsv", kept.hits)
    assert len(MOTIFS.read(tmp_path / "motifs.tsv")) == 0


def test_a_name_needs_a_q_and_the_best_match_is_shown_all_the_same(found):
    _, patterns = found
    strict = names_of(patterns, KNOWN, 1e-30)
    assert (strict["name"] == "").all()
    assert set(strict["match"]) <= {"A", "C"}
    assert (strict["match_q"] >= strict["match_p"]).all()
