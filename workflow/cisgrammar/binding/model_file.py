"""The file of a fitted binding model: all libraries' experiments, their shared matrices and spacings, and the flanks.

Weights are named by their place, as in `factors.0.betas`, `spacings.0.log_spacing` or `libraries.0.log_depth`; numbers
count the entries of the header's `factors`, `spacings` and `libraries`. What is shared is written once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Binding, Experiment
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.rounds import ROUNDS, InitialRound, Round
from cisgrammar.binding.layers.spacing import Spacing
from cisgrammar.binding.reads.count_table import Flanks
from cisgrammar.files.model_file import ModelHeader, check_weights, one_line, read_model_file, write_model_file

FORMAT = "cisgrammar-binding-1"


@dataclass(frozen=True, eq=False)
class LoadedBinding:
    """A fitted model as it was written.

    Attributes
    ----------
    experiments
        Library -> experiment; parameters are frozen and as precise as they were fitted.
    motifs
        Motif name -> its matrix, shared by all libraries.
    spacings
        Pair name (`a:b`) -> its spacing, shared by all libraries.
    flanks
        Library -> constant sequence beside its reads. `CountTable.from_strings(reads, counts, flanks[library]).codes()`
        are the codes that the library's experiment scores.
    header
        Version, description and provenance.
    """

    experiments: dict[str, Experiment]
    motifs: dict[str, PSAM]
    spacings: dict[str, Spacing]
    flanks: dict[str, Flanks]
    header: ModelHeader


class _Parts(nn.Module):
    """All parts of a model, so that each parameter has one name."""

    def __init__(
        self, motifs: Mapping[str, PSAM], spacings: Mapping[str, Spacing], experiments: Mapping[str, Experiment]
    ) -> None:
        super().__init__()
        self.factors = nn.ModuleList(motifs.values())
        self.spacings = nn.ModuleList(spacings.values())
        self.libraries = nn.ModuleList(experiments.values())


def write_binding(
    path: str | Path,
    experiments: Mapping[str, Experiment],
    motifs: Mapping[str, PSAM],
    flanks: Mapping[str, Flanks],
    provenance: Mapping[str, Any],
) -> None:
    """Write a fitted model; the same model gives the same bytes.

    Parameters
    ----------
    path
        File to write, `.safetensors`.
    experiments
        Library -> experiment.
    motifs
        Motif name -> matrix, for all matrices in the experiments.
    flanks
        Library -> constant sequence beside its reads, with the lengths that are scored.
    provenance
        JSON values: config, seed, fingerprint of the data.

    Raises
    ------
    ValueError
        If a part is not one that the config can ask for, such as those of `compat`, or libraries and flanks differ.
    """
    if set(flanks) != set(experiments):
        raise ValueError(f"flanks of {sorted(flanks)}, wanted those of the libraries {sorted(experiments)}")
    names = {id(psam): name for name, psam in motifs.items()}
    spacings = _spacings_of(experiments, names)
    parts = _Parts(motifs, spacings, experiments)
    model = {
        # Lists, as their order is that of the weights.
        "factors": [{"name": name, **_factor(psam)} for name, psam in motifs.items()],
        "spacings": [{"name": name, **_spacing(spacing)} for name, spacing in spacings.items()],
        "libraries": [
            {"name": name, "flanks": asdict(flanks[name]), **_experiment(experiment, names, spacings)}
            for name, experiment in experiments.items()
        ],
    }
    write_model_file(path, FORMAT, model, dict(parts.named_parameters()), provenance)


def _spacings_of(experiments: Mapping[str, Experiment], names: Mapping[int, str]) -> dict[str, Spacing]:
    found = {id(m): m for e in experiments.values() for m in e.modules() if isinstance(m, Spacing)}.values()
    return {":".join(names[id(psam)] for psam in spacing.psams): spacing for spacing in found}


def named_parameters(experiments: Mapping[str, Experiment], motifs: Mapping[str, PSAM]) -> dict[str, nn.Parameter]:
    """Every parameter of a model by the name that it has in the model's file."""
    spacings = _spacings_of(experiments, {id(psam): name for name, psam in motifs.items()})
    return dict(_Parts(motifs, spacings, experiments).named_parameters())


def load_binding(path: str | Path) -> LoadedBinding:
    """Read a model that `write_binding` wrote, ready to score reads.

    Raises
    ------
    ValueError
        One line with the path: not a model file, one of another stage, or a weight that does not fit the header or is
        nan.
    """
    header, weights = read_model_file(path, FORMAT)
    with one_line(path, "a binding model of this package, whose header is whole"):
        model = header.model
        motifs = {each["name"]: PSAM(**_but(each, "name")) for each in model["factors"]}
        spacings = {each["name"]: _build_spacing(each, motifs) for each in model["spacings"]}
        experiments = {each["name"]: _build_experiment(each, motifs, spacings) for each in model["libraries"]}
        parts = _Parts(motifs, spacings, experiments)
        _fill(parts, weights, path)
        parts.requires_grad_(False)
        flanks = {each["name"]: Flanks(**each["flanks"]) for each in model["libraries"]}
        return LoadedBinding(experiments, motifs, spacings, flanks, header)


