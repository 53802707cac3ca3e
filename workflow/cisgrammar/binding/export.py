"""Fitted models as files: a self-describing JSON, and matrices in the formats of motif databases."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cisgrammar import __version__
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.mode import Mode
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.spacing import Spacing
from cisgrammar.files.atomic import atomic_path

BASES = "ACGT"
Matrix = NDArray[np.float64]


def centred_betas(psam: PSAM) -> Matrix:
    """Scores by position and base, `(positions, 4)`, -ddG/RT, the mean of each position taken off."""
    values = psam.get_filter(0)[0].T.detach().cpu().double().numpy()
    return values - values.mean(1, keepdims=True)


def probabilities(betas: Matrix) -> Matrix:
    """Softmax of each position, `(positions, 4)`: shares of bases in sites of a uniform pool far from saturation."""
    shifted = np.exp(betas - betas.max(1, keepdims=True))
    return shifted / shifted.sum(1, keepdims=True)


def consensus(betas: Matrix) -> str:
    """Best base of each position."""
    return "".join(BASES[i] for i in betas.argmax(1))


def _numbers(values: Any) -> Any:
    """Nested lists with -inf as null, which JSON can hold."""
    array = values.detach().cpu().double().numpy()
    return np.where(np.isfinite(array), array, None).tolist()


def _spacing(spacing: Spacing, names: Mapping[int, str]) -> dict[str, Any]:
    windows = spacing.n_windows
    return {
        "factors": [names[id(psam)] for psam in spacing.psams],
        "max_overlap": spacing.max_overlap,
        "max_spacing": spacing.max_spacing,
        "score_mode": spacing.score_mode,
        "offsets": spacing.offsets(windows, windows).tolist(),
        "log_omega": _numbers(spacing.get_log_spacing(windows, windows)),
    }


def _binding(binding: Any, names: Mapping[int, str]) -> dict[str, Any]:
    if isinstance(binding, Mode):
        layer = binding.layer
        return {
            "type": "mode",
            "factor": names[id(binding.psam)],
            "bias_mode": layer.bias_mode,
            "bias_bin": layer.bias_bin,
            "log_posbias": _numbers(layer.log_posbias),
            "hill": binding.log_hill.exp().item(),
        }
    if isinstance(binding, Cooperativity):
        return {
            "type": "cooperativity",
            "factors": [names[id(psam)] for psam in binding.spacing.psams],
            "bias_mode": binding.bias_mode,
            "bias_bin": binding.bias_bin,
            "log_posbias": [_numbers(d) for d in binding.log_posbias] if binding.has_posbias else [],
            "hill": binding.log_hill.exp().item(),
        }
    return {"type": "nonspecific", "log_posbias": _numbers(binding.log_posbias)}


def describe(
    experiments: Mapping[str, Experiment], factors: Mapping[str, PSAM], extra: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Everything that a fitted model says, as plain lists and numbers.

    Parameters
    ----------
    experiments
        Library name -> experiment.
    factors
        Factor name -> matrix.
    extra
        Further entries, such as the config, metrics or a fingerprint of the data.
    """
    names = {id(psam): name for name, psam in factors.items()}
    spacings = {id(m): m for e in experiments.values() for m in e.modules() if isinstance(m, Spacing)}.values()
    return {
        "format": "cisgrammar.binding",
        "version": __version__,
        "alphabet": BASES,
        "units": "log scores are -ddG/RT; a position's mean over bases is zero",
        "factors": {
            name: {
                "consensus": consensus(centred_betas(psam)),
                "betas": centred_betas(psam).tolist(),
                "symmetry": list(psam.symmetry),
                "dilation": psam.dilation,
                "both_strands": psam.score_reverse,
                "parameters": psam.beta_items(),
            }
            for name, psam in factors.items()
        },
        "spacings": [_spacing(spacing, names) for spacing in spacings],
        "libraries": {
            name: {
                "rounds": [{"type": r.name, "reference": r.reference, "observed": r.observed} for r in e.rounds],
                "log_depth": _numbers(e.log_depth),
                "log_activity": _numbers(e.log_activity),
                "bindings": [_binding(b, names) for b in e.bindings],
            }
            for name, e in experiments.items()
        },
        **(extra or {}),
    }


def write_json(path: str | Path, content: Mapping[str, Any]) -> None:
    """Write a description; the same content gives the same bytes."""
    _write(path, json.dumps(content, indent=1, sort_keys=False, allow_nan=False) + "\n")


