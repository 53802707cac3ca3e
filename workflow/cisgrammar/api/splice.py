"""A splice model with its thresholds as one object: probabilities and called sites of sequences and genes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisgrammar.api.sequences import genome_of
from cisgrammar.config.splice import Genes
from cisgrammar.sequence.alphabet import encode
from cisgrammar.sequence.annotation import Transcript, check_on_genome, read_annotation
from cisgrammar.sequence.fasta import Genome
from cisgrammar.splice.genes.canonical import choose
from cisgrammar.splice.genes.coordinates import splice_labels, window
from cisgrammar.splice.models.model import SITES
from cisgrammar.splice.models.saved import load_models
from cisgrammar.splice.predict import predict_gene

TAGS: tuple[str, ...] = tuple(Genes.model_fields["canonical_tags"].default)
"""Tags of a gene's transcript, the first that it has: the default of `splice.genes.canonical_tags`."""


@dataclass(frozen=True, eq=False)
class SpliceScores:
    """Probabilities of the bases of one sequence.

    Attributes
    ----------
    acceptor, donor
        `(length,)` float32: probability that a base is the first, the last of an exon.
    thresholds
        `(2,)` of acceptor and donor; None before calibration.
    """

    acceptor: NDArray[np.float32]
    donor: NDArray[np.float32]
    thresholds: NDArray[np.float64] | None

    def __repr__(self) -> str:
        called = "" if self.thresholds is None else f", {len(self.sites())} sites called"
        return f"SpliceScores({len(self.acceptor):,} bases{called})"

    def sites(self) -> pd.DataFrame:
        """Bases whose probability is above the threshold of their kind: position (0-based), kind, probability.

        ValueError if the model has no thresholds.
        """
        if self.thresholds is None:
            raise ValueError("the model has no thresholds; load a folder with calibration.json, or give thresholds=")
        return _called((self.acceptor, self.donor), self.thresholds)


class SpliceModel:
    """One splice network, or the mean of several, with thresholds.

    Attributes
    ----------
    model
        The `ModelToAnalyze`.
    paths
        Files of the networks.
    """

    def __init__(
        self, paths: Sequence[str | Path], thresholds: Sequence[float] | None = None, device: str = "cpu"
    ) -> None:
        self.paths = tuple(Path(path) for path in paths)
        self.model = load_models(self.paths, device, thresholds)

    def __repr__(self) -> str:
        levels = self.model.thresholds
        called = "no thresholds" if levels is None else f"thresholds acceptor {levels[0]:.3g}, donor {levels[1]:.3g}"
        number = f"{len(self.paths)} network{'s'[: len(self.paths) != 1]}"
        return f"SpliceModel: context {self.model.model_cl:,} bp; {number}; {called}"

    def predict(self, sequence: str) -> SpliceScores:
        """Probabilities of every base of a sequence (letters, 5' to 3'), with N on both sides of it."""
        if not isinstance(sequence, str) or not sequence:
            raise ValueError(f"got {sequence!r}; wanted the letters of one sequence, 5' to 3'")
        return self._scores(encode(sequence))

    def _scores(self, codes: NDArray[np.uint8]) -> SpliceScores:
        probabilities = predict_gene(self.model, codes).exp().numpy()  # (length, 3)
        return SpliceScores(probabilities[:, 1], probabilities[:, 2], self.model.thresholds)

    def sites(self, annotation: str | Path, fasta: str | Path | Genome) -> pd.DataFrame:
        """Sites that are called in the transcripts of an annotation, and the annotated ones that are not.

        Parameters
        ----------
        annotation
            GTF or GFF3; one transcript of each gene is taken, as for training. Its sequence is that between its ends.
        fasta
            The genome.

        Returns
        -------
        DataFrame
            A row for each site: gene, transcript, chrom, position (0-based), strand, kind, probability, called, and
            annotated (in that transcript).
        """
        genome = genome_of(fasta)
        if genome is None:
            raise ValueError("no genome; wanted the path of a FASTA or a Genome")
        self.model.known_thresholds()
        transcripts = check_on_genome(read_annotation(annotation), genome)
        chosen = [transcript for transcript, _ in choose(transcripts, TAGS)]
        return pd.concat([self._of_transcript(each, genome) for each in chosen], ignore_index=True)

    def _of_transcript(self, transcript: Transcript, genome: Genome) -> pd.DataFrame:
        """Called and annotated sites of one transcript, in its direction."""
        length = transcript.end - transcript.start
        scores = self._scores(window(genome, transcript, 0, length))
        labels = splice_labels(transcript)  # (length,)
        tables = []
        for number, kind in enumerate(SITES):
            probability = (scores.acceptor, scores.donor)[number]
            called = probability > self.model.known_thresholds()[number]
            annotated = labels == number + 1
            at = np.flatnonzero(called | annotated)
            tables.append(
                pd.DataFrame(
                    {
                        "gene": transcript.gene,
                        "transcript": transcript.id,
                        "chrom": transcript.chrom,
                        "position": transcript.start + at if transcript.strand == "+" else transcript.end - 1 - at,
                        "strand": transcript.strand,
                        "kind": kind,
                        "probability": probability[at],
                        "called": called[at],
                        "annotated": annotated[at],
                    }
                )
            )
        return pd.concat(tables, ignore_index=True)


def _called(probabilities: Sequence[NDArray[np.float32]], thresholds: NDArray[np.float64]) -> pd.DataFrame:
    """Positions above the thresholds, in their order."""
    rows = [
        (int(at), kind, float(values[at]))
        for kind, values, threshold in zip(SITES, probabilities, thresholds, strict=True)
        for at in np.flatnonzero(values > threshold)
    ]
    return pd.DataFrame(sorted(rows), columns=["position", "kind", "probability"])
