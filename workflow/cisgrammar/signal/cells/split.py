"""Split a file of fragments by groups of barcodes, in one pass."""

from __future__ import annotations

import gzip
import logging
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from cisgrammar.config.read.barcodes import file_of_group
from cisgrammar.files.atomic import atomic_path
from cisgrammar.sequence.bed_blocks import NOT_DATA, bed_blocks
from cisgrammar.tables.contracts.tracks import GROUPS

log = logging.getLogger(__name__)

TABLE = "groups.tsv"
"""The table of what each group got."""
_BLOCK = 1 << 22
_NUMBER = re.compile(rb"-[0-9]+$")


@dataclass
class Shares:
    """How the fragments of a file are shared out.

    Attributes
    ----------
    fragments
        Group -> fragments; the group '' has those whose barcode has none.
    barcodes
        Group -> different barcodes in the file; the same for ''.
    """

    fragments: Counter[str] = field(default_factory=Counter)
    barcodes: Counter[str] = field(default_factory=Counter)


def split_fragments(path: str | Path, groups: Mapping[str, str], wanted: Collection[str], folder: Path) -> Shares:
    """Write the fragments of each wanted group into a file of its own; the file is read once, block by block.

    Lines are written in their order, as `bed_blocks` gives them, so that the files of all groups together with the
    fragments without a group are the whole file.

    Parameters
    ----------
    path
        Fragments: chromosome, start, end, barcode, and any more columns; plain or compressed.
    groups
        Barcode -> group.
    wanted
        Groups whose fragments are written; the others are counted alone.
    folder
        Gets `<group>.tsv.gz` (`file_of_group`) and `groups.tsv`.

    Returns
    -------
    Shares
        What each group of the table got, and how much has no group.

    Raises
    ------
    ValueError
        Naming the line: fewer than four columns; or if no barcode of the file is in the table.
    """
    shares, seen = Shares(), dict[bytes, str]()
    group_of = _GroupOf(path, groups)
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        files = {group: _open(stack, folder / file_of_group(group)) for group in sorted(wanted)}
        for lines in _lines(path):
            found: dict[str, list[bytes]] = {}
            group_of.look_at({barcode for barcode, _ in lines})
            for barcode, line in lines:
                group = group_of(barcode)
                seen[barcode] = group
                found.setdefault(group, []).append(line)
            for group, of_group in found.items():
                shares.fragments[group] += len(of_group)
                if group in files:
                    files[group].write(b"\n".join(of_group) + b"\n")
        shares.barcodes.update(seen.values())
        _check(path, groups, seen, shares)
    rows = [(group, *numbers) for group, *numbers in _rows(groups, shares)]
    GROUPS.write_rows(folder / TABLE, rows)
    _tell(path, groups, shares)
    return shares


class _GroupOf:
    """The group of a barcode; '' for none.

    A table may have barcodes without the `-1` that Cell Ranger writes behind them, or with it where the file has none:
    if none of the first block's is in the table as it is, those numbers are left out, unless the file has several.
    """

    def __init__(self, path: str | Path, groups: Mapping[str, str]) -> None:
        self._path = path
        self._known = {barcode.encode(): group for barcode, group in groups.items()}
        self._bare = False
        self._looked = False

    def __call__(self, barcode: bytes) -> str:
        return self._known.get(_NUMBER.sub(b"", barcode) if self._bare else barcode, "")

    def look_at(self, barcodes: Collection[bytes]) -> bool:
        """Decide by the first barcodes; returns whether any of them has a group."""
        if self._looked or not barcodes:
            return True
        self._looked = True
        if any(barcode in self._known for barcode in barcodes):
            return True
        bare = {_NUMBER.sub(b"", barcode): group for barcode, group in self._known.items()}
        numbers = {bytes(found[0]) for found in map(_NUMBER.search, barcodes) if found}
        if len(bare) == len(self._known) and len(numbers) < 2 and any(_NUMBER.sub(b"", b) in bare for b in barcodes):
            self._known, self._bare = bare, True
            said = "%s: file or table has barcodes with -1 at their end, the other without: it is left out"
            log.warning(said, self._path)
            return True
        return False


