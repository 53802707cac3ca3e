"""The config's section of the figures: which are drawn, how they look, and a lab's own."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, model_validator

from cisgrammar.config.fields import Name, PathStr, Positive, Section

OwnStage = Literal["bias", "transformation", "combined", "evaluate", "binding", "splice", "discover", "ablation"]


class OwnFigure(Section):
    """A figure that a script of the lab's draws: `tabulate(inputs)` gives its table, `paint(table)` its picture."""

    script: PathStr = Field(description="Python file with the functions `tabulate` and `paint`")
    tables: dict[Name, str] = Field(
        min_length=1,
        description="name -> file under `results` that `tabulate` reads; may hold {sample} and {fold}, or {model}",
    )
    each: Literal["fold", "model", "gene set"] = Field(
        "fold", description="drawn for each sample and fold, for each SELEX model, or once for the genes"
    )
    stage: OwnStage = Field("evaluate", description="the part of the report that it is shown in")
    title: Annotated[str, Field(min_length=1)] = Field(description="its heading in the report")
    caption: str = Field("", description="the sentence below it")

    @model_validator(mode="after")
    def _places_are_known(self) -> OwnFigure:
        known = {"fold": ("sample", "fold"), "model": ("model",), "gene set": ()}[self.each]
        for name, path in self.tables.items():
            if not path or path.startswith("/") or ".." in path.split("/"):
                raise ValueError(f"tables.{name}: {path!r} is not below the results; wanted a file of the run")
            other = sorted(set(re.findall(r"{(.*?)}", path)) - set(known))
            if other:
                may = " and ".join(f"{{{word}}}" for word in known) or "no such name"
                raise ValueError(f"tables.{name}: {{{other[0]}}} in a figure for each {self.each}, which has {may}")
        return self


class Figures(Section):
    """What is drawn, and how; the tables beside the figures do not depend on it."""

    select: tuple[Name, ...] = Field((), description="names of the figures to draw; empty: all")
    formats: tuple[Literal["pdf", "svg"], ...] = Field(("pdf",), description="beside PNG, which the report shows")
    font: Annotated[str, Field(min_length=1)] = Field("DejaVu Sans", description="font family, as installed")
    font_size: Positive = Field(7.0, description="points, of most text")
    scale: Positive = Field(1.0, description="width and height, times those of the house (one column is 3.35 inches)")
    dpi: Annotated[int, Field(ge=50, le=1200)] = Field(200, description="dots per inch of the PNG")
    own: dict[Name, OwnFigure] = Field(default_factory=dict, description="figures of your own, by name")

    @model_validator(mode="after")
    def _formats_once(self) -> Figures:
        if len(set(self.formats)) < len(self.formats):
            raise ValueError(f"formats: each once, got {list(self.formats)}")
        return self
