"""Every fault of a run's inputs at once, each as one line.

The stages check the same things again when they run, and more: whole files of reads are not read here, only how they
begin. A file that the run itself makes (a simulation's) is not looked for.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import numpy as np

from cisgrammar.check.explained import check_discover
from cisgrammar.check.machine import check_gpu, check_writable
from cisgrammar.check.predicted import check_predict
from cisgrammar.check.scored import check_variants
from cisgrammar.config.ablation import Ablation
from cisgrammar.config.binding import Binding
from cisgrammar.config.fields import ConfigError, path_fields
from cisgrammar.config.prepare import Folds, Prepare
from cisgrammar.config.prepare import Genome as GenomeSection
from cisgrammar.config.read.barcodes import read_barcodes
from cisgrammar.config.read.groups import read_grouped_samples
from cisgrammar.config.read.names import check_apart
from cisgrammar.config.samples import Track, bias_sources, check_controls, check_heads
from cisgrammar.config.schema import TRUTH_FILES, Config
from cisgrammar.config.selex_sheet import SelexLibrary, check_models, read_selex_sheet
from cisgrammar.config.splice import Splice
from cisgrammar.sequence.fasta import Genome, names_in_short, read_fasta
from cisgrammar.sequence.folds import NO_SPLIT, SPLITS, TEST, resolve_folds, split_by_name, split_by_place
from cisgrammar.sequence.intervals import Intervals, centres, merge, on_genome, overlaps, read_intervals
from cisgrammar.sequence.peaks import check_names, read_excluded, read_peaks
from cisgrammar.signal.preflight import (
    check_excluded_chromosomes,
    check_folds,
    check_window_fits,
    longest_window,
)
from cisgrammar.signal.reads import peek_reads, signal_format
from cisgrammar.signal.sample import check_tracks

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Faults:
    """Collects what fails: each check that raises adds a line, and the rest go on."""

    def __init__(self, results: str) -> None:
        self.lines: list[str] = []
        self._results = Path(os.path.realpath(results))  # not `resolve`, which fails at links in a circle

    def run(self, check: Callable[..., T], *arguments: object) -> T | None:
        """The result of a check; None, and a line, if it raises ValueError or cannot read a file."""
        try:
            return check(*arguments)
        except ConfigError as error:
            self.lines += [line.strip() for line in str(error).splitlines() if line.strip() != "bad config:"]
        except (ValueError, OSError) as error:
            self.lines.append(" ".join(str(error).split()))
        return None

    def made_here(self, path: str | Path) -> bool:
        """Whether the run itself makes a file: it lies in the results folder."""
        return self._results in Path(os.path.realpath(path)).parents

    def there(self, path: str | Path, key: str) -> bool:
        """Whether a file can be read now; a line if it is neither there nor made by the run."""
        if Path(path).is_file():
            return True
        if not self.made_here(path):
            self.lines.append(f"{key}: no file {path}; correct the path, or put the file there")
        return False


def find_faults(config: Config) -> list[str]:
    """All that is wrong with the files that a config names, a line each; empty if nothing was found.

    Parameters
    ----------
    config
        The run's config, valid by itself.
    """
    faults = Faults(config.results)
    faults.run(check_writable, config.results)
    faults.run(check_gpu, config)
    for name, figure in config.figures.own.items():
        faults.there(figure.script, f"figures.own.{name}.script")
    genome = None
    if config.genome is not None and faults.there(config.genome.fasta, "genome.fasta"):
        genome = faults.run(read_fasta, config.genome.fasta)
    samples = (faults.run(read_grouped_samples, config) or {}) if config.samples else {}
    _check_scored(faults, config)
    if samples:
        faults.run(check_heads, config.combined.heads if config.combined else (), samples)
    masked = None
    if config.samples and genome is not None and config.genome is not None and config.folds is not None:
        masked = _check_genome(faults, config.genome, genome)
        _check_splits(faults, config, config.folds, genome)
    if samples:
        faults.run(bias_sources, config.bias, samples)
        faults.run(check_controls, config.combined, samples)
        _check_given_bias(faults, config, samples)
        _check_start(faults, config, samples)
        _check_barcodes(faults, config, samples)
    for tracks in samples.values():
        peaks = _check_sample(faults, tracks, genome, config.prepare)
        if peaks is not None and genome is not None:
            _check_parts(faults, config, genome, tracks[0].sample, peaks, masked)
    check_predict(faults, config, genome)
    check_variants(faults, config, genome)
    check_discover(faults, config, genome)
    models = (faults.run(read_selex_sheet, config.binding.libraries) or {}) if config.binding else {}
    named = {model: [row.library for row in rows] for model, rows in models.items()}
    folds = config.folds.names if config.folds else ()
    faults.run(check_apart, config.results, samples, folds, named, config.splice is not None)
    if config.truth is not None and config.samples:
        for name in TRUTH_FILES:
            faults.there(Path(config.truth, name), "truth")
    if config.binding is not None:
        _check_binding(faults, config.binding, models)
    if config.splice is not None:
        _check_splice(faults, config.splice, genome)
    if config.ablation is not None:
        _check_ablation(faults, config.ablation, genome)
    return list(dict.fromkeys(faults.lines))


def _check_genome(faults: Faults, section: GenomeSection, genome: Genome) -> Intervals | None:
    """The areas that are never used, if there are some that can be read."""
    faults.run(check_excluded_chromosomes, section.exclude_chromosomes, genome)
    if section.exclude is None or not faults.there(section.exclude, "genome.exclude"):
        return None
    return faults.run(read_excluded, section.exclude, genome)


def _check_splits(faults: Faults, config: Config, folds: Folds, genome: Genome) -> None:
    excluded = config.genome.exclude_chromosomes if config.genome else ()
    splits = faults.run(check_folds, folds, genome, excluded)
    if folds.by in ("chromosome", "region"):
        for fold, split in (splits or {}).items():
            faults.run(check_window_fits, genome, split, fold, excluded, longest_window(config))


def _check_parts(
    faults: Faults, config: Config, genome: Genome, sample: str, peaks: Intervals, masked: Intervals | None
) -> None:
    """Each part of a fold needs a peak outside of what is masked, and the section `evaluate` a test peak to score.

    Of folds given as BED files, and of what the number of reads decides, only a run tells.
    """
    folds, settings = config.folds, config.evaluate
    if folds is None or folds.by == "bed":
        return
    excluded = config.genome.exclude_chromosomes if config.genome else ()
    used = [name for name in genome.names if name not in excluded]
    known = peaks.take(np.isin(peaks.chrom, np.array(used, dtype=np.str_)))
    lengths = dict(zip(genome.names, genome.lengths.tolist(), strict=True))
    centre = centres(known, config.prepare.resize)
    ends = np.array([lengths[chrom] for chrom in known.chrom.tolist()], dtype=np.int64)
    inside = np.minimum(centre, ends - centre) >= settings.edge
    rank = {name: index for index, name in enumerate(genome.names)}
    chromosome = np.array([rank[chrom] for chrom in known.chrom.tolist()], dtype=np.int64)
    start = genome.positions(known.chrom.tolist(), centre - config.output_length // 2)
    beyond = np.zeros(len(start), dtype=np.bool_)
    if masked is not None:
        beyond = overlaps(start, start + config.output_length, merge(*on_genome(genome, masked)))
    where = " outside of genome.exclude" if beyond.any() else ""
    # What is wrong with the folds by themselves has been told.
    with suppress(ValueError):
        for fold, split in resolve_folds(folds, genome).items():
            by_name = folds.by == "regex"
            part = (
                split_by_name(split, known.name.tolist())
                if by_name
                else split_by_place(split, genome, chromosome, start, start + config.output_length)
            )
            part = np.where(beyond, NO_SPLIT, part)
            for index, name in enumerate(SPLITS):
                if not (part == index).any():
                    cure = "expressions that match some" if by_name else "chromosomes that have peaks"
                    said = f"sample {sample} has no peak in {name}{where}; give it {cure}"
                    faults.lines.append(f"folds: fold {fold}: {said}")
            tested = part == TEST
            if config.combined is not None and tested.any() and not (tested & inside).any():
                faults.lines.append(
                    f"evaluate.edge: fold {fold}: no test peak of sample {sample} has its centre {settings.edge} bp or "
                    "more from an end; lower it, or test longer chromosomes"
                )


def _check_scored(faults: Faults, config: Config) -> None:
    """The sections `prepare` and `evaluate` leave a number of reads that a scored window can have."""
    fewest, most = config.evaluate.min_counts, config.prepare.peaks.max_counts
    if config.combined is not None and most is not None and fewest > most:
        faults.lines.append(
            f"evaluate.min_counts: {fewest:g} is more than prepare.peaks.max_counts, {most:g}: no peak is left to "
            "score; lower it"
        )


def _check_sample(faults: Faults, tracks: Sequence[Track], genome: Genome | None, prepare: Prepare) -> Intervals | None:
    """The sample's peaks, if they can be read."""
    faults.run(check_tracks, tracks)
    faults.run(check_tracks, [track.control_track for track in tracks if track.control])
    where, peaks = f"samples: sample {tracks[0].sample}", None
    if faults.there(tracks[0].peaks, f"{where}, peaks") and genome is not None:
        peaks = faults.run(read_peaks, tracks[0].peaks, genome)
    for track in tracks:
        read = [(track, "signal"), *([(track.control_track, "control")] if track.control else [])]
        for one, column in read:
            for index, path in enumerate(one.signal_paths):
                if faults.there(path, f"{where}, {column}") and genome is not None:
                    empty = faults.run(_check_signal, path, genome, one.format, prepare, index == 1)
                    _note_empty(path, empty or (), peaks)
    return peaks


