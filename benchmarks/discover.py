"""The discover stage: contributions beside tangermeme's on one network, and finder and hits on many windows.

Contributions: a network of 32 filters and 6 layers, random weights, 1,000 bp out; the same references on both sides.
Finder and hits: Laplace noise with six planted motifs, each in a share of the windows, and as many shuffles without.
Seconds are those of the process, which hardly depend on what else the machine does. Needs tangermeme 1.6.
"""

import argparse
import resource
import time
import warnings

import numpy as np
import torch

MOTIFS = ("GGTTACCCGGAA", "AGGTCACGTGAC", "TTGATAAGGTCC", "TGACTCAGCATA", "CCACTAGGGGGC", "ATTTGCATAACA")


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=4, help="sequences that are explained")
    parser.add_argument("--references", type=int, default=20)
    parser.add_argument("--turns", type=int, default=5, help="of which the least seconds count")
    parser.add_argument("--windows", type=int, default=2000, help="windows of the finder, and as many shuffles")
    parser.add_argument("--length", type=int, default=1000, help="bp of a window")
    parser.add_argument("--share", type=float, default=0.3, help="share of windows with each motif")
    return parser.parse_args()


class Explained(torch.nn.Module):
    """One output of a model; the profile's weights are given, as tangermeme holds them."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x, *shares):
        """Counts, or with shares of the bases the profile weighted by them, `(batch, 1)`."""
        profile, counts = self.model(x)
        if not shares:
            return counts
        flat = profile.flatten(1)
        return ((flat - flat.mean(1, keepdim=True)) * shares[0]).sum(1, keepdim=True)


def networks():
    """A network of 32 filters and 6 layers, and the same with its counts blended as `combined.counts` has it."""
    from cisgrammar.config.profile import Architecture, Counts
    from cisgrammar.profile.models.counts_blend import CountsBlend
    from cisgrammar.profile.models.counts_network import CountsNetwork
    from cisgrammar.profile.models.heads import Head
    from cisgrammar.profile.models.kmer_line import KmerLine
    from cisgrammar.profile.models.solo import SoloModel

    solo = SoloModel(Architecture(filters=32, layers=6), 1000, [Head("h")], seed=1)
    given = Counts()
    members = [CountsNetwork(1, 1000, given.channels, given.layers, seed) for seed in range(given.networks)]
    blend = CountsBlend(solo, members, KmerLine(given.kmer, 1, 1000))
    blend.weights[:] = torch.tensor([0.3, 0.4, 0.3])
    return {"network": solo.eval().requires_grad_(False), "blended counts": blend.eval().requires_grad_(False)}


def contributions(sequences, references, turns):
    """Seconds a sequence, the least of several turns, of the output window; and how far the results differ."""
    from cisgrammar.perturb.contributions import deep_lift
    from cisgrammar.profile.models.rescale import Target, references_of, rescale
    from cisgrammar.sequence.one_hot import one_hot

    counts, profile = Target("counts", (1.0,)), Target("profile", (1.0,))
    for name, model in networks().items():
        codes = np.random.default_rng(0).integers(0, 4, (sequences, model.input_length)).astype(np.uint8)
        drawn = references_of(codes, references, 1)
        X, R = one_hot(torch.from_numpy(codes)), torch.stack([one_hot(torch.from_numpy(each)) for each in drawn])
        with torch.no_grad():
            shares = torch.softmax(model(X)[0].flatten(1), 1)

        def ours(*targets, model=model, codes=codes, drawn=drawn):
            return rescale(model, codes, drawn, targets, model.output_length)

        def theirs(*shares, model=model, X=X, R=R):
            return deep_lift(Explained(model), X, R, args=shares).numpy()

        ways = {
            "shuffles drawn": lambda codes=codes: references_of(codes, references, 1),
            "counts": lambda: ours(counts),
            "profile": lambda: ours(profile),
            "counts and profile": lambda: ours(counts, profile),
        }
        if name == "network":
            ways |= {"tangermeme, counts": theirs, "tangermeme, profile": lambda shares=shares: theirs(shares)}
        report(name, ways, turns, sequences)
        if name == "network":
            inner = slice((model.input_length - 1000) // 2, (model.input_length + 1000) // 2)
            for target, found in ((counts, theirs()), (profile, theirs(shares))):
                far = np.abs(ours(target)[0] - found[..., inner]).max()
                print(
                    f"{target.output}: greatest difference {far:.2g}, of contributions up to {np.abs(found).max():.2g}"
                )


def report(name, ways, turns, sequences):
    """Least seconds of each way, in turns, and what both outputs take for one."""
    least = dict.fromkeys(ways, float("inf"))
    for turn in range(turns + 1):
        for way, function in ways.items():
            start = time.process_time()
            function()
            if turn or turns == 0:
                least[way] = min(least[way], (time.process_time() - start) / sequences)
    print(f"{name}:", ", ".join(f"{way} {1000 * value:.1f} ms" for way, value in least.items()))
    both, drawing = least["counts and profile"], least["shuffles drawn"]
    for one in ("counts", "profile"):
        ratio, whole = both / least[one], (both + drawing) / (least[one] + drawing)
        print(f"  both for {ratio:.2f} of {one} alone, {whole:.2f} with the shuffles drawn")
    if "tangermeme, counts" in least:
        peers = [least["tangermeme, counts"], least["tangermeme, profile"]]
        print(
            f"  as fast as tangermeme, times: counts {peers[0] / least['counts']:.1f}, profile "
            f"{peers[1] / least['profile']:.1f}, both {sum(peers) / both:.1f}"
        )


def made(number, length, share, missing=0.0):
    """Contributions of windows and of as many shuffles; with missing letters sites differ in height too."""
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
                there = rng.random(width) >= missing
                height = 8e-3 * (rng.gamma(8, 1 / 8) if missing else 1)
                codes[row, first : first + width][there] = letters[there]
                values[row, letters[there], np.arange(first, first + width)[there]] += np.float16(height)
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
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    if args.sequences:
        contributions(args.sequences, args.references, args.turns)
    if args.windows:
        finder(args.windows, args.length, args.share)


if __name__ == "__main__":
    main()
