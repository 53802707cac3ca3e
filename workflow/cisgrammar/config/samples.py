"""The sample sheet: one row per track."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from cisgrammar.config.fields import ConfigError, FolderName, Name, PathsStr, PathStr, Section
from cisgrammar.config.read.kinds import show
from cisgrammar.config.read.sheet import read_sheet, row_faults


def _shift(given: Any) -> Any:
    """`+4/-4` as two whole numbers; what is not text is left as it is."""
    if not isinstance(given, str) or given.strip().lower() in ("", "auto"):
        return given.strip().lower() if isinstance(given, str) else given
    # Editors of documents turn - into the sign of a minus or a dash.
    text = re.sub("[\u2010-\u2015\u2212]", "-", given.strip())
    match = re.fullmatch(r"([+-]?\d{1,9})\s*/\s*([+-]?\d{1,9})", text)
    if match is None:
        raise ValueError(f"wanted bp for the + and the - strand, as +4/-4, or auto, or nothing, got {show(given)}")
    return int(match[1]), int(match[2])


class Track(Section):
    """One row of samples.tsv: the signal of one head of one sample."""

    sample: FolderName = Field(description="sample name; rows with the same name are heads of one model")
    head: Name = Field("signal", description="head name; one log-count and one softmax per head")
    signal: PathsStr = Field(
        description="BAM, CRAM, fragments .tsv[.gz], BEDPE[.gz], tagAlign[.gz], bigWig; two bigWigs: plus.bw,minus.bw"
    )
    format: Literal["auto", "bam", "cram", "fragments", "bedpe", "tagalign", "bigwig"] = Field(
        "auto", description="default: by the file name; `tagalign`: single reads, their strand in column 6"
    )
    strands: Literal["both", "split"] = Field("both", description="both strands in one task, or + and - as two tasks")
    shift: Annotated[Literal["", "auto"] | tuple[int, int], BeforeValidator(_shift)] = Field(
        "", description="`+4/-4`, `auto`, or empty for prepare.shift"
    )
    peaks: PathStr = Field(description="BED or narrowPeak; the same in all rows of a sample")

    @property
    def signal_paths(self) -> list[str]:
        """The signal's files: one, or plus and minus bigWig."""
        return [part.strip() for part in self.signal.split(",")]

    @property
    def tasks(self) -> int:
        """Number of profile tasks: 2 if strands are apart."""
        return 2 if self.strands == "split" or len(self.signal_paths) == 2 else 1


def read_samples(path: str | Path) -> dict[str, list[Track]]:
    """Read samples.tsv: sample name -> its tracks (heads) in the order of the rows.

    Lines that start with # are comments. ConfigError names path, row and column of each fault, a line each.
    """
    path = Path(path)
    samples: dict[str, list[Track]] = {}
    faults: list[str] = []
    for where, cells in read_sheet(path, Track, "samples", "track"):
        try:
            track = Track.model_validate(cells)
        except ValidationError as error:
            faults += row_faults(where, error, Track)
            continue
        faults += _row_faults(where, track, samples.get(track.sample, []))
        samples.setdefault(track.sample, []).append(track)
    if faults:
        raise ConfigError("\n".join(faults))
    return samples


def _row_faults(where: str, track: Track, before: list[Track]) -> list[str]:
    faults = []
    if track.head in {t.head for t in before}:
        faults.append(f"{where}: sample {track.sample} has head {track.head} twice; give each row its own head")
    if before and before[0].peaks != track.peaks:
        faults.append(
            f"{where}: peaks {track.peaks}, but sample {track.sample} has {before[0].peaks}; heads share their regions"
        )
    if len(track.signal_paths) > 2:
        faults.append(f"{where}: signal has {len(track.signal_paths)} files, wanted one, or plus.bw,minus.bw")
    if not all(track.signal_paths):
        faults.append(f"{where}: signal has nothing beside a comma; write one file, or plus.bw,minus.bw")
    return faults


def check_heads(named: Iterable[str], samples: Mapping[str, list[Track]]) -> None:
    """ConfigError if `combined.heads` names a head that no sample has."""
    known = sorted({track.head for tracks in samples.values() for track in tracks})
    unknown = sorted(set(named) - set(known))
    if unknown:
        raise ConfigError(f"combined.heads: no sample has a head {', '.join(unknown)}; there are {', '.join(known)}")
