"""Predictions for sequences and regions outside of a run: the files of the stages, by the same functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from cisgrammar.api.binding import BindingModel
from cisgrammar.api.load import CALIBRATION, Loaded
from cisgrammar.api.profile import ProfileModels
from cisgrammar.api.splice import SpliceModel
from cisgrammar.config.splice import SplicePredict
from cisgrammar.config.tracks.predict import PredictedSet
from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.controlled import ControlledModel
from cisgrammar.profile.stream.predict_set import Output, predict_set
from cisgrammar.sequence.alphabet import decode, encode
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.intervals import read_intervals
from cisgrammar.splice.calibration.tables import read_temperature
from cisgrammar.splice.sites import predict_sets as splice_sets
from cisgrammar.splice.sites.stretches import read_regions, whole_sequences
from cisgrammar.tables.contracts.binding import AFFINITIES

_LETTERS = frozenset("ACGTNacgtn")


def genome_of_letters(sequences: Iterable[str]) -> Genome:
    """Sequences given as letters, as a genome with a chromosome for each: `sequence1`, `sequence2`, ...

    Raises
    ------
    ValueError
        If one is empty or has other letters than A C G T N.
    """
    codes = {}
    for number, letters in enumerate(sequences, start=1):
        wrong = sorted(set(letters) - _LETTERS)
        if wrong or not letters:
            what = f"has {' '.join(wrong)}" if wrong else "is empty"
            raise ValueError(f"sequence {number} {what}; wanted letters A C G T N, or --fasta and the path of a file")
        codes[f"sequence{number}"] = encode(letters)
    return Genome.from_chromosomes(codes)


def write_predictions(
    model: Loaded, genome: Genome, regions: str | Path | None, folder: str | Path, device: str = "cpu"
) -> list[Path]:
    """Predict whole sequences or regions of them, and write what the stage of the model's kind writes.

    Parameters
    ----------
    model
        Profile models: `predictions.h5`, `counts.tsv` and `tracks/` of the stage `predict`. A splice model with
        thresholds: `sites.tsv` and `tracks/` of the stage `splice`. A binding model: `affinities.tsv`.
    genome
        The sequences.
    regions
        BED of regions; None for every sequence from end to end.
    folder
        Where to write.
    device
        Of profile models: cpu or cuda.

    Returns
    -------
    list
        What was written.

    Raises
    ------
    ValueError
        In one line, if a file cannot be used, or a splice model has no thresholds.
    """
    out = Path(folder)
    if isinstance(model, ProfileModels):
        files = Output(out / "predictions.h5", out / "counts.tsv", out / "tracks")
        # Nobody asked for parts here, so that none is missing in a model without them.
        whole = not all(isinstance(each, CombinedModel | ControlledModel) for each in model.models)
        settings = PredictedSet(regions=None if regions is None else str(regions))
        settings = settings.model_copy(update={"parts": ("model",)}) if whole else settings
        predict_set(model.models, model.paths, genome, settings, files, device=device)
        return [files.counts, files.predictions, files.tracks]
    if isinstance(model, SpliceModel):
        return _splice(model, genome, regions, out)
    AFFINITIES.write_rows(out / "affinities.tsv", _affinities(model, genome, regions))
    return [out / "affinities.tsv"]


def _splice(model: SpliceModel, genome: Genome, regions: str | Path | None, out: Path) -> list[Path]:
    model.model.known_thresholds()
    name = "fasta" if regions is None else "regions"
    source = whole_sequences(genome, ("+", "-")) if regions is None else read_regions(regions, genome)
    one = splice_sets.PredictedSet(name, source, None, genome)
    least = float(SplicePredict.model_fields["least"].default)
    calibration = model.paths[0].parent / CALIBRATION
    temperature = read_temperature(calibration) if calibration.is_file() else 1.0
    found = splice_sets.predict_sets(model.model, iter([one]), least, temperature)
    splice_sets.write_sets(found, out / "sites.tsv", out / "tracks")
    return [out / "sites.tsv", out / "tracks"]


def _affinities(model: BindingModel, genome: Genome, regions: str | Path | None) -> Iterator[tuple[object, ...]]:
    for name, chrom, start, end in _places(genome, regions):
        scores = model.score(decode(genome.chromosome(chrom)[start:end])).iloc[0]
        for motif in scores.index:
            yield name, chrom, start, end, motif, f"{scores[motif]:.6g}"


def _places(genome: Genome, regions: str | Path | None) -> Iterator[tuple[str, str, int, int]]:
    """Name, chromosome, start and end of what is predicted; ValueError for a region that is not on the sequences."""
    if regions is None:
        yield from ((name, name, 0, genome.length(name)) for name in genome.names)
        return
    read = read_intervals(regions)
    for row in range(len(read)):
        name, chrom = str(read.name[row]), str(read.chrom[row])
        start, end = int(read.start[row]), int(read.end[row])
        if chrom not in genome.names or end > genome.length(chrom):
            raise ValueError(f"{regions}: {chrom}:{start}-{end} is not on the FASTA; wanted regions of its sequences")
        yield name, chrom, start, end
