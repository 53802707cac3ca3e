"""Profile models as files: how a model is described in the header, and built again from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn

from cisgrammar.files.model_file import load_weights, read_model_file, write_model_file
from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.profile.models.transformation import TransformationModel, regression_of
from cisgrammar.training.device import pick_device

FORMAT = "cisgrammar-profile-1"


def describe_model(model: nn.Module) -> dict[str, Any]:
    """Kind and architecture of a model, as JSON values, parts included."""
    if isinstance(model, SoloModel):
        return {"kind": "solo", "architecture": model.architecture()}
    if isinstance(model, TransformationModel):
        return {
            "kind": "transformation",
            "profile": list(model.profile_regressions[0].types),
            "counts": list(model.counts_regressions[0].types),
            "solo": describe_model(model.solo),
        }
    if isinstance(model, CombinedModel):
        return {
            "kind": "combined",
            "residual": describe_model(model.residual),
            "bias": describe_model(model.transformation),
        }
    raise ValueError(f"cannot describe a {type(model).__name__}; wanted a solo, transformation or combined model")


def rebuild_model(description: dict[str, Any]) -> SoloModel | TransformationModel | CombinedModel:
    """A model of the described architecture with untrained weights."""
    kind = description.get("kind")
    if kind == "solo":
        return SoloModel(**description["architecture"], seed=0)
    if kind == "transformation":
        profile, counts = (regression_of(description[part]) for part in ("profile", "counts"))
        return TransformationModel(rebuild_model(description["solo"]), profile, counts)
    if kind == "combined":
        return CombinedModel.from_parts(rebuild_model(description["residual"]), rebuild_model(description["bias"]))
    raise ValueError(f"unknown kind of model {kind!r}; wanted solo, transformation or combined")


def save_model(path: str | Path, model: nn.Module, **provenance: Any) -> None:
    """Write a model; `provenance` (JSON values) goes into the header beside the architecture."""
    write_model_file(path, FORMAT, describe_model(model), model.state_dict(), provenance)


def load_model(path: str | Path, device: str = "cpu") -> SoloModel | TransformationModel | CombinedModel:
    """Read a model file; the model is in eval mode. Errors as `read_model_file`."""
    header, weights = read_model_file(path, FORMAT)
    model = rebuild_model(header.model)
    load_weights(model, weights, path)
    return model.to(pick_device(device)).eval()
