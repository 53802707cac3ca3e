"""What a reader of damaged or odd files may do: give a result, or one line that names the file."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


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