def _check_barcodes(faults: Faults, config: Config, samples: Mapping[str, Sequence[Track]]) -> None:
    """The barcodes that files of fragments begin with, against the table."""
    from cisgrammar.signal.cells.split import peek_barcodes

    files = {track.signal for tracks in samples.values() for track in tracks if track.barcodes}
    groups = faults.run(read_barcodes, config.barcodes) if config.barcodes and files else None
    for path in sorted(files):
        if groups is not None and Path(path).is_file():
            faults.run(peek_barcodes, path, groups)


def _check_given_bias(faults: Faults, config: Config, samples: Mapping[str, Sequence[Track]]) -> None:
    """A given bias model, against each kind of sample."""
    bias, combined = config.bias, config.combined
    if bias is None or bias.model is None or combined is None or not faults.there(bias.model, "bias.model"):
        return
    from cisgrammar.profile.models.given import given_bias
    from cisgrammar.profile.models.heads import Head

    length = config.output_length
    for tracks in samples.values():
        heads = [Head(track.head, track.tasks) for track in tracks]
        if Path(bias.model).is_file():
            faults.run(given_bias, bias.model, heads, length, combined.architecture.input_length(length))


def _check_start(faults: Faults, config: Config, samples: Mapping[str, Sequence[Track]]) -> None:
    """The network that training starts from, against each kind of sample."""
    combined = config.combined
    if combined is None or combined.start is None or not faults.there(combined.start, "combined.start"):
        return
    from cisgrammar.profile.models.given import start_from
    from cisgrammar.profile.models.heads import Head
    from cisgrammar.profile.models.solo import SoloModel

    for tracks in samples.values():
        heads = [Head(track.head, track.tasks) for track in tracks]
        if Path(combined.start).is_file():
            network = SoloModel(combined.architecture, config.output_length, heads, seed=0)
            faults.run(start_from, network, combined.start)


