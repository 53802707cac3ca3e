"""A dimer with its matrices held fast: what is left is a mixture whose components are computed once.

With matrices, position biases and Hill exponents fixed, Z of a read is a sum of known numbers times activities and
cooperativities. A fit of these to all reads takes a second or so, and a likelihood profile can afford many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.likelihood.fitted import Fitted, relative_columns
from cisgrammar.binding.likelihood.likelihood import Data
from cisgrammar.binding.likelihood.spaced import Entry, entries, log_omega, widest
from cisgrammar.binding.likelihood.standard_errors import full_precision

Matrix = NDArray[np.float64]
_PAIR_BYTES = 1 << 26
_CHUNK = 65536
_STEP = 1e-5


def groups(placements: Sequence[Entry], homodimer: bool) -> list[list[int]]:
    """Placements by what the reads can tell apart: of a factor with itself, same-strand offsets o and -o are one."""
    found: dict[tuple[str, int], list[int]] = {}
    for number, entry in enumerate(placements):
        same = homodimer and entry.strands == "same"
        found.setdefault((entry.strands, abs(entry.offset) if same else entry.offset), []).append(number)
    return list(found.values())


@torch.no_grad()
def placement_sums(dimer: Cooperativity, codes: torch.Tensor, members: Sequence[Sequence[int]]) -> torch.Tensor:
    """Log of the sum over a group's pairs of windows, without their cooperativity, `(reads, groups)`.

    Parameters
    ----------
    dimer
        The dimer.
    codes
        Reads `(reads, length)`.
    members
        Groups of `entries(dimer)`; a group of none is a spacing for which these reads are too short.
    """
    placements, (n_a, n_b) = entries(dimer), dimer.n_windows
    hill = dimer.log_hill.exp().item()
    omega = torch.from_numpy(hill * log_omega(dimer, placements)).to(dimer.log_hill)
    out = torch.empty(len(codes), len(members), dtype=torch.float64, device=codes.device)
    chunk = max(32, _PAIR_BYTES // (8 * n_a * n_b * dimer.n_strands**2))
    for start in range(0, len(codes), chunk):
        part = slice(start, start + chunk)
        scores = hill * dimer.score_windows(codes[part])  # (reads, strands a, strands b, a, b)
        top = scores.flatten(1).amax(1)  # (reads,)
        top = top.masked_fill(torch.isneginf(top), 0.0)
        pairs = (scores - top[:, None, None, None, None]).exp_()
        for column, numbers in enumerate(members):
            ways = [(i, *way) for i in numbers for way in placements[i].pairs]
            parts = [pairs[:, a, b].diagonal(d - (n_a - 1), 1, 2).sum(1) * (-omega[i]).exp() for i, a, b, d in ways]
            out[part, column] = sum(parts, torch.zeros_like(top)).log() + top
    return out


@dataclass(eq=False)
class _Library:
    """One library's mixture.

    `known` is `(reads, components)`: each read's components relative to `log_top` `(reads,)`, first the bindings
    other than the dimer and then the groups of placements. `activity` are the fit's activities, `others` the rows of
    them that the former take, `own` that of the dimer; `power` turns a group's cooperativity into its weight. A
    subset of the reads stands for `weight` as many.
    """

    experiment: Experiment
    data: Data
    known: torch.Tensor
    log_top: torch.Tensor
    activity: torch.Tensor
    others: list[int]
    own: int
    power: float
    weight: float = 1.0

    # With A the activities of the fit, f the factors on them, omega_g a group's cooperativity and p the power, the
    # weights are w_b = f_b A_b of a binding b other than the dimer d, and w_g = omega_g^p f_d A_d of a group; Z of a
    # read is the sum of weights times its known components.

    def weights(self, omega: torch.Tensor, factor: torch.Tensor) -> torch.Tensor:
        """Weight of each component by column of activities, `(components, columns)`."""
        activity = self.activity * factor  # (bindings, columns)
        return torch.cat([activity[self.others], omega[:, None] ** self.power * activity[self.own]])

    def chain(self, omega: torch.Tensor, factor: torch.Tensor) -> torch.Tensor:
        """Slopes of the weights by cooperativities and factors, `(numbers, components * columns)`."""
        columns, fixed, n = factor.shape[1], len(self.others), len(omega)
        activity = self.activity * factor
        out = factor.new_zeros(n + factor.numel(), fixed + n, columns)
        every = torch.arange(n)
        for column in range(columns):
            # dw_b / df_b = A_b
            for component, row in enumerate(self.others):
                out[n + row * columns + column, component, column] = self.activity[row, column]
            # dw_g / domega_g = p omega_g^(p - 1) f_d A_d, and dw_g / df_d = omega_g^p A_d
            by_omega = self.power * omega.clamp(min=1e-12) ** (self.power - 1)
            out[every, fixed + every, column] = by_omega * activity[self.own, column]
            out[n + self.own * columns + column, fixed:, column] = omega**self.power * self.activity[self.own, column]
        return out.flatten(1)

    def shares(self, log_z: torch.Tensor, depth: torch.Tensor) -> torch.Tensor:
        """Log shares of the sequenced rounds, `(reads, rounds)`, from log Z `(reads, columns)`."""
        seen = self.experiment.observed
        sums = self.experiment.log_enrichments(log_z)
        return torch.log_softmax(torch.stack([sums[i] for i in seen]) + depth[seen][:, None], dim=0).T

    def loss(self, weights: torch.Tensor, depth: torch.Tensor) -> tuple[float, torch.Tensor, torch.Tensor]:
        """Negative log-likelihood in nats and its slopes by weights and depths."""
        value, slope, depth_slope = 0.0, torch.zeros_like(weights), torch.zeros_like(depth)
        for start in range(0, len(self.data), _CHUNK):
            part = slice(start, start + _CHUNK)
            total = (self.known[part] @ weights).clamp(min=1e-300)  # (reads, columns)
            log_z = (total.log() + self.log_top[part, None]).requires_grad_()
            leaf = depth.clone().requires_grad_()
            lost = -(self.shares(log_z, leaf) * self.data.counts[part]).sum() * self.weight
            by_z, by_depth = torch.autograd.grad(lost, [log_z, leaf])
            # d log Z / dw = known / Z
            slope += self.known[part].T @ (by_z / total)
            depth_slope += by_depth
            value += float(lost.detach())
        return value, slope, depth_slope

    @torch.no_grad()
    def information(self, weights: torch.Tensor, depth: torch.Tensor) -> torch.Tensor:
        """Expected information about weights (component by component, columns within) and depths."""
        columns, step = weights.shape[1], _CHUNK // 8
        out = torch.zeros((weights.numel() + len(depth),) * 2, dtype=torch.float64, device=depth.device)
        moves = torch.eye(columns + len(depth), dtype=torch.float64, device=depth.device) * _STEP
        for start in range(0, len(self.data), step):
            part = slice(start, start + step)
            total = (self.known[part] @ weights).clamp(min=1e-300)  # (reads, columns)
            log_z = total.log() + self.log_top[part, None]
            base = self.shares(log_z, depth)  # (reads, rounds)
            # A multinomial's information is the sum over rounds of expected count times score times score^T.
            expected = (self.data.counts[part].sum(1, keepdim=True) * base.exp() * self.weight).sqrt()
            slopes = [self.shares(log_z + m[:columns], depth + m[columns:]) - base for m in moves]
            scores = torch.stack(slopes, dim=-1) * expected[..., None] / _STEP  # (reads, rounds, columns + depths)
            by_weight = self.known[part][:, :, None] / total[:, None]  # (reads, components, columns)
            by_weight = (scores[:, :, None, :columns] * by_weight[:, None]).flatten(2)
            full = torch.cat([by_weight, scores[..., columns:]], dim=-1).flatten(0, 1)  # (reads * rounds, size)
            out += full.T @ full
        return out


@dataclass(frozen=True)
class _Place:
    """Where a library's numbers are in a vector: factors on its activities, row by row, and then log depths."""

    factors: slice
    depths: slice


