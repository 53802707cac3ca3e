"""A set of regions, predicted and written: equal to the package call, in memory that does not grow with it."""

import numpy as np
import pyBigWig
import pytest

from cisgrammar.config.tracks.predict import PredictedSet
from cisgrammar.profile.predict import average_parts, predict_parts
from cisgrammar.profile.prediction_file import read_predictions
from cisgrammar.profile.stream.predict_set import Output, predict_set
from cisgrammar.sequence.fasta import Genome
from cisgrammar.tables.contracts.tracks import PREDICTED
from toy_profile import small_solo
from toy_profile_models import models

GENOME = Genome.from_chromosomes(
    {
        name: np.random.default_rng(n).integers(0, 4, size, np.uint8)
        for n, (name, size) in enumerate([("a", 900), ("7", 30)])
    }
)


def predicted(tmp_path, networks, bed=None, genome=GENOME, **keys):
    if bed is not None:
        (tmp_path / "x.bed").write_text(bed)
        keys["regions"] = str(tmp_path / "x.bed")
    output = Output(tmp_path / "p.h5", tmp_path / "c.tsv", tmp_path / "tracks")
    names = [f"{n}.safetensors" for n in range(len(networks))]
    predict_set(networks, names, genome, PredictedSet(**keys), output)
    return output


def two_combined():
    one, two = models()["combined"], models()["combined"]
    for weight in two.parameters():
        weight.data.mul_(1.3)
    return [one, two]


def package_call(networks, starts, chrom="a", pad=100):
    """The mean of `predict_parts` on a sequence with N around it."""
    codes = np.pad(GENOME.chromosome(chrom), pad, constant_values=4)
    return average_parts(predict_parts(network, codes, np.asarray(starts) + pad) for network in networks)


def test_regions_are_equal_to_the_package_call_also_at_the_ends(tmp_path):
    networks = two_combined()
    starts = [-8, 0, 300, 885]
    bed = "".join(f"a\t{max(s, 0)}\t{min(s + 20, 900)}\tr{s}\n" for s in starts)
    output = predicted(tmp_path, networks, bed, parts=("model", "residual", "bias"))
    parts, chroms, found = read_predictions(output.predictions)
    # Of the regions at the ends only a part is there, and a window's middle is that part's.
    assert chroms == ["a"] * 4
    assert found.tolist() == [-4, 0, 300, 882]
    expected = package_call(networks, found)
    table = PREDICTED.read(output.counts)
    for part in ("model", "residual", "bias"):
        other = expected["combined" if part == "model" else part]
        for head in ("a", "b"):
            np.testing.assert_allclose(parts[part].log_probabilities[head], other.log_probabilities[head], atol=1e-6)
            np.testing.assert_allclose(parts[part].log_counts[head], other.log_counts[head], atol=1e-6)
            ends = other.expected_counts(head)
            inside = [ends[0, :, 4:16].sum(), ends[1].sum(), ends[2].sum(), ends[3, :, 3:18].sum()]
            rows = table[(table["part"] == part) & (table["head"] == head)]
            np.testing.assert_allclose(rows["counts"], inside, rtol=1e-6)
            np.testing.assert_allclose(rows["log_counts"], other.log_counts[head], atol=1e-6)
    assert sorted(path.name for path in output.tracks.iterdir())[:3] == [
        "bias.a.minus.bw",
        "bias.a.plus.bw",
        "bias.b.both.bw",
    ]
    with pyBigWig.open(str(output.tracks / "model.b.both.bw")) as file:
        np.testing.assert_allclose(
            file.values("a", 300, 320), expected["combined"].expected_counts("b")[2, 0], rtol=1e-6
        )


