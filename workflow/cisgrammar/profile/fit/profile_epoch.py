"""The weights of the epoch with the best profiles, kept beside those of the epoch with the least loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor
from torch.nn import Module


class ProfileEpoch:
    """Weights of the epoch with the least NLL of profiles in validation.

    Attributes
    ----------
    nll
        Of all heads together, mean over validation windows; inf before the first validation.
    weights
        The model's state then, empty before.
    """

    def __init__(self) -> None:
        self.nll = float("inf")
        self.weights: dict[str, Tensor] = {}

    def offer(self, nll: float, model: Module) -> None:
        """Take the model's weights if its profiles are better."""
        if nll < self.nll:
            self.nll = nll
            self.weights = {name: value.detach().clone() for name, value in model.state_dict().items()}

    def state(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {"nll": self.nll, "weights": self.weights}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Put `state()` back."""
        self.nll, self.weights = state["nll"], dict(state["weights"])
