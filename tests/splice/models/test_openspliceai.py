"""A network of OpenSpliceAI's layout, padded and cropped as that one is, gives the same numbers as ours of its file."""

import numpy as np
import pytest
import torch
from torch import nn

from cisgrammar.splice.models.openspliceai import load_openspliceai
from cisgrammar.splice.models.saved import load_model, save_model

WIDTHS = {80: [(11, 1)], 400: [(11, 1), (11, 4)], 2000: [(11, 1), (11, 4), (21, 10)]}


class Unit(nn.Module):
    def __init__(self, width, dilation):
        super().__init__()
        pad = dilation * (width - 1) // 2
        self.batchnorm1, self.batchnorm2 = nn.BatchNorm1d(32), nn.BatchNorm1d(32)
        self.conv1, self.conv2 = (nn.Conv1d(32, 32, width, dilation=dilation, padding=pad) for _ in range(2))

    def forward(self, x):
        x = x + 0
        y = self.conv1(nn.functional.leaky_relu(self.batchnorm1(x), 0.1))
        return x + self.conv2(nn.functional.leaky_relu(self.batchnorm2(y), 0.1))


class Skip(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(32, 32, 1)


class Padded(nn.Module):
    """The published network: channels first, every convolution padded, cropped at the end."""

    def __init__(self, context):
        super().__init__()
        self.context = context
        self.initial_conv, self.initial_skip, self.final_conv = nn.Conv1d(4, 32, 1), Skip(), nn.Conv1d(32, 3, 1)
        groups = [[*(Unit(*block) for _ in range(4)), Skip()] for block in WIDTHS[context]]
        self.residual_units = nn.ModuleList(unit for group in groups for unit in group)

    def forward(self, x):
        x = self.initial_conv(x)
        total = self.initial_skip.conv(x)
        for unit in self.residual_units:
            if isinstance(unit, Skip):
                total = total + unit.conv(x)
            else:
                x = unit(x)
        return self.final_conv(total[:, :, self.context // 2 : -self.context // 2]).softmax(1)


def network(context):
    torch.manual_seed(context)
    found = Padded(context).eval()
    with torch.no_grad():
        for name, value in found.named_buffers():
            if value.is_floating_point():
                value.copy_(torch.rand(value.shape) + 0.5 * name.endswith("var"))
        found.final_conv.weight.mul_(3)
    return found


@pytest.mark.parametrize("context", sorted(WIDTHS))
@pytest.mark.parametrize("parallel", [False, True])
def test_probabilities_are_those_of_the_padded_network(tmp_path, context, parallel):
    theirs, path = network(context), tmp_path / "model_best.pt"
    state = theirs.state_dict()
    torch.save({f"module.{name}": value for name, value in state.items()} if parallel else state, path)
    model = load_openspliceai(path)
    assert model.context == context
    x = torch.from_numpy(np.eye(5)[np.random.default_rng(0).integers(0, 5, (2, context + 30))][:, :, :4]).float()
    with torch.inference_mode():
        wanted = theirs(x.transpose(1, 2)).transpose(1, 2)
        got = model(x).softmax(-1)
    assert wanted.std() > 0.05
    torch.testing.assert_close(got, wanted, atol=2e-6, rtol=0)
    save_model(tmp_path / "ours.safetensors", model)
    with torch.inference_mode():
        assert torch.equal(load_model(tmp_path / "ours.safetensors")(x).softmax(-1), got)
        assert torch.equal(load_model(path)(x).softmax(-1), got)


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "model.pt"
    path.write_text("weights")
    with pytest.raises(ValueError, match=r"model\.pt: no file of weights"):
        load_model(path)
    with pytest.raises(ValueError, match=r"none\.pt: no such file"):
        load_model(tmp_path / "none.pt")
    torch.save([1, 2], path)
    with pytest.raises(ValueError, match=r"model\.pt: a list; wanted a state dict"):
        load_model(path)
    state = network(80).state_dict()
    torch.save({name: value for name, value in state.items() if "units.4" not in name}, path)
    with pytest.raises(ValueError, match=r"model\.pt: no 'residual_units\.4\.conv\.bias'"):
        load_model(path)
    torch.save({**state, "head.weight": torch.zeros(1)}, path)
    with pytest.raises(ValueError, match=r"an unknown 'head\.weight'"):
        load_model(path)
    torch.save({**state, "final_conv.weight": torch.zeros(4, 32, 1)}, path)
    with pytest.raises(ValueError, match=r"final_conv.weight has shape \(4, 32, 1\), wanted \(3, 32, 1\)"):
        load_model(path)
    wide = {k: torch.zeros(32, 32, 13) if "conv1.weight" in k and "units" in k else v for k, v in state.items()}
    torch.save(wide, path)
    with pytest.raises(ValueError, match=r"4 residual blocks of widths \[13\]"):
        load_model(path)


class Harmful:
    def __reduce__(self):
        return print, ("run",)


def test_no_code_of_a_file_is_run(tmp_path, capsys):
    torch.save({"weight": Harmful()}, tmp_path / "model.pt")
    with pytest.raises(ValueError, match="no file of weights"):
        load_model(tmp_path / "model.pt")
    assert not capsys.readouterr().out
