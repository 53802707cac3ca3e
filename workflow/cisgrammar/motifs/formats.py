"""Motifs as files: MEME, JASPAR, PFM, fits of ProBound, models of the binding stage, and motifs of a run.

A reader gives the motifs of a file by name, in its order, and ValueError names what is wrong with the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cisgrammar.files.atomic import write_json, write_text
from cisgrammar.iupac import BASES
from cisgrammar.motifs.motif import Matrix, Motif, from_energies, from_shares

_MOTIFS, _BINDING = "cisgrammar.ablation.motifs", "cisgrammar.binding"


def write_meme(path: str | Path, motifs: Mapping[str, Motif]) -> None:
    """Write base shares in MEME format; the background is even."""
    parts = [f"MEME version 4\n\nALPHABET= {BASES}\n\nstrands: + -\n\nBackground letter frequencies\n"]
    parts.append(" ".join(f"{base} 0.25" for base in BASES) + "\n")
    for name, motif in motifs.items():
        parts.append(f"\nMOTIF {name}\nletter-probability matrix: alength= 4 w= {motif.width} nsites= 1000 E= 0\n")
        parts += [" " + " ".join(f"{p:.6f}" for p in row) + "\n" for row in motif.shares]
    write_text(path, "".join(parts))


def read_meme(path: str | Path) -> dict[str, Motif]:
    """Read the base shares of a MEME file; ValueError names the line that is wrong."""
    motifs: dict[str, list[list[float]]] = {}
    name, inside = "", False
    for number, line in enumerate(Path(path).read_text().splitlines(), start=1):
        fields = line.split()
        if line.startswith("MOTIF"):
            if len(fields) < 2:
                raise ValueError(f"{path}:{number}: MOTIF without a name")
            name, inside = fields[1], False
        elif line.startswith("letter-probability matrix"):
            if not name:
                raise ValueError(f"{path}:{number}: a matrix before any MOTIF line")
            motifs[name], inside = [], True
        elif inside and fields:
            if fields[0] == "URL":
                inside = False
                continue
            motifs[name].append(_row(fields, f"{path}:{number}"))
        else:
            inside = inside and not (motifs.get(name) and not fields)
    return _of_shares(path, motifs, "MEME")


def write_jaspar(path: str | Path, motifs: Mapping[str, Motif], sites: int = 1000) -> None:
    """Write motifs in JASPAR format, as counts out of `sites`."""
    parts = []
    for name, motif in motifs.items():
        counts = np.rint(motif.shares * sites).astype(int)
        parts.append(f">{name} {name}\n")
        parts += [f"{base} [ {' '.join(str(n) for n in row)} ]\n" for base, row in zip(BASES, counts.T, strict=True)]
    write_text(path, "".join(parts))


def read_jaspar(path: str | Path) -> dict[str, Motif]:
    """Read the counts of a JASPAR file; ValueError names the line that is wrong."""
    motifs: dict[str, list[list[float]]] = {}
    name = ""
    for number, line in enumerate(Path(path).read_text().splitlines(), start=1):
        if line.startswith(">"):
            name = (line[1:].split() or [""])[0]
            motifs[name] = []
        elif line.strip():
            values = line.replace("[", " ").replace("]", " ").split()
            values = values[1:] if values and values[0] in BASES else values
            try:
                motifs[name].append([float(v) for v in values])
            except (KeyError, ValueError):
                raise ValueError(
                    f"{path}:{number}: {line.strip()[:40]!r} is not a row of counts under a > line"
                ) from None
    for motif, rows in motifs.items():
        if len(rows) != 4 or len({len(row) for row in rows}) != 1:
            raise ValueError(f"{path}: motif {motif} has rows of {[len(r) for r in rows]} numbers, wanted 4 alike")
    return _of_shares(path, {name: np.array(rows).T.tolist() for name, rows in motifs.items()}, "JASPAR")


def write_pfm(path: str | Path, motif: Motif) -> None:
    """Write one motif as base shares: four rows A C G T, a column a position, separated by tabs."""
    write_text(path, "".join("\t".join(f"{p:.6f}" for p in row) + "\n" for row in motif.shares.T))


def read_pfm(path: str | Path) -> dict[str, Motif]:
    """Read one motif of four rows A C G T, shares or counts, which has the name of its file without the ending."""
    rows: list[list[float]] = []
    for number, line in enumerate(Path(path).read_text().splitlines(), start=1):
        if line.strip():
            try:
                rows.append([float(v) for v in line.split()])
            except ValueError:
                raise ValueError(f"{path}:{number}: {line.strip()[:40]!r} is not a row of numbers") from None
    if len(rows) != 4 or len({len(row) for row in rows}) != 1:
        raise ValueError(f"{path}: rows of {[len(row) for row in rows]} numbers, wanted 4 alike (A C G T)")
    return _of_shares(path, {Path(path).stem: np.array(rows).T.tolist()}, "PFM")


def read_probound_json(path: str | Path) -> dict[str, Motif]:
    """Read the mononucleotide matrices of the last model in a ProBound fit (one JSON a line)."""
    lines = [line for line in Path(path).read_text().splitlines() if line.strip()]
    try:
        model = json.loads(lines[-1])
        modes = model["coefficients"]["bindingModes"]
    except (IndexError, KeyError, TypeError, json.JSONDecodeError):
        raise ValueError(f"{path}: not a ProBound fit; wanted lines of JSON with coefficients.bindingModes") from None
    matrices = (np.array(mode["mononucleotide"], dtype=np.float64).reshape(-1, 4) for mode in modes)
    named = {f"mode{number}": matrix for number, matrix in enumerate(matrices) if len(matrix)}
    return {name: from_energies(name, matrix) for name, matrix in named.items()}


def read_binding_model(path: str | Path) -> dict[str, Motif]:
    """Read the factors of a `model.json` of the binding stage."""
    content = json.loads(Path(path).read_text())
    if content.get("format") != _BINDING:
        raise ValueError(f"{path}: not a binding model; wanted a JSON with format {_BINDING}")
    return {name: from_energies(name, np.array(factor["betas"])) for name, factor in content["factors"].items()}


def write_motifs(path: str | Path, motifs: Mapping[str, Motif]) -> None:
    """Write motifs and decoys of a run as JSON."""
    write_json(path, {"format": _MOTIFS, "motifs": [_plain(motif) for motif in motifs.values()]})


def read_motifs(path: str | Path) -> dict[str, Motif]:
    """Read motifs that `write_motifs` wrote."""
    content = json.loads(Path(path).read_text())
    if content.get("format") != _MOTIFS:
        raise ValueError(f"{path}: not a file of motifs; delete it and run the ablation stage again")
    found = {}
    for entry in content["motifs"]:
        scores = np.array([[-np.inf if s is None else s for s in row] for row in entry["scores"]])
        affinity = np.nan if entry["log_affinity"] is None else entry["log_affinity"]
        shares = np.array(entry["shares"])
        found[entry["name"]] = Motif(entry["name"], entry["source"], shares, scores, entry["decoy_of"], affinity)
    return found


def _plain(motif: Motif) -> dict[str, Any]:
    return {
        "name": motif.name,
        "source": motif.source,
        "decoy_of": motif.decoy_of,
        "consensus": motif.consensus,
        "log_affinity": None if np.isnan(motif.log_affinity) else round(motif.log_affinity, 6),
        "shares": motif.shares.round(6).tolist(),
        "scores": [[None if np.isneginf(s) else round(s, 6) for s in row] for row in motif.scores.tolist()],
    }


def _row(fields: list[str], where: str) -> list[float]:
    try:
        values = [float(v) for v in fields]
    except ValueError:
        values = []
    if len(values) != 4 or min(values) < 0:
        raise ValueError(f"{where}: {' '.join(fields)[:40]!r} is not a row of 4 shares")
    return values


def _of_shares(path: str | Path, motifs: Mapping[str, list[list[float]]], kind: str) -> dict[str, Motif]:
    empty = [name for name, rows in motifs.items() if not rows]
    if not motifs or empty:
        raise ValueError(f"{path}: {f'motif {empty[0]} is empty' if empty else 'no motif'}; wanted a {kind} file")
    matrices: dict[str, Matrix] = {name: np.array(rows) for name, rows in motifs.items()}
    return {name: from_shares(name, matrix) for name, matrix in matrices.items()}
