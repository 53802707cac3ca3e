"""Fill the templates of the pages. What is not markup already is escaped."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, **values: Any) -> Markup:
    """Fill a template of the folder `templates`.

    Parameters
    ----------
    template
        Name of the file.
    **values
        What it needs. Text is escaped unless it is `Markup`.

    Returns
    -------
    Markup
        HTML or SVG, which another template takes as it is.

    Raises
    ------
    jinja2.UndefinedError
        If a value that the template needs is not given.
    """
    return Markup(_environment().get_template(template).render(**values))


def pieces(template: str, **values: Any) -> Iterator[str]:
    """Yield what `render` gives piece by piece, so that a long page need not be in memory."""
    return _environment().get_template(template).generate(**values)


def shown(value: Any) -> str:
    """The text of a cell, as it is if it is markup; empty for None and nan."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return value if isinstance(value, Markup) else str(value)


def _asset(name: str) -> Markup:
    """A style sheet or script of the folder, as it is."""
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))


def _finite(value: Any) -> bool:
    return value is not None and math.isfinite(value)


def _one_word(value: Any) -> str:
    """A further CSS class of a cell: its text if that is one word, such as a verdict."""
    text = shown(value)
    return f" {text}" if text.isalpha() else ""


def _breakable(value: Any) -> Markup:
    """A dotted name that may be broken after its dots and underscores, and nowhere else."""
    return Markup(str(escape(shown(value))).replace("_", "_<wbr>").replace(".", ".<wbr>"))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"shown": shown, "one_word": _one_word, "breakable": _breakable}
    environment.tests["finite"] = _finite
    environment.globals["asset"] = _asset
    return environment
