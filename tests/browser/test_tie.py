"""All tracks of a run in one session and one hub."""

import pytest

from cisgrammar.browser.tie import tie_tracks
from cisgrammar.config.tracks.browser import Browser
from prepare_toys import random_genome

GENOME = random_genome({"II": 500, "I": 40})


@pytest.fixture
def results(tmp_path):
    (tmp_path / "results" / "predict" / "s" / "tracks").mkdir(parents=True)
    (tmp_path / "results" / "predict" / "s" / "tracks" / "model.x.both.bw").write_text("x")
    return tmp_path / "results"


def tied(results, settings, fasta):
    session = results / "browser" / "igv_session.xml"
    given = [results / "predict" / "s" / "tracks"]
    tie_tracks(session, results, given, GENOME, settings, str(fasta))
    return session.read_text(), {path.name for path in session.parent.iterdir()}


@pytest.mark.parametrize(("fasta", "seen"), [("g.fa", "../../g.fa"), ("g.fa.gz", "genome.2bit")])
def test_a_genome_without_a_name_is_there_for_both_browsers(results, fasta, seen):
    text, files = tied(results, Browser(), results.parent / fasta)
    assert files == {"igv_session.xml", "hub.txt", "genomes.txt", "trackDb.txt", "genome.2bit"}
    assert f'genome="{seen}" locus="II:1-500"' in text
    assert "../predict/s/tracks/model.x.both.bw" in text


def test_an_assembly_that_browsers_have_is_named(results):
    text, files = tied(results, Browser(assembly="sacCer3"), "g.fa")
    assert 'genome="sacCer3"' in text
    assert "genome.2bit" not in files


def test_a_run_without_tracks_is_told(tmp_path):
    with pytest.raises(ValueError, match="browser: this run makes no track; add `samples` or `predict`"):
        tie_tracks(tmp_path / "s.xml", tmp_path, [], GENOME, Browser(), "g.fa")
