"""Both matrices of a pair cut from one wide motif: another place to start from.

Where nearly all reads are bound by the pair, the first matrix lies over the best part of the whole site, whatever that
is, and the second over what is left of it: a valley that moves of single matrices do not lead out of. One motif that is
as wide as the whole site has no such choice to make.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from cisgrammar.binding.fit import activation, starts
from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Experiment, Model
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.likelihood.likelihood import Data
from cisgrammar.binding.likelihood.spaced import entries

# Bases beside both matrices that the wide motif has for those between the sites (judgement).
_MOST_BETWEEN = 4
# Wider motifs have more parameters than most libraries determine (judgement).
_WIDEST = 24
# Log omega of the placement that was found, above that of all others.
_FAVOUR = 4.0
# Share of Z of the pair, and of each matrix alone, to begin with.
_PAIR_SHARE, _ALONE_SHARE = 0.3, 0.02

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Halves:
    """Two matrices `(positions, 4)` and their placement: row and index of `Spacing.log_spacing`."""

    first: Matrix
    second: Matrix
    row: int
    index: int


def wide_model(model: Model, dimers: Sequence[Cooperativity | None], seed: int) -> Model | None:
    """Experiments with non-specific binding and one motif as wide as a pair.

    Parameters
    ----------
    model
        The experiments that it is to stand for.
    dimers
        The pair in each of them.
    seed
        Seed of the matrix's random values.

    Returns
    -------
    Model or None
        None where the pair is of one factor with itself or has a palindrome, is not in all experiments, or is too wide
        for the reads.
    """
    given = [dimer for dimer in dimers if dimer is not None]
    if len(given) < len(model) or not _cuttable(given[0]):
        return None
    sizes = [psam.size for psam in given[0].spacing.psams]
    gaps = [entry.gap for entry in entries(given[0])]
    room = min(dimer.mode_a.layer.min_input_length for dimer in given)
    width = min(sum(sizes) + min(max(gaps), _MOST_BETWEEN), room, _WIDEST)
    if width < sum(sizes) + max(min(gaps), 0):
        return None
    rng = np.random.default_rng([seed, width])
    psam = PSAM(width, score_reverse=given[0].spacing.n_strands == 2).double()
    psam.betas.data = torch.from_numpy(rng.uniform(-0.1, 0.1, (width, 4)))
    experiments = []
    for old, dimer in zip(model, given, strict=True):
        layer = dimer.mode_a.layer
        mode = Mode(Conv1d(psam, layer.input_shape, layer.min_input_length, layer.max_input_length))
        other = NonSpecific(layer.min_input_length, layer.max_input_length)
        new = Experiment([other, mode], copy.deepcopy([*old.rounds]), old.activity).double()
        new.log_depth.data = old.log_depth.detach().clone()
        experiments.append(new)
    return Model(experiments)


def _cuttable(dimer: Cooperativity) -> bool:
    first, second = dimer.spacing.psams
    simple = first.dilation == second.dilation == 1
    return simple and first is not second and not (first.palindrome or second.palindrome)


@torch.no_grad()
def cut(wide: PSAM, dimer: Cooperativity) -> Halves:
    """The two stretches of a wide motif, in a placement that the pair allows, that hold most information together.

    Either strand of the motif and either order are the same pair under other names: of them the one is taken that is
    most like the matrices that the pair has.
    """
    allowed = {(entry.strands, entry.offset): entry for entry in entries(dimer)}
    bits = wide.information().double().cpu().numpy()
    whole = wide.get_filter(0)[0].T.double().cpu().numpy()  # (positions, letters)
    whole = whole - whole.mean(1, keepdims=True)
    known = [psam.get_filter(0)[0].T.double().cpu().numpy() for psam in dimer.spacing.psams]
    sizes = [len(matrix) for matrix in known]
    strands = [(whole, bits)] + ([(whole[::-1, ::-1], bits[::-1])] if dimer.spacing.n_strands == 2 else [])
    best, found = (-np.inf, -np.inf), None
    for matrix, told in strands:
        for a in range(len(matrix) - sizes[0] + 1):
            for b in range(len(matrix) - sizes[1] + 1):
                covered = np.zeros(len(matrix), dtype=bool)
                covered[a : a + sizes[0]] = covered[b : b + sizes[1]] = True
                for way in ("same", "opposite"):
                    entry = allowed.get((way, b - a))
                    if entry is None:
                        continue
                    first, second = matrix[a : a + sizes[0]], matrix[b : b + sizes[1]]
                    second = second if way == "same" else second[::-1, ::-1]
                    likeness = float((first * known[0]).sum() + (second * known[1]).sum())
                    value = round(float(told[covered].sum()), 6), likeness
                    if value > best:
                        best, found = value, Halves(first.copy(), second.copy(), entry.row, entry.index)
    if found is None:
        raise ValueError("the pair allows no placement within the wide motif")
    return found


@torch.no_grad()
def put(model: Model, places: Sequence[tuple[int, int]], halves: Halves, data: Sequence[Data], chunk: int) -> None:
    """Give a pair its matrices and placement, and activities so that it has 30 % of Z, each matrix alone 2 %.

    `places` are the pair's (experiment, index of the binding).
    """
    for number, (at, index) in enumerate(places):
        experiment = model[at]
        dimer = experiment.bindings[index]
        if not isinstance(dimer, Cooperativity):
            raise ValueError(f"binding {index} is no pair")
        if number == 0:
            for psam, matrix in zip(dimer.spacing.psams, (halves.first, halves.second), strict=True):
                rows = starts.spread(matrix, psam, np.zeros_like(matrix))
                psam.betas.data = torch.as_tensor(rows).to(psam.betas)
                psam.pair_betas.zero_()
            dimer.spacing.log_spacing.fill_(0.0)
            dimer.spacing.log_spacing[halves.row, halves.index] = _FAVOUR
        shares = {id(dimer.mode_a): _ALONE_SHARE, id(dimer.mode_b): _ALONE_SHARE, id(dimer): _PAIR_SHARE}
        for i, binding in enumerate(experiment.bindings):
            if experiment.active[i] and id(binding) in shares:
                activation.set_share(experiment, i, data[at], shares[id(binding)], chunk)
