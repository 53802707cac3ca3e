"""The sheet of tracks: what a row means, and what is refused."""

import pytest

from cisgrammar.config.fields import ConfigError
from cisgrammar.config.profile import Bias, Combined
from cisgrammar.config.samples import BiasSources, Track, bias_sources, check_controls, check_heads, read_samples


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


def sheet_of(**groups):
    """Samples with a group each."""
    return {name: [track(sample=name, group=group)] for name, group in groups.items()}


def test_each_sample_has_its_own_bias_model_unless_a_group_shares_it():
    samples = sheet_of(a="x", b="y", c="x")
    assert bias_sources(None, samples) == BiasSources({"a": "a", "b": "b", "c": "c"}, {})
    assert bias_sources(Bias(model="m.h5"), samples).of_sample["c"] == "c"
    shared = bias_sources(Bias(share="group"), samples)
    assert shared == BiasSources({"a": "x", "b": "y", "c": "x"}, {"x": ("a", "c"), "y": ("b",)})


def test_reads_of_their_own_serve_all_samples_or_their_group():
    samples = sheet_of(a="x", b="y", n="x", m="y")
    assert bias_sources(Bias(reads=["n"]), samples) == BiasSources({"a": "n", "b": "n", "m": "n"}, {})
    grouped = bias_sources(Bias(reads=["n", "m"], share="group"), samples)
    assert grouped == BiasSources({"a": "x", "b": "y"}, {"x": ("n",), "y": ("m",)})


@pytest.mark.parametrize(
    ("bias", "groups", "said"),
    [
        ({"share": "group"}, {"a": "x", "b": ""}, "samples: b without group"),
        ({"share": "group"}, {"a": "x", "x": "y"}, "samples: x is a sample and a group; rename one"),
        ({"reads": ["z"]}, {"a": "x"}, "bias.reads: no sample z; there are a"),
        ({"reads": ["a"]}, {"a": "x"}, "bias.reads: names all samples"),
        ({"reads": ["a", "b"]}, {"a": "", "b": "", "c": ""}, "bias.reads: 2 samples; name one"),
        ({"reads": ["a"], "share": "group"}, {"a": "x", "b": "x", "c": "y"}, "bias.reads: none of group y"),
    ],
)
def test_what_cannot_share_a_bias_is_refused(bias, groups, said):
    with pytest.raises(ConfigError, match=said):
        bias_sources(Bias(**bias), sheet_of(**groups))


def test_samples_that_share_a_bias_have_the_same_heads():
    samples = sheet_of(a="x", b="x")
    samples["b"] = [track(sample="b", group="x", signal="p.bw,m.bw")]
    with pytest.raises(
        ConfigError, match=r"samples: a has heads .*'signal': 1.* b, whose bias it takes, .*'signal': 2"
    ):
        bias_sources(Bias(share="group"), samples)


def test_rows_of_a_sample_have_one_group_and_controls_in_all_or_none(sheet):
    path = sheet(
        "sample\thead\tsignal\tpeaks\tgroup\tcontrol\n"
        "s\ta\tx.bam\tp.bed\tg\ti.bam\n"
        "s\tb\ty.bam\tp.bed\th\t\n"
        "t\ta\tplus.bw,minus.bw\tp.bed\t\tone.bw\n"
        "u\ta\tplus.bw,minus.bw\tp.bed\t\ta.bw,minus.bw\n"
    )
    with pytest.raises(ConfigError) as error:
        read_samples(path)
    lines = str(error.value).splitlines()
    assert [line.split(": ", 2)[1] for line in lines] == ["row 2", "row 2", "row 3", "row 4"]
    assert "group h, but sample s has g" in lines[0]
    assert "has a control in some rows" in lines[1]
    assert "control has 1 track(s), signal 2" in lines[2]
    assert "minus.bw is signal and control" in lines[3]


def test_a_control_is_a_track_like_the_signal():
    one = track(signal="x.bam", control="i1.bam", strands="split", shift="+4/-4", format="bam")
    beside = one.control_track
    assert (beside.signal_paths, beside.tasks, beside.shift, beside.control) == (["i1.bam"], 2, (4, -4), "")
    assert beside.format == "auto"
    with pytest.raises(ConfigError, match=r"combined.counts: s has a control"):
        check_controls(Combined(counts={}), {"s": [one]})
    check_controls(Combined(), {"s": [one]})
