"""What the training loop asks of a thing to be trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from torch import Tensor, nn

from cisgrammar.training.team import Team


class Batch(Protocol):
    """Anything with a number of examples."""

    size: int


class Objective(Protocol):
    """A model with its data and loss.

    Everything random in an epoch must follow from the epoch's number alone: that is what lets a killed run
    resume and end with the same bytes.

    Attributes
    ----------
    model
        What is trained.
    network
        What `loss` calls: the model, in the wrapper that the loop may put around it.
    team
        The processes that share each batch.
    """

    model: nn.Module
    network: nn.Module
    team: Team

    def batches(self, epoch: int) -> Iterator[Any]:
        """Batches of an epoch, of each this process's part, on the device; the same ones each time."""

    def steps(self) -> int:
        """Number of batches in an epoch."""

    def loss(self, batch: Any) -> dict[str, Tensor]:
        """`loss`, which is differentiated, and the parts that it is made of, all scalars.

        This process's share of each: over the processes they add up to the values of the whole batch.
        """

    def validate(self) -> dict[str, float]:
        """The parts of the loss on held-out data, the same in every process; the model is in eval mode."""

    def watched(self, validation: Mapping[str, float]) -> float:
        """The number to minimise, from the parts that `validate` returned in any epoch, weighted as of now."""

    def end_epoch(self, training: Mapping[str, float], validation: Mapping[str, float], epoch: int) -> None:
        """Adapt what adapts between epochs (weights of the loss)."""

    def state(self) -> dict[str, Any]:
        """What `end_epoch` changed, as plain numbers and lists."""

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Put `state()` back."""
