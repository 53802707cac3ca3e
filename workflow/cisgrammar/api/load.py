"""Open what a run made, or a model of another tool, by its path alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import h5py

from cisgrammar.api.binding import BindingModel
from cisgrammar.api.profile import ProfileModels
from cisgrammar.api.results import Results
from cisgrammar.api.splice import SpliceModel
from cisgrammar.binding.model_file import FORMAT as BINDING
from cisgrammar.files.model_file import read_model_header, suffix_of
from cisgrammar.profile.models.saved import FORMAT as PROFILE
from cisgrammar.splice.calibration.tables import read_thresholds
from cisgrammar.splice.models.saved import FORMAT as SPLICE

_MODEL = "model.safetensors"
CALIBRATION = "calibration.json"
"""File beside a splice model with its thresholds and temperature."""
Loaded = ProfileModels | BindingModel | SpliceModel


def load(path: str | Path | Sequence[str | Path], device: str = "cpu") -> Loaded:
    """Load a model, ready to use.

    Parameters
    ----------
    path
        A model file: `.safetensors` of this package, BPReveal's `.keras`, ChromBPNet's profile model or SpliceAI's
        `.h5`; several profile or splice models, which are averaged; or a folder: a results folder or
        `results/combined/<sample>` (the residual model of every fold of the only sample), `results/binding/<model>`,
        `results/splice` (the network with its thresholds).
    device
        cpu or cuda.

    Returns
    -------
    ProfileModels, BindingModel or SpliceModel

    Raises
    ------
    ValueError
        One line that says what the path is and what was wanted.
    """
    if not isinstance(path, str | Path):
        paths = [Path(each) for each in path]
        if not paths:
            raise ValueError("no model file; wanted one or more to average")
        return SpliceModel(paths, None, device) if _is_splice(paths[0]) else ProfileModels(paths, device)
    path = Path(path)
    if path.is_dir():
        return _load_folder(path, device)
    if not path.exists():
        raise ValueError(f"{path}: no such file or folder; wanted a model file or the folder of a run")
    if _is_splice(path):
        return SpliceModel([path], _thresholds(path.parent), device)
    if suffix_of(path) == ".safetensors" and read_model_header(path).format == BINDING:
        return BindingModel(path)
    return ProfileModels([path], device)


def results(path: str | Path) -> Results:
    """Open the tables of a results folder."""
    return Results(path)


def _thresholds(folder: Path) -> tuple[float, float] | None:
    file = folder / CALIBRATION
    return read_thresholds(file) if file.is_file() else None


def _is_splice(path: Path) -> bool:
    """Whether a file is a splice network."""
    suffix = suffix_of(path)
    if suffix in (".h5", ".hdf5"):
        return not _is_chrombpnet(path)
    if suffix != ".safetensors":
        return suffix in (".pt", ".pth")  # OpenSpliceAI's
    found = read_model_header(path).format
    if found not in (BINDING, PROFILE, SPLICE):
        raise ValueError(f"{path}: a model of the format {found!r}; wanted {BINDING}, {PROFILE} or {SPLICE}")
    return found == SPLICE


def _is_chrombpnet(path: Path) -> bool:
    """Whether a Keras file has the layers of ChromBPNet; ValueError if it is no HDF5 file."""
    try:
        with h5py.File(path, "r") as file:
            config = file.attrs.get("model_config", "")
    except OSError as error:
        raise ValueError(f"{path}: no HDF5 file ({error}); wanted a Keras .h5 of ChromBPNet or SpliceAI") from None
    return "bpnet" in (config.decode() if isinstance(config, bytes) else str(config))


def _load_folder(folder: Path, device: str) -> Loaded:
    """The model of a folder of a run: binding, splice, or the folds of a sample."""
    if (folder / _MODEL).is_file():
        return load(folder / _MODEL, device)
    combined = folder / "combined" if (folder / "combined").is_dir() else folder
    # A run without bias has the one model.
    found = sorted(combined.glob("**/residual.safetensors")) or sorted(combined.glob("**/combined.safetensors"))
    samples = sorted({path.parent.parent for path in found})
    if len(samples) > 1:
        names = ", ".join(sample.name for sample in samples)
        raise ValueError(f"{folder}: models of the samples {names}; load one: {samples[0]}")
    if not found:
        raise ValueError(
            f"{folder}: no model in it; wanted a results folder with combined models, combined/<sample>, "
            "binding/<model>, or splice"
        )
    return ProfileModels(found, device)
