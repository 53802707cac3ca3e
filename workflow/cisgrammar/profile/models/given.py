"""Models that were trained elsewhere, held against what they are to serve: a bias model, or where training starts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.controlled import ControlledModel
from cisgrammar.profile.models.counts_blend import CountsBlend
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.saved import AnyModel, load_model
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.profile.models.transformation import TransformationModel

_PICKLED = (".torch", ".pt", ".pth", ".pkl")


def given_bias(
    path: str | Path, heads: Sequence[Head], output_length: int, input_length: int
) -> SoloModel | TransformationModel:
    """Read a bias model: of a run, of BPReveal or of ChromBPNet.

    Its heads are matched to the sample's by their order and take the sample's names.

    Parameters
    ----------
    path
        `.safetensors`, `.keras` or `.h5`, as `load_model` reads them.
    heads
        The sample's.
    output_length
        bp that the run predicts.
    input_length
        bp that the run's residual model reads: the bias may read no more.

    Returns
    -------
    SoloModel or TransformationModel
        In eval mode, with the weights of the file.

    Raises
    ------
    ValueError
        One line that begins with `bias.model`: the file cannot be read, is no bias model, or predicts other heads or
        lengths than the run.
    """
    if Path(path).suffix.lower() in _PICKLED:
        raise ValueError(
            f"bias.model: {path}: a pickled model, whose loading runs code; give .safetensors of a run, .keras of "
            "BPReveal or .h5 of ChromBPNet"
        )
    try:
        model = load_model(path)
    except (ValueError, OSError) as error:
        raise ValueError(f"bias.model: {error}") from None
    if not isinstance(model, SoloModel | TransformationModel):
        raise ValueError(
            f"bias.model: {path}: a {type(model).__name__}, wanted a model of the bias alone, such as "
            "bias/<sample>/<fold>/model.safetensors of a run"
        )
    _check_fits(model, heads, output_length, input_length, path)
    _rename(model, heads)
    return model


def _check_fits(
    model: SoloModel | TransformationModel,
    heads: Sequence[Head],
    output_length: int,
    input_length: int,
    path: str | Path,
) -> None:
    """ValueError unless a bias model has the heads and lengths of the run."""
    tasks, wanted = [head.tasks for head in model.heads], [head.tasks for head in heads]
    if tasks != wanted:
        raise ValueError(
            f"bias.model: {path}: {len(tasks)} head(s) with {_listed(tasks)} tasks, the sample has {len(wanted)} with "
            f"{_listed(wanted)}; give a model of the same assay, or other strands in the sample sheet"
        )
    if model.output_length != output_length:
        raise ValueError(
            f"bias.model: {path}: predicts {model.output_length} bp, the run {output_length}; "
            f"write output_length: {model.output_length}"
        )
    if model.input_length > input_length or (input_length - model.input_length) % 2:
        raise ValueError(
            f"bias.model: {path}: reads {model.input_length} bp, combined.architecture only {input_length}; "
            "the residual model must see at least as far: give it more layers"
        )


def _listed(tasks: Sequence[int]) -> str:
    return ", ".join(map(str, tasks))


def _rename(model: SoloModel | TransformationModel, heads: Sequence[Head]) -> None:
    model.heads = tuple(own._replace(name=head.name) for own, head in zip(model.heads, heads, strict=True))
    if isinstance(model, TransformationModel):
        _rename(model.solo, heads)


def start_from(network: SoloModel, path: str | Path) -> None:
    """Put the weights of a trained network into one that is to be trained.

    Parameters
    ----------
    network
        The residual model, or the only one of a run without bias.
    path
        A model of a run (`combined.safetensors`, `residual.safetensors`), of BPReveal (.keras) or of ChromBPNet (.h5):
        of a model with bias the residual's weights are taken, of one with networks of counts those of its trunk.

    Raises
    ------
    ValueError
        One line that begins with `combined.start`: the file cannot be read, or its network has another shape.
    """
    try:
        given = load_model(path)
    except (ValueError, OSError) as error:
        raise ValueError(f"combined.start: {error}") from None
    own = _network_of(given)
    if own is None:
        raise ValueError(f"combined.start: {path}: a {type(given).__name__}; wanted a residual or combined model")
    found, wanted = _shape(own), _shape(network)
    if found != wanted:
        raise ValueError(
            f"combined.start: {path}: {_written(found)}, wanted {_written(wanted)}; change combined.architecture or "
            "the tracks of the sample, or give another model"
        )
    network.load_state_dict(own.state_dict())


def _network_of(model: AnyModel) -> SoloModel | None:
    """The network of the residual; None for a model that is no such."""
    while isinstance(model, ControlledModel | CombinedModel):
        model = model.residual
    if isinstance(model, CountsBlend):
        return model.trunk
    return model if isinstance(model, SoloModel) else None


class _Shape(NamedTuple):
    filters: int
    layers: int
    widths: tuple[int, int]
    tasks: tuple[int, ...]


def _shape(model: SoloModel) -> _Shape:
    own = model.architecture
    widths = own.input_filter_width, own.output_filter_width
    return _Shape(own.filters, own.layers, widths, tuple(head.tasks for head in model.heads))


def _written(shape: _Shape) -> str:
    return (
        f"{shape.filters} filters, {shape.layers} layers, widths {shape.widths[0]} and {shape.widths[1]}, "
        f"{len(shape.tasks)} head(s) with {_listed(shape.tasks)} tasks"
    )
