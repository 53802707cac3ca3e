"""One run at a time in a results folder, from whatever working folder it is started."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from pathlib import Path

LOCK = ".lock"
# Where a folder cannot be written, or a file system has no locks, runs are not kept apart. On a full disk the first
# job says what to do.
_UNLOCKABLE = (
    *(errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EDQUOT),
    *(errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS),
)


class ResultsInUseError(RuntimeError):
    """Another run works in the results folder; the message says so."""


class ResultsLock:
    """The lock of a results folder, which ends with its process at the latest, also where that is killed.

    Parameters
    ----------
    results
        The folder; it is made where there is none.
    """

    def __init__(self, results: str | Path) -> None:
        self._results, self._handle = Path(results), -1

    def take(self, wait: float = 2.0) -> None:
        """Take the lock, and wait for it a while in seconds; ResultsInUseError if another process keeps it."""
        if self._handle >= 0:
            return
        try:
            self._results.mkdir(parents=True, exist_ok=True)
            self._handle = os.open(self._results / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            if error.errno in _UNLOCKABLE:
                return
            raise
        until = time.monotonic() + wait
        while not self._taken():
            if time.monotonic() > until:
                self.release()
                raise ResultsInUseError(
                    f"{self._results}: another run works in this folder; wait until it has ended, or give this run "
                    "another folder (`results:` of its config)"
                )
            time.sleep(0.05)

    def _taken(self) -> bool:
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in (errno.EWOULDBLOCK, errno.EAGAIN):
                return False
            if error.errno not in _UNLOCKABLE:
                raise
        return True

    def release(self) -> None:
        """Let others take it."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
