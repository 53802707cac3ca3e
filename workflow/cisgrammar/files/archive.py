"""A run as one file for a reviewer: the code, the config as it was used, manifests, tables, figures, report."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cisgrammar.files.atomic import atomic_path
from cisgrammar.manifest import git

# Tables, figures and pages; models, tracks and stores are large and come out of a rerun.
_SUFFIXES = (".bed", ".html", ".jaspar", ".json", ".meme", ".pdf", ".pfm", ".png", ".tsv")
_LEFT_OUT = ("checkpoints", "simulate")
_CODE_FOLDERS = ("config", "containers", "docs", "envs", "scripts", "tests", "workflow")
_RERUN = """# What this is

The code, the config and the results of one run of cisgrammar. `delivered/` holds what was delivered: `config.json` (the
whole config, defaults included), and of the results the manifests, tables, figures and the report. Models, tracks and
other large files are not in it: a rerun makes them. `SHA256SUMS` lists every file (`sha256sum --check SHA256SUMS`).

# How to run it again

    make install
    .venv/bin/snakemake --cores 2 --configfile delivered/config.json
    .venv/bin/python -m cisgrammar.manifest delivered/{results}/manifest.json {results}

The last line says which inputs and results differ from the delivered ones, byte for byte; nothing, if none does. Input
files that the config names are not in here: put them where it says (`delivered/{results}/manifest.json` has their sizes
and SHA-256), or change the paths. The same bytes are to be expected with the same versions of packages (in the
manifest) on the same kind of processor; elsewhere numbers differ in their last digits.
"""


def code_files(checkout: str | Path) -> list[Path]:
    """The files of the checkout, relative to it: those that git tracks, or without git those of the known folders."""
    checkout = Path(checkout)
    listed = git(checkout, "ls-files", "-z") if (checkout / ".git").exists() else None
    if listed:
        found = [Path(name) for name in listed.split("\0") if name]
        return sorted(path for path in found if (checkout / path).exists() or (checkout / path).is_symlink())
    here = [path for path in checkout.iterdir() if path.is_symlink() or (path.is_file() and path.name[0] != ".")]
    below = [path for folder in _CODE_FOLDERS for path in (checkout / folder).rglob("*") if path.is_file()]
    return sorted(path.relative_to(checkout) for path in [*here, *below] if "__pycache__" not in path.parts)


def result_files(results: str | Path) -> list[Path]:
    """Tables, figures, pages and manifests under the results, relative to them."""
    results = Path(results)
    found = [path.relative_to(results) for path in results.rglob("*") if path.suffix in _SUFFIXES and path.is_file()]
    return sorted(path for path in found if path.parts[0] not in _LEFT_OUT and path.name[0] != ".")


def write_archive(
    path: str | Path, checkout: str | Path, results: str | Path, config: Mapping[str, Any], sheets: Iterable[str]
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
    """
    checkout, results = Path(checkout), Path(results)
    name = results.name if results.is_absolute() or ".." in results.parts else results.as_posix()
    members: dict[str, Path | bytes] = {file.as_posix(): checkout / file for file in code_files(checkout)}
    inside = [Path(sheet) for sheet in sheets if not Path(sheet).is_absolute() and ".." not in Path(sheet).parts]
    members |= {sheet.as_posix(): sheet for sheet in inside}
    members |= {f"delivered/{name}/{file.as_posix()}": results / file for file in result_files(results)}
    members["delivered/config.json"] = (json.dumps(config, indent=1) + "\n").encode()
    members["RERUN.md"] = _RERUN.format(results=name).encode()
    members["SHA256SUMS"] = _sums(members)
    with (
        atomic_path(path) as partial,
        partial.open("wb") as raw,
        gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for member, content in sorted(members.items()):
            _add(archive, f"cisgrammar/{member}", content)


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
