"""The sample sheet: one row per track."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from cisgrammar.config.fields import ConfigError, FolderName, Name, PathsStr, PathStr, Section
from cisgrammar.config.profile import Bias, Combined
from cisgrammar.config.read.kinds import show
from cisgrammar.config.read.sheet import read_sheet, row_faults


def _shift(given: Any) -> Any:
    """`+4/-4` as two whole numbers; what is not text is left as it is."""
    if not isinstance(given, str) or given.strip().lower() in ("", "auto"):
        return given.strip().lower() if isinstance(given, str) else given
    # Editors of documents turn - into the sign of a minus or a dash.
    text = re.sub("[\u2010-\u2015\u2212]", "-", given.strip())
    match = re.fullmatch(r"\(?([+-]?\d{1,9})\s*[/,;]\s*([+-]?\d{1,9})\)?", text)
    if match is None:
        raise ValueError(f"wanted bp for the + and the - strand, as +4/-4, or auto, or nothing, got {show(given)}")
    return int(match[1]), int(match[2])


class Track(Section):
    """One row of samples.tsv: the signal of one head of one sample."""

    sample: FolderName = Field(description="sample name; rows with the same name are heads of one model")
    head: Name = Field("signal", description="head name; one log-count and one softmax per head")
    signal: PathsStr = Field(
        description="BAM, CRAM, fragments .tsv or .csv[.gz], BEDPE[.gz], tagAlign[.gz], bigWig, bedGraph[.gz]; two of "
        "these: plus.bw,minus.bw"
    )
    format: Literal["auto", "bam", "cram", "fragments", "bedpe", "tagalign", "bigwig", "bedgraph"] = Field(
        "auto", description="default: by the file name; `tagalign`: single reads, their strand in column 6"
    )
    strands: Literal["both", "split"] = Field("both", description="both strands in one task, or + and - as two tasks")
    shift: Annotated[Literal["", "auto"] | tuple[int, int], BeforeValidator(_shift)] = Field(
        "", description="`+4/-4`, `auto`, or empty for prepare.shift"
    )
    peaks: PathStr = Field(description="BED or narrowPeak; the same in all rows of a sample")
    group: Literal[""] | FolderName = Field(
        "", description="samples that share one bias model, with `bias.share: group`; the same in all rows of a sample"
    )

    control: Literal[""] | PathsStr = Field(
        "",
        description="reads or bigWigs of the input DNA, mock or untagged sample, in the formats of `signal`: they "
        "explain a part of profile and counts beside the sequence. In all rows of a sample, or in none",
    )

    barcodes: str = Field(
        "",
        description="of fragments: the group of the config's table `barcodes` whose fragments are counted; `*`: a "
        "sample for each group, called <sample>_<group>; empty for all fragments",
    )

    @property
    def control_track(self) -> Track:
        """The control as a track of its own, counted like the signal."""
        return self.model_copy(update={"signal": self.control, "control": "", "format": "auto", "barcodes": ""})

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
    if before and before[0].group != track.group:
        faults.append(
            f"{where}: group {track.group or '(none)'}, but sample {track.sample} has {before[0].group or '(none)'}; "
            "write the same in all of its rows"
        )
    if before and bool(before[0].control) != bool(track.control):
        faults.append(f"{where}: sample {track.sample} has a control in some rows; give one in each, or in none")
    if track.control and track.control_track.tasks != track.tasks:
        faults.append(f"{where}: control has {track.control_track.tasks} track(s), signal {track.tasks}; give as many")
    if track.control and (both := sorted(set(track.signal_paths) & set(track.control_track.signal_paths))):
        faults.append(f"{where}: {both[0]} is signal and control; a control is another sample: input DNA or a mock")
    if len(track.signal_paths) > 2:
        faults.append(f"{where}: signal has {len(track.signal_paths)} files, wanted one, or plus.bw,minus.bw")
    if not all(track.signal_paths):
        faults.append(f"{where}: signal has nothing beside a comma; write one file, or plus.bw,minus.bw")
    return faults


Sheet = Mapping[str, Sequence[Track]]


@dataclass(frozen=True)
class BiasSources:
    """Whose reads the bias models are trained on.

    Attributes
    ----------
    of_sample
        Sample that is modelled -> sample or pool of samples whose bias model it takes.
    pools
        Pool, called like its group -> samples whose reads it holds.
    """

    of_sample: Mapping[str, str]
    pools: Mapping[str, tuple[str, ...]]


def bias_sources(bias: Bias | None, samples: Sheet) -> BiasSources:
    """Find for each sample the one, or the pool, that its bias model is trained on.

    Raises
    ------
    ConfigError
        A line for each fault: samples without group, groups called like samples, heads that differ within a group,
        reads that no sample has.
    """
    reads = () if bias is None else bias.reads
    modelled = [sample for sample in samples if sample not in reads]
    if bias is None or (bias.share == "sample" and not reads):
        return BiasSources({sample: sample for sample in modelled}, {})
    faults = _reads_faults(bias, samples, modelled)
    found = BiasSources(dict.fromkeys(modelled, reads[0]), {}) if reads else BiasSources({}, {})
    if bias.share == "group":
        faults += _group_faults(samples)
        groups = {sample: rows[0].group for sample, rows in samples.items()}
        pools = {group: tuple(s for s in reads or samples if groups.get(s) == group) for group in groups.values()}
        alone = [group for group in dict.fromkeys(groups.values()) if group and not pools[group]]
        faults += [f"bias.reads: none of group {group}; name a sample of each group" for group in alone]
        found = BiasSources({sample: groups[sample] for sample in modelled}, pools)
    if faults:
        raise ConfigError("\n".join(faults))
    odd = [
        f"samples: {sample} has heads (with tasks) {_heads(samples[sample])}, {other}, whose bias it takes, "
        f"{_heads(samples[other])}; they must agree"
        for sample, source in found.of_sample.items()
        for other in found.pools.get(source, (source,))
        if _heads(samples[sample]) != _heads(samples[other])
    ]
    if odd:
        raise ConfigError(odd[0])
    return found


def _reads_faults(bias: Bias, samples: Sheet, modelled: Sequence[str]) -> list[str]:
    unknown = sorted(set(bias.reads) - set(samples))
    faults = [f"bias.reads: no sample {', '.join(unknown)}; there are {', '.join(samples)}"] if unknown else []
    if not modelled:
        faults.append("bias.reads: names all samples; leave those out that are to be modelled")
    if bias.share == "sample" and len(bias.reads) > 1:
        faults.append(f"bias.reads: {len(bias.reads)} samples; name one, or give `share: group` and one of each group")
    return faults


def _group_faults(samples: Sheet) -> list[str]:
    without = [sample for sample, rows in samples.items() if not rows[0].group]
    faults = (
        [f"samples: {', '.join(without)} without group, with bias.share: group; fill the column in"] if without else []
    )
    groups = {rows[0].group for rows in samples.values()}
    return faults + [f"samples: {name} is a sample and a group; rename one" for name in sorted(groups & set(samples))]


def _heads(rows: Sequence[Track]) -> dict[str, int]:
    return {row.head: row.tasks for row in rows}


def check_controls(combined: Combined | None, samples: Sheet) -> None:
    """ConfigError if samples have a control, and ln N is to be learned by networks that do not see it."""
    beside = [sample for sample, rows in samples.items() if rows[0].control]
    if beside and combined is not None and combined.blended is not None:
        raise ConfigError(
            f"combined.counts: {', '.join(beside)} has a control, which networks of counts do not see; take the key out"
        )


def check_heads(named: Iterable[str], samples: Mapping[str, list[Track]]) -> None:
    """ConfigError if `combined.heads` names a head that no sample has."""
    known = sorted({track.head for tracks in samples.values() for track in tracks})
    unknown = sorted(set(named) - set(known))
    if unknown:
        raise ConfigError(f"combined.heads: no sample has a head {', '.join(unknown)}; there are {', '.join(known)}")
