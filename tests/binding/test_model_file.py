"""A fitted model comes back from its file with the same scores, and its file says what it is."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cisgrammar.binding import compat
from cisgrammar.binding.layers.build import Built, build
from cisgrammar.binding.model_file import load_binding, write_binding
from cisgrammar.binding.reads.count_table import CountTable, Flanks
from cisgrammar.config.binding import BindingModel
from cisgrammar.config.selex_sheet import SelexLibrary
from cisgrammar.files.model_file import read_model_file, write_model_file
from toy_layers import randomise

FLANKS = {"one": Flanks("GGA", "TTC", 2, 1), "two": Flanks("A", "CC")}
READS = {"one": ["ACGTTGACCT", "TTGACGTACA"], "two": ["GGCATGACCA", "TTGACG"]}


def table(library: str) -> CountTable:
    return CountTable.from_strings(READS[library], np.ones((2, 3)), FLANKS[library])


def model() -> Built:
    """Two libraries; pairs, a palindrome, biases, and a dimer with a Hill exponent."""
    motifs = {
        "a": {"width": 4, "pairs": 1, "position_bias": "reverse", "position_bias_bin": 2},
        "b": {"width": 4, "palindrome": True, "position_bias": "same"},
    }
    pair = {"a": "a", "b": "b", "max_spacing": 2, "hill": True, "position_bias": "reverse", "order": "positive"}
    rows = [
        SelexLibrary.model_construct(model="m", library=library, selection=selection)
        for library, selection in (("one", "bound"), ("two", "rho_gamma"))
    ]
    wanted = BindingModel.model_validate({"motifs": motifs, "cooperativity": [pair]})
    built = build(wanted, rows, [table("one"), table("two")], seed=1)
    built.module.double()
    randomise(built.module)
    built.experiments["two"].active[1] = False
    return built


def write(path, built: Built) -> None:
    write_binding(path, built.experiments, built.motifs, FLANKS, {"seed": 3})


def test_a_loaded_model_scores_as_the_written_one(tmp_path) -> None:
    built = model()
    write(tmp_path / "model.safetensors", built)
    loaded = load_binding(tmp_path / "model.safetensors")
    assert loaded.header.provenance == {"seed": 3}
    assert loaded.flanks == FLANKS
    assert (
        loaded.experiments["one"].bindings[1].psam is loaded.experiments["two"].bindings[1].psam is loaded.motifs["a"]
    )
    assert loaded.experiments["one"].bindings[3].spacing is loaded.spacings["a:b"]
    for library, experiment in built.experiments.items():
        codes = torch.from_numpy(
            CountTable.from_strings(READS[library], np.ones((2, 3)), loaded.flanks[library]).codes()
        )
        other = loaded.experiments[library]
        assert torch.equal(other(codes), experiment(codes))
        assert torch.equal(other.log_aggregate(codes), experiment.log_aggregate(codes))
        assert other.active == experiment.active
    assert not any(p.requires_grad for e in loaded.experiments.values() for p in e.parameters())


def test_the_same_model_is_the_same_file(tmp_path) -> None:
    for name in ("first", "second"):
        write(tmp_path / name, model())
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_what_is_shared_is_written_once(tmp_path) -> None:
    write(tmp_path / "model.safetensors", model())
    _, weights = read_model_file(tmp_path / "model.safetensors")
    assert [name for name in weights if name.endswith(".betas")] == ["factors.0.betas", "factors.1.betas"]
    assert [name for name in weights if name.endswith("log_spacing")] == ["spacings.0.log_spacing"]
    assert weights["factors.1.betas"].shape == (2, 4)


def test_weights_that_do_not_fit_the_header_are_named(tmp_path) -> None:
    path = tmp_path / "model.safetensors"
    write(path, model())
    header, weights = read_model_file(path)
    for change, message in (
        ({"factors.0.betas": torch.zeros(3, 4)}, r"weight 'factors.0.betas' has shape \(3, 4\), wanted \(4, 4\)"),
        ({"factors.7.betas": torch.zeros(3, 4)}, "weight 'factors.7.betas' is missing or unknown"),
    ):
        write_model_file(tmp_path / "odd", header.format, header.model, weights | change, {})
        with pytest.raises(ValueError, match=message):
            load_binding(tmp_path / "odd")
    write_model_file(tmp_path / "other", "cisgrammar-profile-1", {}, {}, {})
    with pytest.raises(ValueError, match="wanted one of cisgrammar-binding-1"):
        load_binding(tmp_path / "other")


def test_options_that_the_file_cannot_hold_are_refused(tmp_path) -> None:
    built = model()
    with pytest.raises(ValueError, match="flanks of"):
        write_binding(tmp_path / "m", built.experiments, built.motifs, {"one": Flanks()}, {})
    centred = compat.PSAM(4, gauge="centred")
    with pytest.raises(ValueError, match="a model file holds a PSAM"):
        write_binding(tmp_path / "m", built.experiments, {**built.motifs, "c": centred}, FLANKS, {})


@pytest.mark.parametrize("key", ["factors", "spacings", "libraries"])
@pytest.mark.parametrize("value", [None, "x", [], 7])
def test_a_header_of_odd_values_is_one_line(tmp_path, key, value) -> None:
    path = tmp_path / "m.safetensors"
    write(path, model())
    header, weights = read_model_file(path)
    write_model_file(path, header.format, {**header.model, key: value}, weights, {})
    with pytest.raises(ValueError, match=r"^[^\n]*m\.safetensors: [^\n]*$"):
        load_binding(path)


def test_weights_that_are_no_numbers_are_refused(tmp_path) -> None:
    path = tmp_path / "m.safetensors"
    write(path, model())
    header, weights = read_model_file(path)
    first = next(iter(weights))
    write_model_file(path, header.format, header.model, {**weights, first: weights[first] * np.nan}, {})
    with pytest.raises(ValueError, match="has a value that is no number"):
        load_binding(path)
