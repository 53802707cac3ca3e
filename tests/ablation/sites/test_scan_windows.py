"""Sites in windows: by score, by an exact match, or from a BED."""

import gzip

import numpy as np
import pandas as pd
import pytest

from cisgrammar.ablation.sites.scan_windows import motifs_of_sites, read_sites, scan_windows
from cisgrammar.motifs.motif import from_consensus, from_shares
from cisgrammar.sequence.alphabet import decode, encode
from toy_sites import windows_from


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
    path.write_text("c\t100\t105\ta\t0\tsideways\n")
    with pytest.raises(ValueError, match=r"sites.bed:1: strand is 'sideways'; wanted"):
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
