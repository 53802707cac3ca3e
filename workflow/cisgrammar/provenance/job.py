"""A job writes its record: after its work, from the states that its inputs had before."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import cisgrammar
from cisgrammar.files.atomic import write_text
from cisgrammar.provenance.code import Code
from cisgrammar.provenance.record import (
    Print,
    Record,
    announced_results,
    param_digests,
    print_of,
    producers,
    size_of,
    state_of,
)


class Job:
    """The job of a script: made before its work, written after it.

    Parameters
    ----------
    snakemake
        The object that Snakemake gives to a script.
    """

    def __init__(self, snakemake: Any) -> None:
        self._snakemake = snakemake
        self._before = {path: state_of(path) for path in sorted(set(map(str, snakemake.input))) if os.path.exists(path)}

    def write(self) -> None:
        """Write the record into the results; a job without outputs has none."""
        given = self._snakemake
        outputs = sorted(set(map(str, given.output)))
        if not outputs:
            return
        results = results_of(str(given.output[0]))
        made, read = self._inputs(results)
        first = os.path.relpath(str(given.output[0]), results)
        named = {os.path.relpath(path, results): print_of(path) for path in outputs}
        record = Record(
            rule=rule_name(given),
            wildcards={name: str(value) for name, value in given.wildcards.items()},
            code=Code(Path(cisgrammar.__file__).parent).digest(script_path(given)),
            params=param_digests(dict(given.params.items())),
            threads=int(given.threads),
            inputs=read,
            made_inputs=made,
            outputs={first: named[first], **named},
            results=results,
        )
        write_text(record.path, record.text())

    def _inputs(self, results: Path) -> tuple[dict[str, Print], dict[str, Print]]:
        """Prints of inputs: those that a job made, from its record, by path from the results; all others, hashed."""
        recorded = producers(self._before, results)
        made, read = {}, {}
        for path, state in self._before.items():
            known = recorded.get(os.path.normpath(path))
            if known is not None and known.size == size_of(path):
                made[os.path.relpath(path, results)] = known
            else:
                found = print_of(path)
                read[path] = found if found.state == state else Print(found.size, "")
        return made, read


def results_of(output: str) -> Path:
    """The results folder that an output is in, of those that this process's rules announced; else the output's own."""
    folders = announced_results()
    around = [folder for folder in folders if Path(os.path.abspath(output)).is_relative_to(os.path.abspath(folder))]
    return Path(max(around, key=len)) if around else Path(output).parent


def script_path(snakemake: Any) -> Path:
    """The script that runs; of rules that were read from an address only its copy is here."""
    return Path(snakemake.scriptdir, f"{rule_name(snakemake)}.py")


def rule_name(snakemake: Any) -> str:
    """The rule's name within this workflow, which is its script's: another workflow may give it a prefix."""
    name = Path(sys.argv[0]).name.removesuffix(".py").rpartition(".")[2]
    return name if Path(snakemake.scriptdir, f"{name}.py").is_file() else str(snakemake.rule)
