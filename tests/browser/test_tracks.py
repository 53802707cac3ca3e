"""What the tracks of a run are called, and in which order they stand."""

from pathlib import Path

import pytest

from cisgrammar.browser.tracks import find_tracks

FILES = (
    "predict/s/fold0/tracks/residual.atac.both.bw",
    "predict/s/fold0/tracks/combined.atac.both.bw",
    "predict/sets/near/s/tracks/model.atac.plus.bw",
    "browser/observed/s/observed.atac.both.bw",
    "ablation/s/fold0/contributions_counts.bw",
    "ablation/s/fold0/site_effects.bed",
    "binding/REB1/hits.bed.gz",
)


@pytest.fixture
def results(tmp_path):
    for file in FILES:
        (tmp_path / "results" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "results" / file).write_text("x")
    return tmp_path / "results"


def test_folders_and_files_are_grouped_by_what_they_are_of(results):
    peaks = results.parent / "data" / "my.narrowPeak"
    folders = [(results / file).parent for file in FILES[:4:1]]
    found = find_tracks(results, [*folders, *(results / file for file in FILES[4:]), peaks])
    assert [(track.group, track.name, track.kind) for track in found] == [
        ("binding REB1", "hits", "bed"),
        ("given", "my", "bed"),
        ("near s", "model.atac.plus", "bigwig"),
        ("s", "observed.atac.both", "bigwig"),
        ("s fold0", "combined.atac.both", "bigwig"),
        ("s fold0", "contributions_counts", "bigwig"),
        ("s fold0", "residual.atac.both", "bigwig"),
        ("s fold0", "site_effects", "bed"),
    ]
    assert found[-1].seen_from(results / "browser") == "../ablation/s/fold0/site_effects.bed"
    assert found[1].seen_from(results / "browser") == "../../data/my.narrowPeak"


def test_a_part_has_one_colour_everywhere(results):
    found = find_tracks(results, [(results / file).parent for file in FILES[:4]])
    colours = {track.name.split(".")[0]: track.colour for track in found}
    assert colours["model"] == colours["combined"]
    assert len({colours[name] for name in ("model", "residual", "observed")}) == 3
    assert find_tracks(Path("results"), []) == []
