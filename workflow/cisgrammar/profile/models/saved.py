"""Profile models as files: how a model is described in the header, and built again from it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cisgrammar.config.fields import problems
from cisgrammar.config.profile import Architecture
from cisgrammar.files.model_file import (
    check_weights,
    load_weights,
    one_line,
    read_model_file,
    suffix_of,
    write_model_file,
)
from cisgrammar.profile.models.chrombpnet_import import load_chrombpnet
from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.controlled import ControlledModel
from cisgrammar.profile.models.counts_blend import CountsBlend
from cisgrammar.profile.models.counts_network import CountsNetwork
from cisgrammar.profile.models.heads import head_list, heads_from_list
from cisgrammar.profile.models.keras_import import load_keras
from cisgrammar.profile.models.kmer_line import KmerLine
from cisgrammar.profile.models.profile_model import ProfileModel
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.profile.models.transformation import TransformationModel, regression_of
from cisgrammar.training.device import pick_device

FORMAT = "cisgrammar-profile-1"
AnyModel = SoloModel | CountsBlend | TransformationModel | CombinedModel | ControlledModel


def describe_model(model: ProfileModel) -> dict[str, Any]:
    """Kind and architecture of a model, as JSON values, parts included."""
    if isinstance(model, SoloModel):
        return {"kind": "solo", "architecture": _describe_network(model)}
    if isinstance(model, TransformationModel):
        return {
            "kind": "transformation",
            "profile": list(model.profile_types),
            "counts": list(model.counts_types),
            "solo": describe_model(model.solo),
        }
    if isinstance(model, CombinedModel):
        return {
            "kind": "combined",
            "residual": describe_model(model.residual),
            "bias": describe_model(model.transformation),
        }
    if isinstance(model, ControlledModel):
        return {"kind": "controlled", "inner": describe_model(model.inner), "control_tasks": list(model.control_tasks)}
    if isinstance(model, CountsBlend):
        return {
            "kind": "blend",
            "solo": describe_model(model.trunk),
            "networks": [_describe_counts(n) for n in model.networks if isinstance(n, CountsNetwork)],
            "kmer": 0 if model.kmers is None else model.kmers.k,
            "words": [] if model.kmers is None else list(model.kmers.words),
        }
    raise ValueError(f"cannot describe a {type(model).__name__}; wanted a solo, transformation or combined model")


def _describe_counts(network: CountsNetwork) -> dict[str, Any]:
    return {
        "heads": network.rates.out_channels,
        "output_length": network.output_length,
        "channels": network.channels,
        "layers": network.layers,
    }


def _describe_network(model: SoloModel) -> dict[str, Any]:
    return {
        "input_length": model.input_length,
        "output_length": model.output_length,
        "num_filters": model.architecture.filters,
        "num_layers": model.architecture.layers,
        "input_filter_width": model.architecture.input_filter_width,
        "output_filter_width": model.architecture.output_filter_width,
        "heads": head_list(model.heads),
    }


def rebuild_model(description: Mapping[str, Any]) -> AnyModel:
    """A model of the described architecture with untrained weights."""
    kind = description.get("kind")
    if kind == "controlled":
        inner = rebuild_model(description["inner"])
        if not isinstance(inner, SoloModel | CombinedModel):
            raise ValueError(f"a control beside a {type(inner).__name__}; wanted it beside a solo or combined model")
        return ControlledModel(inner, description["control_tasks"])
    if kind == "combined":
        residual = description["residual"]
        rebuilt = _rebuild_blend(residual) if residual.get("kind") == "blend" else _rebuild_solo(residual)
        return CombinedModel(rebuilt, _rebuild_bias(description["bias"]))
    if kind == "blend":
        return _rebuild_blend(description)
    return _rebuild_bias(description)


def _rebuild_bias(description: Mapping[str, Any]) -> SoloModel | TransformationModel:
    if description.get("kind") == "transformation":
        profile, counts = (regression_of(description[part]) for part in ("profile", "counts"))
        return TransformationModel(_rebuild_bias(description["solo"]), profile, counts)
    return _rebuild_solo(description)


def _rebuild_blend(description: Mapping[str, Any]) -> CountsBlend:
    solo = _rebuild_solo(description["solo"])
    line = description["kmer"], len(solo.heads), solo.output_length, description["words"]
    kmers = KmerLine(*line) if description["kmer"] else None
    return CountsBlend(solo, [CountsNetwork(**network, seed=0) for network in description["networks"]], kmers)


def _rebuild_solo(description: Mapping[str, Any]) -> SoloModel:
    kind = description.get("kind")
    if kind != "solo":
        raise ValueError(f"unknown kind of model {kind!r}; wanted solo, transformation or combined")
    network = description["architecture"]
    try:
        architecture = Architecture(
            filters=network["num_filters"],
            layers=network["num_layers"],
            input_filter_width=network["input_filter_width"],
            output_filter_width=network["output_filter_width"],
        )
    except ValidationError as error:
        raise ValueError("; ".join(problems(error, Architecture))) from None
    heads = heads_from_list(network["heads"])
    return SoloModel(architecture, network["output_length"], heads, seed=0, input_length=network["input_length"])


def save_model(path: str | Path, model: ProfileModel, **provenance: Any) -> None:
    """Write a model; `provenance` (JSON values) goes into the header beside the architecture."""
    write_model_file(path, FORMAT, describe_model(model), model.state_dict(), provenance)


def load_model(path: str | Path, device: str = "cpu") -> AnyModel:
    """Read a model file, BPReveal's `.keras` or ChromBPNet's `.h5`; the model is in eval mode.

    Raises
    ------
    ValueError
        One line with the path: no such file, none of these formats, another network, or weights that do not fit the
        header or are nan.
    """
    readers = {".keras": load_keras, ".h5": load_chrombpnet, ".hdf5": load_chrombpnet}
    model: AnyModel
    if (suffix := suffix_of(path)) in readers:
        with one_line(path, "a profile model of BPReveal (.keras) or ChromBPNet (.h5)"):
            model = readers[suffix](path)
            check_weights(model.state_dict(), path)
    else:
        header, weights = read_model_file(path, FORMAT)
        with one_line(path, "a profile model of this package, whose header is whole"):
            model = rebuild_model(header.model)
            load_weights(model, weights, path)
    return model.to(pick_device(device)).eval()
