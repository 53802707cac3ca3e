"""A run as one file for a reviewer: the code, the config as it was used, manifests, tables, figures, report."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import logging
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cisgrammar.files.atomic import atomic_path
from cisgrammar.files.progress import counted
from cisgrammar.manifest import changed_files, git, left_over, run_files

logger = logging.getLogger(__name__)

# Tables, figures and pages; models, tracks and stores are large and come out of a rerun.
_SUFFIXES = (".bed", ".html", ".jaspar", ".json", ".meme", ".pdf", ".pfm", ".png", ".tsv")
_LEFT_OUT = ("checkpoints", "simulate")
# Without git, code is what lies in these folders under names that code has: no keys, no data, nothing hidden.
_CODE_FOLDERS = ("conda", "config", "containers", "docs", "envs", "scripts", "tests", "workflow")
_CODE_NAMES = ("LICENSE", "Makefile", "Snakefile")
_CODE_SUFFIXES = (
    *(
        ".bed",
        ".cff",
        ".css",
        ".def",
        ".in",
        ".j2",
        ".js",
        ".lock",
        ".md",
        ".png",
        ".py",
        ".pyi",
        ".rst",
        ".sh",
        ".smk",
    ),
    *(".toml", ".tsv", ".yaml", ".yml"),
)
# Data of the tests and of the package.
_DATA_SUFFIXES = {"tests": (".npz",), "workflow": (".gz",)}
_MOST_BYTES = 2_000_000
_RERUN = """# What this is

The code, the config and the results of one run of cisgrammar. `delivered/` holds what was delivered: `config.json` (the
whole config, defaults included), and of the results the manifests, tables, figures and the report. Models, tracks and
other large files are not in it: a rerun makes them. `SHA256SUMS` lists every file (`sha256sum --check SHA256SUMS`).

# How to run it again

    make install
    .venv/bin/snakemake --cores {cores} --configfile delivered/config.json
    .venv/bin/python -m cisgrammar.manifest delivered/{results}/manifest.json {results}

The last line says which inputs and results differ from the delivered ones, byte for byte; nothing, if none does. Input
files that the config names are not in here: put them where it says (`delivered/{results}/manifest.json` has their sizes
and SHA-256), or change the paths. The same bytes are to be expected with the same versions of packages and numbers of
threads (in the manifest; `--cores` above is the largest) on the same kind of processor; elsewhere numbers differ in
their last digits.
"""


def code_files(checkout: str | Path) -> list[Path]:
    """The files of the checkout, relative to it: those that git tracks, or without git those that code consists of.

    Without git these are the files of the known folders whose names code has: nothing hidden, no key, no data, no link
    that leads out of the checkout.
    """
    checkout = Path(checkout)
    listed = git(checkout, "ls-files", "-z") if (checkout / ".git").exists() else None
    if listed:
        found = [Path(name) for name in listed.split("\0") if name]
        return sorted(path for path in found if (checkout / path).exists() or (checkout / path).is_symlink())
    below = [path for folder in _CODE_FOLDERS for path in (checkout / folder).rglob("*")]
    return sorted(path.relative_to(checkout) for path in [*checkout.iterdir(), *below] if _is_code(path, checkout))


def _is_code(path: Path, checkout: Path) -> bool:
    parts = path.relative_to(checkout).parts
    if any(part[0] == "." or part == "__pycache__" for part in parts):
        return False
    if path.is_symlink():
        target = path.readlink()
        return not target.is_absolute() and path.resolve().is_relative_to(checkout.resolve()) and target.parts[0] != "."
    if not path.is_file() or path.stat().st_size > _MOST_BYTES:
        return False
    suffixes = (*_CODE_SUFFIXES, *_DATA_SUFFIXES.get(parts[0], ()))
    # A config or a table at the top is somebody's, not the code's.
    own = len(parts) > 1 or path.suffix not in (".bed", ".tsv", ".yaml")
    return path.name in _CODE_NAMES or (path.suffix in suffixes and own)


def result_files(results: str | Path, manifest: Mapping[str, Any] | None = None) -> list[Path]:
    """Tables, figures, pages and manifests under the results, relative to them; of a run's manifest those it names."""
    results = Path(results)
    found = [path.relative_to(results) for path in results.rglob("*") if path.suffix in _SUFFIXES and path.is_file()]
    own = run_files(manifest) if manifest and "stages" in manifest else None
    return sorted(
        path
        for path in found
        if path.parts[0] not in _LEFT_OUT and path.name[0] != "." and (own is None or path.as_posix() in own)
    )


