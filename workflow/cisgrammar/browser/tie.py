"""Tie all tracks of a run together: the IGV session and the hub, with a genome of their own where none is named."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from cisgrammar.browser.hub import TWOBIT, write_hub
from cisgrammar.browser.session import write_session
from cisgrammar.browser.tracks import find_tracks
from cisgrammar.browser.twobit import write_2bit
from cisgrammar.config.tracks.browser import Browser
from cisgrammar.sequence.fasta import Genome

_SHOWN = 20_000


def tie_tracks(
    session: Path, results: Path, given: Iterable[Path], genome: Genome, settings: Browser, fasta: str
) -> None:
    """Write the session, and beside it the hub's three files and, without the name of an assembly, the genome as 2bit.

    Parameters
    ----------
    session
        The session's file; the hub goes into its folder.
    results
        The folder of the run's results.
    given
        Files and folders of tracks.
    genome
        The run's genome.
    settings
        The config's section.
    fasta
        The genome's FASTA: the session names it where it is plain text, for IGV reads no gzip.

    Raises
    ------
    ValueError
        If there is no track.
    """
    tracks = find_tracks(results, given)
    if not tracks:
        raise ValueError("browser: this run makes no track; add `samples` or `predict`, or take the section out")
    locus = f"{genome.names[0]}:1-{min(_SHOWN, int(genome.lengths[0]))}"
    if settings.assembly is None:
        write_2bit(session.parent / TWOBIT, genome)
    write_hub(session.parent, tracks, settings, locus)
    packed = Path(fasta).suffix.lower() in (".gz", ".bgz", ".bz2", ".xz")
    own = TWOBIT if packed else Path(os.path.relpath(fasta, session.parent)).as_posix()
    write_session(session, tracks, settings.assembly or own, locus)