def test_whole_sequences_have_each_base_once_from_the_window_where_it_is_farthest_from_an_end(tmp_path):
    networks = [small_solo()]
    output = predicted(tmp_path, networks, overlap=12)
    _, chroms, starts = read_predictions(output.predictions)
    expected = np.full(900, np.nan)
    best = np.full(900, -1)
    of_a = np.array(chroms) == "a"
    ends = package_call(networks, starts[of_a])["bias"].expected_counts("signal")
    for start, values in zip(starts[of_a], ends, strict=True):
        for offset in range(40):
            inner = min(offset, 39 - offset)
            if inner > best[start + offset]:
                best[start + offset], expected[start + offset] = inner, values[0, offset]
    with pyBigWig.open(str(output.tracks / "model.signal.both.bw")) as file:
        found = np.array(file.values("a", 0, 900))
        assert len(file.values("7", 0, 30)) == 30
        assert np.isfinite(file.values("7", 0, 30)).all()
    # Two windows are equally far from the base in the middle of an even overlap.
    assert (~np.isclose(found, expected, rtol=1e-6)).sum() <= of_a.sum() - 1
    assert np.isclose(found, expected, rtol=1e-6).mean() > 0.95
    table = PREDICTED.read(output.counts)
    assert table["name"].tolist() == ["a", "7"]
    assert table["counts"].tolist()[0] == pytest.approx(found.sum(), rel=1e-6)
    assert table["beyond"].tolist()[1] > 10, "the network saw N beside a sequence of 30 bp"


def test_regions_that_cannot_be_predicted_are_counted_and_said(tmp_path, caplog):
    output = predicted(tmp_path, [small_solo()], "a\t5\t9\nb\t1\t5\nc\t1\t4\na\t880\t901\n")
    table = PREDICTED.read(output.counts)
    assert table["left_out"].isna().tolist() == [True, False, False, False]
    assert "2 of 4 regions are left out, as b:1-5: its sequence is not in the FASTA" in caplog.text
    assert "1 of 4 regions are left out, as a:880-901: its end is beyond its sequence's" in caplog.text
    with pytest.raises(ValueError, match=r"no region that can be predicted: its sequence is not in the FASTA, as 'b'"):
        predicted(tmp_path, [small_solo()], "b\t1\t5\n")


def test_a_part_that_the_models_have_not_is_left_out_and_said(tmp_path, caplog):
    output = predicted(tmp_path, [small_solo()], "a\t5\t9\n")
    assert "the models have no part residual; it is left out" in caplog.text
    assert [path.name for path in output.tracks.iterdir()] == ["model.signal.both.bw"]
    with pytest.raises(ValueError, match="the models have none of residual; they have model, bias"):
        predicted(tmp_path, [small_solo()], "a\t5\t9\n", parts=("residual",))


def test_the_same_bytes_twice_and_nothing_after_an_error(tmp_path, monkeypatch):
    (tmp_path / "1").mkdir(), (tmp_path / "2").mkdir(), (tmp_path / "3").mkdir()
    one = predicted(tmp_path / "1", [small_solo()], overlap=3)
    two = predicted(tmp_path / "2", [small_solo()], overlap=3)
    track = "model.signal.both.bw"
    assert (one.tracks / track).read_bytes() == (two.tracks / track).read_bytes()
    assert one.counts.read_bytes() == two.counts.read_bytes()
    monkeypatch.setattr("cisgrammar.profile.stream.predict_set._add", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        predicted(tmp_path / "3", [small_solo()])
    assert [path for path in (tmp_path / "3").rglob("*") if path.is_file()] == []


def test_predictions_of_all_windows_are_never_together(tmp_path, monkeypatch):
    """Each batch is gone before the third after it is made."""
    import weakref

    from cisgrammar.profile.stream import average

    alive, most = weakref.WeakSet(), []
    made = average.mean_of

    def counted(*arguments):
        found = made(*arguments)
        for part in found.values():
            alive.add(part)
        most.append(len(alive))
        return found

    monkeypatch.setattr(average, "mean_of", counted)
    predicted(tmp_path, [small_solo()], "".join(f"a\t{i}\t{i + 20}\n" for i in range(800)))
    assert len(most) == 50
    assert max(most) <= 3 * 2, "batches of 16 windows, each with its two parts"
