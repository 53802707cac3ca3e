"""A training step beside bpnet-lite's, interleaved in one process.

64 filters, 8 dilated layers, widths 21 and 75, 2114 bp to 1000 bp, 2 tasks, batch 32. Needs bpnet-lite 1.1.0
(`make bench` installs it into an environment of its own). The figure that counts is the ratio.
"""

import argparse
import os
import statistics
import time


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument(
        "--bf16", choices=["auto", "yes", "no"], default="auto", help="auto: where the processor has it"
    )
    parser.add_argument(
        "--clock", choices=["wall", "cpu"], default="wall", help="cpu: seconds of all threads, where others work too"
    )
    return parser.parse_args()


def main():
    args = parse()
    os.environ.update(OMP_NUM_THREADS=str(args.threads), MKL_NUM_THREADS=str(args.threads), OMP_WAIT_POLICY="PASSIVE")
    import torch

    torch.set_num_threads(args.threads)
    from cisgrammar.training.device import has_fast_bf16

    torch.manual_seed(0)
    codes = torch.randint(0, 4, (args.batch, 2114))
    x = torch.eye(4)[codes].transpose(1, 2).contiguous()
    y = torch.poisson(torch.full((args.batch, 2, 1000), 0.1))
    ours, theirs = our_model(), their_model()
    copy_weights(theirs, ours)
    print("largest difference of the outputs with the same weights:", *compare(ours, theirs, x))
    steps = {
        "bpnet-lite 1.1.0, fp32": their_step(theirs, x, y, torch.float32),
        "cisgrammar, fp32": our_step(ours, x, y, "fp32"),
    }
    if args.bf16 == "yes" or (args.bf16 == "auto" and has_fast_bf16(torch.device("cpu"))):
        steps["bpnet-lite 1.1.0, bf16"] = their_step(their_model(), x, y, torch.bfloat16)
        steps["cisgrammar, bf16"] = our_step(our_model(), x, y, "bf16")
    else:
        print("bf16 left out: this processor has no bf16 arithmetic (avx512_bf16 or amx)")
    report(interleave(steps, args.repeats, time.process_time if args.clock == "cpu" else time.perf_counter), args)


def our_model():
    from cisgrammar.config.profile import Architecture
    from cisgrammar.profile.models.heads import Head
    from cisgrammar.profile.models.solo import SoloModel

    return SoloModel(Architecture(), 1000, [Head("a", 2)], seed=1).train()


def their_model():
    from bpnetlite import BPNet

    return BPNet(n_filters=64, n_layers=8, n_outputs=2, n_control_tracks=0, trimming=557, verbose=False).train()


def copy_weights(theirs, ours):
    """Give our model the weights of theirs."""
    pairs = [(theirs.iconv, ours.input_conv), (theirs.fconv, ours.profile_heads[0].conv)]
    pairs += [(a, b.conv) for a, b in zip(theirs.rconvs, ours.blocks, strict=True)]
    pairs += [(theirs.linear, ours.counts_heads[0].linear)]
    for a, b in pairs:
        b.weight.data.copy_(a.weight.data)
        if b.bias is not None and a.bias is not None:
            b.bias.data.copy_(a.bias.data)


def compare(ours, theirs, x):
    import torch

    with torch.no_grad():
        return [f"{(a - b).abs().max().item():.2g}" for a, b in zip(ours(x), theirs(x), strict=True)]


def our_step(model, x, y, precision):
    import torch

    from cisgrammar.config.profile import Loss
    from cisgrammar.profile.fit.losses import ProfileLoss
    from cisgrammar.training.device import autocast

    loss = ProfileLoss(model.heads, [Loss(counts_weight=20.0)], [20.0])
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)

    def step():
        with autocast(torch.device("cpu"), precision):
            outputs = model(x)
        loss(outputs, (y,)).total.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step


def their_step(model, x, y, dtype):
    """The body of `BPNet.fit` in 1.1.0: autocast, masked NLL, count MSE, clipping, Adam."""
    import torch
    from bpnetlite.losses import MNLLLoss, log1pMSELoss

    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def step():
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=dtype, enabled=dtype != torch.float32):
            profile, counts = model(x)
        log_p = torch.nn.functional.log_softmax(profile.float().reshape(len(x), -1), dim=-1)
        nll = MNLLLoss(log_p, y.reshape(len(y), -1)).mean()
        (nll + 20 * log1pMSELoss(counts.float(), y.sum(dim=(1, 2)).reshape(-1, 1)).mean()).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    return step


def interleave(steps, repeats, clock=time.perf_counter):
    """Seconds of each step, one of each in turn; the first round is warm-up."""
    seconds = {name: [] for name in steps}
    for round_ in range(repeats + 1):
        for name, step in steps.items():
            start = clock()
            step()
            if round_:
                seconds[name].append(clock() - start)
    return seconds


def report(seconds, args):
    base = min(seconds["bpnet-lite 1.1.0, fp32"])
    print(f"batch {args.batch}, {args.threads} threads, {args.repeats} repeats, interleaved, {args.clock} clock")
    print(f"{'step':28}{'median s':>10}{'min s':>9}{'windows/s':>11}{'x bpnet-lite fp32, minima':>28}")
    for name, values in seconds.items():
        least = min(values)
        print(f"{name:28}{statistics.median(values):10.3f}{least:9.3f}{args.batch / least:11.0f}{base / least:28.2f}")


if __name__ == "__main__":
    main()
