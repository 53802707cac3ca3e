"""The config's section of predictions for regions and sequences of one's own."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from cisgrammar.config.fields import FolderName, PathStr, Section

OWN = "own"
"""The name of the one set of a section without `sets`."""
PARTS = ("model", "residual", "transformation", "bias")
"""What can be predicted: the whole model, and the parts of a combined one."""


class PredictedSet(Section):
    """Regions or whole sequences, and the models that predict them."""

    regions: PathStr | None = Field(
        None, description="BED or narrowPeak of regions of `fasta`; default: every sequence of it, from end to end"
    )
    fasta: PathStr | None = Field(None, description="FASTA of the sequences; default: that of `genome`")
    models: Annotated[tuple[PathStr, ...], Field(min_length=1)] | None = Field(
        None,
        description="model files whose predictions are averaged: this workflow's, BPReveal's `.keras`, ChromBPNet's "
        "`.h5`; default: of each sample the last model that the run fits, averaged over the folds",
    )
    windows: Literal["tile", "centre", "summit"] = Field(
        "tile",
        description="`tile`: a region longer than the output is covered by windows that overlap, another is the middle "
        "of one; `centre`, `summit`: one window a region, on its middle or summit, whatever its length",
    )
    overlap: Annotated[int, Field(ge=0)] | None = Field(
        None,
        description="bp that neighbouring windows share at least; each base is taken from the window in which it is "
        "farther from the end; default: a quarter of the output",
    )
    parts: Annotated[tuple[Literal["model", "residual", "transformation", "bias"], ...], Field(min_length=1)] = Field(
        ("model", "residual"),
        description="what is written: the whole model, and parts of a combined one; a part that a model has not is "
        "left out",
    )


class Predict(PredictedSet):
    """Predictions of fitted or given models for any regions or sequences; beside one set, or several under `sets`."""

    sets: dict[FolderName, PredictedSet] = Field(
        {}, description="name -> set, instead of `regions` and `fasta` above; what a set does not give is as above"
    )
    batch_size: Annotated[int, Field(ge=1)] | None = Field(
        None, description="windows at once, which memory goes with; default: 16 on a CPU, 256 on a GPU"
    )
    device: Literal["cpu", "cuda"] = Field("cpu", description="where to predict; an absent GPU is an error")

    @model_validator(mode="after")
    def _one_way(self) -> Predict:
        beside = [name for name in ("regions", "fasta") if getattr(self, name) is not None]
        if self.sets and beside:
            raise ValueError(f"{' and '.join(beside)} beside `sets`; give regions and fasta within each set")
        return self

    @property
    def named(self) -> dict[str, PredictedSet]:
        """Name -> set, with what it does not give taken from the section; one called `own` without `sets`."""
        common = {name: getattr(self, name) for name in PredictedSet.model_fields}
        if not self.sets:
            return {OWN: PredictedSet(**common)}
        given: dict[str, dict[str, Any]] = {
            name: {key: getattr(part, key) for key in part.model_fields_set} for name, part in self.sets.items()
        }
        return {name: PredictedSet(**{**common, **keys}) for name, keys in given.items()}


def predict_faults(predict: Predict | None, genome: bool, fitted: bool) -> list[str]:
    """A line for each set that lacks sequences or models; `genome` and `fitted` are whether the run has them."""
    faults = []
    for name, part in (predict.named if predict else {}).items():
        key = "predict" if predict and not predict.sets else f"predict.sets.{name}"
        if part.fasta is None and not genome:
            faults.append(f"{key}.fasta: needed in a run without the section `genome`")
        if part.models is None and not fitted:
            faults.append(f"{key}.models: needed in a run that fits no model; give model files")
    return faults
