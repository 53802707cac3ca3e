"""Variants of a file scored outside of a run: the files that the stage `variants` writes, by the same functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cisgrammar.config.variants import Variants
from cisgrammar.files.atomic import write_text
from cisgrammar.profile.models.profile_model import ProfileModel
from cisgrammar.report.variants_page import variants_page
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.peaks import read_peaks
from cisgrammar.splice.models.model import ModelToAnalyze
from cisgrammar.tables.contracts.variants import QQ, SIGNS
from cisgrammar.tables.io import rows_of
from cisgrammar.variants import cards, collect
from cisgrammar.variants.affinity import read_affinity_model
from cisgrammar.variants.binding import BindingScorer, write_binding_scores
from cisgrammar.variants.near import Genes
from cisgrammar.variants.profile import ProfileScorer
from cisgrammar.variants.profile_table import write_profile_scores
from cisgrammar.variants.signs import sign_table
from cisgrammar.variants.splice import Settings, read_splice_genes
from cisgrammar.variants.splice_table import write_splice_scores
from cisgrammar.variants.table import Counts, count_reasons, write_variants
from cisgrammar.variants.vcf import annotate

GIVEN = "given"
"""What profile models are called in the table of scores, as in a run that is given its models."""


@dataclass(frozen=True)
class Models:
    """What scores variants; at least one kind.

    Attributes
    ----------
    profile
        A profile model for each fold.
    binding
        Name -> folder of a fitted binding model.
    splice
        A splice model.
    """

    profile: Sequence[ProfileModel] = ()
    binding: Mapping[str, str] = field(default_factory=dict)
    splice: ModelToAnalyze | None = None


def score_file(settings: Variants, genome: Genome, models: Models, folder: str | Path, seed: int = 1) -> Counts:
    """Score the variants of a file and write what the stage writes into `<results>/variants/<name>`.

    Parameters
    ----------
    settings
        The section `variants` of a config, with a section for each kind of model; its paths of models are not read.
    genome
        The genome that the variants were called on.
    models
        The models.
    folder
        Where to write: `variants.tsv`, `profile/given.tsv`, `binding/<name>.tsv`, `splice.tsv`, `scores.tsv`, `qq.tsv`,
        `signs.tsv`, `annotated.vcf.gz` and its `.tbi`, `profiles.h5`, `variants.html`.
    seed
        Of the nulls.

    Returns
    -------
    Counts
        Alternate alleles: all, scored, and the others by reason.

    Raises
    ------
    ValueError
        In one line, if a file cannot be used.
    """
    out = Path(folder)
    listed = out / "variants.tsv"
    # What reads a file comes before any work.
    genes = Genes.read(settings.genes, genome) if settings.genes else None
    scorer = _profile_scorer(settings, genome, models, seed)
    splice = settings.splice
    spliced = read_splice_genes(splice.genes, genome) if splice and splice.genes else None
    write_variants(listed, settings.file, settings.layout, genome, settings.longest)
    profile = {GIVEN: out / "profile" / f"{GIVEN}.tsv"} if scorer else {}
    if scorer:
        write_profile_scores(profile[GIVEN], listed, scorer)
    binding = {name: out / "binding" / f"{name}.tsv" for name in models.binding}
    for name, path in binding.items():
        one = read_affinity_model(models.binding[name])
        p_value = settings.binding.p_value if settings.binding else 1e-4
        write_binding_scores(path, listed, BindingScorer(one, genome, p_value))
    table = out / "splice.tsv" if models.splice is not None and splice and spliced else None
    if models.splice is not None and splice and spliced:
        how = Settings(splice.distance, splice.mask, splice.batch_size)
        write_splice_scores(out / "splice.tsv", listed, genome, spliced, models.splice, how)
    _collect(settings, genome, collect.Sources(profile, binding, table), genes, out)
    return _show(settings, scorer, out)


def _profile_scorer(settings: Variants, genome: Genome, models: Models, seed: int) -> ProfileScorer | None:
    if settings.profile is None or not models.profile:
        return None
    peaks = read_peaks(settings.profile.peaks, genome) if settings.profile.peaks else None
    return ProfileScorer(models.profile, genome, peaks, settings.profile, seed)


def _collect(settings: Variants, genome: Genome, sources: collect.Sources, genes: Genes | None, out: Path) -> None:
    scores = out / "scores.tsv"
    rows = collect.joined(out / "variants.tsv", sources, genes, settings.nearest)
    collect.write_scores(scores, collect.columns_of(sources), rows)
    annotate(out / "annotated.vcf.gz", out / "annotated.vcf.gz.tbi", settings.file, scores, genome)
    QQ.write(out / "qq.tsv", collect.quantiles(sources))
    SIGNS.write_rows(out / "signs.tsv", sign_table(rows_of(scores)))


def _show(settings: Variants, scorer: ProfileScorer | None, out: Path) -> Counts:
    scores = out / "scores.tsv"
    rows = cards.strongest(rows_of(scores), settings.rows)
    found = cards.cards(rows[: settings.cards], scorer) if scorer else []
    cards.write_cards(out / "profiles.h5", found)
    counts, name = count_reasons(scores), Path(settings.file).name
    signs = SIGNS.read(out / "signs.tsv")
    write_text(out / "variants.html", variants_page(f"Variants: {name}", name, rows, counts, found, signs))
    return counts
