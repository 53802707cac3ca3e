"""Where and in what precision a model runs."""

import pytest
import torch

from cisgrammar.training.device import autocast, describe, pick_device


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_an_absent_gpu_is_an_error():
    with pytest.raises(ValueError, match="no GPU"):
        pick_device("cuda")


@pytest.mark.parametrize("name", ["gpu", "mps", ""])
def test_an_unknown_device_is_named(name):
    with pytest.raises(ValueError, match=f"device: must be cpu or cuda, got '{name}'"):
        pick_device(name)


def test_precision_is_that_of_products_within_the_context():
    x = torch.ones(2, 2)
    for precision, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
        with autocast(pick_device("cpu"), precision):
            assert (x @ x).dtype == dtype


def test_emulated_bf16_is_said(monkeypatch):
    monkeypatch.setattr("cisgrammar.training.device.has_fast_bf16", lambda device: False)
    assert "EMULATED" in describe(torch.device("cpu"), "bf16")
    assert "EMULATED" not in describe(torch.device("cpu"), "fp32")
