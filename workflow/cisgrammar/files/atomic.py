"""Write a file under a temporary name in its own folder, then rename it."""

from __future__ import annotations

import errno
import glob
import json
import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

# What a full disk, a quota and a limit on a file's size say.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_BLOCK = 65536


class DiskFullError(OSError):
    """There is no room for a file; the message names it and says what to do."""


def temporary_name(path: str | Path) -> Path:
    """Return the name `path` has while this process writes it: hidden, same folder, same suffix.

    Host and process are in it, for two writers of one file can be there at once: a job whose Snakemake was killed works
    on beside its successor. Both end with a whole file.
    """
    path = Path(path)
    return path.with_name(f".{path.stem}.{_host()}-{os.getpid()}.partial{path.suffix}")


def _host() -> str:
    return socket.gethostname().replace("/", "-")


def _remove_left(path: Path) -> None:
    """Remove what killed writers of the same file left: those of this host that run no more, and those of last week."""
    for left in path.parent.glob(f".{glob.escape(path.stem)}.*-*.partial{glob.escape(path.suffix)}"):
        writer = left.name.removeprefix(f".{path.stem}.").removesuffix(f".partial{path.suffix}")
        host, _, pid = writer.rpartition("-")
        with suppress(FileNotFoundError):
            dead = host == _host() and pid.isdigit() and not _runs(int(pid))
            if dead or time.time() - left.stat().st_mtime > 7 * 24 * 3600:
                left.unlink()


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary name that becomes `path` on success and is removed on error.

    What a killed writer of the same file left is removed.

    Parameters
    ----------
    path
        Final name; its folder is made if it is not there.

    Yields
    ------
    Path
        Name to write to; it has the same suffix, so that writers that go by the suffix still work.

    Raises
    ------
    DiskFullError
        If the disk is full or a quota is used up, also where the library that writes says nothing or something else.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_left(path)
    partial = temporary_name(path)
    partial.unlink(missing_ok=True)
    try:
        yield partial
        _sync(partial)
        require_room(path, _BLOCK)
        os.replace(partial, path)
    except Exception as error:
        full = getattr(error, "errno", None) in _FULL or not _has_room(path.parent, _BLOCK)
        partial.unlink(missing_ok=True)
        if full and not isinstance(error, DiskFullError):
            raise _no_room(path) from error
        raise
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@contextmanager
def atomic_hdf5(path: str | Path, **options: Any) -> Iterator[Any]:
    """Yield an open HDF5 file (`h5py.File` with `options`) that becomes `path` on success.

    On a full disk the library loses what it could not write, says nothing of it, and crashes when it flushes or closes
    the file: so the room is looked at before that, and the file is not closed after an error.
    """
    import h5py

    with atomic_path(path) as partial:
        file = h5py.File(partial, "w", **options)
        yield file
        require_room(path, _BLOCK)
        file.close()


def require_room(path: str | Path, size: int) -> None:
    """DiskFullError unless `size` bytes more can be written beside `path`: for libraries that fail badly without."""
    if not _has_room(Path(path).parent, size):
        raise _no_room(path)


def _no_room(path: str | Path) -> DiskFullError:
    message = f"{path}: no room for it (disk full, quota used up, or a limit on file sizes)"
    return DiskFullError(errno.ENOSPC, f"{message}; free some and run the same command again")


def _sync(path: Path) -> None:
    # Network file systems and quotas report what did not fit only here.
    with path.open("rb") as handle:
        os.fsync(handle.fileno())


def _reserve(handle: BinaryIO, size: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(handle.fileno(), 0, size)
        return
    # macOS has no such call: zeros are written.
    for start in range(0, size, _BLOCK):
        handle.write(bytes(min(_BLOCK, size - start)))


def _has_room(folder: Path, size: int) -> bool:
    probe = folder / f".room.{secrets.token_hex(4)}"
    try:
        with probe.open("wb") as handle:
            # Gone by name at once, so that a kill leaves nothing.
            probe.unlink()
            _reserve(handle, size)
    except OSError as error:
        return error.errno not in _FULL
    return True


def write_json(path: str | Path, value: Any) -> None:
    """Write plain values (dicts, lists, numbers, text) as indented JSON, keys in the order given."""
    with atomic_path(path) as partial:
        partial.write_text(json.dumps(value, indent=1, allow_nan=False) + "\n")


def write_text(path: str | Path, text: str) -> None:
    """Write text in one step."""
    with atomic_path(path) as partial:
        partial.write_text(text)


def format_table(table: Any, digits: int = 6, header: bool = True) -> str:
    """A pandas table as TSV, numbers with so many significant digits, missing ones as nan."""
    plain = {"sep": "\t", "index": False, "na_rep": "nan", "lineterminator": "\n"}
    return table.to_csv(float_format=f"%.{digits}g", header=header, **plain)


def write_table(path: str | Path, table: Any, digits: int = 6) -> None:
    """Write a pandas table as `format_table` has it."""
    write_text(path, format_table(table, digits))
