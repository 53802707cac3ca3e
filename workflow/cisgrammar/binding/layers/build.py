"""Build the bindings and experiments that a config asks for: matrices and spacings shared, biases a library's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Experiment, Model
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM, Seed
from cisgrammar.binding.layers.rounds import chain
from cisgrammar.binding.layers.spacing import Spacing
from cisgrammar.binding.reads.count_table import CountTable
from cisgrammar.config.binding import BindingModel, Motif, Pair
from cisgrammar.config.selex_sheet import SelexLibrary


@dataclass(frozen=True)
class Built:
    """A model as it stands before or after its fit.

    Attributes
    ----------
    experiments
        Library name -> experiment: non-specific binding, one mode for each motif, one dimer for each pair.
    motifs
        Motif name -> its matrix, shared by all libraries.
    spacings
        Pair name (`a:b`) -> its spacing, shared by all libraries.
    """

    experiments: dict[str, Experiment]
    motifs: dict[str, PSAM]
    spacings: dict[str, Spacing]

    @property
    def module(self) -> Model:
        """The experiments in their order."""
        return Model(self.experiments.values())


def build(model: BindingModel, libraries: Sequence[SelexLibrary], tables: Sequence[CountTable], seed: int) -> Built:
    """Build the experiments of a model, one for each library, before any fit.

    Parameters
    ----------
    model
        What the config asks for.
    libraries, tables
        The rows of the sheet, and the count table of each with the flanks that are to be scored.
    seed
        Seed of the matrices' random values.

    Raises
    ------
    ValueError
        If the reads of a library are shorter than a motif, or fewer than two of its rounds have counts.
    """
    for row, table in zip(libraries, tables, strict=True):
        _check_widths(model, row, table)
    motifs = {name: _psam(motif, seed, number) for number, (name, motif) in enumerate(model.motifs.items())}
    windows = {name: max(psam.out_len(t.input_shape) for t in tables) for name, psam in motifs.items()}
    spacings = {f"{p.a}:{p.b}": _spacing(p, motifs, max(windows[p.a], windows[p.b])) for p in model.cooperativity}
    experiments = {
        row.library: _experiment(model, row, table, motifs, spacings)
        for row, table in zip(libraries, tables, strict=True)
    }
    return Built(experiments, motifs, spacings)


def _check_widths(model: BindingModel, row: SelexLibrary, table: CountTable) -> None:
    widest = max(model.motifs, key=lambda name: model.motifs[name].width)
    if model.motifs[widest].width > table.max_read_length:
        raise ValueError(
            f"model {row.model}: motif {widest} is {model.motifs[widest].width} bp wide, the reads of library "
            f"{row.library} have {table.max_read_length} bp with their flanks; lower width or raise flank_length"
        )


def _psam(motif: Motif, seed: int, number: int) -> PSAM:
    half = motif.width // 2
    palindrome = [*range(1, half + 1), *range(-half, 0)]
    return PSAM(
        motif.width,
        symmetry=palindrome if motif.palindrome else None,
        pairwise_distance=motif.pairs,
        score_reverse=motif.strands == "both",
        seed=Seed(motif.seed, random_state=1000 * seed + number),
    )


def _spacing(pair: Pair, motifs: Mapping[str, PSAM], windows: int) -> Spacing:
    return Spacing(
        motifs[pair.a],
        motifs[pair.b],
        windows,
        score_same=pair.orientation != "opposite",
        score_reverse=pair.orientation != "same",
        score_mode=pair.order,
        max_overlap=pair.max_overlap,
        max_spacing=pair.max_spacing,
    )


def _mode(motif: Motif, psam: PSAM, table: CountTable) -> Mode:
    trained = motif.position_bias != "none"
    return Mode.from_psam(
        psam,
        table,
        train_posbias=trained,
        bias_mode=motif.position_bias if trained else "channel",
        bias_bin=motif.position_bias_bin,
    )


def _dimer(pair: Pair, spacing: Spacing, modes: Mapping[str, Mode]) -> Cooperativity:
    bias = pair.position_bias
    return Cooperativity(
        spacing,
        modes[pair.a],
        modes[pair.b],
        train_hill=pair.hill,
        train_posbias=bias != "none",
        bias_mode="strand" if bias == "none" else bias,
    )


def _experiment(
    model: BindingModel,
    row: SelexLibrary,
    table: CountTable,
    motifs: Mapping[str, PSAM],
    spacings: Mapping[str, Spacing],
) -> Experiment:
    modes = {name: _mode(motif, motifs[name], table) for name, motif in model.motifs.items()}
    dimers = [_dimer(pair, spacings[f"{pair.a}:{pair.b}"], modes) for pair in model.cooperativity]
    observed = [bool(total) for total in table.counts.sum(0)]
    rounds = chain(row.selection, observed)
    return Experiment([NonSpecific.from_table(table), *modes.values(), *dimers], rounds)
