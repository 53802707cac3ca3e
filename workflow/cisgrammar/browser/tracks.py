"""The tracks of a run: which files there are, what each is called, and its colour."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

# Okabe and Ito's colours, which people who see colours otherwise can tell apart.
_COLOURS = {
    "observed": (0, 0, 0),
    "combined": (0, 114, 178),
    "model": (0, 114, 178),
    "residual": (0, 158, 115),
    "transformation": (230, 159, 0),
    "bias": (213, 94, 0),
    "contributions": (204, 121, 167),
}
_OTHER = (86, 86, 86)
_STAGES = ("browser", "predict", "ablation")


@dataclass(frozen=True)
class Track:
    """A track of a run.

    Attributes
    ----------
    path
        Its file.
    group
        What it is of: the sample, with the fold or the set.
    name
        What it shows: part, head, task.
    kind
        `bigwig` or `bed`.
    """

    path: Path
    group: str
    name: str
    kind: str

    @property
    def colour(self) -> tuple[int, int, int]:
        """Red, green and blue, 0 to 255, by what the track shows."""
        return _COLOURS.get(re.split(r"[._]", self.name)[0], _OTHER)

    def seen_from(self, folder: Path) -> str:
        """The path relative to a folder, with slashes."""
        return Path(os.path.relpath(self.path, folder)).as_posix()


def find_tracks(results: Path, given: Iterable[Path]) -> list[Track]:
    """The tracks among files and folders of a run, sorted by group and name.

    Parameters
    ----------
    results
        The folder of results: names are made of paths below it; a file elsewhere is called by its own name.
    given
        Files, and folders whose bigWigs are taken.
    """
    files = [file for path in given for file in (sorted(path.glob("*.bw")) if path.is_dir() else [path])]
    found = {track.path: track for track in (_track(results, file) for file in files)}
    first = {"observed": 0, "combined": 1, "model": 1}
    return sorted(found.values(), key=lambda t: (t.group, first.get(t.name.split(".")[0], 2), t.name, str(t.path)))


def _track(results: Path, path: Path) -> Track:
    kind = "bigwig" if path.suffix in (".bw", ".bigwig") else "bed"
    name = re.sub(r"\.(bw|bigwig|bed|narrowPeak)(\.gz)?$", "", path.name)
    if Path(os.path.abspath(results)) not in Path(os.path.abspath(path)).parents:
        return Track(path, "given", name, kind)
    folders = Path(os.path.relpath(path, results)).parts[:-1]
    # Observed tracks lie in browser/observed/<sample>; `tracks` and `sets` are folders of form.
    left_out = (*_STAGES, "tracks", "sets", "observed")
    group = " ".join(folder for folder in folders if folder not in left_out)
    return Track(path, group or "run", name, kind)