def write_archive(
    path: str | Path,
    checkout: str | Path,
    results: str | Path,
    config: Mapping[str, Any],
    sheets: Iterable[str],
    manifest: Mapping[str, Any] | None = None,
) -> None:
    """Write a tar.gz that is the same for the same files: no times, no owners, sorted.

    Parameters
    ----------
    path
        Archive to write.
    checkout
        Folder of the code.
    results
        Folder of the results.
    config
        The whole config as plain values.
    sheets
        The sheets that it names; those with a relative path are put where the config says.
    manifest
        The run's manifest: files that it does not name are left out, and named in the log.

    Raises
    ------
    ValueError
        If a file is not as the manifest says.
    """
    checkout, results = Path(checkout), Path(results)
    manifest = manifest or {}
    if changed := [line for line in changed_files(manifest, results) if Path(line.split(":")[0]).suffix in _SUFFIXES]:
        raise ValueError(f"{'; '.join(changed)}; run the same command again, which makes them again")
    if left := [file for file in left_over(manifest, results) if Path(file).suffix in _SUFFIXES]:
        logger.warning("not archived, for this run did not make it: %s", ", ".join(left))
    name = results.name if results.is_absolute() or ".." in results.parts else results.as_posix()
    members: dict[str, Path | bytes] = {file.as_posix(): checkout / file for file in code_files(checkout)}
    inside = [Path(sheet) for sheet in sheets if not Path(sheet).is_absolute() and ".." not in Path(sheet).parts]
    members |= {sheet.as_posix(): sheet for sheet in inside}
    members |= {f"delivered/{name}/{file.as_posix()}": results / file for file in result_files(results, manifest)}
    members["delivered/config.json"] = (json.dumps(config, indent=1) + "\n").encode()
    members["RERUN.md"] = _RERUN.format(results=name, cores=_cores(manifest)).encode()
    members["SHA256SUMS"] = _sums(members)
    with (
        atomic_path(path) as partial,
        partial.open("wb") as raw,
        gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for member, content in counted(sorted(members.items()), "pack", "files"):
            _add(archive, f"cisgrammar/{member}", content)


def _cores(manifest: Mapping[str, Any]) -> int:
    """The largest number of threads that a job had; 2 where that is not known."""
    jobs = [job for stage in manifest.get("stages", {}).values() for job in stage.get("jobs", {}).values()]
    return max([number for job in jobs for number in job["threads"]], default=2)


def _sums(members: Mapping[str, Path | bytes]) -> bytes:
    lines = [
        f"{hashlib.sha256(_bytes(content)).hexdigest()}  {member}\n"
        for member, content in sorted(members.items())
        if isinstance(content, bytes) or not content.is_symlink()
    ]
    return "".join(lines).encode()


def _bytes(content: Path | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.read_bytes()


def _add(archive: tarfile.TarFile, name: str, content: Path | bytes) -> None:
    entry = tarfile.TarInfo(name)
    if isinstance(content, Path) and content.is_symlink():
        entry.type, entry.linkname = tarfile.SYMTYPE, content.readlink().as_posix()
        archive.addfile(entry)
        return
    data = _bytes(content)
    executable = isinstance(content, Path) and content.stat().st_mode & 0o100
    entry.size, entry.mode = len(data), 0o755 if executable else 0o644
    archive.addfile(entry, io.BytesIO(data))
