"""Splice model files: weights, architecture and provenance in one safetensors file. Loading runs no code from it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save

import cisgrammar
from cisgrammar.files.atomic import atomic_path
from cisgrammar.splice.models.keras_spliceai import load_keras_spliceai
from cisgrammar.splice.models.model import Ensemble, ModelToAnalyze
from cisgrammar.splice.models.spliceai import SpliceAI
from cisgrammar.training.device import pick_device

FORMAT = "cisgrammar-splice-1"


def save_model(path: str | Path, model: SpliceAI, **provenance: Any) -> None:
    """Write a model; `provenance` (JSON values) goes into the header beside the architecture."""
    header = {
        "version": cisgrammar.__version__,
        "model": {"kind": "spliceai", "context": model.context},
        "provenance": provenance,
    }
    weights = {name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}
    with atomic_path(path) as temporary:
        # One entry: safetensors writes several in an order that varies.
        temporary.write_bytes(save(weights, {FORMAT: json.dumps(header, sort_keys=True)}))


def read_header(path: str | Path) -> dict[str, Any]:
    """The header of a model file: `version`, `model`, `provenance`."""
    try:
        with safe_open(str(path), "pt") as handle:
            metadata = handle.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise ValueError(f"{path}: not a readable model file ({error}); wanted a .safetensors of this stage") from None
    if FORMAT not in metadata:
        raise ValueError(f"{path}: no {FORMAT!r} in its header, only {sorted(metadata)}; wanted a splice model")
    return json.loads(metadata[FORMAT])


def load_model(path: str | Path, device: str = "cpu") -> SpliceAI:
    """Read a model file of this stage, or a Keras `.h5` of SpliceAI; the model is in eval mode."""
    if Path(path).suffix in (".h5", ".hdf5", ".keras"):
        return load_keras_spliceai(path).to(pick_device(device))
    model = SpliceAI(int(read_header(path)["model"]["context"]), seed=0)
    with safe_open(str(path), "pt") as handle:
        model.load_state_dict({name: handle.get_tensor(name) for name in handle.keys()})  # noqa: SIM118 - no mapping
    return model.to(pick_device(device)).eval()


def load_models(
    paths: Sequence[str | Path], device: str = "cpu", thresholds: Sequence[float] | None = None
) -> ModelToAnalyze:
    """One model, or the mean of the probabilities of several of the same context, ready to analyze.

    Parameters
    ----------
    paths
        Model files.
    device
        cpu or cuda.
    thresholds
        Of acceptor and donor; None before calibration.
    """
    models = [load_model(path, device) for path in paths]
    contexts = sorted({model.context for model in models})
    if len(contexts) != 1:
        raise ValueError(f"models of contexts {contexts} given together; wanted at least one, all of one context")
    model = models[0] if len(models) == 1 else Ensemble(models)
    return ModelToAnalyze(model, contexts[0], contexts[0], thresholds)
