"""The record of a job: what it was given and what it made, as digests, in a hidden folder of the results."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

FORMAT = "cisgrammar-record-1"
_VARIABLE = "CISGRAMMAR_RESULTS"
FOLDER, SUFFIX = ".made", ".made"
# Where a job may keep its state: another place of it is no other work.
_PLACES = ("checkpoints",)


@dataclass(frozen=True)
class Print:
    """What a file, or a folder of files, was when it was read or written.

    Attributes
    ----------
    size
        Bytes; of a folder the sum over its files.
    sha256
        Digest of the bytes; of a folder that of its files' names and digests. Empty if the file changed while it was
        in use, so that it equals nothing.
    state
        Times of change of content and of entry in ns, and the inode; of a folder one number made of those of its
        files. Equal as long as nobody touched the file: neither `touch -d` nor `cp -p` nor `rsync -t` restores the
        time of the entry.
    """

    size: int
    sha256: str
    state: tuple[int, ...] = ()

    def same(self, other: Print) -> bool:
        """Whether both have the same content."""
        return bool(self.sha256) and (self.size, self.sha256) == (other.size, other.sha256)


@dataclass(frozen=True)
class Record:
    """What one job was given and what it made.

    Attributes
    ----------
    rule, wildcards
        Which job it was.
    code
        Digest of its script and of the modules that this imports.
    params
        Name -> digest of each value.
    threads
        How many it had.
    inputs
        Path -> print of each file that was read and that no job made, as the rule named it.
    made_inputs
        Path from the results -> print of each file that was read and that another job made: they move together.
    outputs
        Path from the results -> print of each file that was made.
    results
        The folder of the results; not in its file.
    """

    rule: str
    wildcards: Mapping[str, str]
    code: str
    params: Mapping[str, str]
    threads: int
    inputs: Mapping[str, Print]
    made_inputs: Mapping[str, Print]
    outputs: Mapping[str, Print]
    results: Path = field(default=Path(), compare=False)

    @property
    def path(self) -> Path:
        """Its file."""
        return record_path(self.results, next(iter(self.outputs)))

    def output_paths(self) -> dict[str, Print]:
        """Path -> print of each output."""
        return {os.path.normpath(self.results / name): made for name, made in self.outputs.items()}

    def input_paths(self) -> dict[str, Print]:
        """Path -> print of each input."""
        own = {os.path.normpath(self.results / name): given for name, given in self.made_inputs.items()}
        return own | {os.path.normpath(name): given for name, given in self.inputs.items()}

    def text(self) -> str:
        """What its file holds."""
        plain = {"format": FORMAT, **asdict(replace(self, results=Path()))}
        del plain["results"]
        return json.dumps(plain) + "\n"

    def write(self) -> None:
        """Write it in one step.

        A job writes its record with what writes all of its files; this is for plans, which read light modules alone.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_name(f"{self.path.name}.{os.getpid()}.partial")
        try:
            partial.write_text(self.text())
            os.replace(partial, self.path)
        finally:
            partial.unlink(missing_ok=True)


def announce_results(results: str | Path) -> None:
    """Tell the scripts of this process's jobs which folder is a results folder: there they write their records."""
    os.environ[_VARIABLE] = "\n".join(dict.fromkeys([*announced_results(), str(results)]))


def announced_results() -> list[str]:
    """The results folders of the runs whose rules this process reads: a workflow can use several as modules."""
    return os.environ.get(_VARIABLE, "").splitlines()


def record_path(results: str | Path, output: str) -> Path:
    """The file of the record of a job whose first output this is, from the folder of the results."""
    place = Path(results, FOLDER, output)
    return place.with_name(f".{place.name}{SUFFIX}")


def read_record(path: str | Path, results: str | Path) -> Record | None:
    """Read a record; None if the file is no such or damaged: what it stood for has no record then."""
    path = Path(path)
    try:
        plain = json.loads(path.read_text())
        if plain.pop("format") != FORMAT:
            return None
        prints = {
            name: {file: Print(**{**values, "state": tuple(values["state"])}) for file, values in plain[name].items()}
            for name in ("inputs", "made_inputs", "outputs")
        }
        return Record(**{**plain, **prints}, results=Path(results)) if prints["outputs"] else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def read_records(results: str | Path) -> list[Record]:
    """All records of a results folder, sorted by the path of their files."""
    found = (read_record(path, results) for path in sorted(Path(results, FOLDER).rglob(f".*{SUFFIX}")))
    return [record for record in found if record is not None]


def state_of(path: str | Path) -> tuple[int, ...]:
    """The state of a file or folder as `Print` has it."""
    path = Path(path)
    if not path.is_dir():
        found = path.stat()
        return (found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
    states = repr([(file.name, state_of(file)) for file in _files_of(path)])
    return (int(hashlib.sha256(states.encode()).hexdigest()[:15], 16),)


def size_of(path: str | Path) -> int:
    """Bytes of a file, or of the files of a folder."""
    path = Path(path)
    return sum(file.stat().st_size for file in _files_of(path)) if path.is_dir() else path.stat().st_size


def _files_of(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file() and file.name[0] != ".")


def print_of(path: str | Path) -> Print:
    """The print of a file or folder; hidden files of a folder do not count."""
    path, state = Path(path), state_of(path)
    if not path.is_dir():
        with path.open("rb") as handle:
            digest = hashlib.file_digest(handle, "sha256")
            return Print(handle.tell(), digest.hexdigest(), state)
    digest = hashlib.sha256()
    for file in _files_of(path):
        digest.update(f"{file.relative_to(path).as_posix()}\0{print_of(file).sha256}\n".encode())
    return Print(size_of(path), digest.hexdigest(), state)


def param_digests(params: Mapping[str, Any]) -> dict[str, str]:
    """Name -> digest of each param of a rule, so that a record can say which one is another."""
    return {name: _digest(value) for name, value in sorted(params.items()) if name not in _PLACES}


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def records_of(paths: Iterable[str | Path], results: str | Path) -> list[Record]:
    """The records that name any of these files as an output, sorted by the path of their files."""
    wanted = {os.path.normpath(path) for path in paths}
    top = os.path.normpath(results)
    inside = {Path(path).relative_to(top).parent for path in wanted if Path(path).is_relative_to(top)}
    folders = [Path(results, FOLDER, folder) for folder in sorted(inside)]
    found = (read_record(path, results) for folder in folders for path in sorted(folder.glob(f".*{SUFFIX}")))
    return [record for record in found if record is not None and not wanted.isdisjoint(record.output_paths())]


def producers(paths: Iterable[str | Path], results: str | Path) -> dict[str, Print]:
    """Path -> print of those files that a record names as an output."""
    return {path: made for record in records_of(paths, results) for path, made in record.output_paths().items()}
