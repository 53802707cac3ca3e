"""An IGV session of all tracks of a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from cisgrammar.browser.tracks import Track
from cisgrammar.files.atomic import write_text


def write_session(path: Path, tracks: Sequence[Track], genome: str, locus: str) -> None:
    """Write a session as IGV's desktop program opens it, with paths relative to the session.

    Parameters
    ----------
    path
        The XML file.
    tracks
        In the order in which they are shown.
    genome
        A name that IGV resolves (hg38), or the path of a FASTA or 2bit file as seen from the session's folder.
    locus
        What is shown first, `chrom:first-last`, 1-based as browsers count.
    """
    session = ElementTree.Element("Session", genome=genome, locus=locus, version="8")
    resources = ElementTree.SubElement(session, "Resources")
    panel = ElementTree.SubElement(session, "Panel", name="DataPanel", height="800", width="1200")
    for track in tracks:
        place, label = track.seen_from(path.parent), f"{track.group} {track.name}"
        # Of text the suffix tells which columns there are.
        kind = {"type": track.kind} if track.kind == "bigwig" else {}
        ElementTree.SubElement(resources, "Resource", {"name": label, "path": place, **kind})
        colour = ",".join(map(str, track.colour))
        look = {"id": place, "name": label, "color": colour, "visible": "true"}
        if track.kind == "bigwig":
            look |= {"autoScale": "true", "renderer": "BAR_CHART", "windowFunction": "mean", "height": "40"}
        ElementTree.SubElement(panel, "Track", look)
    ElementTree.indent(session)
    write_text(path, f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(session, encoding="unicode")}\n')
