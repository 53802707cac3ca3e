"""Sites, decoys and controls: what is found, what is kept off, and that nothing depends on order or chance."""

import gzip
import logging

import numpy as np
import pandas as pd
import pytest

from cisgrammar.ablation.sites.controls import blocked, candidates, draw_controls, width_class
from cisgrammar.ablation.sites.decoys import draw_decoys
from cisgrammar.ablation.sites.find import BindingFiles, at_most, find_sites, once_per_place, without_overlap
from cisgrammar.ablation.sites.pairs import find_pairs
from cisgrammar.ablation.sites.peak_inputs import background_inputs, inputs_of, peak_windows
from cisgrammar.ablation.sites.scan_windows import motifs_of_sites, read_sites, scan_windows
from cisgrammar.config.ablation import Ablation
from cisgrammar.config.profile import Evaluate
from cisgrammar.motifs.motif import from_consensus, from_shares
from cisgrammar.motifs.similarity import similarity
from cisgrammar.sequence.alphabet import decode, encode, reverse_complement
from toy_sites import LENGTH, make_place, windows_from

NO_FILES = BindingFiles()


def settings(**more):
    return Ablation(**{"consensus": {"toy": "GATAC"}, "controls": 30, "decoys": 2, **more})


@pytest.fixture(scope="module")
def place():
    regions, genome, places = make_place()
    return peak_windows(regions, genome, Evaluate()), genome, places


def test_every_planted_site_is_found_once_and_on_its_strand(place):
    windows, genome, places = place
    table = find_sites(windows, settings(), NO_FILES, 1).table
    sites = table[table["kind"] == "site"]
    assert sites["start"].tolist() == sorted(places)
    for row in sites.to_dict("records"):
        letters = genome.chromosome("chrT")[row["start"] : row["end"]]
        assert decode(letters if row["strand"] == "+" else reverse_complement(letters)) == "GATAC"
        assert row["offset"] == (row["start"] + row["end"]) // 2 - (windows.start[row["region"]] + LENGTH // 2)
    assert set(sites["strand"]) == {"+", "-"}
    assert table["site"].tolist() == list(range(len(table)))


def test_decoys_and_controls_keep_off_sites_and_have_their_composition(place):
    windows, genome, _ = place
    table = find_sites(windows, settings(), NO_FILES, 1).table
    codes = genome.chromosome("chrT")
    taken = np.zeros(len(codes), dtype=bool)
    for row in table[table["kind"] == "site"].itertuples():
        taken[row.start - 5 : row.end + 5] = True
    others = table[table["kind"] != "site"]
    assert not any(taken[r.start : r.end].any() for r in others.itertuples())
    decoys = others[others["kind"] == "decoy"]
    assert set(decoys["matched_to"]) == {"toy"}
    assert all(sorted(decode(codes[r.start : r.end])) in (list("AACGT"), list("ACGTT")) for r in decoys.itertuples())
    controls = others[others["kind"] == "control"].set_index("site")
    assert len(controls) == 30
    assert len(controls.drop_duplicates(["start", "end"])) == 30
    by_site = table.set_index("site")
    for row in controls.itertuples():
        site = by_site.loc[int(row.matched_to.removeprefix("site_"))]
        assert row.region == site.region
        assert row.end - row.start == site.end - site.start
        assert abs(row.gc - site.gc) * 5 <= 1 + 1e-9


def test_the_same_seed_gives_the_same_table_and_another_seed_another_one(place):
    windows = place[0]
    one, again, other = (find_sites(windows, settings(most_sites=5), NO_FILES, seed).table for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, again)
    assert not one.equals(other)
    assert (one["kind"] == "site").sum() == 5


def test_scanning_matches_iupac_on_both_strands_and_never_n():
    windows = windows_from(["TTACCCGGTTTT", "TTTTCCGGGTAA", "TTANCCGGTTTT"])
    found = scan_windows(windows, from_consensus("Reb1", "TTACCYGG"), 1e-4)
    assert found[["region", "start", "strand"]].to_numpy().tolist() == [[0, 100, "+"], [1, 1104, "-"]]
    palindrome = scan_windows(windows_from(["AACACGTGAA"]), from_consensus("E", "CACGTG"), 1e-4)
    assert palindrome["strand"].tolist() == ["+"]
    wide = scan_windows(windows, from_consensus("wide", "A" * 20), 1e-4)
    assert len(wide) == 0


def test_scores_are_log_shares_below_the_best_and_rare_enough():
    shares = np.full((8, 4), 0.02)
    shares[np.arange(8), encode("GGTACCTA")] = 0.94
    rng = np.random.default_rng(0)
    text = decode(rng.integers(0, 4, 4000).astype(np.uint8))
    text = text[:1000] + "GGTACCTA" + text[1008:2000] + "TAGGTACA" + text[2008:]
    found = scan_windows(windows_from([text], start=0), from_shares("m", shares), 1e-3).set_index("start")
    assert found.loc[1000, "score"] == 0
    assert found.loc[1000, "strand"] == "+"
    # One of eight letters is another one: ln(0.02 / 0.94), but for the pseudocount.
    assert found.loc[2000, "score"] == pytest.approx(np.log(0.021 / 0.941), abs=2e-3)
    assert found.loc[2000, "strand"] == "-"
    assert len(found) <= 12
    assert len(scan_windows(windows_from([text]), from_shares("m", shares), 1e-4)) < len(found)


