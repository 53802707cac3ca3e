"""The finder and the hit caller beside modisco-lite 3.0.0 and Fi-NeMo 0.41, where they are installed.

Both are looked for, not required: modisco-lite needs leidenalg, which is under the GPL. `benchmarks/README.md` says how
they are installed beside this package.
"""

import importlib

import numpy as np
import pandas as pd
import pytest

from cisgrammar.config.discover import Discover
from cisgrammar.discover.find import discover
from cisgrammar.discover.fit_hits import fit_hits
from cisgrammar.discover.pattern_files import write_patterns
from cisgrammar.motifs.motif import from_shares
from toy_contributions import FACTORS, planted

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(900)]


def peer(module):
    """A module of a peer; the test is skipped without it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        pytest.skip(f"{module.split('.')[0]} is not installed ({error})")


@pytest.fixture(scope="module")
def made():
    windows, sites = planted(number=400, factors=("a", "b", "c"), share=0.6, strength=10.0, held_out=0.0)
    return windows, sites, discover(windows, Discover(outputs=("counts",)))[0]


def one_hot(codes):
    return codes[..., None] == np.arange(4)


def plain(frame):
    """A polars frame as one of pandas, without pyarrow."""
    return pd.DataFrame(frame.to_dict(as_series=False))


def closest(one, others):
    """Largest correlation of contributions `(width, 4)` at any place on either strand."""
    best = -1.0
    for other in others:
        for turned in (other, other[::-1, ::-1]):
            padded = np.pad(turned, ((len(one), len(one)), (0, 0)))
            for first in range(len(padded) - len(one)):
                part = padded[first : first + len(one)]
                if part.any():
                    best = max(best, float(np.corrcoef(part.ravel(), one.ravel())[0, 1]))
    return best


def test_the_same_motifs_as_modisco(made):
    modisco = peer("modiscolite.tfmodisco")
    windows, _, found = made
    real = ~windows.shuffled
    values = windows.hypothetical["counts"][real].astype(np.float32).transpose(0, 2, 1)
    sequences = one_hot(windows.codes[real]).astype(np.float32)
    positive, negative = modisco.TFMoDISco(
        one_hot=sequences, hypothetical_contribs=values, n_leiden_runs=2, target_seqlet_fdr=0.05
    )
    theirs = [pattern.contrib_scores for pattern in positive or [] if len(pattern.seqlets) >= 20]
    ours = [each.pattern.contributions[slice(*each.pattern.span)] for each in found]
    assert len(ours) == len(FACTORS)
    assert not negative
    assert min(closest(one, theirs) for one in ours) > 0.95
    # Theirs are 50 bp, mostly noise: their strongest 12 bp.
    tops = []
    for pattern in theirs:
        sums = np.convolve(np.abs(pattern).sum(axis=1), np.ones(12), "valid")
        tops.append(pattern[sums.argmax() : sums.argmax() + 12])
    assert min(closest(top, [each.pattern.contributions for each in found]) for top in tops) > 0.9


def test_finemo_reads_the_patterns_and_calls_the_same_sites(made, tmp_path):
    files, caller = peer("finemo.data_io"), peer("finemo.hitcaller")
    windows, _, found = made
    write_patterns(tmp_path / "patterns.h5", found, windows)
    options = {"trim_threshold_default": 0.3, "motif_type": "cwm", "motif_lambda_default": 0.7, "include_rc": True}
    none = dict.fromkeys(("trim_coords", "trim_thresholds", "motifs_include", "motif_name_map", "motif_lambdas"))
    frame, cwms, masks, _ = files.load_modisco_motifs(str(tmp_path / "patterns.h5"), **none, **options)
    frame = plain(frame)
    assert len(frame) == 2 * len(found)
    real = np.flatnonzero(~windows.shuffled)[:100]
    values, codes = windows.of_bases("counts")[real], windows.codes[real]
    sequences = one_hot(codes).transpose(0, 2, 1).astype(np.int8)
    hits, quality = caller.fit_contribs(
        cwms, values, sequences, masks, False, frame["lambda"].to_numpy(), convergence_tol=1e-5, batch_size=50
    )
    hits = plain(hits).merge(frame, on="motif_id")
    places = zip(
        hits["peak_id"].tolist(),
        (hits["hit_start"] + hits["motif_start"]).tolist(),
        (hits["hit_start"] + hits["motif_end"]).tolist(),
        strict=True,
    )
    theirs = set(places)
    # The kernels that Fi-NeMo made of the file: the same problem for both.
    forward = frame[frame["strand"] == "+"]
    kernels = [
        cwms[row.motif_id, :, row.motif_start : row.motif_end].T.astype(np.float64) for row in forward.itertuples()
    ]
    sites = fit_hits(values, codes, kernels)
    widths = np.array([len(kernel) for kernel in kernels])[sites.kernel]
    ours = set(zip(sites.row.tolist(), sites.start.tolist(), (sites.start + widths).tolist(), strict=True))
    # Fi-NeMo places whole matrices of 51 bp, so that it calls nothing near the ends of a window.
    inside = [{place for place in part if 51 <= place[1] < codes.shape[1] - 63} for part in (ours, theirs)]
    assert len(inside[0]) > 100
    assert len(inside[0] & inside[1]) >= 0.98 * len(inside[0] | inside[1])
    assert float(plain(quality)["dual_gap"].max()) < 1e-3


def test_names_and_layout_of_the_export(made, tmp_path):
    """What the peers' own readers look for, without them."""
    h5py = pytest.importorskip("h5py")
    windows, _, found = made
    write_patterns(tmp_path / "patterns.h5", found, windows)
    with h5py.File(tmp_path / "patterns.h5") as file:
        for number, pattern in enumerate(file["pos_patterns"]):
            assert pattern == f"pattern_{number}"
            group = file["pos_patterns"][pattern]
            assert {"sequence", "contrib_scores", "hypothetical_contribs", "seqlets"} <= set(group)
            assert {"n_seqlets", "start", "end", "example_idx", "is_revcomp"} <= set(group["seqlets"])
            shares = group["sequence"][:]
            assert shares.shape[1] == 4
            assert from_shares(pattern, shares).width == len(shares)
