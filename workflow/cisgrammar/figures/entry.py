"""What a figure is: what draws it, what of a run it is drawn from, and what the report says beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from cisgrammar.config.figures import OwnFigure
from cisgrammar.config.schema import Config
from cisgrammar.config.splice import Check

Each = Literal["fold", "sample", "model", "pair", "gene set", "simulated model", "variants"]
Stage = Literal[
    "simulate",
    "bias",
    "transformation",
    "combined",
    "evaluate",
    "binding",
    "splice",
    "discover",
    "ablation",
    "variants",
]


@dataclass(frozen=True)
class Figure:
    """A figure, and the files that it is drawn from.

    Attributes
    ----------
    name
        Of its files, and in `figures.select`.
    module
        The module below `cisgrammar.figures` that draws it; empty for a lab's own, which `script` draws.
    stage
        The part of the report that it is shown in.
    title, caption
        Its heading in the report, and the sentence below.
    tables
        Name in `tabulate(inputs)` -> file below the results; {sample} and {fold}, {model} or {variants} are filled in,
        and {bias} with the sample or pool whose bias model it is.
    needs
        Sections of the config (dotted) without which there is no such figure.
    each
        What it is drawn for: each sample and fold, each sample, each SELEX model, each of those with a pair of motifs
        or with simulated reads, or once for the genes or the variants.
    check
        The frame check without which there is no such figure.
    explained
        More of `tables`, where the run has contributions.
    script
        Python file of a lab's own figure.
    """

    name: str
    module: str
    stage: Stage
    title: str
    caption: str
    tables: Mapping[str, str]
    needs: tuple[str, ...] = ()
    each: Each = "fold"
    check: Check | None = None
    explained: Mapping[str, str] = field(default_factory=dict)
    script: str | None = None

    def is_drawn(self, config: Config) -> bool:
        """Whether a run with this config has what the figure shows."""
        checks = config.splice.checks.which if config.splice and config.splice.checks else ()
        return all(_has(config, name) for name in self.needs) and (self.check is None or self.check in checks)

    def files(self, config: Config, results: str) -> dict[str, str]:
        """Name in `tabulate(inputs)` -> file, the wildcards still in it; `script` for a lab's own figure."""
        explained = self.explained if _has(config, "ablation.contributions") else {}
        tables = {key: f"{results}/{path}" for key, path in {**self.tables, **explained}.items()}
        return tables if self.script is None else {**tables, "script": self.script}


def _has(config: Config, section: str) -> bool:
    value: object = config
    for name in section.split("."):
        value = getattr(value, name, None)
    return value is not None


def own_figure(name: str, own: OwnFigure) -> Figure:
    """Return a figure of the lab's as an entry of the catalogue."""
    return Figure(
        name=name,
        module="",
        stage=own.stage,
        title=own.title,
        caption=own.caption,
        tables=own.tables,
        each=own.each,
        script=own.script,
    )
