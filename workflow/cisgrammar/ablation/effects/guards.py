"""What the shuffles of each site may not hold: its motif, and that of the site that it stands beside."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from cisgrammar.files.mapped import count_read
from cisgrammar.motifs.motif import Motif
from cisgrammar.perturb.motif_free import Guard, guard
from cisgrammar.sequence.fasta import Genome

_SITE = "site_"


def guards_of(
    sites: pd.DataFrame, genome: Genome, motifs: Mapping[str, Motif], numbers: Collection[int] | None = None
) -> dict[int, tuple[Guard, ...]]:
    """Number of each site -> guards.

    Of a site that of its motif, of a decoy its own and that of its motif, of a control those of its site: controls are
    shuffled by the rule of the sites that they are like.

    Parameters
    ----------
    sites
        All of them, as `find_sites` gives; bars of matrices come from the motif's sites.
    genome
        Their letters.
    motifs
        Motifs and decoys by name; a name without a matrix guards nothing.
    numbers
        Of the sites that are asked for; None for all.
    """
    real = sites[sites["kind"] != "control"]
    guards = {
        name: guard(motifs[name], _letters(part, genome)) for name, part in real.groupby("name") if name in motifs
    }
    of_motif = {name: one for name, one in guards.items() if not motifs[str(name)].decoy_of}
    # Sites of a motif share one tuple.
    shared: dict[tuple[object, object], tuple[Guard, ...]] = {}
    columns = (real[name].tolist() for name in ("site", "name", "kind", "matched_to"))
    found: dict[int, tuple[Guard, ...]] = {}
    for site, name, kind, matched in zip(*columns, strict=True):
        key = name, matched if kind == "decoy" else None
        if key not in shared:
            pair = guards.get(name), of_motif.get(matched) if kind == "decoy" else None
            shared[key] = tuple(one for one in pair if one is not None)
        found[site] = shared[key]
    controls = sites[sites["kind"] == "control"]
    beside = (found.get(int(str(name).removeprefix(_SITE)), ()) for name in controls["matched_to"])
    found |= dict(zip(controls["site"].tolist(), beside, strict=True))
    return found if numbers is None else {site: found[site] for site in numbers}


def _letters(sites: pd.DataFrame, genome: Genome) -> list[np.ndarray]:
    first = genome.positions(sites["chrom"].tolist(), sites["start"].to_numpy())
    width = (sites["end"] - sites["start"]).to_numpy()
    found = []
    for at, many in zip(first.tolist(), width.tolist(), strict=True):
        count_read(genome.codes, 1, many)
        found.append(np.array(genome.codes[at : at + many]))
    return found
