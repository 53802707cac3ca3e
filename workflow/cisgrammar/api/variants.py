"""Variants of a file scored by profile models, as one table."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from cisgrammar.api.sequences import genome_of
from cisgrammar.config.variants import ProfileScores, Variants
from cisgrammar.profile.models.profile_model import ProfileModel
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.peaks import read_peaks
from cisgrammar.tables.contracts.variants import PROFILE, READ
from cisgrammar.variants.profile import ProfileScorer
from cisgrammar.variants.profile_table import write_profile_scores
from cisgrammar.variants.table import write_variants


def score_variants(
    models: Sequence[ProfileModel],
    variants: str | Path,
    fasta: str | Path | Genome,
    peaks: str | Path | None = None,
    seed: int = 1,
    settings: ProfileScores | None = None,
) -> pd.DataFrame:
    """Effects of variants on the profile and counts that models predict.

    Parameters
    ----------
    models
        A model for each fold.
    variants
        VCF, BCF or a table, as `variants.vcf` or `variants.table` of a config.
    fasta
        The genome that they were called on.
    peaks
        BED or narrowPeak; with them there are percentiles among the peaks and a null in the same peak.
    seed
        Of both nulls.
    settings
        The section `variants.profile`; None for its defaults.

    Returns
    -------
    DataFrame
        A row for each variant, allele and head, also for those that are not scored, whose `reason` says why: the
        columns of the tables `variants` and `profile` of the stage.
    """
    genome = genome_of(fasta)
    if genome is None:
        raise ValueError("variants without a genome; add fasta=, the path of a FASTA or a Genome")
    found = read_peaks(peaks, genome) if peaks is not None else None
    scorer = ProfileScorer(models, genome, found, settings or ProfileScores(), seed)
    with tempfile.TemporaryDirectory() as folder:
        listed, scored = Path(folder, "variants.tsv"), Path(folder, "profile.tsv")
        defaults = Variants.model_fields
        write_variants(listed, variants, defaults["layout"].default, genome, defaults["longest"].default)
        write_profile_scores(scored, listed, scorer)
        return READ.read(listed).merge(PROFILE.read(scored), on="number", how="left")
