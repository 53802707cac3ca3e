"""Two factors on one read: the sum over pairs of windows, by spacing, strands and position."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Literal

import torch
from torch import nn

from cisgrammar.binding.kernels.pair_sums import pair_sums
from cisgrammar.binding.kernels.shares import Shares
from cisgrammar.binding.layers.bilinear import log_bilinear_sum, share_bilinear_sum, smallest_safe
from cisgrammar.binding.layers.fit_steps import ACTIVATE, FIT_ALL, FIT_POSBIAS, FIT_SPACING, Step
from cisgrammar.binding.layers.logsum import scale_scores
from cisgrammar.binding.layers.mode import Mode
from cisgrammar.binding.layers.position_bias import bin_count
from cisgrammar.binding.layers.spacing import Spacing
from cisgrammar.binding.layers.window_cache import WindowCache

BiasMode = Literal["strand", "same", "reverse"]
# Rows of reads; None for all.
Rows = torch.Tensor | None


class Cooperativity(nn.Module):
    """Dimer of two modes: log sum over pairs of windows of (omega * score a * score b) ** hill.

    Parameters
    ----------
    spacing
        Preference for offset and strands, shared between experiments.
    mode_a, mode_b
        The two factors in this experiment; their own Hill exponents are not used.
    train_hill
        Train the logarithm of a Hill exponent, `log_hill`.
    train_posbias
        Train a bias by the positions of both windows, one for each read length.
    bias_mode
        A bias for each pair of strands (`strand`), one for both strands of b (`same`), or the bias with b on the
        reverse strand is that of the reverse complement (`reverse`): a pair is turned round about the read's end, to
        the diagonal of the turned offset, which makes the score of a read that of its reverse complement.
    bias_bin
        Neighbouring pairs on a diagonal (of the same offset) that share a value.

    Attributes
    ----------
    flat_posbias
        All diagonals' bins one after the other, `(lengths a, lengths b, strands, strands or 1, bins)`;
        `log_posbias` shows them by diagonal.
    """

    def __init__(
        self,
        spacing: Spacing,
        mode_a: Mode,
        mode_b: Mode,
        train_hill: bool = False,
        train_posbias: bool = False,
        bias_mode: BiasMode = "strand",
        bias_bin: int = 1,
    ) -> None:
        super().__init__()
        if bias_mode not in ("strand", "same", "reverse"):
            raise ValueError(f"bias_mode must be strand, same or reverse, got {bias_mode!r}")
        if bias_bin < 1:
            raise ValueError(f"bias_bin must be >= 1, got {bias_bin}")
        if bias_mode != "strand" and spacing.n_strands == 1:
            raise ValueError(f"bias_mode {bias_mode} needs two strands; use strand")
        self.spacing = spacing
        self.mode_a = mode_a
        self.mode_b = mode_b
        self.train_hill = train_hill
        self.train_posbias = train_posbias
        self.bias_mode: BiasMode = bias_mode
        self.bias_bin = bias_bin
        self.compute_dtype: torch.dtype | None = None
        self.log_hill = nn.Parameter(torch.zeros(()), requires_grad=train_hill)
        self.check_length_consistency()
        self.flat_posbias = nn.Parameter(torch.zeros(self._bias_shape()), requires_grad=train_posbias)
        spacing.grow(max(self.n_windows))

    @property
    def n_strands(self) -> Literal[1, 2]:
        """Strands of each mode."""
        return self.spacing.n_strands

    @property
    def n_windows(self) -> tuple[int, int]:
        """Windows of each mode in the widest read."""
        layers = self.mode_a.layer, self.mode_b.layer
        return layers[0].out_len(layers[0].input_shape), layers[1].out_len(layers[1].input_shape)

    @property
    def has_posbias(self) -> bool:
        """Whether the bias is trained or not zero."""
        return self.flat_posbias.requires_grad or bool(self.flat_posbias.any())

    @property
    def log_posbias(self) -> list[torch.Tensor]:
        """The bias by diagonal (offset d - (windows a - 1)): `(lengths a, lengths b, strands, strands or 1, bins)`."""
        return list(self.flat_posbias.split(self._bins_by_diagonal(), dim=-1))

    def key(self) -> tuple[Spacing]:
        """The spacing: terms that share it are fitted together."""
        return (self.spacing,)

    def fit_steps(self) -> list[Step]:
        """Steps of a sequential fit of this dimer, after those of its modes."""
        return [ACTIVATE, FIT_SPACING, *[FIT_POSBIAS] * self.train_posbias, FIT_ALL]

    def _diagonal_lengths(self) -> list[int]:
        a, b = self.n_windows
        return [min(d + 1, a, b, a + b - 1 - d) for d in range(a + b - 1)]

    def _bins_by_diagonal(self) -> list[int]:
        return [bin_count(length, self.bias_bin) for length in self._diagonal_lengths()]

    def _bias_shape(self) -> tuple[int, ...]:
        lengths, n = self._bias_lengths(), self.n_strands
        return lengths, lengths, n, n if self.bias_mode == "strand" else 1, sum(self._bins_by_diagonal())

    def _bias_lengths(self) -> int:
        """Read lengths that have a bias of their own."""
        return self.mode_a.layer.max_input_length - self.mode_a.layer.min_input_length + 1

    def check_length_consistency(self) -> None:
        """Raise ValueError if the modes do not score the same reads, or are not those of the spacing."""
        a, b = self.mode_a.layer, self.mode_b.layer
        for name in ("input_shape", "min_input_length", "max_input_length"):
            if getattr(a, name) != getattr(b, name):
                raise ValueError(
                    f"{name} is {getattr(a, name)} in mode_a, {getattr(b, name)} in mode_b; wanted the same"
                )
        if (a.psam, b.psam) != self.spacing.psams:
            raise ValueError("spacing was made for other matrices than those of mode_a and mode_b")
        if {a.out_channels, b.out_channels} != {self.spacing.n_strands}:
            raise ValueError("both modes must score all strands of their matrices; leave out_channel_indexing out")

    def unfreeze(self, parameter: Literal["all", "hill", "posbias", "spacing"] = "all") -> None:
        """Turn gradients on for one part, or for all that is trained, modes included (`all`)."""
        if parameter not in ("all", "hill", "posbias", "spacing"):
            raise ValueError(f"unfreeze takes all, hill, posbias or spacing, got {parameter!r}")
        if parameter in ("all", "hill") and self.train_hill:
            self.log_hill.requires_grad_(True)
        if parameter in ("all", "posbias") and self.train_posbias:
            self.flat_posbias.requires_grad_(True)
        if parameter in ("all", "spacing"):
            self.spacing.unfreeze()
        if parameter == "all":
            self.mode_a.unfreeze()
            self.mode_b.unfreeze()

    def freeze(self) -> None:
        """Turn gradients off for all parameters."""
        self.requires_grad_(False)

    @torch.no_grad()
    def update_windows(self) -> None:
        """Follow modes whose windows have changed: room in the spacing; a position bias starts again from zero."""
        self.check_length_consistency()
        self.spacing.grow(max(self.n_windows))
        if tuple(self.flat_posbias.shape) != self._bias_shape():
            zeros = self.flat_posbias.new_zeros(self._bias_shape())
            self.flat_posbias = nn.Parameter(zeros, requires_grad=self.flat_posbias.requires_grad)

    def get_log_spacing(self) -> torch.Tensor:
        """Spacing of the widest read, `(strands a, strands b, windows a + windows b - 1)`."""
        return self.spacing.get_log_spacing(*self.n_windows)

    def _bin_index(self, along: torch.Tensor, diagonal: torch.Tensor) -> torch.Tensor:
        bins = torch.tensor(self._bins_by_diagonal(), device=along.device)
        start = torch.cumsum(bins, 0) - bins  # (diagonals,)
        return start[diagonal] + along // self.bias_bin

    def _pair_index(self, windows: tuple[int, int]) -> tuple[torch.Tensor, torch.Tensor]:
        """Bin of each pair of windows and of its reverse complement in a read of `windows` windows, (a, b) each."""
        n_a, n_b = self.n_windows
        device = self.flat_posbias.device
        m = torch.arange(n_a, device=device)[:, None].expand(n_a, n_b)  # (a, b)
        k = torch.arange(n_b, device=device).expand(n_a, n_b)  # (a, b)
        plain = self._bin_index(torch.minimum(m, k), k - m + n_a - 1)
        return plain, self._turned_index(m, k, windows)

    def _turned_index(self, m: torch.Tensor, k: torch.Tensor, windows: tuple[int, int]) -> torch.Tensor:
        m, k = (windows[0] - 1 - m).clamp(min=0), (windows[1] - 1 - k).clamp(min=0)
        return self._bin_index(torch.minimum(m, k), k - m + self.n_windows[0] - 1)

    def _bins(self) -> torch.Tensor:
        return self.flat_posbias

    def _omega(self, rows: tuple[int, int], windows: tuple[int, int]) -> torch.Tensor:
        """Spacing plus bias by strands and windows, `(strands a, strands b, a, b)`, for reads of `windows` windows."""
        spacing = self.get_log_spacing()  # (strands a, strands b, windows a + windows b - 1)
        n_a, n_b = self.n_windows
        diagonal = _diagonals(n_a, n_b, spacing.device)
        omega = spacing.index_select(-1, diagonal).unflatten(-1, (n_a, n_b))  # (strands a, strands b, a, b)
        if not self.has_posbias:
            return omega
        bins = self._bins()[rows]  # (strands a, strands b or 1, bins)
        plain, turned = self._pair_index(windows)
        bias = bins[..., plain]  # (strands a, strands b or 1, a, b)
        if self.bias_mode != "strand":
            other = bins[..., turned] if self.bias_mode == "reverse" else bias
            bias = torch.cat([bias, other.flip(0)], dim=1)  # (strands a, 2, a, b)
        return omega + bias

    @property
    def _by_spacing(self) -> bool:
        """Whether an omega is one of the spacing's parameters."""
        return self.spacing.by_pairs and not self.has_posbias

    def _matrix(self, bias_row: tuple[int, int], windows: tuple[int, int], hill: torch.Tensor | None) -> torch.Tensor:
        """`_omega` times a Hill exponent as one matrix, `(strands a * a, strands b * b)`."""
        if self._by_spacing:
            return self.spacing.matrix(*self.n_windows, hill)
        omega = self._omega(bias_row, windows).transpose(1, 2).flatten(2).flatten(0, 1)
        return omega if hill is None else scale_scores(omega, hill)

    def get_log_omega(self) -> torch.Tensor:
        """Spacing plus bias of the longest reads, `(strands a, strands b, windows a, windows b)`."""
        last = self.flat_posbias.shape[0] - 1
        low_a, low_b = self._lowest()
        return self._omega((last, last), (low_a + last, low_b + last))

    def _lowest(self) -> tuple[int, int]:
        """Windows of each mode in the read of the first row of the bias: the shortest."""
        a, b = self.mode_a.layer, self.mode_b.layer
        return a.out_len(a.min_input_length), b.out_len(b.min_input_length)

    def _windows(self, seqs: torch.Tensor, cache: WindowCache | None) -> tuple[torch.Tensor, torch.Tensor]:
        cache = cache or WindowCache()
        return self.mode_a.score_windows(seqs, cache), self.mode_b.score_windows(seqs, cache)

    def _groups(self, counts: Callable[[], torch.Tensor]) -> list[tuple[Rows, tuple[int, int], tuple[int, int]]]:
        """Reads that share an omega: (rows, or None for all; row of the bias; windows of each mode).

        `counts` are each read's whole windows of both modes, `(reads, 2)`.
        """
        if not self._bias_by_length() or self.mode_a.layer.min_input_length == self.mode_a.layer.input_shape:
            return [(None, (0, 0), self.n_windows)]
        number = counts()
        low, several = self._lowest(), self.flat_posbias.shape[0] > 1
        groups: list[tuple[Rows, tuple[int, int], tuple[int, int]]] = []
        for pair in torch.unique(number, dim=0):
            n_a, n_b = (int(n) for n in pair)
            row = (max(n_a - low[0], 0), max(n_b - low[1], 0)) if several else (0, 0)
            groups.append((torch.nonzero((number == pair).all(1))[:, 0], row, (n_a, n_b)))
        return groups

    def _bias_by_length(self) -> bool:
        """Whether reads of different lengths have different biases."""
        return self.has_posbias and (self.flat_posbias.shape[0] > 1 or self.bias_mode == "reverse")

    def score_windows(self, seqs: torch.Tensor, cache: WindowCache | None = None) -> torch.Tensor:
        """Log score of each pair of windows, without the Hill exponent.

        Returns
        -------
        torch.Tensor
            `(reads, strands a, strands b, windows a, windows b)`: large, for inspection of few reads.
        """
        a, b = self._windows(seqs, cache)
        pairs = a[:, :, None, :, None] + b[:, None, :, None, :]  # (reads, strands a, strands b, a, b)
        out = torch.empty_like(pairs)
        for rows, bias_row, windows in self._groups(lambda: _finite(a, b)):
            at = slice(None) if rows is None else rows
            out[at] = pairs[at] + self._omega(bias_row, windows).to(pairs.dtype)
        return out

    def forward(self, seqs: torch.Tensor, cache: WindowCache | None = None) -> torch.Tensor:
        """Log score of each read, `(reads,)`, from codes `(reads, length)` or letter weights.

        The sum over pairs is a product of matrices in exp space, see `bilinear`; -inf for reads without a pair.
        """
        cache = cache or WindowCache()
        hill = self.log_hill.exp() if self.log_hill.requires_grad or bool(self.log_hill) else None
        a, b = self.mode_a.shares(seqs, hill, cache), self.mode_b.shares(seqs, hill, cache)
        if a is None or b is None:
            return self._sum_of_scores(seqs, hill, cache)

        if self._by_spacing:
            least = smallest_safe(a.log_sums.dtype)
            source = self.spacing.sources(*self.n_windows)
            out, some = pair_sums((a, b), self.spacing.log_spacing, source, hill, least)
        else:
            out, some = self._sum_of_shares(seqs, (a, b), hill), True
        # Reads without a pair, and those whose pairs are all of windows that hardly bind.
        if not some or not len(lost := torch.nonzero(out.detach() == -torch.inf)[:, 0]):
            return out
        return out.index_put((lost,), self._sum_of_scores(seqs[lost], hill, WindowCache()))

    def _sum_of_shares(
        self, seqs: torch.Tensor, shares: tuple[Shares, Shares], hill: torch.Tensor | None
    ) -> torch.Tensor:
        """`forward` by shares of windows; -inf where the sum is too small for them."""
        a, b = (x.by_read() for x in shares)

        def sums(rows: Rows, omega: torch.Tensor) -> torch.Tensor:
            return share_bilinear_sum(*((a, b) if rows is None else (a[rows], b[rows])), omega)

        layers = self.mode_a.layer, self.mode_b.layer
        groups = self._groups(lambda: torch.stack([layer.whole_windows(seqs) for layer in layers], dim=1))
        found = self._by_group(sums, groups, hill)  # (reads,)
        return found + (shares[0].log_sums + shares[1].log_sums).detach()

    def _sum_of_scores(self, seqs: torch.Tensor, hill: torch.Tensor | None, cache: WindowCache) -> torch.Tensor:
        """`forward` by the scores of all windows."""
        a, b = (x.flatten(1) for x in self._windows(seqs, cache))  # (reads, strands * windows)
        windows = [x.view(len(x), self.n_strands, -1) for x in (a, b)]
        factor = None if hill is None else hill.to(a.dtype)
        if factor is not None:
            full = self.mode_a.layer.min_input_length == self.mode_a.layer.input_shape
            a, b = (factor * x if full else scale_scores(x, factor) for x in (a, b))

        def sums(rows: Rows, omega: torch.Tensor) -> torch.Tensor:
            return log_bilinear_sum(*((a, b) if rows is None else (a[rows], b[rows])), omega)

        return self._by_group(sums, self._groups(lambda: _finite(*windows)), hill)

    def _by_group(
        self,
        sums: Callable[[Rows, torch.Tensor], torch.Tensor],
        groups: Sequence[tuple[Rows, tuple[int, int], tuple[int, int]]],
        hill: torch.Tensor | None,
    ) -> torch.Tensor:
        """What `sums` returns of reads that share an omega `(strands a * a, strands b * b)`, for all, `(reads,)`."""
        parts: list[torch.Tensor] = []
        order: list[torch.Tensor] = []
        dtype = self.mode_a.layer.compute_dtype or self.flat_posbias.dtype
        for rows, bias_row, n_windows in groups:
            parts.append(sums(rows, self._matrix(bias_row, n_windows, hill).to(dtype)))
            if rows is None:
                return parts[0]
            order.append(rows)
        return torch.cat(parts)[torch.argsort(torch.cat(order))]  # (reads,)

    def expected_sequence(self) -> torch.Tensor:
        """A read of even letter weights, `(1, letters, length)`."""
        return self.mode_a.expected_sequence()

    @torch.no_grad()
    def expected_log_score(self) -> float:
        """Log score of a read of even letter weights."""
        return float(self(self.expected_sequence()))


def _finite(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Count windows that have a score, `(reads, 2)`, of scores `(reads, strands, windows)`."""
    return torch.stack([torch.isfinite(x[:, 0]).sum(1) for x in (a, b)], dim=1)


@functools.lru_cache(maxsize=64)
def _diagonals(n_a: int, n_b: int, device: torch.device) -> torch.Tensor:
    """Diagonal of each pair of windows, row by row, `(windows a * windows b,)`: not to be written to."""
    with torch.inference_mode(False):
        offset = torch.arange(n_b, device=device) - torch.arange(n_a, device=device)[:, None]
        return (offset + n_a - 1).flatten()
