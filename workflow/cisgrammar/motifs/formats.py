"""Motifs as files: MEME, JASPAR, HOMER, PFM, fits of ProBound, models of the binding stage, and motifs of a run.

A reader gives the motifs of a file by name, in its order, and ValueError names the file and the line that is wrong. A
name that is there twice gets a number, which is logged.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from cisgrammar.files.atomic import write_json, write_text
from cisgrammar.files.text import read_lines, read_text
from cisgrammar.iupac import BASES
from cisgrammar.motifs.matrices import is_matrices, read_matrices
from cisgrammar.motifs.motif import Motif, from_energies
from cisgrammar.motifs.plain_rows import is_plain, read_plain
from cisgrammar.motifs.rows import MotifRows, are_positions, numbers

_MOTIFS, _BINDING = "cisgrammar.ablation.motifs", "cisgrammar.binding"
_LARGEST_ENERGY = 500
_COMMENTS = ("#", ";", "<")
"""How lines begin that hold nothing: comments, of RSAT with a semicolon, and the end of a motif of Cluster-Buster."""
_WIDTH = re.compile(r"\bw=\s*(\d+)")
_LETTERS = re.compile(r"\balength=\s*(\d+)")


def write_meme(path: str | Path, motifs: Mapping[str, Motif]) -> None:
    """Write base shares in MEME format; the background is even."""
    parts = [f"MEME version 4\n\nALPHABET= {BASES}\n\nstrands: + -\n\nBackground letter frequencies\n"]
    parts.append(" ".join(f"{base} 0.25" for base in BASES) + "\n")
    for name, motif in motifs.items():
        parts.append(f"\nMOTIF {name}\nletter-probability matrix: alength= 4 w= {motif.width} nsites= 1000 E= 0\n")
        parts += [" " + " ".join(f"{p:.6f}" for p in row) + "\n" for row in motif.shares]
    write_text(path, "".join(parts))


def read_meme(path: str | Path) -> dict[str, Motif]:
    """Read the base shares of a MEME file; a motif's rows must be as many as its `w=` says, if that is there."""
    rows = MotifRows(path, "MEME")
    width, done = None, True
    for number, line in read_lines(path):
        fields = line.split()
        if line.startswith("ALPHABET=") and "".join(fields)[9:].upper() not in (BASES, "ACGU"):
            raise ValueError(f"{path}:{number}: {line.strip()[:60]!r}; wanted motifs of DNA, ALPHABET= {BASES}")
        if line.startswith("MOTIF"):
            if len(fields) < 2:
                raise ValueError(f"{path}:{number}: MOTIF without a name")
            rows.check_width(width)
            rows.begin(fields[1], number)
            width, done = None, True
        elif line.startswith("letter-probability matrix"):
            if rows.empty:
                raise ValueError(f"{path}:{number}: a matrix before any MOTIF line")
            letters, columns = _LETTERS.search(line), _WIDTH.search(line)
            if letters and letters[1] != "4":
                raise ValueError(f"{path}:{number}: alength= {letters[1]}; wanted motifs of DNA, alength= 4")
            width, done = int(columns[1]) if columns else None, False
        elif done or not fields:
            # Without w= a blank line ends a matrix.
            done = done or (width is None and rows.width > 0)
        elif (rows.width == width and numbers(fields) is None) or fields[0] == "URL":
            done = True
        else:
            rows.add(fields, number)
    rows.check_width(width)
    return rows.motifs()


def write_jaspar(path: str | Path, motifs: Mapping[str, Motif], sites: int = 1000) -> None:
    """Write motifs in JASPAR format, as counts out of `sites`."""
    parts = []
    for name, motif in motifs.items():
        counts = np.rint(motif.shares * sites).astype(int)
        parts.append(f">{name} {name}\n")
        parts += [f"{base} [ {' '.join(str(n) for n in row)} ]\n" for base, row in zip(BASES, counts.T, strict=True)]
    write_text(path, "".join(parts))


def read_jaspar(path: str | Path) -> dict[str, Motif]:
    """Read the counts of a JASPAR file: below a line `>name` a row for each base, in any order if it begins with it."""
    rows = MotifRows(path, "JASPAR")
    for number, line in read_lines(path):
        if line.startswith(">"):
            rows.begin((line[1:].split() or [""])[0], number)
        elif line.strip() and not line.startswith("#"):
            rows.add_base(re.sub(r"[\[\]|:,]", " ", line).split(), number)
    return rows.of_bases()


def read_homer(path: str | Path) -> dict[str, Motif]:
    """Read the base shares of a HOMER file: below a line `>consensus`, tab, name, a row for each position."""
    rows = MotifRows(path, "HOMER")
    for number, line in read_lines(path):
        if line.startswith(">"):
            columns = [column.strip() for column in line[1:].split("\t") if column.strip()]
            rows.begin("_".join((columns[1:2] or columns or [""])[0].split()), number)
        elif line.strip() and not line.startswith(("#", "<")):  # Cluster-Buster ends a motif so
            rows.add(line.split(), number)
    return rows.motifs()


def write_pfm(path: str | Path, motif: Motif) -> None:
    """Write one motif as base shares: four rows A C G T, a column a position, separated by tabs."""
    write_text(path, "".join("\t".join(f"{p:.6f}" for p in row) + "\n" for row in motif.shares.T))


