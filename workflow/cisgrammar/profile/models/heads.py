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


def checked_heads(heads: Iterable[Head]) -> tuple[Head, ...]:
    """The heads of a model; ValueError if there is none, a name occurs twice, or a head has no task."""
    heads = tuple(heads)
    names = [head.name for head in heads]
    if not heads:
        raise ValueError("a profile model needs at least one head, got none")
    if len(set(names)) < len(names):
        raise ValueError(f"head names must differ, got {names}")
    for head in heads:
        if head.tasks < 1:
            raise ValueError(f"head {head.name}: tasks must be at least 1, got {head.tasks}")
    return heads


def check_same_heads(a: tuple[Head, ...], b: tuple[Head, ...], name_a: str, name_b: str) -> None:
    """ValueError unless the heads have the same names and tasks in the same order."""
    if [(h.name, h.tasks) for h in a] != [(h.name, h.tasks) for h in b]:
        raise ValueError(
            f"{name_a} has heads {[(h.name, h.tasks) for h in a]}, {name_b} has {[(h.name, h.tasks) for h in b]}; "
            "names, number of tasks and order must agree"
        )


def head_list(heads: Iterable[Head]) -> list[dict[str, Any]]:
    """Heads as JSON values, under the names that BPReveal's head list has; so they stand in model files."""
    return [{"head-name": h.name, "num-tasks": h.tasks, "use-bias-counts": h.use_bias_counts} for h in heads]


def heads_from_list(entries: Iterable[Mapping[str, Any]]) -> tuple[Head, ...]:
    """Heads from BPReveal's head list: `head-name`, `num-tasks`, `use-bias-counts` (false if not given).

    Raises
    ------
    ValueError
        If a name or number of tasks is missing, or as `checked_heads`.
    """
    heads = []
    for number, entry in enumerate(entries):
        missing = [key for key in ("head-name", "num-tasks") if key not in entry]
        if missing:
            raise ValueError(f"head {number} of the list has no {' and no '.join(missing)}, only {sorted(entry)}")
        heads.append(Head(str(entry["head-name"]), int(entry["num-tasks"]), bool(entry.get("use-bias-counts", False))))
    return checked_heads(heads)
