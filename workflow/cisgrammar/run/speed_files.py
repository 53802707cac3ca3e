"""What Snakemake asks of each file of a large run, in fewer steps: the same names, marks and answers.

A dry-run of 10,000 jobs makes 250,000 names of files, hashes them 9,000,000 times and asks 270,000 times whether one
exists. `speed` puts these in place of Snakemake's own; every other case goes to Snakemake's.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from importlib import import_module
from itertools import chain
from types import SimpleNamespace
from typing import Any

# What `snakemake.io.check` may have a word on; every other name passes it without one.
_ODD = re.compile(r"\A\./|\A | \Z|[\n{]|//|\A\Z")


def has_mark(value: Any, mark: str) -> bool:
    """Snakemake's `is_flagged` without asking for the type of the value: only marked texts have marks."""
    return bool(value_of_mark(value, mark))


def value_of_mark(value: Any, mark: str) -> Any:
    """Snakemake's `get_flag_value`: what a mark of a text holds; None if the text has no such mark."""
    # A file keeps its marks with the text that it was made of, or with the file.
    text = getattr(value, "_file", value)
    flags = getattr(text, "_flags", None)
    if flags is None:
        flags = getattr(text, "flags", None)
    return flags.get(mark) if flags else None


def stored(file: Any) -> bool:
    """Whether a file lies in a storage of Snakemake's; as `_IOFile.is_storage`."""
    flags = getattr(file._file, "_flags", None)
    return bool(value_of_mark(file, "storage_object")) if flags is None or flags else False


def unless_plain(check: Callable[..., None]) -> Callable[..., None]:
    """Look for oddities of a name only where one look finds that there may be some."""

    @functools.wraps(check)
    def checked(iofile: str, *given: Any, **named: Any) -> None:
        if _ODD.search(iofile):
            check(iofile, *given, **named)

    return checked


def unless_complete(apply: Callable[[Any, str], str]) -> Callable[[Any, str], str]:
    """Fill in `<results>` and the like only in paths that may have them."""

    @functools.wraps(apply)
    def applied(self: Any, path: str) -> str:
        return apply(self, path) if "<" in path else path

    return applied


def filled_in(apply: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """`_IOFile.apply_wildcards` for a pattern of a plain path: a file with its marks, made in one step.

    An output, and the same file as an input of other jobs, hold one text; but a file with marks holds its own, and so
    does one that a function has named, for Snakemake gives it marks later.
    """
    new, marked, parts = str.__new__, _marked(), functools.cache(_parts)
    texts: dict[str, Any] = {}

    @functools.wraps(apply)
    def file_of(self: Any, wildcards: Mapping[str, Any]) -> Any:
        pattern = self._file
        if self._is_callable or stored(self):
            return apply(self, wildcards)
        text = str(pattern)
        if "{" in text:
            form, names = parts(text)
            try:
                text = form % tuple([wildcards[name] for name in names])
            except KeyError:
                return apply(self, wildcards)
        if "<" in text or text.endswith("/"):
            return apply(self, wildcards)
        flags = getattr(pattern, "flags", None)
        if flags or text == pattern:
            name = marked(text, flags)
        elif (name := texts.get(text)) is None:
            name = texts[text] = marked(text, None)
        file = new(type(self), text)
        file._is_callable, file._file, file.rule = False, name, self.rule
        file._regex = file._wildcard_constraints = None
        return file

    return file_of


@functools.cache
def _marked() -> Callable[[str, Mapping[str, Any] | None], Any]:
    """What makes a text with marks, as Snakemake's `AnnotatedString`, in a third of its memory."""
    annotated: Any = import_module("snakemake.io").AnnotatedString

    class Marked(annotated):
        __slots__ = ("_flags", "callable")

        def __reduce__(self) -> tuple[Any, ...]:
            return marked_text, (str(self), self._flags)

    def marked(text: str, flags: Mapping[str, Any] | None) -> Any:
        name = str.__new__(Marked, text)
        name._flags, name.callable = dict(flags or ()), None
        return name

    return marked


def marked_text(text: str, flags: Mapping[str, Any] | None) -> Any:
    """A text with marks, without a dictionary of its own; unlike Snakemake's it is never made of a function."""
    return _marked()(text, flags)


def _parts(pattern: str) -> tuple[str, tuple[str, ...]]:
    """A pattern as a text to format, and the names of what stands in it."""
    wildcard: re.Pattern[str] = import_module("snakemake.io").WILDCARD_REGEX
    names = tuple(match["name"] for match in wildcard.finditer(pattern))
    return wildcard.sub("%s", pattern.replace("%", "%%")), names


def same_file(make: Callable[..., Any]) -> Callable[..., Any]:
    """A file of a rule made of a file of that rule is that file."""
    kind: Any = import_module("snakemake.io")._IOFile

    @functools.wraps(make)
    def made(file: Any, rule: Any = None) -> Any:
        same = isinstance(file, kind) and file.rule is rule and rule is not None and not file._is_callable
        return file if same else make(file, rule)

    return made


def tried(match: Callable[[Any, str], Iterable[Any]]) -> Callable[[Any, str], Iterable[Any]]:
    """`PrefixLookup.match_iter` for the few prefixes of one workflow: each is tried."""

    @functools.wraps(match)
    def entries(self: Any, query: str) -> Iterable[Any]:
        return ((prefix, entry) for prefix, found in self._entries if query.startswith(prefix) for entry in found)

    return entries


def looked_up(exists: Callable[[Any], Awaitable[bool]]) -> Callable[[Any], Awaitable[bool]]:
    """`_IOFile.exists` from what Snakemake has found in the file's folder, if it has looked there."""

    @functools.wraps(exists)
    async def found(self: Any) -> bool:
        cache = self.rule.workflow.iocache
        if cache.active and not stored(self):
            known = cache._exists_local
            if (answer := known.get(self)) is not None:
                return bool(answer)
            folder = self.rpartition("/")[0]
            if folder and folder in known.has_inventory:
                return False
        return await exists(self)

    return found


def once_a_file(collect: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """`IOCache.mtime_inventory` for each file of the jobs once, not for each job that reads it."""

    @functools.wraps(collect)
    async def collected(self: Any, jobs: Iterable[Any], *given: Any, **named: Any) -> None:
        jobs = list(jobs)
        files = dict.fromkeys(chain.from_iterable(chain(job.input, job.output) for job in jobs))
        marks = dict.fromkeys(job.benchmark for job in jobs if job.benchmark)
        await collect(self, [SimpleNamespace(input=files, output=marks, benchmark=None)], *given, **named)

    return collected
