"""The sample sheet: one row per track."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from cisgrammar.config.fields import ConfigError, Name, PathStr, Section, problems


class Track(Section):
    """One row of samples.tsv: the signal of one head of one sample."""

    sample: Name = Field(description="sample name; rows with the same name are heads of one model")
    head: Name = Field("signal", description="head name; one log-count and one softmax per head")
    signal: PathStr = Field(
        description="BAM, CRAM, fragments .tsv[.gz], BEDPE[.gz], tagAlign[.gz], bigWig; two bigWigs: plus.bw,minus.bw"
    )
    format: Literal["auto", "bam", "cram", "fragments", "bedpe", "tagalign", "bigwig"] = Field(
        "auto", description="default: by the file name; `tagalign`: single reads, their strand in column 6"
    )
    strands: Literal["both", "split"] = Field("both", description="both strands in one task, or + and - as two tasks")
    shift: Literal["", "auto"] | tuple[int, int] = Field("", description="`+4/-4`, `auto`, or empty for prepare.shift")
    peaks: PathStr = Field(description="BED or narrowPeak; the same in all rows of a sample")

    @property
    def signal_paths(self) -> list[str]:
        """The signal's files: one, or plus and minus bigWig."""
        return [part.strip() for part in self.signal.split(",")]

    @property
    def tasks(self) -> int:
        """Number of profile tasks: 2 if strands are apart."""
        return 2 if self.strands == "split" or len(self.signal_paths) == 2 else 1


def _parse_shift(text: str) -> Any:
    match = re.fullmatch(r"([+-]?\d+)/([+-]?\d+)", text)
    return (int(match[1]), int(match[2])) if match else text


def read_samples(path: str | Path) -> dict[str, list[Track]]:
    """Read samples.tsv: sample name -> its tracks (heads) in the order of the rows.

    Lines that start with # are comments. ConfigError names path, line and column of each fault.
    """
    path = Path(path)
    if not path.exists():
        raise ConfigError(f"samples: no file {path}; write one row per track (config/README.md shows the columns)")
    with path.open(newline="") as handle:
        lines = [line for line in handle if line.strip() and not line.startswith("#")]
    rows = list(csv.DictReader(lines, delimiter="\t"))
    if not rows:
        raise ConfigError(f"{path}: no rows; write a header and one row per track")
    samples: dict[str, list[Track]] = {}
    for number, row in enumerate(rows, start=1):
        if None in row or None in row.values():
            which = "more" if None in row else "fewer"
            raise ConfigError(f"{path}: row {number}: {which} fields than the header has; separate them by tabs")
        fields: dict[str, Any] = {k: v for k, v in row.items() if v.strip()}
        if "shift" in fields:
            fields["shift"] = _parse_shift(fields["shift"])
        try:
            track = Track.model_validate(fields)
        except ValidationError as error:
            raise ConfigError(f"{path}: row {number}: " + "; ".join(problems(error))) from None
        _check_row(path, number, track, samples.get(track.sample, []))
        samples.setdefault(track.sample, []).append(track)
    return samples


def _check_row(path: Path, number: int, track: Track, before: list[Track]) -> None:
    where = f"{path}: row {number}"
    if track.head in {t.head for t in before}:
        raise ConfigError(f"{where}: sample {track.sample} has head {track.head} twice; give each row its own head")
    if before and before[0].peaks != track.peaks:
        raise ConfigError(
            f"{where}: peaks {track.peaks}, but sample {track.sample} has {before[0].peaks}; heads share their regions"
        )
    if len(track.signal_paths) > 2:
        raise ConfigError(f"{where}: signal has {len(track.signal_paths)} files, wanted one, or plus.bw,minus.bw")


def check_heads(named: Iterable[str], samples: Mapping[str, list[Track]]) -> None:
    """ConfigError if `combined.heads` names a head that no sample has."""
    known = sorted({track.head for tracks in samples.values() for track in tracks})
    unknown = sorted(set(named) - set(known))
    if unknown:
        raise ConfigError(f"combined.heads: no sample has a head {', '.join(unknown)}; there are {', '.join(known)}")
