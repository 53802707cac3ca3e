"""What every part of the config has in common: field types, refusal of unknown keys, one-line errors."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


class ConfigError(ValueError):
    """A config or sample sheet that cannot be run; the message names each key, what was got and what to do."""


def expand_path(value: Any) -> Any:
    """Replace `${NAME}` and `${NAME:-default}` in a path; ValueError if a variable without default is unset."""
    if not isinstance(value, str):
        return value

    def replace(match: re.Match[str]) -> str:
        name, default = match.groups()
        found = os.environ.get(name, default)
        if found is None:
            raise ValueError(f"environment variable {name} is not set; set it or write ${{{name}:-default}}")
        return found

    return _VARIABLE.sub(replace, value)


def _odd(value: int) -> int:
    if value % 2 == 0:
        raise ValueError(f"must be odd so that a filter has a centre, got {value}; use {value + 1}")
    return value


def _even(value: int) -> int:
    if value % 2:
        raise ValueError(f"must be even so that a window has a centre, got {value}; use {value + 1}")
    return value


PathStr = Annotated[str, BeforeValidator(expand_path), Field(min_length=1)]
Odd = Annotated[int, Field(ge=1), AfterValidator(_odd)]
Even = Annotated[int, Field(ge=2), AfterValidator(_even)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]


class Section(BaseModel):
    """A part of the config: frozen, no unknown keys, no silent conversion of text to numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, str_strip_whitespace=True)


def path_fields(section: Section) -> Iterator[str]:
    """Every path that a section and the sections in it name: the texts of each field whose type expands variables."""
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if _expands(field.annotation, *field.metadata):
            yield from _texts(value)
        for part in _parts(value):
            if isinstance(part, Section):
                yield from path_fields(part)


def _expands(annotation: Any, *metadata: Any) -> bool:
    marks = [*metadata, *getattr(annotation, "__metadata__", ())]
    here = any(getattr(mark, "func", None) is expand_path for mark in marks)
    return here or any(_expands(part) for part in get_args(annotation))


def _parts(value: Any) -> list[Any]:
    """A value's own parts at any depth of lists and dictionaries; the value itself if it is neither."""
    if isinstance(value, Mapping):
        return [part for item in value.values() for part in _parts(item)]
    if isinstance(value, list | tuple):
        return [part for item in value for part in _parts(item)]
    return [value]


def _texts(value: Any) -> list[str]:
    return [part for part in _parts(value) if isinstance(part, str) and part]


def replaced_default(given: Any, key: str, by: str) -> Any:
    """What was given, with `key` empty if `by` is given instead of it: then the default does not stand."""
    if isinstance(given, dict) and given.get(by) is not None and key not in given:
        return {**given, key: None}
    return given


def problems(error: ValidationError) -> list[str]:
    """One line per fault: the key, what is wrong, what was got."""
    lines = []
    for item in error.errors():
        key = ".".join(str(part) for part in item["loc"]) or "config"
        message = item["msg"].removeprefix("Value error, ")
        got = "" if isinstance(item["input"], (dict, list, BaseModel)) else f", got {item['input']!r}"
        if item["type"] == "extra_forbidden":
            message, got = "unknown key; see config/README.md for the keys there are", ""
        lines.append(f"{key}: {message}{got}")
    return lines
