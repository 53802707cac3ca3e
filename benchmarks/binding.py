"""Times of the binding model: scoring and dimers beside the plain forms, and whole fits of simulated libraries.

    python benchmarks/binding.py [conv1d] [cooperativity] [monomer] [weak] [dimer]

One thread unless OMP_NUM_THREADS says otherwise; prints one line a measurement. The plain forms are those of the
field (letters looked up position by position; a loop over offsets), typed anew here.

"""

from __future__ import annotations

import copy
import os
import sys
import time
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from selex_truth import Truth, library, matrix

from cisgrammar.binding.bilinear import log_bilinear_sum
from cisgrammar.binding.conv1d import Conv1d
from cisgrammar.binding.cooperativity import Cooperativity
from cisgrammar.binding.counts import CountTable
from cisgrammar.binding.experiment import Experiment
from cisgrammar.binding.export import centred_betas
from cisgrammar.binding.fit import Fit, FitSettings
from cisgrammar.binding.likelihood import Data, negative_log_likelihood, row_log_likelihood
from cisgrammar.binding.mode import Mode, NonSpecific
from cisgrammar.binding.psam import PSAM
from cisgrammar.binding.rounds import chain
from cisgrammar.binding.spacing import Spacing

LEFT, RIGHT = "GTTCAG", "CCAGCT"


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
    layer = Conv1d(PSAM(k), width, width, width)
    mode = Mode(layer)

    def banded() -> None:
        mode.zero_grad()
        mode(seqs).sum().backward()

    def plain(score: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[], None]:
        def run() -> None:
            mode.zero_grad()
            torch.logsumexp(score(seqs).flatten(1), 1).sum().backward()

        return run

    ways = {"lookup": plain(layer.score_dense), "convolution": plain(layer.score_onehot), "banded": banded}
    report("conv1d forward+backward", interleaved(ways), "lookup")


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


def cooperativity(n: int = 20_000, windows: int = 31) -> None:
    at = torch.arange(windows) - torch.arange(windows)[:, None] + windows - 1
    for dtype in (torch.float32, torch.float64):
        generator = torch.Generator().manual_seed(0)
        a, b = (torch.randn(n, 2, windows, generator=generator).to(dtype).requires_grad_() for _ in range(2))
        spacing = torch.randn(2, 2, 2 * windows - 1, generator=generator).to(dtype).requires_grad_()

        def loop(a=a, b=b, spacing=spacing) -> None:
            offsets_loop(a, b, spacing).sum().backward()

        def product(a=a, b=b, spacing=spacing) -> None:
            omega = spacing[..., at].transpose(1, 2).flatten(2).flatten(0, 1)
            log_bilinear_sum(a.flatten(1), b.flatten(1), omega).sum().backward()

        times = interleaved({"loop over offsets": loop, "product": product}, 3)
        report(f"cooperativity {str(dtype)[6:]} forward+backward", times, "loop over offsets")


def fitted(experiment: Experiment, table: CountTable, truth_nll: float, title: str, seed: int) -> None:
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


def compare(psam: PSAM, truth: np.ndarray, name: str) -> None:
    wanted = truth - truth.mean(1, keepdims=True)
    found = centred_betas(psam)
    strands = {"+": found, "-": found[::-1, ::-1]}
    strand = min(strands, key=lambda s: float(((strands[s] - wanted) ** 2).mean()))
    rmse = float(np.sqrt(((strands[strand] - wanted) ** 2).mean()))
    r = float(np.corrcoef(strands[strand].ravel(), wanted.ravel())[0, 1])
    print(f"  {name}\tstrand {strand}\trmse {rmse:.3f}\tr {r:.4f}")


def monomer(log_nonspecific: float, title: str, seeds: tuple[int, ...] = (1,)) -> None:
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
    fitted(model, table, oracle_of_dimer(model, truth, table, log_mean), "dimer", seed)
    compare(psams[0], a, "A")
    compare(psams[1], b, "B")
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
    for mode, values in zip(oracle.bindings[1:3], truth.matrices):
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
