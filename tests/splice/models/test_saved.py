"""Model files come back whole, and others are refused."""

import pytest
import torch

from cisgrammar.files.model_file import read_model_header, write_model_file
from cisgrammar.splice.models.model import ModelToAnalyze, log_probabilities
from cisgrammar.splice.models.saved import FORMAT, load_model, load_models, save_model
from cisgrammar.splice.models.spliceai import SpliceAI
from toy_genes import genes_with_motifs


def test_model_files_come_back_whole(tmp_path):
    model = SpliceAI(80, seed=3).eval()
    model.blocks[0].norm1.running_mean.fill_(0.3)
    save_model(tmp_path / "a.safetensors", model, genes="abc")
    save_model(tmp_path / "b.safetensors", SpliceAI(80, seed=4))
    save_model(tmp_path / "c.safetensors", SpliceAI(400, seed=4))
    codes = genes_with_motifs(5).codes[None, :200]
    wanted = log_probabilities(ModelToAnalyze(model, 80, 80), codes)
    assert torch.equal(log_probabilities(load_models([tmp_path / "a.safetensors"]), codes), wanted)
    assert read_model_header(tmp_path / "a.safetensors", FORMAT).provenance == {"genes": "abc"}
    other = log_probabilities(load_models([tmp_path / "b.safetensors"]), codes)
    both = load_models([tmp_path / "a.safetensors", tmp_path / "b.safetensors"], thresholds=[0.2, 0.3])
    torch.testing.assert_close(log_probabilities(both, codes).exp(), (wanted.exp() + other.exp()) / 2)
    assert both.known_thresholds().tolist() == [0.2, 0.3]
    with pytest.raises(ValueError, match=r"contexts \[80, 400\]"):
        load_models([tmp_path / "a.safetensors", tmp_path / "c.safetensors"])
    (tmp_path / "bad.safetensors").write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"bad\.safetensors: not a readable model file"):
        load_model(tmp_path / "bad.safetensors")


@pytest.mark.parametrize(
    ("file_format", "architecture", "message"),
    [
        ("cisgrammar-profile-1", {"kind": "spliceai", "context": 80}, "wanted one of cisgrammar-splice-1"),
        (FORMAT, {"kind": "solo", "context": 80}, "wanted a network of kind spliceai"),
        (FORMAT, {"kind": "spliceai"}, "wanted a network of kind spliceai with its context"),
        (FORMAT, {"kind": "spliceai", "context": 400}, "header and weights are not of one model"),
    ],
)
def test_files_of_other_models_are_refused(tmp_path, file_format, architecture, message):
    path = tmp_path / "model.safetensors"
    write_model_file(path, file_format, architecture, SpliceAI(80, seed=1).state_dict(), {})
    with pytest.raises(ValueError, match=message) as error:
        load_model(path)
    assert str(path) in str(error.value)