def peek_barcodes(path: str | Path, groups: Mapping[str, str]) -> None:
    """Hold the first barcodes of a file against the table; a warning where none has a group.

    Raises
    ------
    ValueError
        As `split_fragments`, of the file's beginning.
    """
    blocks = _lines(path)
    barcodes = {barcode for lines in islice(blocks, 1) for barcode, _ in lines}
    if barcodes and not _GroupOf(path, groups).look_at(barcodes):
        if next(blocks, None) is None:
            raise ValueError(_strangers(path, groups, len(barcodes), min(barcodes)))
        log.warning("%s: none of its first %d barcodes is in the table of barcodes", path, len(barcodes))


def _strangers(path: str | Path, groups: Mapping[str, str], number: int, one: bytes) -> str:
    return (
        f"{path}: none of its {number} barcodes is in the table of barcodes: the file has "
        f"{one.decode(errors='replace')!r}, the table {next(iter(groups), 'none')!r}; write them alike"
    )


def _open(stack: ExitStack, path: Path) -> gzip.GzipFile:
    """A gzip file without time or name in its header: the same fragments are the same bytes."""
    raw = stack.enter_context(stack.enter_context(atomic_path(path)).open("wb"))
    return stack.enter_context(gzip.GzipFile(filename="", mode="wb", compresslevel=1, fileobj=raw, mtime=0))


def _lines(path: str | Path) -> Iterator[list[tuple[bytes, bytes]]]:
    """Yield barcode and line of each fragment, block by block."""
    number, tabs = 0, None
    for block in bed_blocks(path, _BLOCK):
        found = []
        for line in block.split(b"\n"):
            number += 1
            text = line.rstrip(b"\r")
            if not text.strip() or text.startswith(NOT_DATA):
                continue
            # as the reader of fragments takes it: the first line tells whether tabs or blanks separate
            tabs = b"\t" in text if tabs is None else tabs
            cells = text.split(b"\t" if tabs else None, 4)
            if len(cells) < 4:
                raise ValueError(
                    f"{path}:{number}: {len(cells)} columns; wanted chromosome, start, end, barcode, separated by tabs"
                )
            found.append((cells[3], text))
        # A block ends with its last line's newline.
        number -= 1 if block.endswith(b"\n") else 0
        yield found


def _check(path: str | Path, groups: Mapping[str, str], seen: Mapping[bytes, str], shares: Shares) -> None:
    if not seen:
        raise ValueError(f"{path}: no fragments in it; wanted lines of chromosome, start, end, barcode")
    if set(shares.fragments) == {""}:
        raise ValueError(_strangers(path, groups, len(seen), next(iter(seen))))


def _rows(groups: Mapping[str, str], shares: Shares) -> Iterator[tuple[str, int, int, int]]:
    listed = Counter(groups.values())
    for group in dict.fromkeys([*groups.values(), ""]):
        yield group, listed[group], shares.barcodes[group], shares.fragments[group]


def _tell(path: str | Path, groups: Mapping[str, str], shares: Shares) -> None:
    total = sum(shares.fragments.values())
    log.info("%s: %d fragments, of them %d in a group", path, total, total - shares.fragments[""])
    if shares.fragments[""]:
        log.warning(
            "%s: %d fragments of %d barcodes without a group are left out",
            path,
            shares.fragments[""],
            shares.barcodes[""],
        )
    for group, number in Counter(groups.values()).items():
        if not shares.fragments[group]:
            log.warning("%s: group %s: none of its %d barcodes is in the file", path, group, number)
        elif shares.barcodes[group] < number:
            missing = number - shares.barcodes[group]
            log.warning("%s: group %s: %d of its %d barcodes are not in the file", path, group, missing, number)
