"""What the training loop asks of a thing to be trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from torch import Tensor, nn


class Batch(Protocol):
    """Anything with a number of examples."""

    size: int


class Objective(Protocol):
    """A model with its data and loss.

    Everything random in an epoch must follow from the epoch's number alone: that is what lets a killed run
    resume and end with the same bytes.
    """

    model: nn.Module

    def batches(self, epoch: int) -> Iterator[Any]:
        """The batches of an epoch, on the device; the same ones each time."""

    def steps(self) -> int:
        """Number of batches in an epoch."""

    def loss(self, batch: Any) -> dict[str, Tensor]:
        """`loss`, which is differentiated, and the parts that it is made of, all scalars."""

    def validate(self) -> dict[str, float]:
        """The parts of the loss on held-out data; the model is in eval mode."""

    def watched(self, validation: Mapping[str, float]) -> float:
        """The number to minimise, from the parts that `validate` returned in any epoch, weighted as of now."""

    def end_epoch(self, training: Mapping[str, float], validation: Mapping[str, float], epoch: int) -> None:
        """Adapt what adapts between epochs (weights of the loss)."""

    def state(self) -> dict[str, Any]:
        """What `end_epoch` changed, as plain numbers and lists."""

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Put `state()` back."""
