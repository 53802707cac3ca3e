"""What a reader of damaged or odd files may do: give a result, or one line that names the file; and such files."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
ODD = (
    *(
        b"",
        b"\0",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\xe9",
        b"\r",
        b"\t\t",
        b"\n\n",
        b" ",
        b'"',
        b"'",
        b";",
        b",",
        b": ",
        b"#",
    ),
    *(b"nan", b"inf", b"-1", b"1e400", b"9" * 25, b"0x10", b"null", b"yes", b"{x}", b"[", b"../..", b"~", b"%61"),
    *(b">", b"@", b"+", b".", b"N", b"U", b"R", b"MOTIF", b"A" * 300),
)


def damaged(data: bytes, rng: random.Random) -> bytes:
    """A text with one to four faults: cut, a byte changed, odd text put in, lines lost, twice or in another order."""
    for _ in range(rng.choice([1, 1, 2, 4])):
        lines, place = data.split(b"\n"), rng.randrange(len(data) + 1)
        number = rng.randrange(len(lines))
        kind = rng.randrange(7)
        if kind == 0:
            data = data[:place]
        elif kind == 1:
            data = data[:place] + bytes([rng.randrange(256)]) + data[place + 1 :]
        elif kind == 2:
            data = data[:place] + rng.choice(ODD) + data[place:]
        elif kind == 3:
            data = b"\n".join(rng.sample(lines, len(lines)))
        elif kind == 4:
            data = b"\n".join([*lines[:number], *rng.choice([[], [lines[number]] * 2]), *lines[number + 1 :]])
        elif kind == 5:
            mark = rng.choice([b"\t", b" "])
            fields = lines[number].split(mark)
            fields[rng.randrange(len(fields))] = rng.choice(ODD)
            data = b"\n".join([*lines[:number], mark.join(fields), *lines[number + 1 :]])
        else:
            data = data.replace(rng.choice([b"\t", b"\n", b" ", b"chr", b"1", b":", b"A"]), rng.choice(ODD))
    return data


def result_or_line(path: Path, read: Callable[[], T]) -> T | None:
    """The result of a reader; None if it raises a ValueError of one line that begins with the file's path."""
    try:
        return read()
    except ValueError as error:
        check_line(path, str(error))
    return None


def check_line(path: Path, line: str) -> None:
    assert line.startswith(str(path)), line
    assert "\n" not in line, line
    assert len(line) < 600 + 2 * len(str(path)), line
