"""What every part of the config has in common: field types, refusal of unknown keys, one-line errors."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, get_args
from urllib.parse import unquote

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from cisgrammar.config.read.kinds import Fault, Key, one_line, show, unknown_key

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
"""What a sample, fold, model or motif may be called: its name becomes part of paths and of patterns."""
OUR_FILES = (
    *("all", "checked.json", "control.h5", "control.json", "covariance.h5", "gates.json", "genome.h5"),
    *("hits.bed.gz", "manifest.json", "model.json", "model.safetensors", "motifs.jaspar", "motifs.meme"),
    *("motifs.tsv", "pfm", "shift.json", "signal.h5", "truth.tsv", "agreement.tsv", "enrichment.tsv", "heldout.tsv"),
    *("history.tsv", "matrix.tsv", "pairs.tsv", "parameters.tsv", "position_bias.tsv", "spacing.tsv"),
    *("sequences", "sets", "tiles.h5"),
)
"""Files and folders of a run beside the folders that are called by its samples, folds, models and libraries."""
_LONGEST_NAME = 100
_LONGEST_PATH = 4000
_FILE = re.compile(r"file:(//([^/]*))?(?=/)", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


class ConfigError(ValueError):
    """A config or sample sheet that cannot be run; the message names each key, what was got and what to do."""


def expand_path(value: Any) -> Any:
    """Replace `${NAME}`, `${NAME:-default}` and a leading `~` in a path, and take `file:///a%20b` as `/a b`.

    ValueError if a variable without default is unset, and for a path that no file can have or that Snakemake would take
    for a pattern.
    """
    if not isinstance(value, str):
        return value
    value = value.strip("\r\n\t")  # of a text on lines of its own, `|` or `>`
    if value.startswith("~"):
        value = os.path.expanduser(value)

    def replace(match: re.Match[str]) -> str:
        name, default = match.groups()
        found = os.environ.get(name, default)
        if found is None:
            raise ValueError(f"environment variable {name} is not set; set it or write ${{{name}:-default}}")
        return found

    return _checked_path(_without_scheme(_VARIABLE.sub(replace, value)))


def _without_scheme(path: str) -> str:
    """The path of a URL `file:`; ValueError if it is on another machine, as `file://data/a.bed` says."""
    found = _FILE.match(path)
    if found is None:
        return path
    if (found[2] or "localhost").lower() != "localhost":
        raise ValueError(
            f"file://{found[2]} names a machine; write file:/// and the whole path, or the path, got {path!r}"
        )
    return unquote(path[found.end() :])


def expand_paths(value: Any) -> Any:
    """Several paths between commas, or semicolons where no file is called so, each as `expand_path` gives it."""
    if not isinstance(value, str):
        return value
    value = value if "," in value or os.path.exists(value) else value.replace(";", ",")
    return ",".join(expand_path(part.strip()) for part in value.split(","))


def _checked_path(path: str) -> str:
    """A path that a file can have and that Snakemake takes as it is; ValueError otherwise."""
    odd = sorted(set(path) & set("{}<>"))
    if odd:
        raise ValueError(
            f"{' '.join(odd)} in a path is a wildcard of Snakemake; rename the file or folder, got {path!r}"
        )
    if not path.isprintable() and any(ord(letter) < 32 or ord(letter) == 127 for letter in path):
        raise ValueError(f"a control character in the path {path!r}; take it out")
    longest = max((len(os.fsencode(part)) for part in path.split("/")), default=0)
    if longest > 255 or len(os.fsencode(path)) > _LONGEST_PATH:
        raise ValueError(
            f"a path of {len(path)} characters, {longest} of them in one name; file systems take 255 in a name and "
            f"{_LONGEST_PATH} in all"
        )
    return path


def _odd(value: int) -> int:
    if value % 2 == 0:
        raise ValueError(f"must be odd so that a filter has a centre, got {value}; use {value + 1}")
    return value


def _even(value: int) -> int:
    if value % 2:
        raise ValueError(f"must be even so that a window has a centre, got {value}; use {value + 1}")
    return value


def _no_file_of_ours(name: str) -> str:
    if name.lower() in OUR_FILES:
        raise ValueError(f"{name} is what a run calls a file or folder of its own beside this one; take another name")
    return name


PathStr = Annotated[str, BeforeValidator(expand_path), Field(min_length=1)]
PathsStr = Annotated[str, BeforeValidator(expand_paths), Field(min_length=1)]
Odd = Annotated[int, Field(ge=1), AfterValidator(_odd)]
Even = Annotated[int, Field(ge=2), AfterValidator(_even)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0, le=4_294_967_295)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(pattern=NAME_PATTERN, max_length=_LONGEST_NAME)]
FolderName = Annotated[Name, AfterValidator(_no_file_of_ours)]


class Section(BaseModel):
    """A part of the config: frozen, no unknown keys. Kinds of values are held to the schema by `kinds` before that."""

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
    here = any(getattr(mark, "func", None) in (expand_path, expand_paths) for mark in marks)
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


# What pydantic finds -> our words; `{ge}` and the like are its limits. Kinds of values are told by `kinds`.
_FAULTS = {
    "missing": "is missing, and there is no default",
    "greater_than": "must be > {gt}",
    "greater_than_equal": "must be >= {ge}",
    "less_than": "must be < {lt}",
    "less_than_equal": "must be <= {le}",
    "finite_number": "must be a finite number",
    "string_too_short": "is empty",
    "string_too_long": "has more than {max_length} characters",
    "too_short": "wanted at least {min_length}",
    "too_long": "wanted at most {max_length}",
    "literal_error": "wanted one of {expected}",
    "frozen_instance": "cannot be changed",
}
_KINDS = {
    "int": "wanted a whole number",
    "float": "wanted a number",
    "bool": "wanted true or false",
    "string": "wanted text",
    "tuple": "wanted a list",
    "list": "wanted a list",
    "dict": "wanted keys and values",
    "model": "wanted keys and values",
}
_MEMBER = re.compile(r"\[key\]|(literal|tuple|list|dict|function-[a-z]+)\[.*|int|float|str|bool", re.DOTALL)
_PATTERNS = {
    NAME_PATTERN: "wanted letters, digits, _, . and -, the first one a letter or a digit",
    r"^[ACGT]*$": "wanted only the letters A, C, G and T",
    "^[ACGTacgt]+$": "wanted letters A, C, G and T, one or more",
}


def problems(error: ValidationError, model: type[BaseModel] | None = None) -> list[str]:
    """One line per fault: the key, what is wrong, what was got.

    Parameters
    ----------
    error
        What pydantic found.
    model
        The section that was read: an unknown key gets the nearest of its keys.
    """
    return [one_line(f"{write_key(key)}: {message}") for key, message in faults_of(error, model)]


def faults_of(error: ValidationError, model: type[BaseModel] | None = None) -> list[Fault]:
    """The faults that pydantic found, each with its key; arguments as `problems`."""
    items = [(_place(item["loc"]), item) for item in error.errors()]
    return [Fault(place, _message(item, model)) for place, item in items if not _follows(place, item, items)]


def _follows(place: Key, item: Any, items: list[tuple[Key, Any]]) -> bool:
    """Whether a list is short only because pydantic leaves its faulty entries out, which have faults of their own."""
    within = (other for other, _ in items if len(other) > len(place) and other[: len(place)] == place)
    return item["type"] == "too_short" and any(within)


def write_key(key: Key) -> str:
    """A key as messages have it: dotted, on one line; `config` for the whole config."""
    text = one_line(".".join(str(part) for part in key) or "config")
    return text if len(text) <= 150 else f"{text[:147]}..."


def _place(loc: tuple[str | int, ...]) -> Key:
    """Where a fault is, without pydantic's names of the members of a union and of a dictionary's keys."""
    return tuple(part for part in loc if not (isinstance(part, str) and _MEMBER.fullmatch(part)))


def _message(item: Any, model: type[BaseModel] | None) -> str:
    kind, given = item["type"], item["input"]
    if kind == "extra_forbidden":
        return unknown_key(str(item["loc"][-1]), model or BaseModel)
    if kind == "value_error":
        message = str(item["ctx"]["error"])
    elif kind == "string_pattern_mismatch":
        message = _PATTERNS.get(item["ctx"]["pattern"], "has letters that are not allowed")
    elif kind == "too_short" and isinstance(given, str):
        message = _FAULTS["string_too_short"]
    elif kind in _FAULTS:
        limits = {name: f"{v:g}" if isinstance(v, float) else v for name, v in item.get("ctx", {}).items()}
        message = _FAULTS[kind].format(**limits)
    else:
        message = _KINDS.get(kind.split("_")[0], "is not valid")
    if "[key]" in item["loc"]:
        message = f"as a name: {message}"
    plain = isinstance(given, str | int | float) and kind != "missing"
    told = kind == "value_error" and show(given).strip("'") in message
    return f"{message}, got {show(given)}" if plain and not told else message