def test_bed_sites_keep_names_strands_and_scores_and_must_be_inside(tmp_path):
    windows = windows_from(["ACGTACGTACGT"] * 2)
    path = tmp_path / "sites.bed"
    path.write_text(
        "# made by hand\n # hand-made\n"
        "c\t1102\t1106\tb\t7\t-\nc\t98\t103\tout\t1\t+\nc\t100\t112\ta\t3\t+\nd\t100\t105\tx\n"
    )
    found = read_sites(path, windows)
    assert found[["region", "start", "name", "strand", "score"]].to_numpy().tolist() == [
        [0, 100, "a", "+", 3.0],
        [1, 1102, "b", "-", 7.0],
    ]
    path.write_text("c\t100\t105\ta\t0\tforward\n")
    with pytest.raises(ValueError, match=r"sites.bed:1: strand is 'forward'; wanted"):
        read_sites(path, windows)


def test_hits_of_the_binding_stage_have_their_affinity_and_only_single_motifs(tmp_path):
    path = tmp_path / "hits.bed.gz"
    header = "#chrom\tstart\tend\tname\tscore\tstrand\tlog_affinity\tp_value\n"
    rows = "c\t100\t104\tREB1\t607\t+\t-0.500\t1e-05\nc\t100\t110\tREB1:REB1:8:same\t607\t+\t-0.500\t1e-05\n"
    path.write_bytes(gzip.compress((header + rows).encode()))
    found = read_sites(path, windows_from(["ACGTACGTACGT"]), ("REB1",))
    assert found[["name", "score"]].to_numpy().tolist() == [["REB1", -0.5]]


def test_a_bed_group_of_equal_width_becomes_a_motif_on_its_own_strand():
    windows = windows_from(["GGTACAAAAA", "AAAATGTACC"] * 3)
    rows = [(i, 100 + 1000 * i + (0 if i % 2 == 0 else 4), "+" if i % 2 == 0 else "-") for i in range(6)]
    sites = pd.DataFrame([(r, s, s + 6, "m", strand, 0.0) for r, s, strand in rows])
    sites.columns = ["region", "start", "end", "name", "strand", "score"]
    assert motifs_of_sites(sites, windows)["m"].consensus == "GGTACA"
    assert motifs_of_sites(sites.head(3), windows) == {}
    assert motifs_of_sites(sites.assign(end=sites["end"] + sites["region"]), windows) == {}


def test_decoys_are_unlike_every_motif_and_a_run_of_one_letter_has_none(caplog):
    motifs = {n: from_consensus(n, s) for n, s in {"a": "GGTTACCCGGAA", "b": "AGGTCACGTGAC"}.items()}
    decoys = draw_decoys(motifs["a"], motifs, 4, 1)
    assert len({d.consensus for d in decoys}) == 4
    for decoy in decoys:
        assert sorted(decoy.consensus) == sorted("GGTTACCCGGAA")
        assert decoy.decoy_of == "a"
        assert max(similarity(decoy.shares, m.shares) for m in motifs.values()) < 0.6
    assert [d.consensus for d in draw_decoys(motifs["a"], motifs, 4, 1)] == [d.consensus for d in decoys]
    with caplog.at_level(logging.WARNING):
        assert draw_decoys(from_consensus("t", "TTTTTTTT"), {"t": from_consensus("t", "TTTTTTTT")}, 2, 1) == []
    assert "0 decoys of the 2 wanted" in caplog.text


def test_letters_of_a_site_in_another_order_fill_up_where_decoys_are_rare(place):
    windows, genome, _ = place
    rare = settings(consensus={"toy": "TTGATACTT"}, decoy_sites=6)
    found = find_sites(windows, rare, NO_FILES, 1)
    decoys = found.table[found.table["kind"] == "decoy"]
    assert len(decoys) == 6
    filled = decoys[decoys["name"] == "toy.letters"]
    assert len(filled) >= 4
    codes = genome.chromosome("chrT")
    for row in decoys.itertuples():
        letters = decode(codes[row.start : row.end])
        assert sorted(letters) in (sorted("TTGATACTT"), sorted("AAGTATCAA"))
        assert "GATAC" not in letters
        assert "GTATC" not in letters
    assert (decoys["matched_to"] == "toy").all()
    assert find_sites(windows, rare.model_copy(update={"decoys": 0}), NO_FILES, 1).table["kind"].nunique() == 2


