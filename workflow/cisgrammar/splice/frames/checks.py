"""All frame checks of a config on one model or several, and on the two oracles beside it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cisgrammar.config.splice import FRAME_TABLES, Check, Checks
from cisgrammar.files.progress import counted
from cisgrammar.splice.frames import oracles
from cisgrammar.splice.frames.adjacent_deletions import adjacent_deletions, exon_pairs
from cisgrammar.splice.frames.codon_replacement import codon_replacement
from cisgrammar.splice.frames.deletion import deletion
from cisgrammar.splice.frames.effects import CheckResult, Models, as_models, correct, draw_exons, require, summary_table
from cisgrammar.splice.frames.minigenes import MinigeneScores, minigene, read_minigenes
from cisgrammar.splice.frames.phase_handedness import donor_motifs, motif_exons, phase_handedness
from cisgrammar.splice.frames.poison_exons import between_introns, poison_exons, read_inclusion
from cisgrammar.splice.frames.repairs import RemoveStops
from cisgrammar.splice.frames.statistics import FrameStatistics
from cisgrammar.splice.genes.exon_table import ExonTable
from cisgrammar.splice.genes.gene_set import GeneSet
from cisgrammar.statistics.bootstrap import Bootstrap

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

CONTROL_EXONS = 60
"""Exons, at most, that the oracles are run on."""
Make = Callable[[Models], Sequence[CheckResult]]
"""Makes a check on a model or several: its results, one for each variant of the check."""
Plan = Mapping[Check, Make]


@dataclass(frozen=True, eq=False)
class FrameReport:
    """What the checks found.

    Attributes
    ----------
    tables
        By the names in `FRAME_TABLES`.
    summary
        check, quantity, metric, value, lower, upper, p, q, n_exons, n_genes; q over the rows of a metric.
    controls
        check, oracle (frame_blind, open_frames), quantity (`largest` of the effects that must be 0, or the name of a
        summary row), metric, value, lower, upper, p.
    """

    tables: dict[str, pd.DataFrame]
    summary: pd.DataFrame
    controls: pd.DataFrame


def exons_of_split(genes: GeneSet, exons: ExonTable, split: str) -> ExonTable:
    """The exons of a split's genes; ValueError if there are none."""
    chosen = exons.select(np.isin(exons.gene, genes.indices(split)))
    return require(chosen, f"exons in the genes of split {split!r}")


def frame_statistics(settings: Checks, seed: int) -> FrameStatistics:
    """Statistics as a config asks for them."""
    return FrameStatistics(Bootstrap(settings.bootstrap, seed, settings.confidence))


def plan_checks(m: Models, genes: GeneSet, exons: ExonTable, settings: Checks, seed: int) -> Plan:
    """Choose the exons of each check; nothing is predicted yet.

    Returns
    -------
    Mapping
        Check -> what makes it on a model.

    Raises
    ------
    ValueError
        Naming the check that lacks exons, motifs or a usable table.
    """
    half = max(model.model_cl for model in as_models(m)) // 2
    makers: dict[Check, Callable[[], Make]] = {
        "codon_replacement": lambda: _plan_codons(genes, exons, settings, seed),
        "deletion": lambda: _plan_deletion(genes, exons, settings, seed),
        "adjacent_deletions": lambda: _plan_adjacent(genes, exons, settings, seed),
        "poison_exons": lambda: _plan_poison(genes, exons, settings, seed),
        "phase_handedness": lambda: _plan_handedness(genes, exons, settings, seed),
        "minigene": lambda: _plan_minigene(genes, settings.variants, half),
    }
    found = {}
    for name in settings.which:
        try:
            found[name] = makers[name]()
        except ValueError as error:
            raise ValueError(f"splice.checks: {name}: {error}; or take it out of `which`") from None
    return found


