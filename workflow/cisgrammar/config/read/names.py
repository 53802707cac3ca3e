"""Names that would share a folder of the results: places of figures, and names that differ in capitals alone."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from cisgrammar.config.fields import ConfigError

GENES = "genes"
"""What stands for a fold in the folder of the figures of genes, `figures/splice/genes`."""


def check_apart(
    results: str | Path,
    samples: Collection[str],
    folds: Collection[str],
    models: Mapping[str, Collection[str]],
    genes: bool,
) -> None:
    """Check that no two samples, folds, models or libraries of a run share a folder.

    Figures of a fold lie in `figures/<sample>/<fold>`, those of a SELEX model in `figures/binding/<model>`, those of
    genes in `figures/splice/genes`.

    Parameters
    ----------
    results
        The run's folder.
    samples, folds
        Names of samples and of folds.
    models
        Binding model -> names of its libraries.
    genes
        Whether the run has a splice stage.

    Raises
    ------
    ConfigError
        With a line for each pair of names.
    """
    taken = {"binding": {model: f"the SELEX model {model}" for model in models}}
    taken["splice"] = {GENES: "the genes of the splice stage"} if genes else {}
    lines = [
        f"samples: figures of sample {sample}, fold {fold}, would lie where those of {taken[sample][fold]} do; rename "
        "the sample"
        for sample in taken
        if sample in samples
        for fold in folds
        if fold in taken[sample]
    ]
    groups = {"samples": samples, "folds": folds, "models": models}
    groups |= {f"libraries of model {model}": libraries for model, libraries in models.items()}
    pairs = [(what, *pair) for what, names in groups.items() for pair in alike(names)]
    if pairs and not tells_capitals(results):
        lines += [
            f"{what}: {one} and {other} differ in capitals alone, which is one on the disk of {results}; rename one"
            for what, one, other in pairs
        ]
    if lines:
        raise ConfigError("\n".join(lines))


def alike(names: Collection[str]) -> Iterator[tuple[str, str]]:
    """Pairs of names that differ in capitals alone."""
    first: dict[str, str] = {}
    for name in names:
        before = first.setdefault(name.casefold(), name)
        if before != name:
            yield before, name


def tells_capitals(folder: str | Path) -> bool:
    """Whether the disk of a folder, which need not be there yet, tells `a` from `A`; True if it cannot be asked."""
    place = Path(folder).absolute()
    while not place.is_dir() and place != place.parent:
        place = place.parent
    try:
        with tempfile.NamedTemporaryFile(prefix=".capitals_", dir=place) as file:
            return not Path(file.name).with_name(Path(file.name).name.swapcase()).exists()
    except OSError:
        return True
