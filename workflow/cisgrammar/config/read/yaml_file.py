"""Config files as text: what YAML would pass over in silence, with the line where it stands."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from cisgrammar.config.fields import ConfigError
from cisgrammar.config.read.kinds import section_in
from cisgrammar.config.schema import Config
from cisgrammar.files.text import read_text

_CURES = {
    "cannot start any token": "indent with blanks, not tabs, and write texts with %, @ or ` in quotes",
    "mapping values are not allowed": "write a text that holds a colon and a blank in quotes",
}
# Without them a part of the run is left out, and no other key says so.
_PLANNED_BY = ("samples",)


def read_yaml(path: str | Path) -> dict[str, Any]:
    """A config file, YAML or JSON, as Snakemake reads it.

    Raises
    ------
    ConfigError
        If there is no such file, it is not UTF-8 text, no YAML, or no keys with values; with a line for each key that
        is there twice, each section with nothing after its colon, and each number that YAML changes (010 is 8).
    """
    text = _utf8(path)
    try:
        if text.lstrip().startswith("{"):
            return dict(json.loads(text, object_pairs_hook=_once))
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    except ValueError:
        pass  # Flow style of YAML begins so too.
    try:
        faults = list(_faults(yaml.compose(text, Loader=yaml.SafeLoader), Config, set()))
        raw = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        raise ConfigError(f"{path}{_at(error)}: not YAML: {_problem(error)}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise ConfigError(f"{path}: not a config: lists or keys within each other, hundreds deep") from None
    if faults:
        raise ConfigError("\n".join(f"{path}:{line}: {message}" for line, message in sorted(faults)))
    if not isinstance(raw, dict):
        found = "nothing" if raw is None else type(raw).__name__
        raise ConfigError(f"{path}: wanted keys and values, got {found}; config/README.md lists the keys")
    return raw


def check_config_files(paths: Iterable[str | Path]) -> None:
    """ConfigError, as `read_yaml`, with the faults of all config files that Snakemake has read."""
    lines: list[str] = []
    for path in paths:
        try:
            read_yaml(path)
        except ConfigError as error:
            lines += str(error).splitlines()
    if lines:
        raise ConfigError("bad config:\n  " + "\n  ".join(lines))


def main(paths: Sequence[str]) -> int:
    """Print what is wrong with the text of configs; 0 if nothing is, else 1."""
    try:
        check_config_files(paths)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def check_text(path: str | Path) -> None:
    """ConfigError if a file, which need not be there, is not the UTF-8 text that Snakemake reads."""
    if Path(path).exists():
        _utf8(path)


def _utf8(path: str | Path) -> str:
    """The file's text; Snakemake reads UTF-8 alone, with or without a mark."""
    if not Path(path).exists():
        raise ConfigError(f"no file {path}; say CONFIG=config/mine.yaml")
    try:
        with open(path, "rb") as handle:
            first = handle.read(2)
        if first in (b"\xff\xfe", b"\xfe\xff"):
            raise ConfigError(f"{path}: UTF-16 text; save the file as UTF-8, which is what Snakemake reads")
        text = read_text(path)
        Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = Path(path).read_bytes()[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}:{line}: a comment that is not UTF-8 text; save the file as UTF-8") from None
    except OSError as error:
        wanted = "a folder; wanted a file" if Path(path).is_dir() else f"cannot be read ({error.strerror})"
        raise ConfigError(f"{path}: {wanted}; say CONFIG=config/mine.yaml") from None
    except ValueError as error:
        raise ConfigError(str(error)) from None
    return text


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigError(f"{twice[0]} is given twice; the first one would be dropped: make them one")
    return dict(pairs)


def _at(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    return f":{mark.line + 1}" if mark else ""


def _problem(error: yaml.MarkedYAMLError) -> str:
    problem = " ".join((error.problem or error.context or "").split())
    cure = next((cure for words, cure in _CURES.items() if words in problem), "correct the line or the one before it")
    return f"{problem}; {cure}"


def _faults(node: yaml.Node | None, model: type[BaseModel] | None, seen: set[int]) -> Iterator[tuple[int, str]]:
    """Line and message of what YAML would pass over, below a node; `model` is the section that it is."""
    if node is None or id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for part in node.value:
            yield from _faults(part, None, seen)
    elif isinstance(node, yaml.MappingNode):
        yield from _twice(node)
        for key, value in node.value:
            yield from _faults(key, None, seen)
            field = model.model_fields.get(str(key.value)) if model else None
            section = section_in(field.annotation) if field else None
            if (section or (key.value in _PLANNED_BY and model is Config)) and _is_empty(value):
                yield key.start_mark.line + 1, _nothing(str(key.value), section is not None)
            yield from _faults(value, section, seen)
    elif node.tag == "tag:yaml.org,2002:int" and isinstance(node, yaml.ScalarNode):
        yield from _changed(node)


def _twice(node: yaml.MappingNode) -> Iterator[tuple[int, str]]:
    first: dict[str, int] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
            continue
        line = key.start_mark.line + 1
        if key.value in first:
            yield (
                line,
                f"{key.value} is given twice; that of line {first[key.value]} would be dropped: make them one",
            )
        first.setdefault(key.value, line)


def _is_empty(value: yaml.Node) -> bool:
    return isinstance(value, yaml.ScalarNode) and value.value == "" and not value.style


def _nothing(key: str, section: bool) -> str:
    if not section:
        return f"{key}: nothing is written after the colon; name the file, or take the line out"
    return (
        f"{key}: nothing is written after the colon, which would leave it out; write `{key}: {{}}` for its defaults "
        "(or indent its keys below it), or take the line out"
    )


def _changed(node: yaml.ScalarNode) -> Iterator[tuple[int, str]]:
    """Whole numbers that YAML reads in another base: octal after a 0, base 60 with colons."""
    text = node.value.lstrip("+-")
    octal = len(text) > 1 and text[0] == "0" and text[1].isdigit()
    if octal or ":" in text:
        value = yaml.safe_load(node.value)
        yield (
            node.start_mark.line + 1,
            f"YAML reads {node.value} as {value}; write '{node.value}' in quotes if it is a name",
        )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
