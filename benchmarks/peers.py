"""One table of timings beside the peers, each pair in turns within one process: `make bench`.

    python benchmarks/peers.py [conv1d] [cooperativity] [step] [ablation]

Seconds are the least of several turns, of the processor (all threads), one thread unless --threads says otherwise: they
depend least on what else the machine does. Peers are the packages themselves: PyProBound from its repository (the
package of that name on PyPI is another one), bpnet-lite 1.1.0, tangermeme 1.6.0; what is not installed is left out with
a line. `limit` is what the work would take if only its arithmetic took time: the bare matrix products for binding
models; the multiplications of a training step (in fp32 with four products for each pair of positions, in bf16 with six)
at the rate of the fastest of products of its shape, 1,024, 4,096 and 16,384 rows x 192 by 192 x 64 (few rows stay in
the caches).
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import torch

Way = Callable[[], Any]
PRODUCTS = (1_024, 4_096, 16_384)


class Row(NamedTuple):
    """A line of the table: milliseconds of the peer, of ours, and of the limit (None: not known)."""

    work: str
    peer: str
    theirs: float
    ours: float
    limit: float | None = None

    def __str__(self) -> str:
        limit = ("-", "-") if self.limit is None else (f"{self.limit:.1f}", f"{self.limit / self.ours:.0%}")
        cells = (f"{self.theirs:.1f}", f"{self.ours:.1f}", f"{self.theirs / self.ours:.1f}", *limit)
        return f"{self.work:52}{self.peer:20}" + "".join(f"{cell:>10}" for cell in cells)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("which", nargs="*", choices=[*WORKS, []], help="all without any")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=9)
    return parser.parse_args()


def least(ways: dict[str, Way], repeats: int) -> dict[str, float]:
    """Least milliseconds of each way, taken in turns; the first round is warm-up."""
    found = dict.fromkeys(ways, float("inf"))
    for turn in range(repeats + 1):
        for name, way in ways.items():
            start = time.process_time()
            way()
            if turn:
                found[name] = min(found[name], 1000 * (time.process_time() - start))
    return found


def conv1d(repeats: int) -> Iterator[Row]:
    """A PSAM of 12 bp over both strands of reads of 40 nt, forward and backward; PyProBound's best form."""
    import binding
    import torch

    from cisgrammar.binding import compat
    from cisgrammar.binding.layers.mode import Mode
    from cisgrammar.binding.layers.psam import PSAM

    if (pyprobound := binding.peer()) is None:
        return
    for n in (2_000, 20_000):
        seqs = torch.randint(0, 4, (n, 40), dtype=torch.uint8)
        ours = binding.forward_backward(Mode(compat.Conv1d(PSAM(12), 40, 40, 40)), seqs)
        rows, band, grad = torch.rand(n, 160), torch.rand(160, 64), torch.rand(n, 64)
        ways = {"ours": ours, "limit": lambda rows=rows, band=band, grad=grad: (rows @ band, grad.T @ rows)}
        for name, given in {"dense": seqs.long(), "one-hot": seqs.long()}.items():
            psam = pyprobound.layers.PSAM(kernel_size=12, alphabet=pyprobound.alphabets.DNA())
            layer = pyprobound.layers.Conv1d(psam, 40, 40, 40, one_hot=name == "one-hot")
            ways[name] = binding.forward_backward(pyprobound.Mode([layer]), given)
        found = least(ways, repeats)
        best = min(("dense", "one-hot"), key=found.__getitem__)
        work = f"Conv1d, {n:,} x 40 nt, 12 bp, fp32"
        yield Row(work, f"PyProBound {best}", found[best], found["ours"], found["limit"])