def _but(entry: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name not in names}


def _fill(parts: nn.Module, weights: Mapping[str, torch.Tensor], path: str | Path) -> None:
    wanted = dict(parts.named_parameters())
    odd = sorted(set(wanted) ^ set(weights))
    if odd:
        raise ValueError(f"{path}: weight {odd[0]!r} is missing or unknown: header and weights are not of one model")
    for name, parameter in wanted.items():
        if weights[name].shape != parameter.shape:
            shapes = f"{tuple(weights[name].shape)}, wanted {tuple(parameter.shape)}"
            raise ValueError(f"{path}: weight {name!r} has shape {shapes}: header and weights are not of one model")
        parameter.data = weights[name]
    check_weights(weights, path)


def _checked(part: nn.Module, kind: type[nn.Module]) -> None:
    if type(part) is not kind:
        raise ValueError(f"a model file holds a {kind.__name__} of cisgrammar.binding, got {type(part)}")


def _factor(psam: PSAM) -> dict[str, Any]:
    _checked(psam, PSAM)
    return {
        "kernel_size": psam.kernel_size,
        "symmetry": list(psam.symmetry),
        "pairwise_distance": psam.pairwise_distance,
        "score_reverse": psam.score_reverse,
    }


_SPACING = ("n_windows", "score_same", "score_reverse", "score_mode", "max_overlap", "max_spacing")


def _spacing(spacing: Spacing) -> dict[str, Any]:
    _checked(spacing, Spacing)
    return {name: getattr(spacing, name) for name in _SPACING}


def _build_spacing(entry: Mapping[str, Any], motifs: Mapping[str, PSAM]) -> Spacing:
    first, second = (motifs[name] for name in entry["name"].split(":"))
    return Spacing(first, second, **_but(entry, "name"))


def _experiment(experiment: Experiment, names: Mapping[int, str], spacings: Mapping[str, Spacing]) -> dict[str, Any]:
    return {
        "bindings": [_binding(binding, experiment, names, spacings) for binding in experiment.bindings],
        "rounds": [{"type": r.name, "reference": r.reference, "observed": r.observed} for r in experiment.rounds],
        "activity": experiment.activity,
        "active": list(experiment.active),
    }


_LENGTHS = ("min_input_length", "max_input_length")
_LAYER = ("input_shape", *_LENGTHS, "train_posbias", "bias_mode", "bias_bin")
_DIMER = ("train_hill", "train_posbias", "bias_mode", "bias_bin")


def _binding(
    binding: nn.Module, experiment: Experiment, names: Mapping[int, str], spacings: Mapping[str, Spacing]
) -> dict[str, Any]:
    """What a binding is made of: a mode's matrix by name, a dimer's modes by their place among the bindings."""
    if isinstance(binding, Mode):
        _checked(binding.layer, Conv1d)
        layer = {name: getattr(binding.layer, name) for name in _LAYER}
        return {"type": "mode", "factor": names[id(binding.psam)], "train_hill": binding.train_hill, "layer": layer}
    if isinstance(binding, Cooperativity):
        _checked(binding, Cooperativity)
        places = [list(experiment.bindings).index(mode) for mode in (binding.mode_a, binding.mode_b)]
        name = next(name for name, spacing in spacings.items() if spacing is binding.spacing)
        return {
            "type": "cooperativity",
            "spacing": name,
            "modes": places,
            **{name: getattr(binding, name) for name in _DIMER},
        }
    _checked(binding, NonSpecific)
    return {"type": "nonspecific", **{name: getattr(binding, name) for name in (*_LENGTHS, "train_posbias")}}


def _build_experiment(
    entry: Mapping[str, Any], motifs: Mapping[str, PSAM], spacings: Mapping[str, Spacing]
) -> Experiment:
    bindings: list[Binding] = []
    for each in entry["bindings"]:
        given = _but(each, "type")
        if each["type"] == "nonspecific":
            bindings.append(NonSpecific(**given))
        elif each["type"] == "mode":
            bindings.append(Mode(Conv1d(motifs[given["factor"]], **given["layer"]), given["train_hill"]))
        else:
            modes = [bindings[place] for place in given.pop("modes")]
            bindings.append(Cooperativity(spacings[given.pop("spacing")], *modes, **given))
    experiment = Experiment(bindings, [_build_round(each) for each in entry["rounds"]], entry["activity"])
    experiment.active = list(entry["active"])
    return experiment


def _build_round(entry: Mapping[str, Any]) -> Round:
    if entry["type"] == InitialRound.name:
        return InitialRound(entry["observed"])
    return ROUNDS[entry["type"]](entry["reference"], entry["observed"])
