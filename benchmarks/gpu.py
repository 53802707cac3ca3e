"""Training steps on a GPU: windows/s by filters, batch and precision, and the fraction of the device's limits.

    python benchmarks/gpu.py [--device cuda] [--seconds 3] [--batches 64 128 256 512] [--filters 64 512]

8 dilated layers, widths 21 and 75, 2114 bp to 1000 bp, 2 tasks; windows are held on the device, and cut, shifted,
turned round and one-hot encoded there. The limits are measured in the same run: a large bf16 (CPU: fp32) matrix
product, and a copy. A window of 64 filters needs 1.19 GFLOP forward and backward, one of 512 filters 70.4; eager, in
bf16, one of 64 filters moves 34.0 MB (18 passes over each layer's activations). The larger share is the bound.
"""

import argparse
import itertools
import os
import time

WORK = {64: 1.19e9, 512: 70.4e9}
PASSES, LAYERS = 18, 9


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda", choices=["cpu", "cuda"])
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--batches", type=int, nargs="+", default=[64, 128, 256, 512])
    parser.add_argument("--filters", type=int, nargs="+", default=[64, 512])
    parser.add_argument("--precisions", nargs="+", choices=["fp32", "tf32", "bf16"])
    args = parser.parse_args()
    args.precisions = args.precisions or ["fp32", *["tf32"] * (args.device == "cuda"), "bf16"]
    return args


def rate(step, seconds, device):
    """Calls a second, after some to warm up."""
    import torch

    wait = torch.cuda.synchronize if device.type == "cuda" else lambda: None
    for _ in range(3):
        step()
    wait()
    start, calls = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        step()
        wait()
        calls += 1
    return calls / (time.perf_counter() - start)


def limits(device, seconds):
    """FLOP/s of a large product and bytes/s of a copy (read and written)."""
    import torch

    size = 8192 if device.type == "cuda" else 1024
    kind = torch.bfloat16 if device.type == "cuda" else torch.float32
    a = torch.randn(size, size, device=device, dtype=kind)
    big = torch.empty(1 << (30 if device.type == "cuda" else 26), dtype=torch.uint8, device=device)
    other = torch.empty_like(big)
    flops = 2 * size**3 * rate(lambda: a @ a, seconds, device)
    return flops, 2 * big.numel() * rate(lambda: other.copy_(big), seconds, device)


def make_sampler(batch, folder, device):
    import numpy as np

    from cisgrammar.config.training import PeakTraining
    from cisgrammar.profile.data.window_sampler import Windows, WindowSampler
    from cisgrammar.sequence.fasta import Genome
    from cisgrammar.signal.store import open_genome, open_signal, write_genome, write_signal

    random, bases = np.random.default_rng(0), 4_000_000
    genome, signal = folder / "genome.h5", folder / "signal.h5"
    if not genome.exists():
        made = Genome.from_chromosomes({"a": random.integers(0, 4, bases).astype(np.uint8)})
        write_genome(genome, made)
        counts = random.poisson(0.1, (2, bases)).astype(np.uint16)
        write_signal(signal, {"signal": counts}, {"genome_fingerprint": made.fingerprint})
    centres = np.linspace(3000, bases - 3000, 8 * 512).astype(np.int64)
    settings = PeakTraining(batch_size=batch, background_ratio=0)
    stores = (open_genome(genome), open_signal(signal))
    sampler = WindowSampler(*stores, Windows(centres, np.ones(len(centres))), None, settings, 2114, 1000, 1)
    sampler.hold_on(device)
    return sampler


def training_step(filters, precision, sampler, device):
    import torch

    from cisgrammar.config.profile import Architecture, Loss
    from cisgrammar.config.training import PeakTraining
    from cisgrammar.profile.fit.objective import ProfileObjective
    from cisgrammar.profile.models.heads import Head
    from cisgrammar.profile.models.solo import SoloModel
    from cisgrammar.training.device import pick_device
    from cisgrammar.training.loop import _step
    from cisgrammar.training.team import Team

    pick_device(device, precision)
    model = SoloModel(Architecture(filters=filters), 1000, (Head("signal", 2),), 1).to(device).train()
    objective = ProfileObjective(model, sampler, sampler, [Loss(counts_weight=20.0)], Team(device=device))
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    settings = PeakTraining(precision=precision, device=device.type)
    batches = (batch for epoch in itertools.count() for batch in objective.batches(epoch))
    return lambda: _step(objective, settings, optimizer, next(batches), device)


def main():
    args = parse()
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import tempfile
    from pathlib import Path

    from cisgrammar.training.device import describe, pick_device

    device = pick_device(args.device)
    flops, copied = limits(device, min(args.seconds, 2.0))
    print(f"{describe(device, 'fp32')}: product {flops / 1e12:.3g} TFLOP/s, copy {copied / 1e9:.4g} GB/s")
    print("filters\tbatch\tprecision\twindows/s\tof the product\tof the copy (eager)")
    with tempfile.TemporaryDirectory() as folder:
        for filters, batch in itertools.product(args.filters, args.batches):
            sampler = make_sampler(batch, Path(folder), device)
            for precision in args.precisions:
                step = training_step(filters, precision, sampler, device)
                windows = batch * rate(step, args.seconds, device)
                moved = PASSES * LAYERS * filters * 1640 * (2 if precision == "bf16" else 4)
                share = windows * WORK.get(filters, WORK[64] * (filters / 64) ** 2) / flops
                print(
                    f"{filters}\t{batch}\t{precision}\t{windows:,.0f}\t{share:.2%}\t{windows * moved / copied:.2%}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
