"""The covariance of a fit's parameters as a file beside the model's, so that errors of what follows can be computed."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from cisgrammar.binding.likelihood.coordinate import Coordinate
from cisgrammar.binding.likelihood.fitted import Fitted
from cisgrammar.binding.likelihood.standard_errors import Covariance
from cisgrammar.binding.model_file import LoadedBinding, named_parameters
from cisgrammar.files.atomic import atomic_hdf5

_FORMAT = "cisgrammar binding covariance 1"


def write_covariance(path: str | Path, covariance: Covariance, fitted: Fitted) -> None:
    """Write a covariance as HDF5: `parameter` and `index` of each number, `matrix`, `undetermined`.

    Parameters are called as in the model's file (`binding.model_file`).
    """
    names = {id(p): name for name, p in named_parameters(fitted.experiments, fitted.factors).items()}
    numbers = covariance.numbers
    with atomic_hdf5(path) as file:
        file.attrs["format"] = _FORMAT
        file["parameter"] = np.array([names[id(number.parameter)].encode() for number in numbers], dtype="S")
        file["index"] = np.array([number.index for number in numbers], dtype=np.int64)
        file["matrix"] = covariance.matrix
        file["undetermined"] = covariance.undetermined


def read_covariance(path: str | Path, model: LoadedBinding) -> Covariance:
    """Read the covariance of a model that was loaded from its file.

    Raises
    ------
    ValueError
        If it is no such file, or one of another model.
    """
    try:
        with h5py.File(path, "r") as file:
            if file.attrs.get("format") != _FORMAT:
                raise ValueError(f"{path}: not the covariance of a binding model; run the binding stage again")
            names = [name.decode() for name in file["parameter"][:]]
            index = file["index"][:].tolist()
            matrix, undetermined = file["matrix"][:], file["undetermined"][:]
    except OSError as error:
        raise ValueError(f"{path}: not a readable HDF5 file ({error}); run the binding stage again") from None
    known = named_parameters(model.experiments, model.motifs)
    for name, place in zip(names, index, strict=True):
        if name not in known or place >= known[name].numel():
            raise ValueError(f"{path}: no number {place} of {name} in the model beside it; they are of different fits")
    return Covariance([Coordinate(known[n], i) for n, i in zip(names, index, strict=True)], matrix, undetermined)
