"""Times of the binding model: scoring and dimers beside the plain forms, and whole fits of simulated libraries.

    python benchmarks/binding.py [conv1d] [cooperativity] [monomer] [weak] [dimer]

One thread unless OMP_NUM_THREADS says otherwise; prints one line a measurement. The plain forms are those of the
field (letters looked up position by position; a loop over offsets), typed anew here. Where PyProBound itself is
installed (from its repository: the package of that name on PyPI is another one), it is timed in turns with them.
"""

from __future__ import annotations

import copy
import os
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from selex_truth import Truth, library, matrix

from cisgrammar.binding import compat
from cisgrammar.binding.export import centred_betas
from cisgrammar.binding.fit.fit import Fit
from cisgrammar.binding.fit.optimise import fisher_information
from cisgrammar.binding.fit.settings import FitSettings
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.rounds import chain
from cisgrammar.binding.layers.spacing import Spacing
from cisgrammar.binding.likelihood.likelihood import Data, Objective, negative_log_likelihood, row_log_likelihood
from cisgrammar.binding.reads.count_table import CountTable

LEFT, RIGHT = "GTTCAG", "CCAGCT"


def peer() -> Any:
    """PyProBound, or None, said in a line, if it is not installed."""
    try:
        import pyprobound
        import pyprobound.layers
    except ImportError:
        print("pyprobound is not installed (PyPI's package of that name is another tool): timed without it")
        return None
    return pyprobound


def peer_mode(pyprobound: Any, width: int, k: int) -> Any:
    psam = pyprobound.layers.PSAM(kernel_size=k, alphabet=pyprobound.alphabets.DNA())
    return pyprobound.Mode([pyprobound.layers.Conv1d(psam, width, width, width)])


def forward_backward(module: torch.nn.Module, seqs: torch.Tensor) -> Callable[[], None]:
    def run() -> None:
        module.zero_grad()
        module(seqs).sum().backward()

    return run