def _long_exons(genes: GeneSet, exons: ExonTable, settings: Checks, seed: int) -> ExonTable:
    long = exons_of_split(genes, exons, "test").internal_coding(settings.min_exon)
    require(long, f"internal coding ones of at least {settings.min_exon} bp in test genes")
    return draw_exons(long, settings.limit, seed)


def _plan_codons(genes: GeneSet, exons: ExonTable, settings: Checks, seed: int) -> Make:
    chosen = _long_exons(genes, exons, settings, seed)
    return lambda m: [codon_replacement(m, genes, chosen, settings.distance)]


def _plan_deletion(genes: GeneSet, exons: ExonTable, settings: Checks, seed: int) -> Make:
    chosen, lengths = _long_exons(genes, exons, settings, seed), range(1, settings.most_deleted + 1)

    def make(m: Models) -> list[CheckResult]:
        plain = deletion(m, genes, chosen, settings.distance, lengths)
        return [plain, deletion(m, genes, chosen, settings.distance, lengths, RemoveStops())]

    return make


def _plan_adjacent(genes: GeneSet, exons: ExonTable, settings: Checks, seed: int) -> Make:
    first, second = exon_pairs(exons_of_split(genes, exons, "test"), settings.max_intron, min_length=22)
    require(first, f"neighbouring coding ones with an intron below {settings.max_intron} bp in test genes")
    chosen = np.arange(len(first))
    if settings.limit is not None and len(first) > settings.limit:
        chosen = np.sort(np.random.default_rng(seed).choice(len(first), settings.limit, replace=False))
    pairs = first.select(chosen), second.select(chosen)
    return lambda m: [adjacent_deletions(m, genes, pairs, outside=outside) for outside in (False, True)]


def _plan_poison(genes: GeneSet, exons: ExonTable, settings: Checks, seed: int) -> Make:
    if settings.inclusion is not None:
        measured, inclusion = read_inclusion(settings.inclusion, genes)
        return lambda m: [poison_exons(m, genes, measured, inclusion, settings.distance)]
    chosen = require(between_introns(exons_of_split(genes, exons, "test")), "exons between two introns in test genes")
    chosen = draw_exons(chosen, settings.limit, seed)
    return lambda m: [poison_exons(m, genes, chosen, distance=settings.distance)]


