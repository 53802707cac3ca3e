"""Model files: weights and everything needed to rebuild the model, in one safetensors file.

The header holds JSON: kind, architecture, package version, and what the caller adds (config, data fingerprints).
Loading runs no code from the file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.torch import save
from torch import nn

import cisgrammar
from cisgrammar.files.atomic import atomic_path
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
    header = {"version": cisgrammar.__version__, "model": describe_model(model), "provenance": provenance}
    weights = {name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}
    with atomic_path(path) as temporary:
        # One entry: safetensors writes several in an order that varies.
        temporary.write_bytes(save(weights, {FORMAT: json.dumps(header, sort_keys=True)}))


def read_header(path: str | Path) -> dict[str, Any]:
    """The header of a model file: `version`, `model`, `provenance`."""
    try:
        with safe_open(str(path), "pt") as handle:
            metadata = handle.metadata() or {}
    except (OSError, ValueError, RuntimeError) as error:
        raise ValueError(f"{path}: not a readable model file ({error})") from None
    except Exception as error:  # safetensors raises its own type for a malformed header
        raise ValueError(f"{path}: not a safetensors file ({error})") from None
    if FORMAT not in metadata:
        raise ValueError(
            f"{path}: no {FORMAT!r} in its header, only {sorted(metadata)}; wanted a model of this project"
        )
    return json.loads(metadata[FORMAT])


def load_model(path: str | Path, device: str = "cpu") -> SoloModel | TransformationModel | CombinedModel:
    """Read a model file; the model is in eval mode."""
    model = rebuild_model(read_header(path)["model"])
    with safe_open(str(path), "pt") as handle:
        model.load_state_dict({name: handle.get_tensor(name) for name in handle.keys()})  # noqa: SIM118 - no mapping
    return model.to(pick_device(device)).eval()
