"""The IGV session: XML whose paths are relative to it."""

from xml.etree import ElementTree

from cisgrammar.browser.session import write_session
from cisgrammar.browser.tracks import Track


def test_every_track_is_a_resource_and_shown_and_its_path_leads_to_it(tmp_path):
    session = tmp_path / "results" / "browser" / "igv_session.xml"
    files = [tmp_path / "results" / "a b.bw", tmp_path / "x&y.bed"]
    for file in files:
        file.parent.mkdir(exist_ok=True)
        file.write_text("x")
    tracks = [Track(files[0], "s <1>", "observed.x", "bigwig"), Track(files[1], "given", "x&y", "bed")]
    write_session(session, tracks, "hg38", "chr1:1-100")
    root = ElementTree.parse(session).getroot()
    assert (root.tag, root.get("genome"), root.get("locus")) == ("Session", "hg38", "chr1:1-100")
    resources, shown = root.findall("Resources/Resource"), root.findall("Panel/Track")
    assert [entry.get("path") for entry in resources] == [entry.get("id") for entry in shown]
    assert [(session.parent / entry.get("path")).resolve() for entry in resources] == [f.resolve() for f in files]
    assert [entry.get("name") for entry in shown] == ["s <1> observed.x", "given x&y"]
    assert [entry.get("type") for entry in resources] == ["bigwig", None], "the suffix tells which columns a BED has"
