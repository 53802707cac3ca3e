"""What kind of value each key wants, held against what a config gives: every fault at once, in the words of a config.

In YAML `4` is a number, `no` a truth value and `1e-4` a text. So a whole number is taken where a name is wanted and
`1e-4` where a number is, and one value where a list of any length is; all else of another kind is a fault.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel

Key = tuple[str | int, ...]
_EXPONENT = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+")
_LARGEST = 1 << 53
_QUOTES = "write it in quotes if it is a name"


class Fault(NamedTuple):
    """A key whose value cannot be used, and why."""

    key: Key
    message: str


class WrongKindError(ValueError):
    """A value of another kind than is wanted."""


_SHOWN = 40
"""Letters of the longest value that a cure repeats."""


def show(value: Any, most: int = 60) -> str:
    """A value as an error message shows it: in YAML's words, on one line, not longer than `most` letters."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "keys and values"
    if isinstance(value, set):
        return "a set"
    if isinstance(value, list | tuple):
        return "a list"
    text = repr(value) if isinstance(value, str | int | float) else str(value)
    return text if len(text) <= most else f"{text[: most - 3]}..."


def one_line(text: str) -> str:
    """A text on one line: blanks and line ends as one blank, letters that cannot be seen escaped."""
    joined = " ".join(text.split())
    return joined if joined.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in joined)


