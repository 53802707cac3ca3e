"""The discover stage: contributions beside tangermeme's on one network, and finder and hits on many windows.

Contributions: a network of 32 filters and 6 layers, random weights, 1,000 bp out; the same references on both sides.
Finder and hits: Laplace noise with six planted motifs, each in a share of the windows, and as many shuffles without.
Seconds are those of the process, which hardly depend on what else the machine does. Needs tangermeme 1.6.
"""

import argparse
import resource
import time
import warnings

MOTIFS = ("GGTTACCCGGAA", "AGGTCACGTGAC", "TTGATAAGGTCC", "TGACTCAGCATA", "CCACTAGGGGGC", "ATTTGCATAACA")


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=4, help="sequences that are explained")
    parser.add_argument("--references", type=int, default=20)
    parser.add_argument("--windows", type=int, default=2000, help="windows of the finder, and as many shuffles")
    parser.add_argument("--length", type=int, default=1000, help="bp of a window")
    parser.add_argument("--share", type=float, default=0.3, help="share of windows with each motif")
    return parser.parse_args()


def contributions(sequences, references):
    import numpy as np
    import torch

    from cisgrammar.config.profile import Architecture
    from cisgrammar.perturb.contributions import deep_lift
    from cisgrammar.profile.models.heads import Head
    from cisgrammar.profile.models.rescale import Target, references_of, rescale
    from cisgrammar.profile.models.solo import SoloModel
    from cisgrammar.sequence.one_hot import one_hot

    class Counts(torch.nn.Module):
        def __init__(self, model):
            super().__init__()
            self.model = model

        def forward(self, x):
            return self.model(x)[1]

    model = SoloModel(Architecture(filters=32, layers=6), 1000, [Head("h")], seed=1).eval().requires_grad_(False)
    codes = np.random.default_rng(0).integers(0, 4, (sequences, model.input_length)).astype(np.uint8)
    drawn = references_of(codes, references, 1)
    counts, profile = Target("counts", (1.0,)), Target("profile", (1.0,))
    X, R = one_hot(torch.from_numpy(codes)), torch.stack([one_hot(torch.from_numpy(each)) for each in drawn])
    rescale(model, codes[:1], drawn[:1], [counts, profile])
    seconds, found = {}, {}
    for name, function in (
        ("counts", lambda: rescale(model, codes, drawn, [counts])[0]),
        ("counts and profile", lambda: rescale(model, codes, drawn, [counts, profile])[0]),
        ("tangermeme, counts", lambda: deep_lift(Counts(model), X, R).numpy()),
    ):
        start = time.process_time()
        found[name] = function()
        seconds[name] = (time.process_time() - start) / sequences
    far = np.abs(found["counts"] - found["tangermeme, counts"]).max()
    for name, value in seconds.items():
        print(f"{name:24s} {value:8.4f} s a sequence, {seconds['tangermeme, counts'] / value:6.1f} times as fast")
    print(f"greatest difference {far:.2g}, of contributions up to {np.abs(found['counts']).max():.2g}")


def made(number, length, share):
    """Contributions of windows and of as many shuffles."""
    import numpy as np

    from cisgrammar.discover.attribution_files import Attributions

    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (2 * number, length)).astype(np.uint8)
    values = np.empty((2 * number, 4, length), dtype=np.float16)
    for row in range(2 * number):
        values[row] = 1e-3 * rng.laplace(size=(4, length))
    width = len(MOTIFS[0])
    sites = 0
    for row in range(number):
        for slot, motif in enumerate(MOTIFS):
            if rng.random() < share:
                first = length * (slot + 1) // (len(MOTIFS) + 2) + int(rng.integers(40))
                letters = np.array(["ACGT".index(base) for base in motif])
                codes[row, first : first + width] = letters
                values[row, letters, np.arange(first, first + width)] += np.float16(8e-3)
                sites += 1
    held = np.tile(np.arange(number) % 3 == 0, 2)
    none = {"counts": np.zeros(codes.shape, dtype=np.float16)}
    shuffled = np.arange(2 * number) >= number
    place = np.repeat("c", 2 * number), np.tile(2 * length * np.arange(number), 2)
    return Attributions(*place, shuffled, held, ~held[:, None], codes, {"counts": values}, none), sites


def finder(number, length, share):
    from cisgrammar.config.discover import Discover
    from cisgrammar.discover.find import discover
    from cisgrammar.discover.hits import call_hits
    from cisgrammar.discover.motif_table import motif_table

    windows, sites = made(number, length, share)
    settings = Discover(outputs=("counts",))
    start = time.process_time()
    found, numbers = discover(windows, settings)
    middle = time.process_time()
    calls = call_hits(windows, found)
    end = time.process_time()
    kept = motif_table(windows, found, calls, {}, settings)
    table = time.process_time() - end
    seqlets = sum(each["seqlets"] for each in numbers["found"])
    print(f"{number} windows of {length} bp and as many shuffles, {sites} planted sites of {len(MOTIFS)} motifs:")
    print(
        f"finder {middle - start:.1f} s ({seqlets} seqlets, {len(found)} patterns), hits {end - middle:.1f} s, ", end=""
    )
    print(f"table {table:.1f} s ({len(kept.table)} motifs, {len(kept.hits)} hits)")
    print(f"most memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


def main():
    args = parse()
    import torch

    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    if args.sequences:
        contributions(args.sequences, args.references)
    if args.windows:
        finder(args.windows, args.length, args.share)


if __name__ == "__main__":
    main()