def interleaved(ways: dict[str, Callable[[], None]], repeats: int = 9) -> dict[str, float]:
    """Median seconds of each way, taken in turns so that other load falls on all alike."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(repeats + 1):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            if turn:
                times[name].append(time.perf_counter() - start)
    return {name: float(np.median(values)) for name, values in times.items()}


def report(title: str, times: dict[str, float], base: str) -> None:
    for name, seconds in times.items():
        print(f"{title}\t{name}\t{1000 * seconds:.1f} ms\t{times[base] / seconds:.1f}x")


def conv1d(n: int = 20_000, width: int = 40, k: int = 12) -> None:
    seqs = torch.randint(0, 4, (n, width), dtype=torch.uint8)
    layer = compat.Conv1d(PSAM(k), width, width, width)
    mode = Mode(layer)

    def plain(score: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[], None]:
        def run() -> None:
            mode.zero_grad()
            torch.logsumexp(score(seqs).flatten(1), 1).sum().backward()

        return run

    ways = {"lookup": plain(layer.score_dense), "convolution": plain(layer.score_onehot)}
    ways["banded"] = forward_backward(mode, seqs)
    if (pyprobound := peer()) is not None:
        ways["pyprobound"] = forward_backward(peer_mode(pyprobound, width, k), seqs.long())
    report("conv1d forward+backward", interleaved(ways), "pyprobound" if "pyprobound" in ways else "lookup")


def offsets_loop(a: torch.Tensor, b: torch.Tensor, spacing: torch.Tensor) -> torch.Tensor:
    """Log-sum over pairs, one offset after the other; `a`, `b` are (reads, strands, windows)."""
    n_a, n_b = a.shape[-1], b.shape[-1]
    total = a.new_full((len(a),), -torch.inf)
    for index in range(n_a + n_b - 1):
        offset = index - (n_a - 1)
        low, high = max(0, -offset), min(n_a, n_b - offset)
        for s in range(2):
            for t in range(2):
                pairs = a[:, s, low:high] + b[:, t, low + offset : high + offset]
                total = torch.logaddexp(total, torch.logsumexp(pairs, 1) + spacing[s, t, index])
    return total


def cooperativity(n: int = 20_000, width: int = 40, k: int = 10) -> None:
    """Scoring of both factors included, as a fit does it."""
    seqs = torch.randint(0, 4, (n, width), dtype=torch.uint8)
    pyprobound = peer()
    for dtype in (torch.float32, torch.float64):
        psams = PSAM(k), PSAM(k)
        modes = [Mode(compat.Conv1d(psam, width, width, width)) for psam in psams]
        term = Cooperativity(Spacing(*psams, width - k + 1, max_overlap=0), *modes, train_hill=True).to(dtype)

        def loop(term: Cooperativity = term) -> None:
            term.zero_grad()
            a, b = (mode.layer.score_dense(seqs) for mode in (term.mode_a, term.mode_b))
            offsets_loop(a, b, term.get_log_spacing()).sum().backward()

        ways = {"loop over offsets": loop, "product": forward_backward(term, seqs)}
        if pyprobound is not None:
            a, b = (peer_mode(pyprobound, width, k) for _ in range(2))
            spacing = pyprobound.Spacing(a.key(), b.key(), max_overlap=0)
            theirs = pyprobound.Cooperativity(spacing, a, b, train_hill=True).to(dtype)
            ways["pyprobound"] = forward_backward(theirs, seqs.long())
        base = "pyprobound" if "pyprobound" in ways else "loop over offsets"
        report(f"cooperativity {str(dtype)[6:]} forward+backward", interleaved(ways, 3), base)


def fitted(experiment: Experiment, table: CountTable, truth_nll: float, title: str, seed: int) -> Fit:
    wall, cpu = time.perf_counter(), time.process_time()
    fit = Fit([experiment], [table], FitSettings(seed=seed))
    fit.run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    nll = negative_log_likelihood(experiment, fit.data[0])
    rows = row_log_likelihood(experiment, fit.data[0])
    error = float(rows.std() / len(rows) ** 0.5)
    print(
        f"{title}\tseed {seed}\t{wall:.1f} s wall, {cpu:.1f} s cpu\t"
        f"nll {nll:.5f}, oracle {truth_nll:.5f} (se {error:.5f})"
    )
    return fit


def distance(psam: PSAM, truth: np.ndarray) -> tuple[float, float, str]:
    """Root mean square error of centred betas on the better strand, correlation, and that strand."""
    wanted = truth - truth.mean(1, keepdims=True)
    found = centred_betas(psam)
    strands = {"+": found, "-": found[::-1, ::-1]}
    strand = min(strands, key=lambda s: float(((strands[s] - wanted) ** 2).mean()))
    rmse = float(np.sqrt(((strands[strand] - wanted) ** 2).mean()))
    return rmse, float(np.corrcoef(strands[strand].ravel(), wanted.ravel())[0, 1]), strand


def compare(psam: PSAM, truth: np.ndarray, name: str) -> None:
    rmse, r, strand = distance(psam, truth)
    print(f"  {name}\tstrand {strand}\trmse {rmse:.3f}\tr {r:.4f}")


def contrasts(fit: Fit, spacing: Spacing) -> None:
    """Six greatest log omegas less their mean, which no activity can take up, with standard errors."""
    objective = Objective(fit.model, fit.data, fit.settings.penalty)
    covariance = np.linalg.inv(fisher_information(objective, 3000)) / sum(d.total for d in fit.data)
    parameters = objective.parameters()
    index = next(i for i, p in enumerate(parameters) if p is spacing.log_spacing)
    first = sum(p.numel() for p in parameters[:index])
    values = spacing.log_spacing.detach().flatten().numpy()
    best = np.argsort(-values, kind="stable")[:6]
    centre = np.eye(6) - 1 / 6
    errors = np.sqrt(np.diag(centre @ covariance[np.ix_(first + best, first + best)] @ centre))
    width = spacing.log_spacing.shape[1]
    for i, value, error in zip(best, centre @ values[best], errors, strict=True):
        print(f"  strand {i // width}, offset {i % width - spacing.n_windows + 1}: {value:+.2f} (se {error:.2f})")


def monomer(log_nonspecific: float, title: str, seeds: tuple[int, ...] = (1, 2, 3, 4, 5)) -> None:
    for seed in seeds:
        beta = matrix("TGATTTATGG", np.random.default_rng(100))
        truth = Truth([beta], [0.0], 20, LEFT, RIGHT, log_nonspecific)
        table, log_mean = library(truth, 25_000, seed)
        share = 1 - np.exp(log_nonspecific + np.log(table.input_shape) - log_mean)

        def build(table: CountTable = table) -> Experiment:
            mode = Mode.from_psam(PSAM(10), table)
            return Experiment([NonSpecific.from_table(table), mode], chain("bound_unsaturated", [True, True]))

        oracle = build().double()
        oracle.bindings[1].psam.betas.data = torch.from_numpy(beta)
        oracle.log_activity.data = torch.tensor([[log_nonspecific], [0.0]]).double()
        oracle.log_depth.data = torch.tensor([0.0, -log_mean]).double()
        model = build()
        oracle_nll = negative_log_likelihood(oracle, Data(table, [0, 1]))
        fitted(model, table, oracle_nll, f"{title} ({share:.0%} of reads driven by a site)", seed)
        compare(model.bindings[1].psam, beta, "A")


def dimer(seed: int = 1) -> None:
    rng = np.random.default_rng(7)
    a, b = matrix("TGATTGAT", rng), matrix("GCCAATTA", rng)
    pairs = {(0, 0, 11): 0.0, (0, 0, 12): 1.5, (0, 0, 13): 0.0, (1, 0, 9): -0.5, (1, 0, 10): 0.5, (1, 0, 14): 0.0}
    truth = Truth([a, b], [0.0, 0.0], 26, LEFT, RIGHT, float(np.log(1e-4)), pairs, 9.0)
    table, log_mean = library(truth, 25_000, seed)
    psams = PSAM(8), PSAM(8)
    modes = [Mode.from_psam(p, table) for p in psams]
    spacing = Spacing(*psams, modes[0].layer.out_len(table.input_shape), max_overlap=0, max_spacing=8)
    bindings = [NonSpecific.from_table(table), *modes, Cooperativity(spacing, *modes)]
    model = Experiment(bindings, chain("bound_unsaturated", [True, True]))
    fit = fitted(model, table, oracle_of_dimer(model, truth, table, log_mean), "dimer", seed)
    swapped = distance(psams[0], b)[0] < distance(psams[0], a)[0]
    for psam, values, name in zip(psams, (b, a) if swapped else (a, b), "BA" if swapped else "AB", strict=True):
        compare(psam, values, name)
    contrasts(fit, spacing)
    full = spacing.get_log_spacing(spacing.n_windows, spacing.n_windows).detach()
    offsets = spacing.offsets(spacing.n_windows, spacing.n_windows).tolist()
    for s in range(2):
        for t in range(2):
            best = torch.argsort(-full[s, t], stable=True)[:4].tolist()
            print(f"  strands {s}{t}\t" + "\t".join(f"{offsets[i]}: {float(full[s, t, i]):.2f}" for i in best))


def oracle_of_dimer(model: Experiment, truth: Truth, table: CountTable, log_mean: float) -> float:
    """Loss of the truth, computed by the same model on a copy of its state."""
    oracle = copy.deepcopy(model).double()
    dimer_term = oracle.bindings[3]
    for mode, values in zip(oracle.bindings[1:3], truth.matrices, strict=True):
        mode.psam.betas.data = torch.from_numpy(values)
    omega = torch.full_like(dimer_term.spacing.log_spacing, -30.0)
    for (strand, _, offset), value in truth.pairs.items():
        omega[strand, offset + dimer_term.spacing.n_windows - 1] = value
    dimer_term.spacing.log_spacing.data = omega
    oracle.log_activity.data = torch.tensor(
        [[truth.log_nonspecific], *([x] for x in truth.log_activity), [truth.log_pair_activity]]
    ).double()
    oracle.log_depth.data = torch.tensor([0.0, -log_mean]).double()
    return negative_log_likelihood(oracle, Data(table, [0, 1]))


def main() -> None:
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    todo = {
        "conv1d": conv1d,
        "cooperativity": cooperativity,
        "monomer": lambda: monomer(float(np.log(2e-5)), "monomer, strong"),
        "weak": lambda: monomer(float(np.log(1e-4)), "monomer, weak"),
        "dimer": dimer,
    }
    for name in sys.argv[1:] or todo:
        if name not in todo:
            raise SystemExit(f"no benchmark {name!r}; there are {', '.join(todo)}")
        todo[name]()


if __name__ == "__main__":
    main()
