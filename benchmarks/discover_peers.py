r"""Finder and hits beside modisco-lite 3.0.0 and Fi-NeMo 0.41, on the same contributions, in one process.

    OMP_NUM_THREADS=1 NUMBA_NUM_THREADS=1 \
        python benchmarks/discover_peers.py [--run results/discover/<sample>] [--windows N --length bp]

The contributions are those of a finished run, or made-up ones: Laplace noise with six motifs, of whose letters a tenth
is missing at each site, and whose height differs from site to site. One thread; seconds of the processor, children
included. Ours includes what modisco has not: the finder on shuffles and on two halves of the windows, and hits in the
shuffles. Both compile or load their code before, on a few windows. `benchmarks/README.md` says how the peers are
installed.

The peers' settings: modisco as its command line has them (seqlets of 20 + 2 x 5 bp at 0.05, 2 Leiden runs), all
seqlets; Fi-NeMo its defaults (gap 0.0005), on our patterns. The same motifs: the greatest correlation of contributions
at any shift on either strand, above 0.95; of theirs with at least 20 seqlets. The same sites: same window and place,
of hits that both can call (Fi-NeMo calls none near the ends of a window).
"""

import argparse
import importlib
import resource
import tempfile
import warnings
from pathlib import Path

import numpy as np
import torch
from discover import made

LEAST = 20


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", help="folder of a finished run that holds shard_0/contributions.h5")
    parser.add_argument("--output", default="counts")
    parser.add_argument("--windows", type=int, default=2000, help="made-up windows, and as many shuffles")
    parser.add_argument("--length", type=int, default=400)
    parser.add_argument("--skip", nargs="*", default=[], choices=["modisco", "finemo"], help="peers to leave out")
    return parser.parse_args()


