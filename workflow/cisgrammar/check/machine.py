"""What a run asks of the machine: a folder that can be written into, and a GPU."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cisgrammar.config.fields import Section
from cisgrammar.config.schema import Config

logger = logging.getLogger(__name__)


def check_writable(folder: str | Path) -> None:
    """Check that files can be written into a folder, which need not be there yet; nothing is left.

    ValueError if it, or the nearest folder above it, takes none.
    """
    place = Path(folder).absolute()
    try:
        while not place.exists():
            if place.is_symlink():
                raise ValueError(f"results: {place} is a link to nowhere; remove it, or make what it points to")
            place = place.parent
        if not place.is_dir():
            raise ValueError(f"results: {place} is a file; name a folder, or move the file away")
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        raise ValueError(
            f"results: nothing can be written into {place} ({error.strerror}); name another folder, or change its "
            "permissions"
        ) from None


def check_gpu(config: Config) -> None:
    """Check that torch sees a GPU for each process that is to work on one.

    Where Slurm is, jobs run elsewhere: a missing GPU is a note there, not a fault.

    Raises
    ------
    ValueError
        Naming the keys that ask for a GPU, if there are fewer than they need.
    """
    asked = dict(_on_gpu(config))
    if not asked:
        return
    import torch

    found = torch.cuda.device_count() if torch.cuda.is_available() else 0
    short = {key: number for key, number in asked.items() if number > found}
    if not short:
        return
    needed = max(short.values())
    said = f"{', '.join(short)}: cuda, {needed} GPU{'s' * (needed > 1)} wanted, torch sees {found} here"
    if shutil.which("sbatch") is None:
        raise ValueError(f"{said}; use device: cpu, or a machine with a GPU")
    logger.warning("%s; the nodes of the cluster must have them", said)


def _on_gpu(section: Section, prefix: str = "") -> Iterator[tuple[str, int]]:
    """Each key `device` that is cuda, and the GPUs that it needs: one for each process."""
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, Section):
            yield from _on_gpu(value, f"{prefix}{name}.")
        elif name == "device" and value == "cuda":
            yield prefix + name, getattr(section, "processes", 1)
