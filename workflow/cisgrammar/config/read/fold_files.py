"""Folds in files: ChromBPNet's JSON, and BED with a column for the fold or the set."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from cisgrammar.config.fields import ConfigError, problems
from cisgrammar.config.prepare import Folds
from cisgrammar.config.read.barcodes import plain_name
from cisgrammar.config.read.kinds import nearest
from cisgrammar.files.columns import split_columns, whole_number
from cisgrammar.files.text import read_text

if TYPE_CHECKING:
    from cisgrammar.config.schema import Config

_SETS = {"train": "train", "training": "train", "test": "test", "testing": "test"}
_SETS |= dict.fromkeys(("valid", "validation", "val"), "validation")
_LARGEST = 10**12
_ALIKE = 0.75
_NOT_DATA = ("track", "browser")

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

    A JSON file is a fold, called by the file's name, or holds several by their names; a BED whose column 4 has the sets
    alone is one too. A BED whose column 4 has other names has a fold for each: it tests the areas of its name and
    validates on those of the next one, in the order of the file. With a set in column 5 of each line, column 4 is the
    fold that the set belongs to. A first line of a BED may name the columns; letters that no name may have become `_`.

    Raises
    ------
    ConfigError
        If a file is missing, is neither, has a key twice or almost the name of a set, or has a fold without test or
        validation; or two folds have one name.
    """
    folds: dict[str, Split] = {}
    for path in paths:
        for given, split in _read(path):
            name = plain_name(given)
            missing = [part for part in ("test", "validation") if not split.get(part)]
            if missing:
                raise ConfigError(f"folds.files: {path}: fold {name} has no {' and no '.join(missing)}; add some")
            if name in folds:
                raise ConfigError(f"folds.files: {path}: a second fold {name}; give each a name of its own")
            folds[name] = split
    return folds


def _read(path: str) -> list[tuple[str, Split]]:
    if not Path(path).is_file():
        raise ConfigError(f"folds.files: no file {path}; correct the path, or put the file there")
    try:
        text = read_text(path)
    except ValueError as error:
        raise ConfigError(f"folds.files: {error}") from None
    return _from_json(path, text) if text.lstrip().startswith(("{", "[")) else _from_bed(path, text)


def _stem(path: str) -> str:
    """What a file's fold is called: its name up to the first dot."""
    return Path(path).name.split(".")[0]


def _from_json(path: str, text: str) -> list[tuple[str, Split]]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        twice = [key for key, number in Counter(key for key, _ in pairs).items() if number > 1]
        if twice:
            raise ConfigError(f"folds.files: {path}: {twice[0]} stands there twice; give it once")
        return dict(pairs)

    try:
        given = json.loads(text, object_pairs_hook=once)
    except ConfigError:
        raise
    except (json.JSONDecodeError, RecursionError) as error:
        raise ConfigError(f"folds.files: {path}: not JSON ({error}); wanted lists train, valid, test") from None
    except ValueError:  # whole numbers of thousands of digits
        raise ConfigError(f"folds.files: {path}: a number that is none; wanted lists train, valid, test") from None
    if isinstance(given, dict) and given and all(isinstance(value, dict) for value in given.values()):
        return [(name, _parts(path, fold)) for name, fold in given.items()]
    if isinstance(given, list) and given and all(isinstance(value, dict) for value in given):
        return [(f"fold{number}", _parts(path, fold)) for number, fold in enumerate(given)]
    if not isinstance(given, dict):
        raise ConfigError(f"folds.files: {path}: a list of other things than folds; wanted lists train, valid, test")
    return [(_stem(path), _parts(path, given))]


def _parts(path: str, given: Mapping[str, Any]) -> Split:
    split: Split = {}
    for key, entries in given.items():
        part = _SETS.get(key.strip().lower())
        close = "" if part else nearest(key, list(_SETS), _ALIKE)
        if close:
            raise ConfigError(f"folds.files: {path}: {key!r} is no set; did you mean {close}?")
        if part is None:
            continue
        if part in split:
            raise ConfigError(f"folds.files: {path}: {part} stands there under two names; give it once")
        if isinstance(entries, str | int) and "," not in str(entries):
            entries = [entries]
        plain = isinstance(entries, list) and all(isinstance(entry, str | int) for entry in entries)
        if not plain or any(isinstance(entry, bool) for entry in entries):
            raise ConfigError(f'folds.files: {path}: {key} is no list of chromosomes; write ["chr1", ...]')
        split[part] = [str(entry) for entry in entries]
    return split


def _from_bed(path: str, text: str) -> list[tuple[str, Split]]:
    rows = list(_rows(path, text))
    if not rows:
        raise ConfigError(f"folds.files: {path}: no areas; wanted lines of chromosome, start, end, fold or set")
    if all(row[1].lower() in _SETS for row in rows):
        return [(_stem(path), _by_set((area, name) for area, name, _ in rows))]
    names = list(dict.fromkeys(name for _, name, _ in rows))
    if all(row[2].lower() in _SETS for row in rows):
        return [(name, _by_set((area, part) for area, fold, part in rows if fold == name)) for name in names]
    sets = [name for name in names if name.lower() in _SETS]
    if sets:
        others = [name for name in names if name not in sets]
        raise ConfigError(
            f"folds.files: {path}: column 4 has sets, as {sets[0]}, and other names, as {others[0]!r}; wanted train, "
            "validation and test, or names of folds alone"
        )
    if len(names) < 3:
        raise ConfigError(
            f"folds.files: {path}: column 4 has {' and '.join(names)}; wanted three folds or more, of which each tests "
            "its own areas and validates on the next one's, or the sets train, validation and test"
        )
    areas = {name: [area for area, fold, _ in rows if fold == name] for name in names}
    following = dict(zip(names, names[1:] + names[:1], strict=True))
    return [(name, {"test": areas[name], "validation": areas[following[name]]}) for name in names]


def _by_set(rows: Iterable[tuple[str, str]]) -> Split:
    split: Split = {}
    for area, part in rows:
        split.setdefault(_SETS[part.lower()], []).append(area)
    return split


def _rows(path: str, text: str) -> Iterable[tuple[str, str, str]]:
    """Yield area, column 4 and column 5 (or an empty text) of each line; a first line of names is none.

    Columns that such a line has before the chromosome are left out, R's numbers of rows without a name too.
    """
    first, before, named = True, 0, 0
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#") or line.split(None, 1)[0] in _NOT_DATA:
            continue
        words = [word.strip() for word in split_columns(line)]
        lower = [word.lower() for word in words]
        if first and "start" in lower[1:] and "end" in lower:
            first, before, named = False, lower.index("start") - 1, len(words)
            continue
        first = False
        words = words[before + (len(words) == named + 1 > 1) :]
        if not named and len(words) > 4 and whole_number(words[1]) is None is not whole_number(words[3]):
            words = words[1:]
        if len(words) < 4 or not words[3]:
            raise ConfigError(
                f"folds.files: {path}:{number}: {len(words)} columns; wanted chromosome, start, end, fold or set"
            )
        chrom, start, end, name = words[:4]
        at, beyond = whole_number(start), whole_number(end)
        if at is None or beyond is None or not 0 <= at < beyond <= _LARGEST:
            raise ConfigError(f"folds.files: {path}:{number}: {start}-{end} is no area; wanted start < end, 0-based")
        yield f"{chrom}:{at}-{beyond}", name, words[4] if len(words) > 4 else ""
