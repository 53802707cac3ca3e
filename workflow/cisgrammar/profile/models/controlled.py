"""A model beside a control track: input DNA, mock or untagged reads, which explain a part that no sequence does."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool1d

from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.counts_blend import CountsBlend
from cisgrammar.profile.models.profile_model import ProfileModel
from cisgrammar.profile.models.solo import SoloModel

_WIDTHS = (1, 25, 101, 301)
"""bp over which the control's 5' ends are added up; those are used that the model's flank holds."""
Controls = Sequence[Tensor]


def control_widths(flank: int) -> tuple[int, ...]:
    """The widths in bp whose sums fit into `flank` bp on each side of a window."""
    return tuple(width for width in _WIDTHS if width // 2 <= flank)


class ControlTerm(nn.Module):
    """What the control of one head adds to its logits and to its log-count.

    The logits get a weighted sum of ln(1 + 5' ends of the control within a width), one weight for each task, control
    task and width; the log-count gets ln(1 + N of the control in the window), less its mean over training peaks, times
    a weight. All weights start at 0. BPNet adds convolved counts of the control in the same places; the logarithm is
    taken here because a preference that multiplies rates adds to logits.

    Parameters
    ----------
    tasks, control_tasks
        Tasks of the head and of its control.
    widths
        bp, odd.
    """

    def __init__(self, tasks: int, control_tasks: int, widths: Sequence[int]) -> None:
        super().__init__()
        self.widths = tuple(widths)
        self.profile = nn.Parameter(torch.zeros(tasks, control_tasks, len(self.widths)))
        self.counts = nn.Parameter(torch.zeros(()))
        self.mean: Tensor
        self.register_buffer("mean", torch.zeros(()))

    @property
    def flank(self) -> int:
        """Bases of the control that are read on each side of the window."""
        return max(self.widths) // 2

    def log_sums(self, control: Tensor) -> Tensor:
        """Control `(batch, control_tasks, length + 2 flank)` to `(batch, control_tasks, widths, length)`."""
        length = control.shape[2] - 2 * self.flank
        sums = []
        for width in self.widths:
            cut = self.flank - width // 2
            part = control[..., cut : control.shape[2] - cut]
            sums.append(avg_pool1d(part, width, stride=1) * width)  # (batch, control_tasks, length)
        return torch.log1p(torch.stack(sums, dim=2)[..., :length])

    def forward(self, control: Tensor) -> tuple[Tensor, Tensor]:
        """What is added to logits `(batch, tasks, length)`, and to log-counts `(batch, 1)`."""
        control = control.float()
        logits = torch.einsum("tcw,bcwl->btl", self.profile, self.log_sums(control))
        return logits, self.counts * (self.log_total(control) - self.mean)

    def log_total(self, control: Tensor) -> Tensor:
        """ln(1 + N) of the control in the window, without flanks; `(batch, 1)`."""
        middle = control[..., self.flank : control.shape[2] - self.flank]
        return torch.log1p(middle.float().sum(dim=(1, 2))).unsqueeze(1)


class ControlledModel(ProfileModel):
    """A model of the sequence, and what a control track adds to its outputs.

    Parameters
    ----------
    inner
        The model of the sequence: with or without bias.
    control_tasks
        Tasks of the control of each head.

    Attributes
    ----------
    flank
        Bases of the control that are read on each side of the output.
    """

    def __init__(self, inner: SoloModel | CombinedModel, control_tasks: Sequence[int]) -> None:
        super().__init__()
        self.inner, self.control_tasks = inner, tuple(control_tasks)
        self.heads = inner.heads
        self.input_length, self.output_length = inner.input_length, inner.output_length
        widths = control_widths((self.input_length - self.output_length) // 2)
        tasks = zip(self.heads, self.control_tasks, strict=True)
        self.terms = nn.ModuleList(ControlTerm(head.tasks, number, widths) for head, number in tasks)
        self.flank = max(widths) // 2

    @property
    def residual(self) -> SoloModel | CountsBlend:
        """The model of the sequence alone, bias and control taken out."""
        return self.inner.residual if isinstance(self.inner, CombinedModel) else self.inner

    def forward(self, x: Tensor, control: Controls | None = None) -> tuple[Tensor, ...]:
        """One-hot `(batch, 4, length)` to `(profile_0, ..., log_counts_0, ...)`, shapes as `SoloModel`.

        Parameters
        ----------
        x
            The sequence.
        control
            Of each head, `(batch, control_tasks, output_length + 2 flank)`: its control's 5' ends. None for a flat
            control with the mean number of ends of training peaks.
        """
        return self.add(self.inner(x), control)

    def add(self, outputs: tuple[Tensor, ...], control: Controls | None) -> tuple[Tensor, ...]:
        """Outputs of the inner model with what the control adds."""
        if control is None:
            return outputs
        added = [term(one) for term, one in zip(self.terms, control, strict=True)]
        both = [logits for logits, _ in added] + [counts for _, counts in added]
        return tuple(output + more for output, more in zip(outputs, both, strict=True))


def without_control(model: ProfileModel) -> ProfileModel:
    """The model of the sequence, bias included; the model itself if it has no control."""
    return model.inner if isinstance(model, ControlledModel) else model


def has_bias(model: ProfileModel) -> bool:
    """Whether a model has a bias that can be taken out."""
    return isinstance(without_control(model), CombinedModel)
