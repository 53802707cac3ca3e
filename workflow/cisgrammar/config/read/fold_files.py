"""Folds in files: ChromBPNet's JSON, and BED with a column for the fold or the set."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from cisgrammar.config.fields import ConfigError, problems
from cisgrammar.config.prepare import Folds
from cisgrammar.files.text import read_text

if TYPE_CHECKING:
    from cisgrammar.config.schema import Config

_SETS = {"train": "train", "training": "train", "test": "test", "testing": "test"}
_SETS |= dict.fromkeys(("valid", "validation", "val"), "validation")
_WHOLE = re.compile(r"\d{1,12}")

Split = dict[str, list[str]]


def with_fold_files(config: Config) -> Config:
    """The config with the folds of its files as splits; as it is if it names none.

    Raises
    ------
    ConfigError
        As `read_fold_files`.
    """
    folds = config.folds
    if folds is None or folds.files is None:
        return config
    # A config that a run has written down has both; its files may be elsewhere.
    if folds.splits is not None and not all(Path(path).is_file() for path in folds.files):
        return config
    splits = read_fold_files(folds.files)
    given = {name: getattr(folds, name) for name in folds.model_fields_set}
    try:
        read = Folds.model_validate({**given, "splits": splits})
    except ValidationError as error:
        lines = [line.removeprefix("config: ") for line in problems(error, Folds)]
        raise ConfigError("\n".join(f"folds.files: {line}" for line in lines)) from None
    if folds.splits not in (None, read.splits):
        raise ConfigError("folds.splits: other folds than those of folds.files; give exactly one of them")
    return config.model_copy(update={"folds": read})


def read_fold_files(paths: Iterable[str]) -> dict[str, Split]:
    """Fold name -> its test, validation and, if the file has it, training places (`chrom` or `chrom:start-end`).

    A JSON file is a fold, called by the file's name; so is a BED whose column 4 has the sets alone. A BED whose column
    4 has other names has a fold for each: it tests the areas of its name and validates on those of the next one, in the
    order of the file. With a set in column 5 of each line, column 4 is the fold that the set belongs to.

    Raises
    ------
    ConfigError
        If a file is missing, is neither, or has a fold without test or validation; or two folds have one name.
    """
    folds: dict[str, Split] = {}
    for path in paths:
        for name, split in _read(path).items():
            missing = [part for part in ("test", "validation") if not split.get(part)]
            if missing:
                raise ConfigError(f"folds.files: {path}: fold {name} has no {' and no '.join(missing)}; add some")
            if name in folds:
                raise ConfigError(f"folds.files: {path}: a second fold {name}; give each file a name of its own")
            folds[name] = split
    return folds


def _read(path: str) -> dict[str, Split]:
    if not Path(path).is_file():
        raise ConfigError(f"folds.files: no file {path}; correct the path, or put the file there")
    try:
        text = read_text(path)
    except ValueError as error:
        raise ConfigError(f"folds.files: {error}") from None
    return _from_json(path, text) if text.lstrip().startswith("{") else _from_bed(path, text)


def _stem(path: str) -> str:
    """What a file's fold is called: its name up to the first dot."""
    return Path(path).name.split(".")[0]


def _from_json(path: str, text: str) -> dict[str, Split]:
    try:
        given = json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError(f"folds.files: {path}: not JSON ({error}); wanted lists train, valid, test") from None
    return {_stem(path): dict(_parts(path, given))}


def _parts(path: str, given: Mapping[str, Any]) -> Iterable[tuple[str, list[str]]]:
    for key, entries in given.items():
        part = _SETS.get(key.lower())
        if part is None:
            continue
        plain = isinstance(entries, list) and all(isinstance(entry, str | int) for entry in entries)
        if not plain or any(isinstance(entry, bool) for entry in entries):
            raise ConfigError(f'folds.files: {path}: {key} is no list of chromosomes; write ["chr1", ...]')
        yield part, [str(entry) for entry in entries]


def _from_bed(path: str, text: str) -> dict[str, Split]:
    rows = list(_rows(path, text))
    if not rows:
        raise ConfigError(f"folds.files: {path}: no areas; wanted lines of chromosome, start, end, fold or set")
    if all(row[1].lower() in _SETS for row in rows):
        return {_stem(path): _by_set((area, name) for area, name, _ in rows)}
    names = list(dict.fromkeys(name for _, name, _ in rows))
    if all(row[2].lower() in _SETS for row in rows):
        return {name: _by_set((area, part) for area, fold, part in rows if fold == name) for name in names}
    if len(names) < 3:
        raise ConfigError(
            f"folds.files: {path}: column 4 has {' and '.join(names)}; wanted three folds or more, of which each tests "
            "its own areas and validates on the next one's, or the sets train, validation and test"
        )
    areas = {name: [area for area, fold, _ in rows if fold == name] for name in names}
    following = dict(zip(names, names[1:] + names[:1], strict=True))
    return {name: {"test": areas[name], "validation": areas[following[name]]} for name in names}


def _by_set(rows: Iterable[tuple[str, str]]) -> Split:
    split: Split = {}
    for area, part in rows:
        split.setdefault(_SETS[part.lower()], []).append(area)
    return split


def _rows(path: str, text: str) -> Iterable[tuple[str, str, str]]:
    """Yield area, column 4 and column 5 (or an empty text) of each line."""
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split("\t") if "\t" in line else line.split()
        if not line.strip() or line.lstrip().startswith(("#", "track", "browser")):
            continue
        words = [word.strip() for word in words]
        if len(words) < 4 or not words[3]:
            raise ConfigError(
                f"folds.files: {path}:{number}: {len(words)} columns; wanted chromosome, start, end, fold or set"
            )
        chrom, start, end, name = words[:4]
        if not (_WHOLE.fullmatch(start) and _WHOLE.fullmatch(end) and int(start) < int(end)):
            raise ConfigError(f"folds.files: {path}:{number}: {start}-{end} is no area; wanted start < end, 0-based")
        yield f"{chrom}:{start}-{end}", name, words[4] if len(words) > 4 else ""
