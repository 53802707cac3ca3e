"""What every Snakemake script shares: its log, its one-line errors, its threads."""

from __future__ import annotations

import atexit
import gc
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from cisgrammar import source
from cisgrammar.files.atomic import DiskFullError
from cisgrammar.provenance.job import Job

logger = logging.getLogger(__name__)

_FORMAT = "%(asctime)s %(levelname)s %(message)s"
QUIET = "CISGRAMMAR_QUIET_JOBS"
"""Variable: if it is 1, a job's terminal gets warnings and errors alone, with the job's name; its log file has all."""


_NO_MEMORY = (
    "no memory left; give the job more (snakemake --set-resources, or a GPU with more), or lower batch_size or "
    "filters of its section"
)


def _lacks_memory(error: Exception) -> bool:
    """Whether numpy, or torch on a CPU or a GPU, got no memory."""
    said = isinstance(error, RuntimeError) and ("out of memory" in str(error) or "not enough memory" in str(error))
    return isinstance(error, MemoryError) or said


def set_threads(threads: int) -> None:
    """Give OMP, MKL and OpenBLAS exactly `threads` threads; to be called before torch is imported.

    Idle OpenMP threads sleep instead of spinning: two jobs whose threads spin on shared cores run ten times
    slower than two that do not.

    Raises
    ------
    RuntimeError
        If torch is already imported: it has read these variables then, and would not see them.
    ValueError
        If `threads` is below 1.
    """
    # Processes that train together share the job's threads.
    threads = threads if threads < 1 else max(1, threads // int(os.environ.get("LOCAL_WORLD_SIZE", 1)))
    if "torch" in sys.modules:
        raise RuntimeError("set_threads was called after torch was imported; call it first")
    if threads < 1:
        raise ValueError(f"threads: must be at least 1, got {threads}")
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(threads)
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"


@contextmanager
def logging_to(path: str | Path | None, name: str = "") -> Iterator[None]:
    """Send log records and warnings, with times, to stderr and (if given) to a fresh file at `path`.

    Parameters
    ----------
    path
        The log file.
    name
        Of the job; lines of stderr begin with it where several jobs share a terminal (`QUIET`).
    """
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if path is not None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        handlers.append(logging.FileHandler(path, mode="w"))
    root, formatter = logging.getLogger(), logging.Formatter(_FORMAT)
    level = root.level
    root.setLevel(logging.INFO)
    for handler in handlers:
        handler.setFormatter(formatter)
        root.addHandler(handler)
    if path is not None and os.environ.get(QUIET) == "1":
        handlers[0].setLevel(logging.WARNING)
        handlers[0].setFormatter(logging.Formatter(f"    {name}: %(message)s"))
    logging.captureWarnings(True)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        root.setLevel(level)
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()


def optional_path(value: str | Sequence[str] | None) -> str | None:
    """Return the one path of an input that a rule may leave empty, or None."""
    if value is None or isinstance(value, str):
        return value
    return next(iter(value), None)


def job_name(snakemake: Any) -> str:
    """Rule and values of the wildcards of a job, as `train_bias demo fold0`."""
    values = getattr(snakemake, "wildcards", ())
    named = values if isinstance(values, list | tuple) else vars(values).values()
    return " ".join([getattr(snakemake, "rule", "job"), *map(str, named)])


def start_processes(number: int) -> NoReturn:
    """Become torchrun, which starts this script in `number` processes of this machine; a signal reaches all of them.

    Nothing here needs a name server or the network: all meet at the loopback address.
    """
    launcher = ["-m", "torch.distributed.run", "--standalone", "--local-addr=127.0.0.1", f"--nproc-per-node={number}"]
    # torchrun would set it, and say so; each process sets its own.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.execv(sys.executable, [sys.executable, *launcher, *sys.argv])


def run(snakemake: Any, main: Callable[[Any], None]) -> None:
    """Call `main(snakemake)` with logging and threads set up; a user's error becomes one line and exit code 1.

    Parameters
    ----------
    snakemake
        The object that Snakemake gives to a script; its first log file, if any, gets a copy of the log, and its threads
        go to `set_threads`. So whatever imports torch is imported in `main`.
        With a resource `processes` above 1 the script starts anew in as many, under torchrun.
    main
        The script's work; after it the job's record is written (`cisgrammar.provenance`).
        A ValueError (so a ConfigError), a missing file, a full disk, a lack of memory or other code than the rules'
        is the user's to mend: it is logged as `error: ...` without a traceback. Anything else is ours and keeps its
        traceback.
    """
    processes = getattr(snakemake, "resources", {}).get("processes", 1)
    if processes > 1 and "TORCHELASTIC_RUN_ID" not in os.environ:
        start_processes(processes)
    first = os.environ.get("RANK", "0") == "0"
    # The end of a process looks for garbage among all objects that torch made, to free what ends with it anyway: 0.4 s.
    # No output waits for that: all are closed before the record, which has their digests, is written.
    atexit.register(gc.freeze)
    with logging_to(snakemake.log[0] if len(snakemake.log) and first else None, job_name(snakemake)):
        try:
            source.check()
            if hasattr(snakemake, "threads"):
                set_threads(snakemake.threads)
            # Called without Snakemake, a script has no rule, and nothing to compare a record with.
            job = Job(snakemake) if first and hasattr(snakemake, "scriptdir") else None
            main(snakemake)
            if job is not None:
                job.write()
        except DiskFullError as error:
            logger.error("error: %s", error.strerror)
            sys.exit(1)
        except (ValueError, FileNotFoundError) as error:
            logger.error("error: %s", error)
            sys.exit(1)
        except Exception as error:
            if _lacks_memory(error):
                logger.error("error: %s", _NO_MEMORY)
            else:
                logger.exception("unexpected error; this is a bug in cisgrammar")
            sys.exit(1)