def cooperativity(repeats: int) -> Iterator[Row]:
    """Two factors of 10 bp at any distance in reads of 40 nt, with a Hill exponent, their scoring included."""
    import binding
    import torch

    from cisgrammar.binding import compat
    from cisgrammar.binding.layers.cooperativity import Cooperativity
    from cisgrammar.binding.layers.mode import Mode
    from cisgrammar.binding.layers.psam import PSAM
    from cisgrammar.binding.layers.spacing import Spacing

    if (pyprobound := binding.peer()) is None:
        return
    for n, dtype in ((500, torch.float32), (5_000, torch.float32), (1_000, torch.float64)):
        seqs = torch.randint(0, 4, (n, 40), dtype=torch.uint8)
        psams = PSAM(10), PSAM(10)
        modes = [Mode(compat.Conv1d(psam, 40, 40, 40)) for psam in psams]
        term = Cooperativity(Spacing(*psams, 31, max_overlap=0), *modes, train_hill=True).to(dtype)
        a, b = (binding.peer_mode(pyprobound, 40, 10) for _ in range(2))
        spacing = pyprobound.Spacing(a.key(), b.key(), max_overlap=0)
        theirs = pyprobound.Cooperativity(spacing, a, b, train_hill=True).to(dtype)
        rows, band, scores = (torch.rand(*shape, dtype=dtype) for shape in ((n, 160), (160, 64), (n, 64)))
        pairs = torch.rand(64, 64, dtype=dtype)

        def products(rows=rows, band=band, scores=scores, pairs=pairs) -> None:
            for _ in range(2):
                rows @ band
                scores.T @ rows
            scores @ pairs.T
            scores @ pairs
            scores.T @ scores

        ways = {"ours": binding.forward_backward(term, seqs), "limit": products}
        ways["theirs"] = binding.forward_backward(theirs, seqs.long())
        found = least(ways, max(2, repeats // 2))
        work = f"Cooperativity, {n:,} x 40 nt, 10 and 10 bp, {'fp32' if dtype == torch.float32 else 'fp64'}"
        yield Row(work, "PyProBound dense", found["theirs"], found["ours"], found["limit"])


def step(repeats: int) -> Iterator[Row]:
    """A training step of `train_step.py`'s model: 64 filters, 8 layers, 2,114 bp, batches of 8 windows."""
    import torch
    import train_step

    from cisgrammar.training.device import has_fast_bf16

    try:
        theirs = {"fp32": train_step.their_model()}
    except ImportError:
        print("bpnet-lite is not installed: training steps are left out")
        return
    x = torch.eye(4)[torch.randint(0, 4, (8, 2114))].transpose(1, 2).contiguous()
    y = torch.poisson(torch.full((8, 2, 1000), 0.1))
    if has_fast_bf16(torch.device("cpu")):
        theirs["bf16"] = train_step.their_model()
    else:
        print("bf16 left out: this processor has no bf16 arithmetic (avx512_bf16 or amx)")
    for name, model in theirs.items():
        dtype = torch.float32 if name == "fp32" else torch.bfloat16
        ours = train_step.our_step(train_step.our_model(), x, y, name)
        ways = {"ours": ours, "theirs": train_step.their_step(model, x, y, dtype)}
        needed = multiplications(8, share=2 / 3 if name == "fp32" else 1.0)
        found, limit = least(ways, repeats), fastest_multiplication(dtype) * needed
        yield Row(f"training step, batch 8, {name}", "bpnet-lite " + name, found["theirs"], found["ours"], limit)


def fastest_multiplication(dtype: torch.dtype) -> float:
    """Milliseconds of a multiplication in the fastest of the products, each in a row by itself."""
    import torch

    found, b = [], torch.rand(192, 64).to(dtype)
    for rows in PRODUCTS:
        a, out = torch.rand(rows, 192).to(dtype), torch.empty(rows, 64, dtype=dtype)
        product = least({"product": lambda a=a, out=out: torch.mm(a, b, out=out)}, 40)["product"]
        found.append(product / (rows * 192 * 64))
    return min(found)


def multiplications(batch: int, share: float, filters: int = 64, layers: int = 8, tasks: int = 2) -> float:
    """Of a step with valid convolutions: forward, gradients of kernels and of inputs, but for the first layer's.

    `share` of those of the residual blocks: 2 / 3 where two positions at a time need four products instead of six.
    """
    length = 2114 - 20
    total: float = 2 * length * 4 * 21 * filters
    for layer in range(1, layers + 1):
        length -= 2 * 2**layer
        total += share * 3 * length * filters * filters * 3
    return batch * (total + 3 * (length - 74) * filters * 75 * tasks)


def ablation(repeats: int) -> Iterator[Row]:
    """`ablate_annotations`, 20 dinucleotide shuffles, model of 8 layers with profile and counts; few and more sites."""
    import ablation as benchmark

    try:
        from tangermeme import ablate as theirs
        from tangermeme.ersatz import dinucleotide_shuffle
    except ImportError:
        print("tangermeme is not installed: ablation is left out")
        return
    from cisgrammar import perturb as ours
    from cisgrammar.sequence import shuffle

    model = benchmark.models(8)["profile and counts"]
    for sites, sequences in ((1, 1), (6, 6), (24, 6)):
        args = argparse.Namespace(annotations=sites, sequences=sequences, places="anywhere")
        X, rows = benchmark.annotated(args, model)
        kept = [row for row in rows if benchmark.can_shuffle(dinucleotide_shuffle, X, row, 20)]
        index, given = benchmark.as_tensor(kept), {"n": 20, "random_state": 0}

        def peer(X=X, index=index, given=given) -> None:
            theirs.ablate_annotations(model, X, index, shuffle_fn=dinucleotide_shuffle, device="cpu", **given)

        def own(X=X, index=index, given=given) -> None:
            ours.ablate_annotations(model, X, index, shuffle_fn=shuffle.dinucleotide_shuffle, **given)

        found = least({"theirs": peer, "ours": own}, max(1, repeats // 4))
        yield Row(f"ablation, {len(kept)} sites on {sequences} sequences", "tangermeme", found["theirs"], found["ours"])


WORKS = {"conv1d": conv1d, "cooperativity": cooperativity, "step": step, "ablation": ablation}


def main() -> None:
    args = parse()
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(args.threads)
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    import warnings

    import torch

    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    warnings.filterwarnings("ignore", message="input_length")
    print(
        f"least of {args.repeats} turns (cooperativity, ablation: fewer), ms of the processor, {args.threads} thread(s)"
    )
    columns = ("peer ms", "ours ms", "ratio", "limit ms", "of limit")
    print(f"{'work':52}{'peer':20}" + "".join(f"{name:>10}" for name in columns))
    for name in args.which or WORKS:
        for row in WORKS[name](args.repeats):
            print(row, flush=True)


if __name__ == "__main__":
    main()
