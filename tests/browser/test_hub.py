"""The track hub: stanzas with names of their own and relative paths."""

from pathlib import Path

from cisgrammar.browser.hub import write_hub
from cisgrammar.browser.tracks import Track
from cisgrammar.config.tracks.browser import Browser

TRACKS = [
    Track(Path("results/p/a.bw"), "s 1", "a-b", "bigwig"),
    Track(Path("results/p/b.bw"), "s 1", "a.b", "bigwig"),
    Track(Path("results/q/c.bw"), "s_1", "a b", "bigwig"),
    Track(Path("results/q/c.bed"), "s_1", "c", "bed"),
]


def stanzas(path):
    return [dict(line.split(" ", 1) for line in text.splitlines()) for text in path.read_text().split("\n\n")]


def test_names_differ_and_parents_are_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = Path("results/browser")
    write_hub(folder, TRACKS, Browser(assembly="sacCer3", hub="lab"), "I:1-5")
    found = stanzas(folder / "trackDb.txt")
    names = [stanza["track"] for stanza in found]
    assert len(set(names)) == len(names) == 5, "two groups and three bigWigs; hubs show no BED"
    assert all(name.replace("_", "").isalnum() for name in names)
    parents = {stanza["track"] for stanza in found if "superTrack" in stanza}
    children = [stanza for stanza in found if "bigDataUrl" in stanza]
    assert {stanza["parent"] for stanza in children} == parents
    assert [stanza["bigDataUrl"] for stanza in children] == ["../p/a.bw", "../p/b.bw", "../q/c.bw"]
    assert all(len(stanza["shortLabel"]) <= 17 for stanza in found)
    assert stanzas(folder / "genomes.txt") == [{"genome": "sacCer3", "trackDb": "trackDb.txt"}]
    (hub,) = stanzas(folder / "hub.txt")
    assert (hub["hub"], hub["genomesFile"]) == ("lab", "genomes.txt")


def test_without_an_assembly_the_hub_brings_its_own(tmp_path):
    write_hub(tmp_path, TRACKS, Browser(), "I:1-5")
    (genome,) = stanzas(tmp_path / "genomes.txt")
    assert (genome["twoBitPath"], genome["defaultPos"]) == ("genome.2bit", "I:1-5")
