"""The config's sections of training: the one loop's settings, and how the windows of profile models are shown."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from cisgrammar.config.fields import NonNegative, Positive, Section


class Training(Section):
    """The one training loop's settings, which every stage that trains has.

    `processes` is left out of what is saved and compared: the result does not depend on it, but for rounding.
    """

    epochs: Annotated[int, Field(ge=1)] = Field(30, description="most epochs")
    batch_size: Annotated[int, Field(ge=1)] = Field(32, description="windows per step")
    learning_rate: Positive = Field(2e-3, description="Adam's step size at the start")
    weight_decay: NonNegative = Field(0.0, description="decoupled (AdamW); 0 is Adam")
    gradient_clip: Positive | None = Field(None, description="largest norm of the gradient; null for none")
    schedule: Literal["plateau", "cosine"] = Field(
        "cosine",
        description="lower the learning rate on a plateau, or along a cosine over `epochs` (with 5 % warm-up)",
    )
    plateau_patience: Annotated[int, Field(ge=1)] = Field(
        3, description="epochs without gain before the learning rate halves"
    )
    early_stopping_patience: Annotated[int, Field(ge=1)] = Field(
        10, description="epochs without gain before training stops"
    )
    average: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.99,
        description="decay of an exponential moving average of the weights, which is then what is kept; 0 for none",
    )
    processes: Annotated[int, Field(ge=1, exclude=True)] = Field(
        1, description="processes of one node that share each batch (torchrun), with a GPU each on `cuda`"
    )
    precision: Literal["fp32", "tf32", "bf16"] = Field(
        "fp32", description="arithmetic of the convolutions in training; `tf32` (10 bits of each factor) on a GPU only"
    )
    device: Literal["cpu", "cuda"] = Field("cpu", description="where to train; an absent GPU is an error")

    @model_validator(mode="after")
    def _tf32_needs_a_gpu(self) -> Training:
        if self.precision == "tf32" and self.device != "cuda":
            raise ValueError("precision: tf32 is a GPU's; on a cpu take fp32, or bf16 where the processor has it")
        return self


class WindowTraining(Training):
    """The training of a profile model: the loop, and the random shift and strand of each window."""

    jitter: Annotated[int, Field(ge=0)] = Field(
        200, description="bp, largest random shift of a window each way; 0 for none"
    )
    reverse_complement: bool = Field(True, description="show each window on a random strand")


class PeakTraining(WindowTraining):
    """The training of a profile model on peaks, with background windows among them."""

    background_ratio: NonNegative = Field(
        0.5, description="background windows per peak in an epoch, redrawn each epoch"
    )
    standardise_counts: bool = Field(
        False,
        description="while it trains, the counts head reads the trunk's means over a window less those of the batch, "
        "over their deviation: log-counts leave their mean in the first epoch. The saved model has no such layer",
    )
