"""Results beside the run that is planned: which jobs' files it would not make so, and why."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from cisgrammar.provenance.record import Print, Record, print_of, size_of, state_of


@dataclass(frozen=True)
class Wanted:
    """What the present run would give to a job.

    Attributes
    ----------
    script
        Its script.
    code
        Digest of its code.
    params
        Name -> digest of each param; None where another workflow may have changed them.
    inputs
        The files that it reads, as `os.path.normpath` has them; None where they cannot be told.
    awaited
        Of these, the ones that it only waits for: what is in them does not matter.
    """

    script: Path
    code: str
    params: Mapping[str, str] | None
    inputs: frozenset[str] | None
    awaited: frozenset[str] = frozenset()


@dataclass
class Compared:
    """Records of a results folder beside the present run.

    Attributes
    ----------
    equal
        Records of files that the run would make so.
    other
        Records of files that it would not, each with the reasons.
    foreign
        Records of jobs that are not in the run: of stages, samples or folds that were removed.
    """

    equal: list[tuple[Record, Wanted]] = field(default_factory=list)
    other: list[tuple[Record, list[str]]] = field(default_factory=list)
    foreign: list[Record] = field(default_factory=list)


def compare(records: Iterable[Record], wanted: Callable[[Record], Wanted | None]) -> Compared:
    """Sort records by whether the present run would make the same; states that changed are written again.

    Parameters
    ----------
    records
        All records of a results folder.
    wanted
        What the run would give to the job of a record; None if it has no such job.

    Returns
    -------
    Compared
        `equal` stands in the order in which jobs read each other's files.
    """
    found, mine = Compared(), {}
    current: dict[str, Print] = {}
    for record in records:
        job = wanted(record)
        if job is None:
            found.foreign.append(record)
        else:
            mine[record.path] = (record, job)
    made = {path: given for record, _ in mine.values() for path, given in record.output_paths().items()}
    for place in _in_order([record for record, _ in mine.values()]):
        record, job = mine[place]
        now = {path: made.get(path) or _now(path, given, current) for path, given in record.input_paths().items()}
        outputs = {name: _now(record.results / name, given, current) for name, given in record.outputs.items()}
        reasons = _reasons(record, job, now, outputs)
        if reasons:
            found.other.append((record, reasons))
            continue
        read = {name: now[os.path.normpath(name)] for name in record.inputs}
        found.equal.append((_refreshed(record, read, outputs), job))
    return found


def _reasons(
    record: Record, job: Wanted, inputs: Mapping[str, Print | None], outputs: Mapping[str, Print | None]
) -> list[str]:
    """Why the run would not make a record's files so; a file that is gone is Snakemake's to notice."""
    reasons = [] if record.code == job.code else ["code"]
    if job.params is not None:
        names = sorted({*record.params, *job.params})
        reasons += [name for name in names if record.params.get(name) != job.params.get(name)]
    read = record.input_paths()
    if job.inputs is not None and set(read) != job.inputs:
        reasons.append("other input files")
    other = {path for path, now in inputs.items() if now is not None and not now.same(read[path])}
    reasons += [path for path in inputs if path in other - job.awaited]
    changed = [name for name, now in outputs.items() if now is not None and not now.same(record.outputs[name])]
    return reasons + [f"{name} was changed after it was made" for name in changed]


def _refreshed(record: Record, read: Mapping[str, Print | None], outputs: Mapping[str, Print | None]) -> Record:
    """The record with the states that its files have now, so that the next plan reads no bytes."""
    found = replace(record, inputs={**record.inputs, **_there(read)}, outputs={**record.outputs, **_there(outputs)})
    if found != record:
        # Where nothing can be written, the next plan reads the bytes again.
        with suppress(OSError):
            found.write()
    return found


def _now(path: str | Path, known: Print, current: dict[str, Print]) -> Print | None:
    """The present print of a file, hashed only if its state or size is another; None if it is gone."""
    if not os.path.exists(path):
        return None
    state = state_of(path)
    if state == known.state and size_of(path) == known.size:
        return known
    key = os.path.normpath(path)
    if key not in current:
        current[key] = print_of(path)
    return current[key]


def _there(prints: Mapping[str, Print | None]) -> dict[str, Print]:
    return {name: print_ for name, print_ in prints.items() if print_ is not None}


def _in_order(records: list[Record]) -> list[Path]:
    """The records' files such that each stands after those of the records whose files it read."""
    maker = {path: record for record in records for path in record.output_paths()}
    ordered: dict[Path, None] = {}
    begun: set[Path] = set()
    open_ = [(record, False) for record in reversed(records)]
    while open_:
        record, done = open_.pop()
        if done:
            ordered[record.path] = None
        elif record.path not in begun:
            begun.add(record.path)
            open_.append((record, True))
            open_ += [(maker[path], False) for path in record.input_paths() if path in maker]
    return list(ordered)
