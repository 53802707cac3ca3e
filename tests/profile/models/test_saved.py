"""Model files: what is written comes back, byte for byte the same, and nothing else is accepted."""

import pytest
import torch

from cisgrammar.files.model_file import read_model_file, read_model_header, write_model_file
from cisgrammar.profile.models.saved import FORMAT, describe_model, load_model, rebuild_model, save_model
from cisgrammar.profile.models.solo import SoloModel
from toy_profile import network
from toy_profile_models import HEADS, KINDS, models


@pytest.mark.parametrize("name", KINDS)
def test_round_trip(tmp_path, name):
    model = models()[name]
    path = tmp_path / "m.safetensors"
    save_model(path, model, data="abc", config={"x": 1})
    loaded = load_model(path)
    assert type(loaded) is type(model)
    assert not loaded.training
    assert loaded.heads == model.heads
    x = torch.eye(4)[torch.randint(0, 4, (2, model.input_length))].transpose(1, 2)
    for a, b in zip(model.eval()(x), loaded(x), strict=True):
        assert torch.equal(a, b)
    assert read_model_header(path, FORMAT).provenance == {"data": "abc", "config": {"x": 1}}
    first = path.read_bytes()
    save_model(path, loaded, data="abc", config={"x": 1})
    assert path.read_bytes() == first
    assert [p.name for p in tmp_path.iterdir()] == ["m.safetensors"]


def test_the_description_is_that_of_the_files_there_are():
    """Spelled out: a change of it would make every file that was written unreadable."""
    described = describe_model(models()["transformation"])
    assert described == {
        "kind": "transformation",
        "profile": ["linear", "sigmoid"],
        "counts": [],
        "solo": {
            "kind": "solo",
            "architecture": {
                "input_length": 28,
                "output_length": 20,
                "num_filters": 4,
                "num_layers": 1,
                "input_filter_width": 3,
                "output_filter_width": 3,
                "heads": [
                    {"head-name": "a", "num-tasks": 2, "use-bias-counts": True},
                    {"head-name": "b", "num-tasks": 1, "use-bias-counts": False},
                ],
            },
        },
    }
    assert describe_model(rebuild_model(described)) == described
    for wrong in ({"kind": "tree"}, {}):
        with pytest.raises(ValueError, match="unknown kind of model"):
            rebuild_model(wrong)


def test_a_model_of_another_stage_and_weights_of_another_model_are_refused(tmp_path):
    path = tmp_path / "m.safetensors"
    write_model_file(path, "cisgrammar-splice-1", {"kind": "spliceai"}, {}, {})
    with pytest.raises(ValueError, match=r"a model of format cisgrammar-splice-1; wanted one of cisgrammar-profile-1"):
        load_model(path)
    other = SoloModel(network(5, 1, 3, 3), 20, HEADS, seed=1)
    write_model_file(path, FORMAT, describe_model(models()["solo"]), other.state_dict(), {})
    with pytest.raises(ValueError, match=r"m\.safetensors: weight '\S+' has shape"):
        load_model(path)


def test_other_files_are_refused_with_their_name(tmp_path):
    path = tmp_path / "junk.safetensors"
    path.write_bytes(b"not a model at all")
    with pytest.raises(ValueError, match=r"junk\.safetensors"):
        load_model(path)
    with pytest.raises(ValueError, match=r"absent\.safetensors"):
        load_model(tmp_path / "absent.safetensors")


@pytest.mark.parametrize("value", [None, "x", -5, 10**9, 1.5, [], float("nan"), {}])
@pytest.mark.parametrize("key", ["num_layers", "heads"])
def test_a_header_of_odd_values_is_one_line(tmp_path, key, value):
    path = tmp_path / "m.safetensors"
    save_model(path, models()["solo"])
    header, weights = read_model_file(path)
    header.model["architecture"][key] = value
    write_model_file(path, FORMAT, header.model, weights, {})
    with pytest.raises(ValueError, match=r"^[^\n]*m\.safetensors: [^\n]*$") as error:
        load_model(path)
    assert "pydantic" not in str(error.value)


@pytest.mark.parametrize("name", ["m.keras", "m.h5"])
@pytest.mark.parametrize("content", [b"", b"x" * 100, b"PK\x03\x04" + b"x" * 100, b"\x89HDF\r\n\x1a\n" + b"x" * 100])
def test_files_of_other_programs_that_are_no_models_are_one_line(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=rf"^[^\n]*{name}: [^\n]*$"):
        load_model(tmp_path / name)
