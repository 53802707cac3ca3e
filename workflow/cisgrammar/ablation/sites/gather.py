"""All motifs of a run, from the config's consensus, a file of motifs and the models of the binding stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from cisgrammar.motifs.formats import read_binding_model, read_motif_file
from cisgrammar.motifs.motif import Motif, from_consensus


def gather_motifs(
    consensus: Mapping[str, str], file: str | Path | None = None, models: Sequence[str | Path] = ()
) -> dict[str, Motif]:
    """All motifs of a run by name.

    Parameters
    ----------
    consensus
        Name -> IUPAC letters.
    file
        File of motifs in any format that is read, or None.
    models
        `model.json` files of the binding stage.

    Raises
    ------
    ValueError
        If two sources name a motif alike.
    """
    found = [from_consensus(name, letters) for name, letters in consensus.items()]
    if file is not None:
        found += read_motif_file(file).values()
    for path in models:
        found += read_binding_model(path).values()
    names = [motif.name for motif in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        sources = ", ".join(motif.source for motif in found if motif.name == twice[0])
        raise ValueError(f"motif {twice[0]} is given twice ({sources}); give each name once")
    return {motif.name: motif for motif in found}
