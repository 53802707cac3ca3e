"""Which figures are drawn where, from which files, and how reports show them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from cisgrammar.config.read.names import GENES
from cisgrammar.figures.entry import Each
from cisgrammar.run.run import Run
from cisgrammar.run.targets import category_of

MOST_EMBEDDED = 60
"""Figures of samples that the report holds whole, some 100 kB each: four folds of the demo's."""


class Drawing:
    """The figures of a run by place: a folder below `figures`, for a fold, a binding model or the genes.

    Parameters
    ----------
    run
        The run.
    results
        What paths of its files begin with.
    """

    def __init__(self, run: Run, results: str) -> None:
        self._results, self._run, self._figures = results, run, run.figures
        self._places = self._all_places()

    def _all_places(self) -> dict[Each, dict[str, dict[str, str]]]:
        """What a figure is drawn for -> folder -> the names that its files have in their paths."""
        run = self._run
        return {
            "fold": {f"{sample}/{fold}": {"sample": sample, "fold": fold} for sample, fold in run.places},
            "sample": {f"discover/{sample}": {"sample": sample} for sample in run.samples},
            "model": _of_models(run.libraries),
            "pair": _of_models(run.models_with_pairs),
            "gene set": {f"splice/{GENES}": {}} if run.config.splice else {},
            "simulated model": _of_models(run.simulated_models),
            "variants": _of_variants(run),
        }

    def drawn(self) -> list[tuple[str, str]]:
        """Every figure of the run: (figure, place)."""
        return [(name, place) for name, figure in self._figures.items() for place in self._places[figure.each]]

    def places(self) -> list[str]:
        """Every place, sorted."""
        return sorted({place for _, place in self.drawn()})

    def files(self, wildcards: Any) -> dict[str, str]:
        """The files that the figures of a place are drawn from, by `<figure>__<name>`."""
        files = {}
        for figure in self._figures.values():
            names = self._places[figure.each].get(wildcards.place)
            if names is None:
                continue
            for key, path in figure.files(self._run.config, self._results).items():
                if "sample" in names:
                    path = path.replace("{bias}", self._run.sources.of_sample[names["sample"]])
                for name, value in names.items():
                    path = path.replace(f"{{{name}}}", value)
                files[f"{figure.name}__{key}"] = path
        return files

    def captions(self) -> dict[str, str]:
        """Figure -> its caption."""
        return {name: figure.caption for name, figure in self._figures.items()}

    def category(self, wildcards: Any) -> str:
        """Under which heading of Snakemake's report a figure stands."""
        return category_of(self._figures[wildcards.figure].stage)

    def labels(self, wildcards: Any) -> dict[str, str]:
        """What a figure is called in Snakemake's report, and what it is of."""
        return {"figure": self._figures[wildcards.figure].title, "of": wildcards.place}

    def pictures(self) -> list[dict[str, str]]:
        """The figures as the run's own report shows them, in its order."""
        return self._pictures

    @cached_property
    def _pictures(self) -> list[dict[str, str]]:
        folder = Path(self._run.config.results, "figures")
        return [
            {
                "stage": self._figures[name].stage,
                "title": self._figures[name].title,
                "caption": self._figures[name].caption,
                "sample": self._places[self._figures[name].each][place].get("sample", ""),
                "place": " ".join(self._places[self._figures[name].each][place].values()),
                "file": str(folder / place / f"{name}.png"),
            }
            for name, place in self.drawn()
        ]

    def apart(self) -> bool:
        """Whether the report has a page for each sample, with thumbnails: there are too many figures for one page."""
        return sum(bool(picture["sample"]) for picture in self.pictures()) > MOST_EMBEDDED


def _of_variants(run: Run) -> dict[str, dict[str, str]]:
    variants = run.config.variants
    return {f"variants/{variants.folder}": {"variants": variants.folder}} if variants else {}


def _of_models(models: Iterable[str]) -> dict[str, dict[str, str]]:
    return {f"binding/{model}": {"model": model} for model in models}
