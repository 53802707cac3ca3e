"""What the files of a run came from: settings, code, packages, input files, all as plain values.

A manifest holds neither time nor host nor user, so that the same run writes the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Any

import cisgrammar

FORMAT = "cisgrammar-manifest-1"
# What of a checkout is code; its configs are in the manifest as they were used.
_CODE = ("Snakefile", "workflow", "scripts", "pyproject.toml", "requirements.lock")
_KEPT_BY_A_RUN = ("checkpoints", "archive.tar.gz")
# What of a package is code, wherever it is installed.
_SOURCES = (".py", ".j2", ".css", ".js")


def fingerprint(path: str | Path) -> dict[str, Any]:
    """Size in bytes and SHA-256 of a file; FileNotFoundError if there is none, ValueError if it is a folder."""
    path = Path(path)
    if path.is_dir():
        raise ValueError(f"{path}: a folder, wanted a file; name the files in it")
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file; it is named in the config or its sheets, so put it there")
    with path.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256")
        return {"size": handle.tell(), "sha256": digest.hexdigest()}


def fingerprints(
    paths: Iterable[str | Path],
    relative_to: str | Path | None = None,
    threads: int = 1,
    told: Callable[[float], None] = lambda _: None,
) -> dict:
    """Path -> its fingerprint, sorted by path; paths within `relative_to` are written from there.

    `told` is called with 1 for each file that is done.
    """
    names = {str(path): _shown(path, relative_to) for path in paths}
    with ThreadPoolExecutor(threads) as pool:
        found = {}
        for name, printed in zip(names.values(), pool.map(fingerprint, names), strict=True):
            found[name] = printed
            told(1)
    return dict(sorted(found.items()))


def files_in(paths: Iterable[str | Path]) -> list[Path]:
    """The paths, and in place of each folder the files in it, at any depth; hidden ones are no results."""
    found = [file for path in map(Path, paths) for file in ([path] if not path.is_dir() else path.rglob("*"))]
    return sorted(file for file in found if not file.is_dir() and file.name[0] != ".")


def _shown(path: str | Path, folder: str | Path | None) -> str:
    if folder is None or not Path(path).is_relative_to(folder):
        return str(path)
    return Path(path).relative_to(folder).as_posix()


def settings_named(settings: Any, name: str, place: str = "") -> dict[str, Any]:
    """Dotted key -> value of every setting with this name, at any depth."""
    found: dict[str, Any] = {}
    for key, value in _items(settings):
        dotted = f"{place}.{key}".lstrip(".")
        found |= {dotted: value} if key == name else settings_named(value, name, dotted)
    return found


def _items(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from ((str(key), item) for key, item in value.items())
    elif isinstance(value, list | tuple):
        yield from ((str(number), item) for number, item in enumerate(value))


def code_version(checkout: str | Path) -> dict[str, Any]:
    """Which code runs: version and SHA-256 of the installed package, and the commit of the checkout of its rules.

    Returns
    -------
    dict
        `version`, `package_sha256`, `commit` (None outside of a git checkout), `dirty` (whether files of code differ
        from the commit; None without one).
    """
    # An unpacked archive inside of somebody's repository is no checkout of ours.
    top = git(checkout, "rev-parse", "--show-toplevel")
    commit = git(checkout, "rev-parse", "HEAD") if top and Path(top) == Path(checkout).resolve() else None
    changed = git(checkout, "status", "--porcelain", "--untracked-files=no", "--", *_CODE)
    return {
        "version": cisgrammar.__version__,
        "package_sha256": package_digest(Path(cisgrammar.__file__).parent),
        "commit": commit,
        "dirty": bool(changed) if commit else None,
    }


def package_digest(folder: Path) -> str:
    """SHA-256 of a package's sources: names and bytes of its modules and of the templates that they fill."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*.*") if path.suffix in _SOURCES):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def git(folder: str | Path, *arguments: str) -> str | None:
    """What a git command in a folder prints; None if it fails, or there is no git."""
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=60)
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def package_versions() -> dict[str, str | None]:
    """Python and each package that ours asks for -> its version; None for one that is not installed."""
    asked = (re.match(r"[\w.-]+", line) for line in metadata.requires("cisgrammar") or [])
    names = sorted({match[0] for match in asked if match})
    return {"python": platform.python_version(), **{name: _version(name) for name in names}}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def stage_manifest(settings: Mapping[str, Any], files: Mapping[str, Any], made_by: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest of one stage.

    Parameters
    ----------
    settings
        The stage's part of the config, with the rows of its sheets.
    files
        `inputs`, `upstream` (manifests of the stages before) and `files` (of the stage), each path -> fingerprint.
    made_by
        `code`, `packages`, `snakemake`.
    """
    seeds = settings_named(settings, "seed") | settings_named(settings, "seeds")
    return {
        "format": FORMAT,
        "config": dict(settings),
        "config_sha256": hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest(),
        "seeds": seeds,
        "device": settings_named(settings, "device"),
        **made_by,
        **files,
    }


def read_manifest(path: str | Path) -> dict[str, Any]:
    """Read a manifest; ValueError if the file is none of this format."""
    try:
        found = json.loads(Path(path).read_text())
    except ValueError as error:
        raise ValueError(f"{path}: not JSON ({error}); delete it and run again") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError(f"{path}: no {FORMAT}; delete it and run again")
    return found


def changed_files(manifest: Mapping[str, Any], folder: str | Path) -> list[str]:
    """One line for each file of a run's manifest that is not as it was: gone, or with other bytes.

    Parameters
    ----------
    manifest
        A run's or a stage's; inputs are looked for from the working folder, results from `folder`.
    folder
        The results.
    """
    parts = [manifest, *manifest.get("stages", {}).values()]
    listed = {name: print_ for part in parts for name, print_ in part.get("inputs", {}).items()}
    listed |= {str(Path(folder, name)): print_ for part in parts for name, print_ in part.get("files", {}).items()}
    return [line for name, print_ in sorted(listed.items()) if (line := _difference(name, print_))]


def run_files(manifest: Mapping[str, Any]) -> set[str]:
    """The results that a run's manifest vouches for, from its folder; the manifests themselves are among them."""
    stages = manifest.get("stages", {})
    named = {name for part in (manifest, *stages.values()) for name in part.get("files", {})}
    return named | {"manifest.json", *(f"{stage}/manifest.json" for stage in stages)}


def left_over(manifest: Mapping[str, Any], folder: str | Path) -> list[str]:
    """Files in a results folder that its run did not make: of stages, samples or folds that were removed; sorted.

    What a run keeps for itself is not named: hidden files, checkpoints, and its archive.

    Parameters
    ----------
    manifest
        A run's; a stage's says nothing of other files.
    folder
        The results.
    """
    if "stages" not in manifest:
        return []
    own = run_files(manifest)
    found = [path.relative_to(folder) for path in Path(folder).rglob("*") if path.is_file()]
    seen = [path.as_posix() for path in found if not any(part[0] == "." for part in path.parts)]
    return sorted(name for name in seen if name not in own and name.split("/")[0] not in _KEPT_BY_A_RUN)


def main(arguments: list[str]) -> int:
    """Print which files are not as a manifest says, and which it does not name; 1 if there are any.

    `python -m cisgrammar.manifest MANIFEST RESULTS`
    """
    if len(arguments) != 2:
        print("usage: python -m cisgrammar.manifest MANIFEST RESULTS", file=sys.stderr)
        return 2
    try:
        manifest, results = read_manifest(arguments[0]), Path(arguments[1])
        lines = changed_files(manifest, results)
        lines += [f"{results / name}: not of this run" for name in left_over(manifest, results)]
    except (ValueError, FileNotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(*lines, sep="\n", end="\n" if lines else "")
    return int(bool(lines))


def _difference(path: str, wanted: Mapping[str, Any]) -> str | None:
    if not Path(path).exists():
        return f"{path}: gone"
    return None if fingerprint(path) == dict(wanted) else f"{path}: other bytes than the manifest's"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
