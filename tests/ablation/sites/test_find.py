"""What is ablated: every planted site, decoys and controls that keep off them, and nothing that depends on order."""

import numpy as np
import pandas as pd
import pytest

from cisgrammar.ablation.sites.find import BindingFiles, at_most, find_sites, once_per_place, without_overlap
from cisgrammar.ablation.sites.peak_inputs import peak_windows
from cisgrammar.config.profile import Evaluate
from cisgrammar.discover.hits import write_bed
from cisgrammar.sequence.alphabet import decode, reverse_complement
from cisgrammar.tables.contracts.discover import HITS
from toy_sites import LENGTH, make_place, site_settings

NO_FILES = BindingFiles()


@pytest.fixture(scope="module")
def place():
    regions, genome, places = make_place()
    return peak_windows(regions, genome, Evaluate()), genome, places


def test_every_planted_site_is_found_once_and_on_its_strand(place):
    windows, genome, places = place
    table = find_sites(windows, site_settings(), NO_FILES, 1).table
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
    table = find_sites(windows, site_settings(), NO_FILES, 1).table
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
        assert row.end - row.start == site.end - site.start
        assert abs(row.gc - site.gc) * 5 <= 1 + 1e-9


def test_the_same_seed_gives_the_same_table_and_another_seed_another_one(place):
    windows = place[0]
    one, again, other = (find_sites(windows, site_settings(most_sites=5), NO_FILES, seed).table for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, again)
    assert not one.equals(other)
    assert (one["kind"] == "site").sum() == 5


def test_no_site_is_an_error_that_says_what_to_do(place):
    with pytest.raises(ValueError, match="no site of toy lies in the 12 scored test peaks; give other motifs"):
        find_sites(place[0], site_settings(consensus={"toy": "GATACGATACGATACGATAC"}), NO_FILES, 1)


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


def test_hits_of_discovered_motifs_are_sites_with_a_motif(place, tmp_path):
    """The BED of the discover stage: its header is passed over, its scores say which sites are best."""
    windows, _, places = place
    start = np.array(sorted(places))
    hits = pd.DataFrame({"chrom": "chrT", "start": start, "end": start + 5, "motif": "motif_1", "strand": "+"})
    hits = hits.assign(score=np.arange(1.0, len(start) + 1), contribution=0.5, q=0.01, held_out=True)
    write_bed(tmp_path / "hits.bed.gz", hits)
    found = find_sites(windows, site_settings(consensus={}), NO_FILES, 1, str(tmp_path / "hits.bed.gz"))
    sites = found.table[found.table["kind"] == "site"]
    assert sites["start"].tolist() == start.tolist()
    assert sites["score"].max() == 1000
    assert set(sites["name"]) == {"motif_1"}
    assert found.motifs["motif_1"].source == "discovered"
    assert (found.table["kind"] == "decoy").any()
    given = site_settings(consensus={}, annotations=str(tmp_path / "hits.bed.gz"))
    same = find_sites(windows, given, NO_FILES, 1)
    pd.testing.assert_frame_equal(found.table, same.table)
    assert same.motifs["motif_1"].source == "annotations"


def test_no_discovered_motif_says_where_the_reason_stands(place, tmp_path):
    write_bed(tmp_path / "hits.bed.gz", pd.DataFrame({name: [] for name in HITS.names}))
    with pytest.raises(ValueError, match=r"no hit of a discovered motif lies in .* see summary.json"):
        find_sites(place[0], site_settings(consensus={}), NO_FILES, 1, str(tmp_path / "hits.bed.gz"))