def test_no_site_is_an_error_that_says_what_to_do(place):
    with pytest.raises(ValueError, match="no site of toy lies in the 12 scored test peaks; give other motifs"):
        find_sites(place[0], settings(consensus={"toy": "GATACGATACGATACGATAC"}), NO_FILES, 1)


def frame(rows):
    table = pd.DataFrame(rows, columns=["region", "start", "end", "name", "score", "offset"])
    return table.assign(chrom="c", strand="+", matched_to="")


def test_of_overlapping_sites_the_best_stays_and_of_windows_the_nearest():
    overlapping = frame([(0, 10, 18, "a", -1.0, 0), (0, 14, 22, "a", -0.5, 0), (0, 14, 22, "b", -2.0, 0)])
    kept = without_overlap(overlapping, 1)
    assert kept[["start", "name"]].to_numpy().tolist() == [[14, "a"], [14, "b"]]
    twice = frame([(0, 10, 18, "a", 0.0, 300), (1, 10, 18, "a", 0.0, -20)])
    assert once_per_place(twice)["region"].tolist() == [1]
    many = frame([(i, 10, 18, "a", float(-(i % 5)), 0) for i in range(20)])
    assert at_most(many, 4, 1, by_score=True)["score"].tolist() == [0.0] * 4
    assert set(at_most(many, 10, 1)["score"]) > {0.0}


def test_control_places_are_free_of_n_and_sites_and_have_the_gc():
    codes = encode("ACGTNACGTACGGGTTTTTT")
    taken = np.zeros(20, dtype=bool)
    taken[9:13] = True
    # ACGT has two G or C: GTTT, with one, will do, TTTT will not; it will for GTTT.
    assert candidates(codes, taken, 0, 4).tolist() == [0, 5, 13]
    assert candidates(codes, taken, 13, 4).tolist() == [0, 5, 13, 14, 15, 16]


def test_too_few_places_are_said_and_never_used_twice(caplog):
    windows = windows_from(["ACGTACGTACGTACGT"])
    sites = pd.DataFrame({"site": [3], "region": [0], "start": [100], "end": [104], "chrom": ["c"]})
    with caplog.at_level(logging.WARNING):
        found = draw_controls(windows, sites, blocked(windows, sites, 0), 50, 1)
    assert sorted(found["start"]) == list(range(104, 113))
    assert set(found["matched_to"]) == {"site_3"}
    assert "9 control windows of 1 bp and wider; wanted 50" in caplog.text


def test_width_classes_hold_neighbouring_widths():
    assert width_class(np.array([4, 6, 7, 8, 12, 13, 30, 500])).tolist() == [1, 6, 6, 8, 10, 13, 25, 100]


def test_pairs_are_near_apart_and_told_by_strand(place):
    table = find_sites(place[0], settings(), NO_FILES, 1).table
    pairs = find_pairs(table, settings(pair_distance=60, pair_sites=7), 1)
    assert len(pairs) == 7
    by_site = table.set_index("site")
    for row in pairs.itertuples():
        a, b = by_site.loc[row.site_a], by_site.loc[row.site_b]
        assert a.region == b.region == row.region
        assert b.start - a.end == row.gap
        assert row.strands == ("same" if a.strand == b.strand else "opposite")
    assert len(find_pairs(table, settings(pair_distance=5), 1)) == 0


def test_windows_are_scored_test_peaks_and_inputs_lie_around_them():
    regions, genome, _ = make_place(windows=4)
    low = regions.counts.copy()
    low[1] = 3
    fewer = type(regions)(*(low if n == "counts" else getattr(regions, n) for n in regions.__dataclass_fields__))
    windows = peak_windows(fewer, genome, Evaluate(min_counts=20))
    assert windows.region.tolist() == [0, 2, 3]
    codes = inputs_of(fewer, genome, windows.region, LENGTH + 20)
    np.testing.assert_array_equal(codes[:, 10:-10], windows.codes)
    assert background_inputs(fewer, genome, 2, LENGTH).shape == (2, LENGTH)
    with pytest.raises(ValueError, match="no test peak is scored"):
        peak_windows(fewer.take(fewer.kind == "background"), genome, Evaluate())


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"consensus": {"a": "GATXC"}}, "IUPAC letters, found X"),
        ({"consensus": {"a": "NNNNNGA"}}, "says too little"),
        ({"models": []}, "at least one of combined"),
        ({"models": ["bias", "bias"]}, "names one twice"),
        ({"spacings": [5, 2]}, "5 is above 2"),
        ({"n": 1}, "greater than or equal to 2"),
        ({"shufle": "plain"}, "Extra inputs"),
    ],
)
def test_a_bad_section_is_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        Ablation(**bad)


def test_the_section_knows_whether_it_has_sites():
    assert Ablation(consensus={"a": "gatac"}).consensus == {"a": "GATAC"}
    assert not Ablation().has_sites(binding=False)
    assert Ablation().has_sites(binding=True)
    assert not Ablation(binding=False).has_sites(binding=True)
