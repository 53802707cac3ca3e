"""Results that are there, beside the run that is planned: what is other is made again, and the user is told."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import cisgrammar
from cisgrammar.provenance.code import Code
from cisgrammar.provenance.compare import Compared, Wanted, compare
from cisgrammar.provenance.record import Record, param_digests, read_records
from cisgrammar.provenance.settle import settle
from cisgrammar.run.run import Run, one_of

_SHOWN = 8
# A wildcard of an output, with or without its regular expression.
_WILDCARD = re.compile(r"\{(\w+)(?:,[^{}]*)?\}")


class Planning:
    """The jobs of a run as Snakemake's rules have them, for the comparison with records.

    Parameters
    ----------
    checkout
        Folder of `scripts` and `workflow/cisgrammar`.
    rules
        Rule name -> Snakemake's rule.
    names
        Wildcard -> its values in the run.
    wildcards
        Snakemake's wildcards, made of a dictionary `fromdict`.
    alone
        Whether the rules are those of this checkout as they stand; another workflow may give params and inputs of its
        own, so that only code and content are compared.
    """

    def __init__(
        self,
        checkout: Path,
        rules: Mapping[str, Any],
        names: Mapping[str, Collection[str]],
        wildcards: Callable[..., Any],
        alone: bool = True,
    ) -> None:
        self._checkout, self._rules, self._names = checkout, rules, names
        self._wildcards, self._alone = wildcards, alone
        self._digest = cache(Code(Path(cisgrammar.__file__).parent).digest)

    def wanted(self, record: Record) -> Wanted | None:
        """What the run gives to the job of a record; None if it has no such job."""
        rule = self._rules.get(record.rule)
        if rule is None or not self._is_job(rule, record):
            return None
        script = self._checkout / "scripts" / f"{record.rule}.py"
        code = self._digest(script)
        if not self._alone:
            return Wanted(script, code, None, None)
        wildcards = self._wildcards(fromdict=dict(record.wildcards))
        inputs, *_ = rule.expand_input(wildcards)
        outputs, _ = rule.expand_output(wildcards)
        params, _ = rule.expand_params(wildcards, inputs, outputs, None)
        named = frozenset(os.path.normpath(str(path)) for path in inputs)
        awaited = frozenset(os.path.normpath(str(path)) for path in inputs if getattr(path, "is_ancient", False))
        return Wanted(script, code, param_digests(dict(params.items())), named, awaited)

    def code(self, rules: Iterable[str]) -> dict[str, str]:
        """Rule -> digest of its code now."""
        return {rule: self._digest(self._checkout / "scripts" / f"{rule}.py") for rule in sorted(rules)}

    def rules_below(self, folder: str) -> list[str]:
        """The rules whose files are below a folder, sorted."""
        return sorted(name for name, rule in self._rules.items() if self._below(rule, folder))

    def files_below(self, folder: str, run: Run) -> list[str]:
        """Every file and folder that jobs of the run make below a folder, sorted."""
        found = set()
        for name in self.rules_below(folder):
            for pattern in self._below(self._rules[name], folder):
                wildcards = _WILDCARD.findall(pattern)
                for values in run.combinations(name, wildcards):
                    found.add(_filled(pattern, values))
        return sorted(found)

    def _below(self, rule: Any, folder: str) -> list[str]:
        outputs = [os.path.normpath(str(output)) for output in rule.output]
        return [output for output in outputs if output.startswith(f"{os.path.normpath(folder)}/")]

    def _is_job(self, rule: Any, record: Record) -> bool:
        """Whether the run has the job of a record: its files are those that the rule makes, and its names are known."""
        if not all(value in self._names.get(name, ()) for name, value in record.wildcards.items()):
            return False
        outputs, _ = rule.expand_output(self._wildcards(fromdict=dict(record.wildcards)))
        made = {os.path.normpath(str(path)) for path in outputs}
        return made == set(record.output_paths())

    def orphans(self, results: str, records: list[Record]) -> list[str]:
        """Files below the results that a rule makes and no record names: nobody can say how they were made."""
        known = {path for record in records for path in record.output_paths()}
        patterns = [pattern for rule in self._rules.values() for pattern in map(str, rule.output)]
        makes = re.compile("|".join(map(self._pattern, patterns))) if patterns else re.compile("(?!)")
        return sorted(path for path in _walk(results, known) if makes.fullmatch(path))

    def _pattern(self, output: str) -> str:
        """A regular expression of the files that an output stands for."""
        parts = _WILDCARD.split(os.path.normpath(output))
        return "".join(
            f"(?:{one_of(self._names[part])})" if number % 2 else re.escape(part) for number, part in enumerate(parts)
        )


def _filled(pattern: str, values: Mapping[str, str]) -> str:
    return _WILDCARD.sub(lambda match: values[match[1]], pattern)


def _walk(folder: str, known: set[str]) -> Iterator[str]:
    """Paths of files and folders, at any depth, that are neither hidden nor in the known ones."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name) if os.path.isdir(folder) else ():
        path = os.path.normpath(entry.path)
        if entry.name[0] == "." or path in known:
            continue
        yield path
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(path, known)


def settle_results(planning: Planning, results: str) -> str:
    """Compare a results folder with the run and give its files the times that Snakemake needs.

    Returns
    -------
    str
        What is made again and why, for the user; empty if there is nothing to say.
    """
    records = read_records(results)
    compared = compare(records, planning.wanted)
    orphans = planning.orphans(results, records)
    settle(compared, orphans)
    return said(compared, orphans, results)


def said(compared: Compared, orphans: list[str], results: str) -> str:
    """What of the results differs from the run, in a few lines."""
    if not compared.other and not orphans:
        return ""
    lines = [f"  {_job(record)}: {', '.join(reasons)}" for record, reasons in compared.other]
    lines += [f"  {path}: no record of how it was made" for path in orphans]
    number = f"{len(lines)} of {len(lines) + len(compared.equal)}"
    more = [f"  and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    head = f"{results}: {number} results were not made as this run would make them, and are made again (the reason):"
    return "\n".join([head, *lines[:_SHOWN], *more])


def _job(record: Record) -> str:
    return " ".join([record.rule, *record.wildcards.values()])