class Frozen:
    """One spacing's likelihood as a function of its cooperativities, and of all activities and depths.

    Weights of the mixture are linear in all but the depths, which keeps Newton steps in bounds.

    Parameters
    ----------
    fitted
        The model and its reads.
    dimers
        Library -> dimer, all of the same spacing.
    rows
        Most distinct reads of a library, drawn at random, that stand for all.
    seed
        Seed of the draw.

    Attributes
    ----------
    placements
        All placements.
    members
        Groups of placements that reads can tell apart.
    omega
        Where the groups' cooperativities are in a vector: omega to the power of the Hill exponent of the widest reads'
        dimer, relative to their sum in the fit.
    places
        Where each library's numbers are in a vector.
    hill
        That exponent.
    fixed
        Numbers that others make up for: the dimer's activity in the first library; far from saturation, the activity
        of the term that, the dimer aside, binds most.
    """

    def __init__(self, fitted: Fitted, dimers: Mapping[str, Cooperativity], rows: int = 100_000, seed: int = 0) -> None:
        first, data = widest(list(dimers.values())), fitted.data()
        self.placements = entries(first)
        psam_a, psam_b = first.spacing.psams
        self.members = groups(self.placements, psam_a is psam_b)
        self.hill = first.log_hill.exp().item()
        values = log_omega(first, self.placements)
        mean = self.hill * np.array([values[numbers].mean() for numbers in self.members])
        # A scale of its own for what an activity can make up for.
        self._log_scale = float(np.logaddexp.reduce(mean))
        self._start = [np.exp(mean - self._log_scale)]
        self.omega = slice(0, len(self.members))
        self.libraries: list[_Library] = []
        self.places: list[_Place] = []
        rng = np.random.default_rng(seed)
        for library, dimer in dimers.items():
            experiment = fitted.experiments[library]
            some = data[library].sample(rows, rng)
            with full_precision(experiment):
                mixture = self._mixture(experiment, dimer, some)
            mixture.weight = data[library].total / some.total
            self.libraries.append(mixture)
            depth = experiment.log_depth.detach().double().cpu().numpy()
            self._append(np.ones(experiment.log_activity.numel()), depth)
        self.fixed = self._fixed()

    def _append(self, factors: Matrix, depths: Matrix) -> None:
        """Add a library's numbers to the end of the vector."""
        start = sum(len(part) for part in self._start)
        end = start + len(factors)
        self.places.append(_Place(slice(start, end), slice(end, end + len(depths))))
        self._start += [factors, depths]

    def _fixed(self) -> list[int]:
        """Numbers that others make up for."""
        first = self.libraries[0]
        columns = first.experiment.log_activity.shape[1]
        out = [self.places[0].factors.start + first.own * columns]
        for one, place in zip(self.libraries, self.places, strict=True):
            shape = one.experiment.log_activity.shape
            share = one.known[:, : len(one.others)].mean(0)[:, None] * one.activity[one.others]
            for column, relative in enumerate(relative_columns(one.experiment)):
                if relative and one.others:
                    # Far from saturation depths make up for a factor on all weights.
                    greatest = one.others[int(share[:, column].argmax())]
                    out.append(place.factors.start + greatest * shape[1] + column)
        return out

    @torch.no_grad()
    def _mixture(self, experiment: Experiment, dimer: Cooperativity, data: Data) -> _Library:
        active = [i for i, on in enumerate(experiment.active) if on]
        own = next(i for i in active if experiment.bindings[i] is dimer)
        others = [i for i in active if i != own]
        parts = [
            torch.stack([experiment.bindings[i](data.codes[k : k + 4096]).double() for i in others], dim=1)
            for k in range(0, len(data), 4096)
            if others
        ]
        sums = placement_sums(dimer, data.codes, self._members_of(dimer))
        log_known = torch.cat([torch.cat(parts), sums], dim=1) if parts else sums  # (reads, components)
        power = dimer.log_hill.exp().item() / self.hill
        activity = experiment.log_activity.double().clone()
        activity[own] += self._log_scale * power
        out = _Library(experiment, data, log_known, log_known[:, 0], activity.exp(), others, own, power)
        fit = out.weights(torch.from_numpy(self._start[0]).to(log_known), torch.ones_like(activity))
        # Relative to the greatest term of the fit, so that no component that matters is lost.
        top = (log_known + fit.log()[:, 0]).amax(1)  # (reads,)
        out.log_top = top.masked_fill(torch.isinf(top), 0.0)
        out.known = (log_known - out.log_top[:, None]).clamp(max=300.0).exp_()
        return out

    def _members_of(self, dimer: Cooperativity) -> list[list[int]]:
        """The groups as numbers of a dimer's own placements, which shorter reads have fewer of."""
        own = {(e.strands, e.offset): i for i, e in enumerate(entries(dimer))}
        keys = [[(self.placements[i].strands, self.placements[i].offset) for i in numbers] for numbers in self.members]
        return [[own[key] for key in group if key in own] for group in keys]

    @property
    def least(self) -> Matrix:
        """Least value of each number of a vector: 0, or -inf for log depths."""
        out = np.zeros(len(self.vector))
        for place in self.places:
            out[place.depths] = -np.inf
        return out

    @property
    def vector(self) -> Matrix:
        """Where the fit ended."""
        return np.concatenate(self._start)

    def _parts(self, vector: Matrix) -> list[tuple[_Library, torch.Tensor, torch.Tensor, torch.Tensor]]:
        """Library, cooperativities, factors on activities, and log depths."""
        out = []
        for one, place in zip(self.libraries, self.places, strict=True):
            device, shape = one.known.device, one.experiment.log_activity.shape
            omega, factor, depth = (
                torch.from_numpy(np.ascontiguousarray(vector[part])).to(device)
                for part in (self.omega, place.factors, place.depths)
            )
            out.append((one, omega, factor.view(shape), depth))
        return out

    def loss(self, vector: Matrix) -> tuple[float, Matrix]:
        """Negative log-likelihood of all reads in nats, and its slope."""
        value, by_omega, rest = 0.0, np.zeros(len(self.members)), []
        for one, omega, factor, depth in self._parts(vector):
            lost, slope, by_depth = one.loss(one.weights(omega, factor), depth)
            combined = (one.chain(omega, factor) @ slope.flatten()).cpu().numpy()
            by_omega += combined[: len(by_omega)]
            rest += [combined[len(by_omega) :], by_depth.cpu().numpy()]
            value += lost
        return value, np.concatenate([by_omega, *rest])

    def information(self, vector: Matrix) -> Matrix:
        """Expected information at a vector, in nats."""
        out, numbers = np.zeros((len(vector),) * 2), np.arange(len(vector))
        for (one, omega, factor, depth), place in zip(self._parts(vector), self.places, strict=True):
            known = one.information(one.weights(omega, factor), depth)
            back = torch.block_diag(one.chain(omega, factor), torch.eye(len(depth)).to(depth))
            index = np.concatenate([numbers[part] for part in (self.omega, place.factors, place.depths)])
            out[np.ix_(index, index)] += (back @ known @ back.T).cpu().numpy()
        return out