def _check_signal(path: str, genome: Genome, given: str, prepare: Prepare, minus: bool) -> list[str]:
    """How a file of reads or counts begins, against the genome; the chromosomes that it cannot have reads on."""
    if (kind := signal_format(path, given)) in ("bigwig", "bedgraph"):
        from cisgrammar.signal.bigwig import peek_bigwig

        return peek_bigwig(path, genome, minus, kind)
    return peek_reads(path, genome, given, prepare)


def _note_empty(path: str, empty: Sequence[str], peaks: Intervals | None) -> None:
    """Say on which chromosomes a file has nothing, and how many peaks there are."""
    if empty:
        number = 0 if peaks is None else int(np.isin(peaks.chrom, list(empty)).sum())
        logger.warning(
            "%s: no reads on %s; windows there are left out (%d peaks)", path, names_in_short(list(empty)), number
        )


def _check_binding(faults: Faults, section: Binding, models: Mapping[str, Sequence[SelexLibrary]]) -> None:
    if models:
        faults.run(check_models, section.models, models)
    for name, libraries in models.items():
        for library in libraries:
            for path in library.files:
                if faults.there(path, f"binding: model {name}, library {library.library}"):
                    faults.run(_check_selex, path, bool(library.reads))


def _check_selex(path: str, reads: bool) -> None:
    """The first reads of a FASTQ, or the first rows of a count table."""
    if reads:
        from cisgrammar.binding.reads.fastq import read_fastq

        if next(iter(read_fastq(path)), None) is None:
            raise ValueError(f"{path}: no reads in it; give the FASTQ of the round, or leave its place empty")
    else:
        from cisgrammar.binding.reads.count_table import peek_count_table

        peek_count_table(path)


