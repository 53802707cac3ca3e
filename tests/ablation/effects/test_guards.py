"""Guards: a site's motif, a decoy's own and its motif's, a control's as of its site."""

import pandas as pd

from cisgrammar.ablation.effects.guards import guards_of
from cisgrammar.motifs.motif import from_consensus
from cisgrammar.sequence.alphabet import encode
from cisgrammar.sequence.fasta import Genome


def test_who_guards_what():
    rows = [
        (0, "m", "site", ""),
        (1, "d", "decoy", "m"),
        (2, "m.letters", "decoy", "m"),
        (3, "given", "site", ""),
        (4, "control", "control", "site_0"),
        (5, "control", "control", "site_1"),
        (6, "control", "control", "site_3"),
    ]
    sites = pd.DataFrame(rows, columns=["site", "name", "kind", "matched_to"]).assign(chrom="c", start=2, end=8)
    motif = from_consensus("m", "GATAAG")
    motifs = {"m": motif, "d": motif.reordered([5, 4, 3, 2, 1, 0], "d")}
    found = guards_of(sites, Genome.from_chromosomes({"c": encode("TTGATAAGTT")}), motifs)
    m, d = found[0][0], found[1][0]
    assert m is not d
    assert [found[i] for i in range(7)] == [(m,), (d, m), (m,), (), (m,), (d, m), ()]
    assert m.best(encode("GATAAG")[None]) == 0
    assert d.best(encode("GATAAG")[None]) < d.bar <= d.best(encode("GAATAG")[None])
