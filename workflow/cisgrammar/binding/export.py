"""Fitted models for others: a self-describing description, and their matrices as motifs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cisgrammar import __version__
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.mode import Mode
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.spacing import Spacing
from cisgrammar.iupac import BASES
from cisgrammar.motifs.motif import Matrix, Motif, from_energies


def centred_betas(psam: PSAM) -> Matrix:
    """Scores by position and base, `(positions, 4)`, -ddG/RT, the mean of each position taken off."""
    values = psam.get_filter(0)[0].T.detach().cpu().double().numpy()
    return values - values.mean(1, keepdims=True)


def _best_letters(betas: Matrix) -> str:
    return "".join(BASES[i] for i in betas.argmax(1))


def _numbers(values: Any) -> Any:
    """Nested lists with -inf as null, which JSON can hold."""
    array = values.detach().cpu().double().numpy()
    return np.where(np.isfinite(array), array, np.array(None)).tolist()


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
                "consensus": _best_letters(centred_betas(psam)),
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


def fitted_motifs(factors: Mapping[str, PSAM]) -> dict[str, Motif]:
    """The matrices of a model as motifs, by the names of its factors; pairs of positions are left out."""
    return {name: from_energies(name, centred_betas(psam)) for name, psam in factors.items()}