def seconds():
    """Of the processor, of this process and of those that it has waited for."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def timed(function):
    start = seconds()
    found = function()
    return found, seconds() - start


def of_run(folder, output):
    """Windows of a run, one output alone."""
    from cisgrammar.discover.attribution_files import read_attributions

    windows = read_attributions(sorted(Path(folder).glob("shard_*/contributions.h5")))
    for values in (windows.hypothetical, windows.spread):
        for name in set(values) - {output}:
            del values[name]
    return windows


def few(windows, number):
    """The first windows and shuffles, for what is compiled at first use."""
    return windows.take(np.concatenate([np.flatnonzero(windows.shuffled == kind)[:number] for kind in (False, True)]))


def one_hot(codes):
    return (codes[..., None] == np.arange(4)).astype(np.float32)


def ours(windows, output):
    from cisgrammar.config.discover import Discover
    from cisgrammar.discover.find import discover
    from cisgrammar.discover.hits import call_hits

    (found, _), finder = timed(lambda: discover(windows, Discover(outputs=(output,))))
    hits, calling = timed(lambda: call_hits(windows, found))
    return found, finder, hits, calling


def by_modisco(windows, output):
    """Patterns on the windows that are not held out, as ours, with the settings of its command line."""
    modisco = importlib.import_module("modiscolite.tfmodisco")
    real = ~windows.shuffled & ~windows.held_out
    values = windows.hypothetical[output][real].astype(np.float32).transpose(0, 2, 1)
    positive, negative = modisco.TFMoDISco(
        one_hot=one_hot(windows.codes[real]),
        hypothetical_contribs=np.ascontiguousarray(values),
        sliding_window_size=20,
        flank_size=5,
        target_seqlet_fdr=0.05,
        n_leiden_runs=2,
        max_seqlets_per_metacluster=20_000,
    )
    return [pattern for pattern in (*(positive or []), *(negative or [])) if len(pattern.seqlets) >= LEAST]


def kernels_of(windows, found, folder):
    """What Fi-NeMo reads of our patterns."""
    from cisgrammar.discover.pattern_files import write_patterns

    files = importlib.import_module("finemo.data_io")
    write_patterns(folder / "patterns.h5", found, windows)
    options = {"trim_threshold_default": 0.3, "motif_type": "cwm", "motif_lambda_default": 0.7, "include_rc": True}
    none = dict.fromkeys(("trim_coords", "trim_thresholds", "motifs_include", "motif_name_map", "motif_lambdas"))
    return files.load_modisco_motifs(str(folder / "patterns.h5"), **none, **options)[:3]


def by_finemo(values, codes, frame, cwms, masks):
    caller = importlib.import_module("finemo.hitcaller")
    letters = one_hot(codes).transpose(0, 2, 1).astype(np.int8)
    return caller.fit_contribs(
        cwms, values, letters, masks, False, frame["lambda"].to_numpy(), batch_size=min(2000, len(codes))
    )


def closest(one, others):
    """Largest correlation of contributions `(width, 4)` at any shift on either strand."""
    best = -1.0
    for other in others:
        for turned in (other, other[::-1, ::-1]):
            padded = np.pad(turned, ((len(one), len(one)), (0, 0)))
            for first in range(len(padded) - len(one)):
                part = padded[first : first + len(one)]
                if part.any():
                    best = max(best, float(np.corrcoef(part.ravel(), one.ravel())[0, 1]))
    return best


def top(contributions, width=12):
    """The strongest bp of a pattern of the peer, most of whose 50 bp are noise."""
    sums = np.convolve(np.abs(contributions).sum(axis=1), np.ones(width), "valid")
    return contributions[sums.argmax() : sums.argmax() + width]


def compare_finders(windows, output, found, finder):
    by_modisco(few(windows, 150), output)
    theirs, taken = timed(lambda: by_modisco(windows, output))
    own = [each.pattern.contributions[slice(*each.pattern.span)] for each in found]
    wide = [each.pattern.contributions for each in found]
    forward = [closest(one, [pattern.contrib_scores for pattern in theirs]) for one in own]
    print(f"finder {finder:.1f} s, modisco {taken:.1f} s: {taken / finder:.1f} times as fast")
    print(f"  ours {len(own)}, r to the closest of theirs:", ", ".join(f"{r:.3f}" for r in forward))
    tops = [top(pattern.contrib_scores) for pattern in theirs]
    strength = np.array([np.abs(each).sum() for each in tops])
    print(f"  theirs {len(theirs)}: sign, seqlets, strength of the largest, r of 12 bp to the closest of ours")
    for pattern, each, size in zip(theirs, tops, strength / strength.max(initial=1e-30), strict=True):
        sign = "-" if each.sum() < 0 else "+"
        print(f"    {sign} {len(pattern.seqlets):5d} {size:6.2f} {closest(each, wide):7.3f}", flush=True)


def conditions(values, codes, kernels):
    """The greatest violation of the optimality conditions of our fits, in cosines."""
    from cisgrammar.discover.fit_hits import _AT_ONCE, LEAST_COSINE, _Batch

    at_zero, at_sites = 0.0, 0.0
    for first in range(0, len(values), _AT_ONCE):
        batch = _Batch(values[first : first + _AT_ONCE], codes[first : first + _AT_ONCE], kernels)
        sites = batch.fit(0)
        weights = np.zeros(batch.energy.shape)
        place = (sites.row, 2 * sites.kernel + sites.turned, sites.start)
        weights[place] = sites.score / batch.scale[place] / batch.rms[sites.row]
        slopes = batch.slopes(batch.y - batch.fitted(weights)) - LEAST_COSINE
        at_sites = max(at_sites, float(np.abs(slopes[place]).max(initial=0)))
        at_zero = max(at_zero, float(slopes[np.isfinite(slopes)].max(initial=0)))
    return at_zero, at_sites


def compare_hits(windows, output, found):
    from cisgrammar.discover.fit_hits import fit_hits

    real = np.flatnonzero(~windows.shuffled)
    values, codes = windows.of_bases(output)[real], windows.codes[real]
    with tempfile.TemporaryDirectory() as folder:
        frame, cwms, masks = kernels_of(windows, found, Path(folder))
    by_finemo(values[:4], codes[:4], frame, cwms, masks)
    (hits, quality), taken = timed(lambda: by_finemo(values, codes, frame, cwms, masks))
    rows = [dict(zip(frame.columns, row, strict=True)) for row in frame.iter_rows()]
    forward = [row for row in rows if row["motif_strand" if "motif_strand" in frame.columns else "strand"] == "+"]
    kernels = [cwms[row["motif_id"], :, row["motif_start"] : row["motif_end"]].T.astype(np.float64) for row in forward]
    sites, mine = timed(lambda: fit_hits(values, codes, kernels))
    widths = np.array([len(kernel) for kernel in kernels])[sites.kernel]
    ends = sites.start + widths
    of_ours = set(zip(sites.row.tolist(), sites.start.tolist(), ends.tolist(), strict=True))
    of_theirs = set()
    by_id = {row["motif_id"]: row for row in rows}
    for row, start, motif in zip(*(hits[name].to_list() for name in ("peak_id", "hit_start", "motif_id")), strict=True):
        of_theirs.add((row, start + by_id[motif]["motif_start"], start + by_id[motif]["motif_end"]))
    inside = [{place for place in part if 51 <= place[1] < codes.shape[1] - 63} for part in (of_ours, of_theirs)]
    both, either = len(inside[0] & inside[1]), len(inside[0] | inside[1])
    at_zero, at_sites = conditions(values, codes, kernels)
    gap = float(quality["dual_gap"].max())
    print(f"hits {mine:.1f} s, Fi-NeMo {taken:.1f} s: {taken / mine:.1f} times as fast ({len(codes)} windows)")
    print(f"  sites of both {both} of {either} of either; Fi-NeMo's greatest dual gap {gap:.2g}")
    print(f"  our greatest violation: {at_zero:.1e} where there is no site, {at_sites:.1e} at sites")


def main():
    args = parse()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    if args.run:
        windows = of_run(args.run, args.output)
    else:
        windows, sites = made(args.windows, args.length, 0.5, missing=0.1)
        print(f"{sites} planted sites")
    ours(few(windows, 50), args.output)
    found, finder, hits, calling = ours(windows, args.output)
    number = int((~windows.shuffled).sum())
    print(f"{number} windows of {windows.length} bp: ours {len(found)} patterns; hits in windows and shuffles")
    print(f"  {calling:.1f} s, {int((~hits['shuffled']).sum())} in windows")
    if "finemo" not in args.skip:
        compare_hits(windows, args.output, found)
    if "modisco" not in args.skip:
        compare_finders(windows, args.output, found, finder)


if __name__ == "__main__":
    main()