def _plan_handedness(genes: GeneSet, exons: ExonTable, settings: Checks, seed: int) -> Make:
    motifs = donor_motifs(genes, exons_of_split(genes, exons, genes.known_split))
    chosen = motif_exons(genes, exons_of_split(genes, exons, "test"))
    if settings.limit is not None:
        # As many of each phase: a draw from all may miss one.
        rng, most = np.random.default_rng(seed), -(-settings.limit // 3)
        phases = [np.flatnonzero(chosen.phase_end == phase) for phase in range(3)]
        drawn = [rng.choice(places, min(most, len(places)), replace=False) for places in phases]
        chosen = chosen.select(np.sort(np.concatenate(drawn)))
    return lambda m: [phase_handedness(m, genes, chosen, motifs)]


def _plan_minigene(genes: GeneSet, path: str | None, half: int) -> Make:
    if path is None:
        raise ValueError("no table of `variants`; give one")
    variants = read_minigenes(path, genes, half)
    return lambda m: [minigene(m, variants)]


def run_checks(m: Models, genes: GeneSet, exons: ExonTable, settings: Checks, seed: int) -> FrameReport:
    """Make the checks that a config asks for, on exons of test genes.

    Parameters
    ----------
    m
        A model, or several; with thresholds, calls are reported beside probabilities.
    genes, exons
        The gene set, with its splits train and test, and its exon table.
    settings
        The config's section.
    seed
        Of the draws of exons and genes.

    Raises
    ------
    ValueError
        If a check lacks exons; before anything is predicted.
    """
    import pandas as pd

    plan, statistics = plan_checks(m, genes, exons, settings, seed), frame_statistics(settings, seed)
    nearest = min(model.model_cl for model in as_models(m)) // 2
    if nearest < settings.distance:
        log.warning(
            "the model sees %d bp on either side and edits are %d bp away: they cannot have an effect",
            *(nearest, settings.distance),
        )
    tables, summaries = {}, []
    for name, make in counted(plan.items(), f"frame checks on {as_models(m)[0].device}", "checks"):
        log.info("frame check %s", name)
        results = list(make(m))
        tables[FRAME_TABLES[name]] = _table(name, results, statistics)
        summaries += [_summary(label, result, statistics) for label, result in _labelled(name, results)]
    summary = correct(pd.concat(summaries, ignore_index=True))
    return FrameReport(tables, summary, control_checks(genes, exons, settings, seed))


def _labelled(name: Check, results: Sequence[CheckResult]) -> Iterator[tuple[str, CheckResult]]:
    """Names of a check's variants: a deletion with repair is a check of its own."""
    for turn, result in enumerate(results):
        yield (f"{name}_repaired" if name == "deletion" and turn else name), result


def _table(name: Check, results: Sequence[CheckResult], statistics: FrameStatistics) -> pd.DataFrame:
    import pandas as pd

    found = [result.table(statistics) for result in results]
    if name == "deletion":
        for table, repair in zip(found, ("none", "stops_removed"), strict=True):
            table.insert(0, "repair", repair)
    return pd.concat(found, ignore_index=True)


def _summary(label: str, result: CheckResult, statistics: FrameStatistics) -> pd.DataFrame:
    table = summary_table(label, result.quantities(), result.clusters, statistics)
    if isinstance(result, MinigeneScores):
        for name, value in result.correlations().items():
            row = {"check": label, "quantity": name, "metric": "correlation", "value": value}
            table.loc[len(table)] = {**dict.fromkeys(table.columns, np.nan), **row, "n_exons": len(result.variants)}
    return table


def control_checks(genes: GeneSet, exons: ExonTable, settings: Checks, seed: int) -> pd.DataFrame:
    """The same checks, but for minigenes, on the two oracles, with a few exons.

    Returns
    -------
    DataFrame
        As `FrameReport.controls`.
    """
    import pandas as pd

    few = min(settings.limit or CONTROL_EXONS, CONTROL_EXONS)
    which = tuple(name for name in settings.which if name != "minigene")
    settings = settings.model_copy(update={"limit": few, "which": which, "inclusion": None})
    reach = min(oracles.REACH, settings.min_exon - settings.most_deleted)
    on = exons_of_split(genes, exons, "test")
    # Codons near a donor are rounded up to the frame: with all their bases they come up to 6 bp nearer than asked.
    # Below 8 bp they reach the site itself, and these gates fail.
    sees = max(settings.distance - 6, 1)
    blind = oracles.frame_blind(genes.subset(genes.known_split), genes, on.internal_coding(), 2 * reach, sees)
    models = {"frame_blind": blind, "open_frames": oracles.with_open_frame_rule(blind, reach)}
    statistics, rows = frame_statistics(settings, seed), []
    for name, make in plan_checks(blind, genes, exons, settings, seed).items():
        for oracle, model in models.items():
            for label, result in _labelled(name, make(model)):
                blind_to = oracle == "frame_blind"
                zero = result.zero_if_frame_blind() if blind_to else result.zero_if_open_frames_suffice()
                key = {"check": label, "oracle": oracle}
                largest = np.nanmax(np.abs(zero), initial=0.0)
                rows.append(pd.DataFrame([{**key, "quantity": "largest", "metric": "", "value": float(largest)}]))
                found = summary_table(label, result.quantities(), result.clusters, statistics)
                found.insert(1, "oracle", oracle)
                rows.append(found)
    table = pd.concat(rows, ignore_index=True)
    return table[["check", "oracle", "quantity", "metric", "value", "lower", "upper", "p", "n_exons", "n_genes"]]
