"""What all of the reference's components can do: cache, list their parts, plan a fit, be saved and reloaded."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from cisgrammar import __version__
from cisgrammar.binding.compat.optim import BindingOptim, Call
from cisgrammar.binding.layers import state
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.spacing import Spacing
from cisgrammar.files.atomic import atomic_path

Spec = PSAM | Spacing
Order = dict[tuple[Spec, ...], BindingOptim]
Score = Callable[..., torch.Tensor]


class Component(nn.Module):
    """A part of a binding model in the reference's terms; base of the classes of this folder."""

    @staticmethod
    def cache(fun: Score) -> Score:
        """Decorator for a function to cache its output.

        The last output is returned again while the arguments are the same tensors, unchanged, and so are the
        component's parameters. Outputs that carry a gradient are computed anew: theirs can be used only once.
        """
        name = f"_cached_{fun.__name__}"

        @functools.wraps(fun)
        def cached(self: nn.Module, *args: torch.Tensor) -> torch.Tensor:
            used = (*args, *self.parameters())
            seen = [(id(one), one._version) for one in used]
            known = self.__dict__.get(name)
            if known is not None and known[0] == seen:
                return known[2]
            output = fun(self, *args)
            # The tensors are kept as well: an address may be given to another one otherwise.
            self.__dict__[name] = None if output.requires_grad else (seen, used, output)
            return output

        return cached

    def components(self) -> Iterator[nn.Module]:
        """Iterate over the child components."""
        yield from self.children()

    def optim_procedure(
        self, ancestry: tuple[nn.Module, ...] | None = None, current_order: Order | None = None
    ) -> Order:
        """The sequential optimization procedure of all bindings below.

        Parameters
        ----------
        ancestry
            Components from the root, for which the procedure is, to this one's parent.
        current_order
            Specifications -> procedure so far; it is updated.

        Returns
        -------
        dict
            `current_order` with the procedures of this component and its children.
        """
        order: Order = {} if current_order is None else current_order
        for child in self.components():
            if isinstance(child, Component):
                child.optim_procedure((*(ancestry or ()), self), order)
        return order

    def save(self, checkpoint: str | Path, flank_lengths: Sequence[tuple[int, int]] = ()) -> None:
        """Write `{"state_dict", "metadata"}`: parameters, and version and scored flanks of each table.

        The time is left out, so that equal models are equal files.
        """
        metadata = {"version": __version__, "flank_lengths": [list(pair) for pair in flank_lengths]}
        # An open file, not a name: torch writes the name into the file, and a temporary one is another each time.
        with atomic_path(checkpoint) as temporary, temporary.open("wb") as handle:
            torch.save({"state_dict": self.state_dict(), "metadata": metadata}, handle)

    def reload(self, checkpoint: str | Path) -> dict[str, Any]:
        """Load what `save` wrote and return its metadata; shapes follow the file; none of its code is run."""
        content = torch.load(checkpoint, map_location="cpu", weights_only=True)
        if not isinstance(content, dict) or "state_dict" not in content:
            raise ValueError(f"{checkpoint}: holds no state_dict; wanted a file that save wrote")
        self.reload_from_state_dict(content["state_dict"])
        return content["metadata"]

    def reload_from_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Load parameters; their shapes, the matrix's symmetry and the lengths follow `state_dict`."""
        state.load(self, state_dict)


class Binding(Component):
    """A component that is fitted as one: a mode or a dimer."""

    def key(self) -> tuple[Spec, ...]:
        """The specifications of the binding: bindings with the same are fitted together."""
        return ()

    def update_binding_optim(self, binding_optim: BindingOptim) -> BindingOptim:
        """Add the steps that this binding's specification needs."""
        return binding_optim

    def optim_procedure(
        self, ancestry: tuple[nn.Module, ...] | None = None, current_order: Order | None = None
    ) -> Order:
        """The procedure of the bindings below, then of this one: see `Component.optim_procedure`.

        A binding is first given an activity with all else frozen, then what is its own is unfrozen part by part, then
        everything.
        """
        order = super().optim_procedure(ancestry, current_order)
        optim = order.setdefault(self.key(), BindingOptim())
        above = (*(ancestry or ()), self)
        optim.ancestry.add(above)
        start, end = optim.step("activate"), optim.step("all")
        start.add(Call(above[0], "freeze"))
        for experiment in [one for one in above if isinstance(one, Experiment)]:
            for index, binding in enumerate(experiment.bindings):
                if binding is self:
                    start.add(Call(experiment, "activate", {"index": index}))
                    start.add(Call(experiment, "unfreeze", {"parameter": "depth"}))
        self.update_binding_optim(optim)
        end.add(Call(above[0], "unfreeze", {"parameter": "all"}))
        return order
