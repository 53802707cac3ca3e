"""Write config/README.md from the schema: one line per key with its default and meaning."""

from __future__ import annotations

import sys
import types
import typing
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from cisgrammar.config.samples import Track
from cisgrammar.config.schema import Config
from cisgrammar.config.selex_sheet import SelexLibrary
from cisgrammar.files.atomic import atomic_path

_HEAD = """# The config

`config.yaml` is the demo, `yeast.yaml` a run on real data. This page is written by
`python -m cisgrammar.config.page config/README.md`; its source is `workflow/cisgrammar/config/`.

- A stage runs if its section is there: of `bias`, `transformation`, `combined` the last may be left out, or both others
  (a model without bias), and `bias: {}` takes every default. `binding` needs neither samples nor a genome. `simulate`
  is for the demo and tests.
- A section with nothing after its colon is an error; `null` is as if it were not there.
- An unknown key is an error, so that a mistyped one is not silently ignored; so is a key that is given twice.
- A key that takes a list also takes one value without brackets; several need them: `[chr1, chr2]`.
- A number has no quotes, and a truth value is none. Names that YAML takes for something else (`NO`, `1.10`) do.
- A path may name an environment variable, `${NAME}` or `${NAME:-default}`, or begin with `~`. Relative paths start
  at the folder that `snakemake` is called in.
- A config given by `--configfile` replaces the demo's; `--config seed=2` changes one key of either.
- *required* stands where a key has no default. Coordinates and lengths are in base pairs (bp).
"""


class Key(NamedTuple):
    """One line of the page."""

    name: str
    default: str
    meaning: str


def model_in(annotation: Any) -> type[BaseModel] | None:
    """The section that a type holds, also inside `X | None` and `dict[str, X]`; None if it holds none."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (model_in(part) for part in get_args(annotation))
    return next((model for model in found if model is not None), None)


def _choices(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        values = [value for value in get_args(annotation) if value != ""]
        return ", ".join(f"`{value}`" for value in values) if len(values) > 1 else ""
    if get_origin(annotation) in (typing.Union, types.UnionType, tuple, typing.Annotated):
        return next(filter(None, map(_choices, get_args(annotation))), "")
    return ""


def _write_value(value: Any) -> str:
    if value is PydanticUndefined:
        return "*required*"
    if value is None or value in ((), {}, ""):
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return "`[" + ", ".join(map(str, value)) + "]`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def _default(field: FieldInfo, parent: BaseModel | None, name: str) -> Any:
    return getattr(parent, name) if parent is not None else field.get_default(call_default_factory=True)


def list_keys(model: type[BaseModel], prefix: str = "", values: BaseModel | None = None) -> list[Key]:
    """The keys of a section and of the sections in it, dotted, in the schema's order.

    Parameters
    ----------
    model
        The section.
    prefix
        Dotted name of the section, empty or with its dot: `bias.training.`.
    values
        The values that the section has by default in its place, which may differ from the section's own.
    """
    keys: list[Key] = []
    for name, field in model.model_fields.items():
        default, inner = _default(field, values, name), model_in(field.annotation)
        listed = get_origin(field.annotation) is tuple
        mapped = listed or get_origin(field.annotation) is dict or "dict[" in str(field.annotation)
        if inner is None:
            meaning = field.description or ""
            choices = _choices(field.annotation)
            named = choices and not all(part.strip("`") in meaning for part in choices.split(", "))
            text = f"{meaning}; one of {choices}" if named else meaning
            keys.append(Key(prefix + name, _write_value(default), text))
        elif mapped:
            keys.append(Key(prefix + name, _write_value(default), field.description or ""))
            keys += list_keys(inner, f"{prefix}{name}[]." if listed else f"{prefix}{name}.<name>.")
        else:
            by_default = default if isinstance(default, BaseModel) else None
            if by_default is not None and field.description and type(None) in get_args(field.annotation):
                # A section that is on and that null switches off.
                keys.append(Key(prefix + name, "`{}`", field.description))
            keys += list_keys(inner, f"{prefix}{name}.", by_default)
    return keys


def _table(first: str, keys: list[Key]) -> list[str]:
    rows = [f"| `{key.name}` | {key.default} | {key.meaning.replace('|', '/')} |" for key in keys]
    return [f"| {first} | default | meaning |", "|---|---|---|", *rows, ""]


def render() -> str:
    """The whole page as Markdown."""
    top = {name: model_in(field.annotation) for name, field in Config.model_fields.items()}
    plain = [key for key in list_keys(Config) if key.name in top and top[key.name] is None]
    lines = [_HEAD, "## Keys of the whole run", "", *_table("key", plain)]
    for name, model in top.items():
        if model is None:
            continue
        field = Config.model_fields[name]
        default = field.default if isinstance(field.default, BaseModel) else None
        state = {True: "required", False: "optional"}[field.is_required()]
        about = (model.__doc__ or "").strip().splitlines()[0]
        lines += [
            f"## {name}",
            "",
            f"{about} ({state})",
            "",
            *_table("key", list_keys(model, f"{name}.", default)),
        ]
    for sheet, row, model in (("samples.tsv", "track", Track), ("selex.tsv", "SELEX library", SelexLibrary)):
        lines += [
            f"## {sheet}",
            "",
            f"One row per {row}, tab-separated (or by commas or semicolons); lines that start with # are comments.",
            "",
        ]
        lines += _table("column", list_keys(model))
    return "\n".join(lines)


def main(path: str) -> None:
    """Write the page to `path`."""
    with atomic_path(Path(path)) as temporary:
        temporary.write_text(render())


if __name__ == "__main__":
    main(sys.argv[1])
