"""The plan of a sequential fit as lists of calls that can be read, changed and run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import nn

# Steps in the order in which a sequential fit takes them.
ORDER = ("activate", "monomer", "spacing", "posbias", "pairwise", "all")


@dataclass(frozen=True)
class Call:
    """One call of a component's method.

    Parameters
    ----------
    component
        Whose method.
    function
        Its name.
    arguments
        Its keyword arguments.
    """

    component: nn.Module
    function: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def run(self) -> Any:
        """Make the call."""
        return getattr(self.component, self.function)(**self.arguments)


@dataclass
class Step:
    """Calls after which the model is fitted once.

    Parameters
    ----------
    name
        One of `ORDER`.
    calls
        What is called before the fit.
    """

    name: str
    calls: list[Call] = field(default_factory=list)

    def add(self, call: Call) -> None:
        """Append a call, unless it is there: a matrix that two experiments share is unfrozen once."""
        if call not in self.calls:
            self.calls.append(call)

    def run(self) -> None:
        """Make all calls."""
        for call in self.calls:
            call.run()


@dataclass
class BindingOptim:
    """How bindings of one specification are fitted.

    Attributes
    ----------
    ancestry
        For each binding of this specification, the components from the root to it.
    steps
        What is done one after the other.
    """

    ancestry: set[tuple[nn.Module, ...]] = field(default_factory=set)
    steps: list[Step] = field(default_factory=list)

    def step(self, name: str) -> Step:
        """The step of a name, put in its place if it is new."""
        if name not in ORDER:
            raise ValueError(f"a step is one of {', '.join(ORDER)}, got {name!r}")
        for step in self.steps:
            if step.name == name:
                return step
        self.steps.append(Step(name))
        self.steps.sort(key=lambda step: ORDER.index(step.name))
        return self.step(name)
