"""Saturation mutagenesis of a region, as attributions of its bases. The mutagenesis itself is tangermeme's."""

from __future__ import annotations

from torch import Tensor, nn


def saturate(
    model: nn.Module, X: Tensor, start: int, end: int, batch_size: int = 32, device: str | None = None
) -> Tensor:
    """Attributions of the bases of a region: the output with the base, minus the mean over all bases in its place.

    Parameters
    ----------
    model
        Any torch module that gives `(batch, outputs)`; attributions are means over outputs.
    X
        `(batch, 4, length)` one-hot.
    start, end
        The region, 0-based, half-open.
    batch_size, device
        Sequences at once, and where.

    Returns
    -------
    Tensor
        `(batch, 4, end - start)`, 0 where the base is not that of the sequence.
    """
    from tangermeme.saturation_mutagenesis import saturation_mutagenesis

    found = saturation_mutagenesis(model, X, start=start, end=end, batch_size=batch_size, device=device)
    return found if found.shape[-1] == end - start else found[..., start:end]
