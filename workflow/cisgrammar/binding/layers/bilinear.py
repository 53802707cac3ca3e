"""Log-sum-exp over pairs of windows without a tensor of reads x windows x windows."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch.autograd import Function

from cisgrammar.binding.layers.logsum import shifted_exp


def smallest_safe(dtype: torch.dtype) -> float:
    """Sum below which terms lost to underflow could matter: each lost term is below `tiny`."""
    return torch.finfo(dtype).tiny * 1e6 / torch.finfo(dtype).eps


class LogBilinearSum(Function):
    """log sum_pq exp(a[n, p] + b[n, q] + w[p, q]) for each n.

    In exp space this is one matrix product, exp(a) . (exp(w) exp(b)), each factor scaled by its greatest value.
    Reads whose sum comes out so small that lost terms could matter are done again in log space, row by row of w.
    """

    @staticmethod
    def forward(ctx: Any, a: torch.Tensor, b: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        """Return `(reads,)`; `a` is (reads, P), `b` (reads, Q), `w` (P, Q), any of them -inf in places."""
        exp_a, top_a = shifted_exp(a, (1,))
        exp_b, top_b = shifted_exp(b, (1,))
        exp_w, top_w = shifted_exp(w, (0, 1))
        partner = exp_b @ exp_w.T  # (reads, P)
        total = torch.linalg.vecdot(exp_a, partner)  # (reads,)
        out = total.log() + top_a[:, 0] + top_b[:, 0] + top_w
        out = out.flatten()  # (reads,)
        unsafe = torch.nonzero(~(total > smallest_safe(a.dtype)))[:, 0]
        if len(unsafe):
            out[unsafe] = log_space_sum(a[unsafe], b[unsafe], w)
        ctx.save_for_backward(a[unsafe], b[unsafe], w, exp_a, exp_b, exp_w, partner, total, out, unsafe)
        return out

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, torch.Tensor | None, torch.Tensor]:
        """Gradients by the posterior of each window pair, again without building it."""
        a_unsafe, b_unsafe, w, exp_a, exp_b, exp_w, partner, total, out, unsafe = ctx.saved_tensors
        share = grad / total  # (reads,)
        share[unsafe] = 0.0
        weighted = exp_a * share[:, None]  # (reads, P)
        grad_a = weighted * partner if ctx.needs_input_grad[0] else None  # (reads, P)
        grad_b = (weighted @ exp_w) * exp_b if ctx.needs_input_grad[1] else None  # (reads, Q)
        grad_w = (weighted.T @ exp_b) * exp_w  # (P, Q)
        if len(unsafe):
            parts = _log_space_gradients(a_unsafe, b_unsafe, w, out[unsafe], grad[unsafe])
            for whole, part in zip((grad_a, grad_b), parts[:2], strict=True):
                if whole is not None:
                    whole[unsafe] = part
            grad_w = grad_w + parts[2]
        return grad_a, grad_b, grad_w


class ShareBilinearSum(Function):
    """log sum_pq a[n, p] b[n, q] exp(w[p, q]) for each n, where `a` and `b` are shares: see `share_bilinear_sum`."""

    @staticmethod
    def forward(ctx: Any, a: torch.Tensor, b: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        """Return `(reads,)`; `a` is (reads, P), `b` (reads, Q), `w` (P, Q)."""
        exp_w, top_w = shifted_exp(w, (0, 1))
        partner = b @ exp_w.T  # (reads, P)
        total = torch.linalg.vecdot(a, partner)  # (reads,)
        total = F.threshold(total, smallest_safe(a.dtype), 0.0)
        ctx.save_for_backward(a, b, exp_w, partner, total)
        return total.log().add_(top_w[0])

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, torch.Tensor | None, torch.Tensor]:
        """Gradients by the shares, as numbers of their own, and by `w`; none of sums that are too small."""
        a, b, exp_w, partner, total = ctx.saved_tensors
        share = torch.where(total > 0, grad / total, 0.0)  # (reads,)
        weighted = a * share[:, None]  # (reads, P)
        grad_a = partner * share[:, None] if ctx.needs_input_grad[0] else None  # (reads, P)
        grad_b = weighted @ exp_w if ctx.needs_input_grad[1] else None  # (reads, Q)
        return grad_a, grad_b, (weighted.T @ b).mul_(exp_w)


def share_bilinear_sum(a: torch.Tensor, b: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    """Log sum_pq a[n, p] b[n, q] exp(w[p, q]), `(reads,)`, where `a` and `b` are at most one.

    It is -inf, without a gradient, where the sum is so small that terms lost to underflow could matter: such reads are
    for `log_bilinear_sum`.
    """
    return ShareBilinearSum.apply(a, b, w)


def log_space_sum(a: torch.Tensor, b: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    """The same sum in log space, one row of `w` at a time; exact for any range, slower."""
    rows = [torch.logsumexp(b + w[p], dim=1) for p in range(len(w))]
    return torch.logsumexp(a + torch.stack(rows, dim=1), dim=1)  # (reads,)


def _log_space_gradients(
    a: torch.Tensor, b: torch.Tensor, w: torch.Tensor, out: torch.Tensor, grad: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    grad_a, grad_b, grad_w = torch.zeros_like(a), torch.zeros_like(b), torch.zeros_like(w)
    base = out.masked_fill(torch.isinf(out), 0.0)
    for p in range(len(w)):
        posterior = (a[:, p : p + 1] + b + w[p] - base[:, None]).exp() * grad[:, None]  # (reads, Q)
        grad_a[:, p] = posterior.sum(1)
        grad_b += posterior
        grad_w[p] = posterior.sum(0)
    return grad_a, grad_b, grad_w


def log_bilinear_sum(a: torch.Tensor, b: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    """Log sum_pq exp(a[n, p] + b[n, q] + w[p, q]), `(reads,)`; see `LogBilinearSum`."""
    return LogBilinearSum.apply(a, b, w)
