"""`ablate_annotations` beside tangermeme's, both driving the same model, interleaved in one process.

The project's own model (64 filters, 8 dilated layers, 2114 bp to 1000 bp) and one of 4 layers; n = 20 shuffles of
annotations of 8 to 30 bp. tangermeme raises where a dinucleotide shuffle has nothing else to offer; such annotations
are left out for both, and counted. The figure that counts is the ratio of the seconds; that of the processor's seconds
is beside it, because it hardly depends on what else the machine does. Needs tangermeme 1.6.
"""

import argparse
import os
import statistics
import time
import warnings


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--annotations", type=int, default=24)
    parser.add_argument("--sequences", type=int, default=6)
    parser.add_argument("--shuffles", type=int, default=20)
    parser.add_argument(
        "--places", choices=["anywhere", "centre"], default="anywhere", help="centre: within 250 bp of it"
    )
    parser.add_argument("--layers", type=int, nargs="+", default=[8, 4])
    return parser.parse_args()


def main():
    args = parse()
    os.environ.update(OMP_NUM_THREADS=str(args.threads), MKL_NUM_THREADS=str(args.threads), OMP_WAIT_POLICY="PASSIVE")
    import torch

    torch.set_num_threads(args.threads)
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    warnings.filterwarnings("ignore", message="input_length")
    print(f"{args.annotations} annotations on {args.sequences} sequences, n = {args.shuffles}, {args.threads} threads,")
    print(f"{args.repeats} repeats, interleaved, motifs {args.places}; seconds are medians")
    columns = {"tangermeme": 12, "cisgrammar": 12, "ratio": 8, "cpu ratio": 11, "difference": 12, "left out": 10}
    print(f"{'model':28}{'shuffle':>15}" + "".join(f"{name:>{width}}" for name, width in columns.items()))
    for layers in args.layers:
        for name, model in models(layers).items():
            for kind in ("dinucleotide", "plain"):
                compare(f"{layers} layers, {name}", model, kind, args)


def models(layers):
    """The profile model, and the same with its counts alone as output."""
    import torch

    from cisgrammar.config.profile import Architecture
    from cisgrammar.profile.models.heads import Head
    from cisgrammar.profile.models.solo import SoloModel

    class Counts(torch.nn.Module):
        def __init__(self, model):
            super().__init__()
            self.model = model

        def forward(self, x):
            return self.model(x)[1]

    solo = SoloModel(Architecture(layers=layers), 1000, [Head("a")], seed=1)
    return {"profile and counts": solo, "counts": Counts(solo)}


def compare(name, model, kind, args):
    from tangermeme import ablate as theirs
    from tangermeme import ersatz

    from cisgrammar import perturb as ours
    from cisgrammar.sequence import shuffle

    X, rows = annotated(args, model)
    their_shuffle, same_shuffle, own_shuffle = {
        "dinucleotide": (
            ersatz.dinucleotide_shuffle,
            ours.compatible_dinucleotide_shuffle,
            shuffle.dinucleotide_shuffle,
        ),
        "plain": (ersatz.shuffle, ours.compatible_shuffle, shuffle.shuffle),
    }[kind]
    kept = [row for row in rows if can_shuffle(their_shuffle, X, row, args.shuffles)]
    settings = {"n": args.shuffles, "random_state": 0}
    index = as_tensor(kept)
    steps = {
        "theirs": lambda: theirs.ablate_annotations(
            model, X, index, shuffle_fn=their_shuffle, device="cpu", **settings
        ),
        "ours": lambda: ours.ablate_annotations(model, X, index, shuffle_fn=own_shuffle, **settings),
    }
    seconds = interleave(steps, args.repeats)
    same = ours.ablate_annotations(model, X, index, shuffle_fn=same_shuffle, **settings)
    difference = largest_difference(same.y_afters, steps["theirs"]().y_afters)
    medians = {
        key: [statistics.median(column) for column in zip(*values, strict=True)] for key, values in seconds.items()
    }
    ratio, cpu_ratio = (a / b for a, b in zip(medians["theirs"], medians["ours"], strict=True))
    print(
        f"{name:28}{kind:>15}{medians['theirs'][0]:12.2f}{medians['ours'][0]:12.2f}{ratio:8.2f}{cpu_ratio:11.2f}"
        f"{difference:12.1e}"
        f"{len(rows) - len(kept):>10}",
        flush=True,
    )


def annotated(args, model):
    """Random sequences, and annotations of 8 to 30 bp inside of what the model reads."""
    import numpy as np
    import torch

    from cisgrammar.sequence.alphabet import one_hot

    rng = np.random.default_rng(0)
    read = getattr(model, "model", model).input_length
    reach = 250 if args.places == "centre" else read // 2
    X = torch.from_numpy(one_hot(rng.integers(0, 4, (args.sequences, 2114)).astype(np.uint8)))
    widths = rng.integers(8, 31, args.annotations)
    starts = 1057 - reach + rng.integers(0, 2 * reach - widths)
    index = np.arange(args.annotations) % args.sequences
    return X, np.stack([index, starts, starts + widths], axis=1).tolist()


def can_shuffle(shuffle, X, row, n):
    index, start, end = row
    try:
        shuffle(X[index : index + 1], start=start, end=end, n=n, random_state=0)
    except ValueError:
        return False
    return True


def as_tensor(rows):
    import torch

    return torch.tensor(rows)


def largest_difference(a, b):
    if isinstance(a, list):
        return max(largest_difference(x, y) for x, y in zip(a, b, strict=True))
    return (a - b).abs().max().item()


def interleave(steps, repeats):
    """Seconds, by the clock and of the processor, of each step, one of each in turn; the first round is warm-up."""
    seconds = {name: [] for name in steps}
    for round_ in range(repeats + 1):
        for name, step in steps.items():
            start, spent = time.perf_counter(), time.process_time()
            step()
            if round_:
                seconds[name].append((time.perf_counter() - start, time.process_time() - spent))
    return seconds


if __name__ == "__main__":
    main()
