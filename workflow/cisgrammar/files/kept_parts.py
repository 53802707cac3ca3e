"""Parts of a long job, each kept in a file of its own once it is done: a job that was killed goes on behind them."""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cisgrammar.files.atomic import atomic_path

log = logging.getLogger(__name__)

Part = Mapping[str, NDArray]
_MADE_OF = "made_of.txt"


class KeptParts:
    """A folder of parts 0, 1, 2, ..., arrays by name; all are of one fingerprint.

    Parameters
    ----------
    folder
        No output of a rule, for Snakemake deletes a failed job's outputs. Made with the first part.
    fingerprint
        Of all that the parts depend on. Parts of another one are deleted.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self.folder, self.fingerprint = folder, fingerprint
        note = folder / _MADE_OF
        if note.exists() and note.read_text() != fingerprint:
            log.info("parts in %s are of other inputs, settings or code; starting afresh", folder)
            self.remove()

    def parts(self, make: Callable[[int], Iterable[Part]]) -> Iterator[Part]:
        """Yield the parts that are there, and then those of `make`, each once it is kept.

        `make` gets the number of parts that are there: the first one to be made. A part that cannot be read is made
        again, and so are those behind it.
        """
        done = 0
        while (part := self._read(done)) is not None:
            yield part
            done += 1
        if done:
            log.info("%d parts are there from a run that was stopped; going on behind them", done)
        for number, part in enumerate(make(done), done):
            self._keep(number, part)
            yield part

    def remove(self) -> None:
        """Delete the parts; the folder too if nothing else is in it."""
        for path in [*self.folder.glob("part_*.npz"), self.folder / _MADE_OF]:
            path.unlink(missing_ok=True)
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()

    def _path(self, number: int) -> Path:
        return self.folder / f"part_{number:06d}.npz"

    def _read(self, number: int) -> Part | None:
        if not (self.folder / _MADE_OF).exists():
            return None
        try:
            # Opened here: of a damaged file numpy would leave its own handle open.
            with self._path(number).open("rb") as handle, np.load(handle, allow_pickle=False) as file:
                return {name: file[name] for name in file.files}
        except FileNotFoundError:
            return None
        except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
            log.warning("%s cannot be read (%s); it is made again", self._path(number), error)
            return None

    def _keep(self, number: int, part: Part) -> None:
        note = self.folder / _MADE_OF
        if not note.exists():
            with atomic_path(note) as partial:
                partial.write_text(self.fingerprint)
        with atomic_path(self._path(number)) as partial:
            arrays: dict[str, Any] = dict(part)
            np.savez(partial, **arrays)
