"""What a profile model predicts: heads, each with its own softmax and log-count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple


class Head(NamedTuple):
    """One output of a profile model.

    A head has one softmax over all its tasks and positions together, and one log-count (natural log).
    """

    name: str
    tasks: int = 1
    use_bias_counts: bool = False

    def task_order_on_other_strand(self) -> list[int]:
        """Order of the tasks on the reverse complement: + and - change places."""
        return list(range(self.tasks))[::-1]


def as_heads(heads: Iterable[Head | Mapping[str, Any]]) -> tuple[Head, ...]:
    """Heads from `Head`s or from BPReveal's head list (`head-name`, `num-tasks`, `use-bias-counts`).

    Raises
    ------
    ValueError
        If there is no head, a name occurs twice, or a head has no task.
    """
    made = tuple(
        h
        if isinstance(h, Head)
        else Head(str(h["head-name"]), int(h["num-tasks"]), bool(h.get("use-bias-counts", False)))
        for h in heads
    )
    names = [h.name for h in made]
    if not made:
        raise ValueError("a profile model needs at least one head, got none")
    if len(set(names)) < len(names):
        raise ValueError(f"head names must differ, got {names}")
    for head in made:
        if head.tasks < 1:
            raise ValueError(f"head {head.name}: tasks must be at least 1, got {head.tasks}")
    return made
