"""What a stage recorded, beside the run that reports it: equal, or an error that says what to run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cisgrammar.manifest import read_manifest
from cisgrammar.provenance.record import Record

_SHOWN = 10


def jobs_of(records: Iterable[Record]) -> dict[str, dict[str, Any]]:
    """Rule -> digest of its code, and the numbers of threads that its jobs had; for a stage's manifest.

    Raises
    ------
    ValueError
        If jobs of one rule had different code.
    """
    found: dict[str, dict[str, Any]] = {}
    for record in sorted(records, key=lambda record: record.rule):
        job = found.setdefault(record.rule, {"code": record.code, "threads": []})
        if job["code"] != record.code:
            raise ValueError(
                f"{record.rule}: its files were made with different versions of the code; make them again with "
                f"`snakemake --forcerun {record.rule}`"
            )
        job["threads"] = sorted({*job["threads"], record.threads})
    return found


def check_inputs(records: Iterable[Record], inputs: Mapping[str, Mapping[str, Any]]) -> None:
    """ValueError if a job read another content of an input file than the file has now.

    Parameters
    ----------
    records
        Of the stage's jobs.
    inputs
        Path -> `size` and `sha256` now.
    """
    for record in records:
        for path, read in record.inputs.items():
            now = inputs.get(path)
            if now is not None and (now["size"], now["sha256"]) != (read.size, read.sha256):
                raise ValueError(
                    f"{path}: has changed since {record.rule} read it; run the same command again, which makes its "
                    "files again"
                )


def check_stages(manifests: Iterable[str | Path], wanted: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Read the manifests of stages and compare them with the present run.

    Parameters
    ----------
    manifests
        `<results>/<stage>/manifest.json` of each stage.
    wanted
        Stage -> `settings`, its part of the config, and `code`, rule -> digest of its code now.

    Returns
    -------
    dict
        Stage -> its manifest.

    Raises
    ------
    ValueError
        If a stage was made with other settings or code; it names stage and keys, and the command that makes it again.
    """
    found = {Path(path).parent.name: read_manifest(path) for path in manifests}
    lines, rules = [], []
    for stage, manifest in found.items():
        settings = json.loads(json.dumps(wanted[stage]["settings"]))
        keys = [
            key for key in sorted({*settings, *manifest["config"]}) if settings.get(key) != manifest["config"].get(key)
        ]
        jobs = manifest.get("jobs", {})
        other = [rule for rule, job in jobs.items() if wanted[stage]["code"].get(rule, job["code"]) != job["code"]]
        said = [*keys, *(f"code of {rule}" for rule in other)]
        if said:
            lines.append(f"{stage} ({', '.join(said)})")
            rules += (other if other and not keys else list(jobs)) or ["write_manifest"]
    if lines:
        raise ValueError(
            f"results of another config or code: {'; '.join(lines[:_SHOWN])}; run the same command again, or make them "
            f"again with `snakemake --forcerun {' '.join(dict.fromkeys(rules))}`"
        )
    return found
