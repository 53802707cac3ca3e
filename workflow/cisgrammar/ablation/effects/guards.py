"""What the shuffles of each site may not hold: its motif, and that of the site that it stands beside."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cisgrammar.motifs.motif import Motif
from cisgrammar.perturb.motif_free import Guard, guard
from cisgrammar.sequence.fasta import Genome

_SITE = "site_"


def guards_of(sites: pd.DataFrame, genome: Genome, motifs: Mapping[str, Motif]) -> dict[int, tuple[Guard, ...]]:
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
    """
    real = sites[sites["kind"] != "control"]
    guards = {
        name: guard(motifs[name], _letters(part, genome)) for name, part in real.groupby("name") if name in motifs
    }
    of_motif = {name: one for name, one in guards.items() if not motifs[str(name)].decoy_of}
    found: dict[int, tuple[Guard, ...]] = {}
    for row in real.itertuples():
        own = guards.get(row.name)
        other = of_motif.get(row.matched_to) if row.kind == "decoy" else None
        found[int(row.site)] = tuple(one for one in (own, other) if one is not None)
    for row in sites[sites["kind"] == "control"].itertuples():
        found[int(row.site)] = found.get(int(str(row.matched_to).removeprefix(_SITE)), ())
    return found


def _letters(sites: pd.DataFrame, genome: Genome) -> list[np.ndarray]:
    first = genome.positions(sites["chrom"].tolist(), sites["start"].to_numpy())
    width = (sites["end"] - sites["start"]).to_numpy()
    return [genome.codes[at : at + many] for at, many in zip(first.tolist(), width.tolist(), strict=True)]