def read_pfm(path: str | Path) -> dict[str, Motif]:
    """Read one motif of four rows A C G T, shares or counts, which has the name of its file without the ending."""
    rows = MotifRows(path, "PFM")
    rows.begin(Path(path).stem, 1)
    for number, line in read_lines(path):
        if line.strip() and not line.startswith("#"):
            rows.add_base(re.sub(r"[\[\]|:,]", " ", line).split(), number)
    return rows.of_bases()


def read_probound_json(path: str | Path) -> dict[str, Motif]:
    """Read the mononucleotide matrices of the last model in a ProBound fit (one JSON a line, or one in all)."""
    text = read_text(path, of_data=True)
    wanted = "wanted lines of JSON with coefficients.bindingModes"
    try:
        modes = _last_json(text)["coefficients"]["bindingModes"]
        matrices = [np.array(mode["mononucleotide"], dtype=np.float64) for mode in modes]
    except (IndexError, KeyError, TypeError, ValueError):
        raise ValueError(f"{path}: not a ProBound fit; {wanted}") from None
    named = {f"mode{number}": matrix for number, matrix in enumerate(matrices) if matrix.size}
    if not named:
        raise ValueError(f"{path}: no binding mode with a matrix in it; {wanted}")
    return {name: _of_energies(path, name, matrix) for name, matrix in named.items()}


def _last_json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return json.loads([line for line in text.splitlines() if line.strip()][-1])


def _of_energies(path: str | Path, name: str, values: Any) -> Motif:
    try:
        matrix = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        matrix = np.array([np.nan])
    if matrix.size == 0 or matrix.size % 4 or not (np.abs(matrix) <= _LARGEST_ENERGY).all():
        raise ValueError(
            f"{path}: motif {name}: wanted 4 numbers for each position, -ddG/RT, of at most {_LARGEST_ENERGY}"
        )
    return from_energies(name, matrix.reshape(-1, 4))


def read_binding_model(path: str | Path) -> dict[str, Motif]:
    """Read the factors of a `model.json` of the binding stage."""
    try:
        content = json.loads(read_text(path, of_data=True))
        betas = {name: factor["betas"] for name, factor in content["factors"].items()}
        known = content["format"] == _BINDING
    except (AttributeError, KeyError, TypeError, json.JSONDecodeError):
        known, betas = False, {}
    if not known:
        raise ValueError(f"{path}: not a binding model; wanted a JSON with format {_BINDING}")
    return {name: _of_energies(path, name, values) for name, values in betas.items()}


def read_motif_file(path: str | Path) -> dict[str, Motif]:
    """Read a file of motifs in any of these formats, told by its content.

    MEME, JASPAR, HOMER, PFM, TRANSFAC, STAMP, CIS-BP, UniPROBE, ProBound, and a `model.json` of the binding stage.

    Raises
    ------
    ValueError
        As the readers of each format; naming the formats if it is none of them.
    """
    lines = [
        line.strip()
        for line in read_text(path, of_data=True).splitlines()
        if line.strip() and not line.startswith(_COMMENTS)
    ]
    first = lines[0] if lines else ""
    if first.startswith("{"):
        ours = f'"{_BINDING}"' in "".join(lines[:3])[:1000]
        found = read_binding_model(path) if ours else read_probound_json(path)
        # To a run they are motifs of a file: its binding stage did not make them.
        return {name: replace(motif, source="motifs") for name, motif in found.items()}
    if first.startswith(">"):
        return read_homer(path) if _is_homer(lines) else read_jaspar(path)
    if first.startswith("MEME") or any(line.startswith("MOTIF") for line in lines):
        return read_meme(path)
    if is_plain(lines):
        return read_plain(path)
    if len(lines) == 4 and all(numbers(re.sub(r"[\[\]|:,]|^[ACGTacgt]\b", " ", line).split()) for line in lines):
        return read_pfm(path)
    if is_matrices(lines):
        return read_matrices(path)
    raise ValueError(
        f"{path}: no motif; wanted a file of MEME, JASPAR, HOMER, TRANSFAC, STAMP, CIS-BP, UniPROBE, PFM (4 rows A "
        "C G T) or ProBound"
    )


def read_motif_files(paths: Sequence[str | Path]) -> dict[str, Motif]:
    """Read several files; a name that an earlier file has too gets the name of its file in front."""
    found: dict[str, Motif] = {}
    for path in paths:
        for name, motif in read_motif_file(path).items():
            free = f"{Path(path).stem}:{name}" if name in found else name
            if free in found:
                raise ValueError(f"{path}: motif {name} is in two files of this name; rename one of them")
            found[free] = replace(motif, name=free)
    return found


def _is_homer(lines: Sequence[str]) -> bool:
    """Whether the first motif below a > line has a row for each position (HOMER) and not for each base (JASPAR)."""
    rows = list(_rows_of_first(lines))
    values = [numbers(row) for row in rows]
    if any(row is None or len(row) != 4 for row in values):
        return False
    return len(rows) != 4 or are_positions([row for row in values if row is not None])


def _rows_of_first(lines: Sequence[str]) -> Iterator[list[str]]:
    for line in lines[1:]:
        if line.startswith(">"):
            return
        yield line.split()


def write_motifs(path: str | Path, motifs: Mapping[str, Motif]) -> None:
    """Write motifs and decoys of a run as JSON."""
    write_json(path, {"format": _MOTIFS, "motifs": [_plain(motif) for motif in motifs.values()]})


def read_motifs(path: str | Path) -> dict[str, Motif]:
    """Read motifs that `write_motifs` wrote."""
    try:
        content = json.loads(Path(path).read_text())
    except json.JSONDecodeError:
        content = None
    if not isinstance(content, dict) or content.get("format") != _MOTIFS:
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
