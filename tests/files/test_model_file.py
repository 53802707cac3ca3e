"""Model files: what is written comes back, the same content gives the same bytes, and other files are refused."""

import gzip
import json
import zipfile

import h5py
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import cisgrammar
from cisgrammar.files.model_file import (
    load_weights,
    one_line,
    read_model_file,
    read_model_header,
    suffix_of,
    write_model_file,
)

WEIGHTS = {"b": torch.arange(6.0).reshape(2, 3), "a": torch.tensor([1.5], dtype=torch.float64)}


def write(path, file_format="cisgrammar-toy-1"):
    write_model_file(path, file_format, {"kind": "toy", "size": 3}, WEIGHTS, {"data": "abc"})
    return path


def test_header_and_weights_come_back(tmp_path):
    path = write(tmp_path / "m.safetensors")
    header, weights = read_model_file(path, "cisgrammar-toy-1")
    assert header == read_model_header(path)
    assert (header.format, header.version) == ("cisgrammar-toy-1", cisgrammar.__version__)
    assert (header.model, header.provenance) == ({"kind": "toy", "size": 3}, {"data": "abc"})
    assert set(weights) == set(WEIGHTS)
    for name, value in WEIGHTS.items():
        assert weights[name].dtype == value.dtype
        assert torch.equal(weights[name], value)


def test_the_bytes_follow_from_the_content_and_old_files_stay_readable(tmp_path):
    first = write(tmp_path / "a.safetensors").read_bytes()
    assert write(tmp_path / "b.safetensors").read_bytes() == first
    # The layout of the first version of the format, spelled out: a change of it would make all files unreadable.
    size = int.from_bytes(first[:8], "little")
    header = json.loads(first[8 : 8 + size])
    assert list(header["__metadata__"]) == ["cisgrammar-toy-1"]
    assert header["__metadata__"]["cisgrammar-toy-1"] == json.dumps(
        {"model": {"kind": "toy", "size": 3}, "provenance": {"data": "abc"}, "version": cisgrammar.__version__}
    )
    assert first[8 + size :] == WEIGHTS["a"].numpy().tobytes() + WEIGHTS["b"].numpy().tobytes()


def test_tensors_that_share_memory_are_written_under_each_name(tmp_path):
    shared = torch.arange(4.0)
    path = tmp_path / "m.safetensors"
    write_model_file(path, "cisgrammar-toy-1", {}, {"x": shared, "y": shared[:2]}, {})
    _, weights = read_model_file(path)
    assert weights["x"].tolist() == [0, 1, 2, 3]
    assert weights["y"].tolist() == [0, 1]


def refusal(path, file_format=None):
    with pytest.raises(ValueError) as caught:
        read_model_file(path, file_format)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message


def test_files_that_are_no_model_files_are_refused_in_one_line(tmp_path):
    assert "no such file" in refusal(tmp_path / "absent.safetensors")
    junk = tmp_path / "junk.safetensors"
    junk.write_bytes(b"not a model at all")
    assert "not a readable model file" in refusal(junk)
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(write(tmp_path / "m.safetensors").read_bytes()[:-5])
    assert "not a readable model file" in refusal(cut)
    foreign = tmp_path / "foreign.safetensors"
    save_file(WEIGHTS, foreign, {"format": "pt"})
    assert "['format']" in refusal(foreign)
    assert "wanted a model that this package wrote" in refusal(foreign)


def test_a_model_of_another_stage_and_a_damaged_header_are_refused(tmp_path):
    path = write(tmp_path / "m.safetensors", "cisgrammar-other-1")
    message = refusal(path, "cisgrammar-toy-1")
    assert message.endswith("a model of format cisgrammar-other-1; wanted one of cisgrammar-toy-1")
    for content in ("{", "[]", '{"version": "1"}'):
        save_file(WEIGHTS, path, {"cisgrammar-toy-1": content})
        assert "damaged header" in refusal(path)
    with pytest.raises(ValueError, match="begins with 'cisgrammar-'"):
        write(tmp_path / "n.safetensors", "toy")
    assert not (tmp_path / "n.safetensors").exists()


def test_weights_go_into_the_module_they_are_of_and_into_no_other(tmp_path):
    layer, path = nn.Linear(2, 3), tmp_path / "m.safetensors"
    write_model_file(path, "cisgrammar-toy-1", {}, layer.state_dict(), {})
    _, weights = read_model_file(path)
    other = nn.Linear(2, 3)
    load_weights(other, weights, path)
    assert torch.equal(other.weight, layer.weight)
    assert torch.equal(other.bias, layer.bias)
    with pytest.raises(ValueError, match=r"m\.safetensors: weight 'bias' is unknown"):
        load_weights(nn.Linear(2, 3, bias=False), weights, path)
    with pytest.raises(ValueError, match=r"m\.safetensors: weight 'bias' is missing"):
        load_weights(nn.Linear(2, 3), {"weight": layer.weight}, path)
    with pytest.raises(ValueError, match=r"'weight' has shape \(3, 2\), wanted \(3, 4\)"):
        load_weights(nn.Linear(4, 3), weights, path)
    diverged = {**weights, "bias": torch.tensor([0.0, float("nan"), 1.0])}
    with pytest.raises(ValueError, match=r"m\.safetensors: weight 'bias' has a value that is no number"):
        load_weights(nn.Linear(2, 3), diverged, path)


@pytest.mark.parametrize(
    "fault", [KeyError("a\nb"), RecursionError("deep"), OSError(5, "Input"), ValueError("two\nlines")]
)
def test_what_an_odd_file_makes_of_its_reader_is_one_line(fault):
    said = rf"^x\.h5: cannot be read \({type(fault).__name__}: .*\); wanted a model$"
    with pytest.raises(ValueError, match=said), one_line("x.h5", "a model"):
        raise fault
    with pytest.raises(ValueError, match=r"^x\.h5: no layers$"), one_line("x.h5", "a model"):
        raise ValueError("x.h5: no layers")


def test_the_content_of_a_model_file_tells_its_kind_whatever_it_is_called(tmp_path):
    write(tmp_path / "ours.h5")
    with h5py.File(tmp_path / "keras.bin", "w") as file:
        file["x"] = 1
    torch.save({"a": torch.zeros(2)}, tmp_path / "torch.safetensors")
    with zipfile.ZipFile(tmp_path / "keras.zip", "w") as file:
        file.writestr("config.json", "{}")
    (tmp_path / "cut.KERAS").write_bytes((tmp_path / "keras.zip").read_bytes()[:40])
    found = {path.name: suffix_of(path) for path in tmp_path.iterdir()}
    assert found == {
        "ours.h5": ".safetensors",
        "keras.bin": ".h5",
        "torch.safetensors": ".pt",
        "keras.zip": ".keras",
        "cut.KERAS": ".keras",
    }
    with pytest.raises(ValueError, match="no such file"):
        suffix_of(tmp_path / "none")


def test_packed_files_and_what_stands_for_one_are_named(tmp_path):
    path = write(tmp_path / "m.safetensors")
    for data, said in (
        (gzip.compress(path.read_bytes()), "m.safetensors: compressed .gzip.; unpack it"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "a pointer of Git LFS"),
        (b"<!DOCTYPE html><html></html>", "a web page"),
    ):
        path.write_bytes(data)
        with pytest.raises(ValueError, match=said):
            read_model_file(path)
        with pytest.raises(ValueError, match=said):
            suffix_of(path)
