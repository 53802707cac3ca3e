"""A UCSC track hub of all bigWigs of a run: hub.txt, genomes.txt, trackDb.txt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from cisgrammar.browser.tracks import Track
from cisgrammar.config.tracks.browser import Browser
from cisgrammar.files.atomic import write_text

TWOBIT = "genome.2bit"
"""The genome of a hub whose assembly UCSC does not have."""
_SHORT = 17


def write_hub(folder: Path, tracks: Sequence[Track], settings: Browser, locus: str) -> None:
    """Write a hub into a folder, with paths relative to it; a group of tracks is a superTrack.

    Parameters
    ----------
    folder
        Where the three files go.
    tracks
        Those that are no bigWig are left out: hubs show binary files alone.
    settings
        Name and address of the hub; the assembly, by its name at UCSC, or none for the hub's own 2bit file.
    locus
        What an assembly of the hub's own shows first, `chrom:first-last`, 1-based.
    """
    hub = {
        "hub": settings.hub,
        "shortLabel": settings.hub[:_SHORT],
        "longLabel": f"{settings.hub}: observed and predicted 5' ends",
        "genomesFile": "genomes.txt",
        "email": settings.email,
    }
    genome = {"genome": settings.assembly or settings.hub, "trackDb": "trackDb.txt"}
    if settings.assembly is None:
        own = {"twoBitPath": TWOBIT, "organism": settings.hub, "scientificName": settings.hub}
        genome |= {**own, "description": "the FASTA of the run", "defaultPos": locus}
    write_text(folder / "hub.txt", _stanza(hub))
    write_text(folder / "genomes.txt", _stanza(genome))
    shown = [track for track in tracks if track.kind == "bigwig"]
    write_text(folder / "trackDb.txt", "\n".join(_stanzas(folder, shown)))


def _stanzas(folder: Path, tracks: Sequence[Track]) -> list[str]:
    lines: list[str] = []
    names: set[str] = set()
    for group in dict.fromkeys(track.group for track in tracks):
        of_group = {"track": _unique(group, names), "superTrack": "on show"}
        of_group |= {"shortLabel": group[:_SHORT], "longLabel": group}
        lines.append(_stanza(of_group))
        for track in (track for track in tracks if track.group == group):
            stanza = {
                "track": _unique(f"{group} {track.name}", names),
                "parent": of_group["track"],
                "type": "bigWig",
                "bigDataUrl": track.seen_from(folder),
                "shortLabel": track.name[:_SHORT],
                "longLabel": f"{group} {track.name}",
                "color": ",".join(map(str, track.colour)),
                "visibility": "full",
                "autoScale": "on",
                "maxHeightPixels": "100:40:8",
            }
            lines.append(_stanza(stanza))
    return lines


def _unique(text: str, names: set[str]) -> str:
    """A name of letters, digits and `_` that no track has yet."""
    name = "t_" + re.sub(r"\W", "_", text, flags=re.ASCII)
    number, unique = 1, name
    while unique in names:
        number += 1
        unique = f"{name}_{number}"
    names.add(unique)
    return unique


def _stanza(lines: dict[str, str]) -> str:
    return "".join(f"{key} {value}\n" for key, value in lines.items())