def read_json(path: str | Path) -> dict[str, Matrix]:
    """Centred matrices by factor name, from a description that `write_json` wrote."""
    content = json.loads(Path(path).read_text())
    if content.get("format") != "cisgrammar.binding":
        raise ValueError(f"{path}: not a binding model; wanted a JSON with format cisgrammar.binding")
    return {name: np.array(factor["betas"]) for name, factor in content["factors"].items()}


def read_probound_json(path: str | Path) -> dict[str, Matrix]:
    """Centred mononucleotide matrices of the last model in a ProBound fit (one JSON a line)."""
    lines = [line for line in Path(path).read_text().splitlines() if line.strip()]
    try:
        model = json.loads(lines[-1])
        modes = model["coefficients"]["bindingModes"]
    except (IndexError, KeyError, TypeError, json.JSONDecodeError):
        raise ValueError(f"{path}: not a ProBound fit; wanted lines of JSON with coefficients.bindingModes") from None
    out = {}
    for number, mode in enumerate(modes):
        values = np.array(mode["mononucleotide"], dtype=np.float64).reshape(-1, 4)
        if len(values):
            out[f"mode{number}"] = values - values.mean(1, keepdims=True)
    return out


def _write(path: str | Path, text: str) -> None:
    with atomic_path(path) as partial:
        partial.write_text(text)


def write_meme(path: str | Path, motifs: Mapping[str, Matrix]) -> None:
    """Write base shares of matrices in MEME format; the background is even."""
    parts = ["MEME version 4\n\nALPHABET= ACGT\n\nstrands: + -\n\nBackground letter frequencies\n"]
    parts.append(" ".join(f"{base} 0.25" for base in BASES) + "\n")
    for name, betas in motifs.items():
        parts.append(f"\nMOTIF {name}\nletter-probability matrix: alength= 4 w= {len(betas)} nsites= 1000 E= 0\n")
        parts += [" " + " ".join(f"{p:.6f}" for p in row) + "\n" for row in probabilities(betas)]
    _write(path, "".join(parts))


def write_jaspar(path: str | Path, motifs: Mapping[str, Matrix], sites: int = 1000) -> None:
    """Write matrices in JASPAR format, as counts out of `sites`."""
    parts = []
    for name, betas in motifs.items():
        counts = np.rint(probabilities(betas) * sites).astype(int)
        parts.append(f">{name} {name}\n")
        parts += [f"{base} [ {' '.join(str(n) for n in row)} ]\n" for base, row in zip(BASES, counts.T)]
    _write(path, "".join(parts))


def write_pfm(path: str | Path, betas: Matrix) -> None:
    """Write one matrix as base shares: four rows A C G T, a column a position, separated by tabs."""
    rows = probabilities(betas).T
    _write(path, "".join("\t".join(f"{p:.6f}" for p in row) + "\n" for row in rows))


def from_shares(shares: Sequence[Sequence[float]] | Matrix, pseudocount: float = 1e-3) -> Matrix:
    """Centred log shares `(positions, 4)` of a probability or count matrix: a start for a PSAM, or a motif to scan."""
    values = np.asarray(shares, dtype=np.float64)
    values = values / values.sum(1, keepdims=True)
    log_values = np.log(values + pseudocount)
    return log_values - log_values.mean(1, keepdims=True)


def read_meme(path: str | Path) -> dict[str, Matrix]:
    """Read base shares `(positions, 4)` by motif name; ValueError names the line that is wrong."""
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
    return _checked(path, motifs, "MEME")


def read_jaspar(path: str | Path) -> dict[str, Matrix]:
    """Read counts `(positions, 4)` by motif name; ValueError names the line that is wrong."""
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
    return _checked(path, {k: np.array(rows).T.tolist() for k, rows in motifs.items()}, "JASPAR")


def _row(fields: list[str], where: str) -> list[float]:
    try:
        values = [float(v) for v in fields]
    except ValueError:
        values = []
    if len(values) != 4 or min(values) < 0:
        raise ValueError(f"{where}: {' '.join(fields)[:40]!r} is not a row of 4 shares")
    return values


def _checked(path: str | Path, motifs: Mapping[str, list[list[float]]], kind: str) -> dict[str, Matrix]:
    empty = [name for name, rows in motifs.items() if not rows]
    if not motifs or empty:
        raise ValueError(f"{path}: {f'motif {empty[0]} is empty' if empty else 'no motif'}; wanted a {kind} file")
    return {name: np.array(rows) for name, rows in motifs.items()}
