"""Splice models as files: how a network is described in the header, and built again from it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cisgrammar.files.model_file import (
    check_weights,
    load_weights,
    one_line,
    read_model_file,
    suffix_of,
    write_model_file,
)
from cisgrammar.splice.models.keras_spliceai import load_keras_spliceai
from cisgrammar.splice.models.model import Ensemble, ModelToAnalyze
from cisgrammar.splice.models.openspliceai import load_openspliceai
from cisgrammar.splice.models.spliceai import EPSILON, SpliceAI
from cisgrammar.training.device import pick_device

FORMAT = "cisgrammar-splice-1"


def save_model(path: str | Path, model: SpliceAI, **provenance: Any) -> None:
    """Write a model; `provenance` (JSON values) goes into the header beside the architecture."""
    architecture = {"kind": "spliceai", "context": model.context}
    if (model.slope, model.epsilon) != (0.0, EPSILON):
        architecture |= {"slope": model.slope, "epsilon": model.epsilon}
    write_model_file(path, FORMAT, architecture, model.state_dict(), provenance)


def load_model(path: str | Path, device: str = "cpu") -> SpliceAI:
    """Read a model file of this stage, a Keras `.h5` of SpliceAI, or a `.pt` of OpenSpliceAI; in eval mode.

    Raises
    ------
    ValueError
        One line with the path: no readable file, that of another stage, or header and weights that are not of one
        network.
    """
    readers = dict.fromkeys((".h5", ".hdf5", ".keras"), load_keras_spliceai)
    readers |= dict.fromkeys((".pt", ".pth"), load_openspliceai)
    if (suffix := suffix_of(path)) in readers:
        with one_line(path, "a network of SpliceAI (.h5) or OpenSpliceAI (.pt)"):
            model = readers[suffix](path)
            check_weights(model.state_dict(), path)
    else:
        model = _load_own(path)
    return model.to(pick_device(device)).eval()


def _load_own(path: str | Path) -> SpliceAI:
    header, weights = read_model_file(path, FORMAT)
    context = header.model.get("context")
    if header.model.get("kind") != "spliceai" or not isinstance(context, int):
        raise ValueError(f"{path}: a model {header.model}; wanted a network of kind spliceai with its context")
    with one_line(path, "a network of this package, whose header is whole"):
        model = SpliceAI(context, 0, header.model.get("slope", 0.0), header.model.get("epsilon", EPSILON))
        load_weights(model, weights, path)
    return model


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
    levels = None if thresholds is None else np.asarray(thresholds, dtype=np.float64)
    return ModelToAnalyze(model, contexts[0], contexts[0], levels)
