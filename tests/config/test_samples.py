"""The sheet of tracks: what a row means, and what is refused."""

import pytest

from cisgrammar.config.fields import ConfigError
from cisgrammar.config.samples import Track, check_heads, read_samples


@pytest.fixture
def sheet(tmp_path):
    def write(text):
        (tmp_path / "samples.tsv").write_text(text)
        return tmp_path / "samples.tsv"

    return write


def track(**given):
    return Track.model_validate({"sample": "s", "signal": "x.bw", "peaks": "p.bed", **given})


def test_rows_of_a_sample_are_its_heads(sheet):
    path = sheet(
        "sample\thead\tsignal\tpeaks\tshift\n"
        "# a comment\n"
        "s1\tatac\ta.bam\tp.bed\t+4/-4\n"
        "\n"
        "s1\tchip\tplus.bw, minus.bw\tp.bed\tauto\n"
        "s2\t\tb.bam\tq.bed\t\n"
    )
    samples = read_samples(path)
    assert list(samples) == ["s1", "s2"]
    assert [track.head for track in samples["s1"]] == ["atac", "chip"]
    assert samples["s1"][0].shift == (4, -4)
    assert samples["s1"][1].shift == "auto"
    assert samples["s1"][1].signal_paths == ["plus.bw", "minus.bw"]
    assert (samples["s2"][0].head, samples["s2"][0].shift) == ("signal", "")


def test_rows_of_a_sample_need_not_be_together(sheet):
    path = sheet("sample\thead\tsignal\tpeaks\na\tx\t1.bam\tp\nb\tx\t2.bam\tq\na\ty\t3.bam\tp\n")
    assert {name: [t.signal for t in tracks] for name, tracks in read_samples(path).items()} == {
        "a": ["1.bam", "3.bam"],
        "b": ["2.bam"],
    }


def test_strands_apart_are_two_tasks():
    assert track().tasks == 1
    assert track(signal="a.bam", strands="split").tasks == 2
    assert track(signal="plus.bw,minus.bw").tasks == 2


def test_paths_may_name_environment_variables(monkeypatch):
    monkeypatch.setenv("READS", "data")
    found = track(signal="${READS}/p.bw,${ELSE_HERE:-m}.bw", peaks="${READS}/p.bed")
    assert found.signal_paths == ["data/p.bw", "m.bw"]
    assert found.peaks == "data/p.bed"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sample\tsignal\tpeaks\n", "no rows"),
        ("", "no rows"),
        ("sample\tsignal\tpeaks\ns\ta.bam\n", "row 1: fewer fields"),
        ("sample\tsignal\tpeaks\ns\ta.bam\tp.bed\tx\n", "row 1: more fields"),
        ("sample\tsignal\tpeaks\ns\ta.bam\tp.bed\ns t\ta.bam\tp.bed\n", "row 2: sample"),
        (
            "sample\tsignal\tpeaks\tcolour\ns\ta.bam\tp.bed\tred\n",
            "unknown column colour; the columns are sample",
        ),
        ("sample\tsignal\tpeaks\ns\t\tp.bed\n", "row 1: signal: is missing"),
        ("sample\tsignal\ns\ta.bam\n", "no column peaks; the header must have it"),
        ("sample\tsignal\tpeaks\tshift\ns\ta.bam\tp.bed\tfour\n", "row 1: shift.*'four'"),
        ("sample\tsignal\tpeaks\ns\ta.bam\tp.bed\ns\tb.bam\tp.bed\n", "row 2: sample s has head signal twice"),
        (
            "sample\thead\tsignal\tpeaks\ns\ta\ta.bam\tp.bed\ns\tb\tb.bam\tq.bed\n",
            "row 2: peaks q.bed, but sample s has p.bed; heads share their regions",
        ),
        ("sample\tsignal\tpeaks\ns\ta.bw,b.bw,c.bw\tp.bed\n", "signal has 3 files"),
    ],
)
def test_a_bad_row_is_named(sheet, text, said):
    path = sheet(text)
    with pytest.raises(ConfigError, match=said) as caught:
        read_samples(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_absent_sheet_says_what_to_write(tmp_path):
    with pytest.raises(ConfigError, match=r"no file .*none\.tsv; write one row per track"):
        read_samples(tmp_path / "none.tsv")


def test_a_head_that_no_sample_has_is_named():
    tracks = {"s": [track(head="nexus")], "t": [track(sample="t", head="atac")]}
    check_heads(["nexus", "atac"], tracks)
    check_heads([], tracks)
    with pytest.raises(ConfigError, match="no sample has a head nexsu; there are atac, nexus"):
        check_heads(["nexsu"], tracks)
