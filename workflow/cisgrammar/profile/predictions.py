"""What a model predicts for some windows, without the model: read by tables and figures that need no torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FORMAT = "cisgrammar predictions 1"
"""What a file of predictions says that it is."""
WHOLE = "combined"
"""What the whole model of a run is called among its parts, and the one part of a model without bias."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """What a model predicts for some windows.

    Attributes
    ----------
    log_probabilities
        Head name -> `(windows, tasks, length)` float32, natural log; one distribution over tasks and positions.
    log_counts
        Head name -> `(windows,)` float32, natural log.
    """

    log_probabilities: dict[str, NDArray[np.float32]]
    log_counts: dict[str, NDArray[np.float32]]

    def __len__(self) -> int:
        return len(next(iter(self.log_counts.values())))

    def expected_counts(self, head: str) -> NDArray[np.float32]:
        """Return predicted 5' ends at each position of a head: `(windows, tasks, length)`."""
        return np.exp(self.log_probabilities[head] + self.log_counts[head][:, None, None])