def kinds(annotation: Any) -> list[Any]:
    """The types that a type allows, without what restricts their values: `Annotated[int, ...] | None` -> int, None."""
    if get_origin(annotation) is Annotated:
        return kinds(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [kind for part in get_args(annotation) for kind in kinds(part)]
    return [annotation]


def is_section(kind: Any) -> bool:
    """Whether a type is a section of the config."""
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def section_in(annotation: Any) -> type[BaseModel] | None:
    """The section that a key itself holds (`X` or `X | None`, not a list or a dictionary of them); None if none."""
    return next((kind for kind in kinds(annotation) if is_section(kind)), None)


def wanted(annotation: Any) -> str:
    """What a type takes, in words."""
    words = []
    for kind in kinds(annotation):
        origin, parts = get_origin(kind), get_args(kind)
        if origin is Literal:
            words.append(" or ".join(f"`{part}`" for part in parts if part != ""))
        elif origin is tuple:
            length = "" if parts[-1] is Ellipsis else f" of {len(parts)}"
            words.append(f"a list{length} ([...])")
        elif origin is dict:
            words.append("names, each with its value")
        elif is_section(kind):
            words.append("keys and values")
        elif kind is not NoneType:
            words.append({bool: "true or false", int: "a whole number", float: "a number", str: "text"}[kind])
    return ", or ".join(dict.fromkeys(words))


def nearest(text: str, names: Sequence[str], alike: float = 0.6) -> str:
    """The name that is most like a text, capitals aside; empty if none is at least so much alike."""
    lower = {name.lower(): name for name in names}
    close = difflib.get_close_matches(text.strip().lower(), list(lower), n=1, cutoff=alike)
    return lower[close[0]] if close else ""


def paths_of(model: type[BaseModel], name: str, prefix: str = "") -> Iterator[str]:
    """Dotted keys below a section whose last part is `name`."""
    for key, field in model.model_fields.items():
        if key == name:
            yield prefix + key
        if section := section_in(field.annotation):
            yield from paths_of(section, name, f"{prefix}{key}.")


def unknown_key(key: str, model: type[BaseModel], root: type[BaseModel] | None = None) -> str:
    """The message for a key that a section does not have: with the nearest one, or where else there is one."""
    if close := nearest(key, list(model.model_fields)):
        return f"unknown key; did you mean {close}?"
    elsewhere = list(paths_of(root, key)) if root is not None else []
    if elsewhere:
        return f"unknown key here; there is {' and '.join(elsewhere[:3])}: indent it below its section"
    return "unknown key; see config/README.md for the keys there are"


def read(annotation: Any, given: Any, key: Key, faults: list[Fault], root: type[BaseModel] | None = None) -> Any:
    """The value of a key with numbers and names as its type wants them.

    Parameters
    ----------
    annotation
        The key's type.
    given
        What YAML gives.
    key
        Where it stands.
    faults
        Gets a line for each value of another kind; that value is left out of what is returned.
    root
        The section of all keys, for hints to unknown ones.
    """
    allowed = kinds(annotation)
    if given is None and NoneType in allowed:
        return None
    choices = [kind for kind in allowed if kind is not NoneType]
    if len(choices) == 1:
        return _read_kind(choices[0], given, key, faults, root)
    for kind in choices:
        found: list[Fault] = []
        value = _read_kind(kind, given, key, found, root)
        if not found:
            return value
    faults.append(Fault(key, f"wanted {wanted(annotation)}, got {show(given)}"))
    return None


def read_section(
    model: type[BaseModel], given: Mapping[Any, Any], key: Key, faults: list[Fault], root: type[BaseModel] | None = None
) -> dict[str, Any]:
    """The keys of a section as `read` gives them, without those at fault."""
    values: dict[str, Any] = {}
    for name, value in given.items():
        field = model.model_fields.get(str(name))
        if field is None:
            faults.append(Fault((*key, str(name)), unknown_key(str(name), model, root)))
            continue
        before = len(faults)
        taken = read(field.annotation, value, (*key, str(name)), faults, root)
        if len(faults) == before or isinstance(taken, dict):
            values[str(name)] = taken
    return values


def _read_kind(kind: Any, given: Any, key: Key, faults: list[Fault], root: type[BaseModel] | None) -> Any:
    origin, parts = get_origin(kind), get_args(kind)
    if is_section(kind) and isinstance(given, kind):
        return given
    if is_section(kind) and isinstance(given, Mapping):
        return read_section(kind, given, key, faults, root)
    if origin is dict and isinstance(given, Mapping):
        return _read_names(parts[1], given, key, faults, root)
    if origin is tuple and isinstance(given, list | tuple):
        return _read_list(parts, _pair_alone(parts, given), key, faults, root)
    if origin is tuple and _is_one_of(parts, given):
        return [read(parts[0], given, key, faults, root)]
    if isinstance(given, list) and len(given) == 1 and kind in (str, int, float) and not isinstance(given[0], list):
        given = given[0]  # one entry below the key, with a dash before it
    try:
        return _read_plain(kind, given)
    except WrongKindError as error:
        faults.append(Fault(key, str(error)))
    return None


def _read_names(
    of: Any, given: Mapping[Any, Any], key: Key, faults: list[Fault], root: type[BaseModel] | None
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in given.items():
        try:
            text = _text(name)
        except WrongKindError as error:
            faults.append(Fault((*key, str(name)), f"as a name: {error}"))
            continue
        if text in values:
            faults.append(Fault((*key, text), "given twice, with and without quotes; give each its own name"))
        values[text] = read(of, value, (*key, text), faults, root)
    return values


def _is_one_of(parts: tuple[Any, ...], given: Any) -> bool:
    """Whether a value is the one entry of a list that may have any length; a text with a comma may be meant as two."""
    if parts[-1] is not Ellipsis or isinstance(given, bool) or get_origin(parts[0]) is tuple:
        return False
    if isinstance(given, Mapping):
        return is_section(parts[0])
    return isinstance(given, int | float) or (isinstance(given, str) and "," not in given and given.strip() != "")


def _pair_alone(parts: tuple[Any, ...], given: Sequence[Any]) -> Sequence[Any]:
    """A list of lists of a set length, also where one of these is given without the brackets around it."""
    inner = get_args(parts[0]) if get_origin(parts[0]) is tuple and parts[-1] is Ellipsis else ()
    plain = Ellipsis not in inner and len(given) == len(inner) > 0
    return [given] if plain and not any(isinstance(part, list | tuple | Mapping) for part in given) else given


def _read_list(
    parts: tuple[Any, ...], given: Sequence[Any], key: Key, faults: list[Fault], root: type[BaseModel] | None
) -> list[Any]:
    of = [parts[0]] * len(given) if parts[-1] is Ellipsis else list(parts)
    if len(of) != len(given):
        faults.append(Fault(key, f"wanted a list of {len(of)}, got one of {len(given)}"))
        return []
    return [read(kind, value, (*key, i), faults, root) for i, (kind, value) in enumerate(zip(of, given, strict=True))]


def _read_plain(kind: Any, given: Any) -> Any:
    """A value that is no collection; WrongKindError if the kind does not take it."""
    if get_origin(kind) is Literal:
        return _choice(get_args(kind), given)
    if given is None:
        raise WrongKindError(_empty(kind))
    if kind in (int, float):
        return _number(kind, given)
    if kind is str:
        return _text(given)
    if kind is bool and isinstance(given, bool):
        return given
    if get_origin(kind) is tuple and isinstance(given, str | int) and not isinstance(given, bool):
        cure = f"write [{given}]" if len(str(given)) <= _SHOWN else "write [...] around it"
        raise WrongKindError(f"wanted a list, got {show(given)}; {cure}")
    raise WrongKindError(f"wanted {wanted(kind)}, got {show(given)}")


def _empty(kind: Any) -> str:
    if is_section(kind) or get_origin(kind) is dict:
        return "nothing is written after the colon; write {} for its defaults, or take the key out"
    return f"nothing is written after the colon; wanted {wanted(kind)}, or no such key"


def _choice(parts: tuple[Any, ...], given: Any) -> Any:
    if isinstance(given, str):
        given = given.strip()
    for part in parts:
        if type(part) is type(given) and part == given:
            return part
    names = [part for part in parts if isinstance(part, str)]
    close = nearest(given, names, 0.8) if isinstance(given, str) else ""
    hint = f"; did you mean {close}?" if close else ""
    raise WrongKindError(f"wanted {wanted(Literal[parts])}, got {show(given)}{hint}")


def _number(kind: type, given: Any) -> int | float:
    what = wanted(kind)
    if isinstance(given, str):
        if not _EXPONENT.fullmatch(given.strip()):
            plain = re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)", given.strip())
            cure = "; write it without quotes" if plain else ""
            raise WrongKindError(f"wanted {what}, got the text {show(given)}{cure}")
        given = float(given)
    if isinstance(given, bool) or not isinstance(given, int | float):
        hint = " (YAML's yes, no, on and off are true or false)" if isinstance(given, bool) else ""
        raise WrongKindError(f"wanted {what}, got {show(given)}{hint}")
    if isinstance(given, int):
        if abs(given) > _LARGEST:
            raise WrongKindError(f"{show(given)} is too large; wanted {what} of at most {_LARGEST}")
        return given
    if not math.isfinite(given):
        raise WrongKindError(f"wanted {what}, got {given}; it must be finite")
    if kind is float:
        return given
    if given != int(given) or abs(given) > _LARGEST:
        raise WrongKindError(f"wanted a whole number, got {show(given)}")
    return int(given)


def _text(given: Any) -> str:
    if isinstance(given, str):
        if "\0" in given:
            raise WrongKindError(f"a NUL character in {show(given)}; take it out")
        return given
    if isinstance(given, int) and not isinstance(given, bool):
        return str(given)
    if isinstance(given, bool):
        raise WrongKindError(
            f"wanted text, got {show(given)}, which YAML also reads for yes, no, on and off; {_QUOTES}"
        )
    cure = "" if given is None or isinstance(given, Mapping | list | tuple | set) else f"; {_QUOTES}"
    raise WrongKindError(f"wanted text, got {show(given)}{cure}")