def _check_splice(faults: Faults, section: Splice, genome: Genome | None) -> None:
    from cisgrammar.sequence.annotation import check_on_genome
    from cisgrammar.splice.genes.build import read_transcripts
    from cisgrammar.splice.genes.partition import assign_splits

    genes = section.genes
    weights = [path for path in section.model.weights if faults.there(path, "splice.model.weights")]
    if weights and not any(map(faults.made_here, weights)):
        from cisgrammar.splice.models.saved import load_models

        faults.run(load_models, weights)
    if genes.fasta is not None:
        genome = faults.run(read_fasta, genes.fasta) if faults.there(genes.fasta, "splice.genes.fasta") else None
    _check_splice_tables(faults, section, genome)
    annotation = genes.annotation or genes.table
    if annotation is None or not faults.there(annotation, "splice.genes.annotation"):
        return
    transcripts = faults.run(read_transcripts, genes)
    if transcripts is not None and genome is not None:
        transcripts = faults.run(check_on_genome, transcripts, genome)
        if transcripts is not None:
            faults.run(assign_splits, genome, transcripts, genes.test, genes.validation)


def _check_splice_tables(faults: Faults, section: Splice, genome: Genome | None) -> None:
    """Tables of measured exons, and regions and sequences to predict; genes that rows name are known in the run."""
    from cisgrammar.splice.frames import minigenes, poison_exons
    from cisgrammar.splice.sites.stretches import read_regions
    from cisgrammar.tables.io import read_table

    for name, columns in (("inclusion", poison_exons.INCLUSION), ("variants", minigenes.COLUMNS)):
        path = getattr(section.checks, name) if section.checks is not None else None
        if path is not None and faults.there(path, f"splice.checks.{name}") and Path(path).is_file():
            faults.run(read_table, path, columns)
    predicted = section.predict
    if predicted is None:
        return
    if predicted.fasta is not None and faults.there(predicted.fasta, "splice.predict.fasta"):
        faults.run(read_fasta, predicted.fasta)
    there = predicted.regions is not None and faults.there(predicted.regions, "splice.predict.regions")
    if there and genome is not None:
        faults.run(read_regions, predicted.regions, genome)


def _check_ablation(faults: Faults, section: Ablation, genome: Genome | None) -> None:
    from cisgrammar.ablation.sites.gather import gather_motifs

    for path in path_fields(section):
        faults.there(path, "ablation")
    if section.motifs is not None and Path(section.motifs).is_file():
        faults.run(gather_motifs, section.consensus, section.motifs)
    bed = section.annotations
    if bed is not None and Path(bed).is_file() and genome is not None:
        found = faults.run(read_intervals, bed, "sites")
        if found is not None:
            faults.run(check_names, bed, found, genome, "sites")
