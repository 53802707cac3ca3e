"""The file of a model: weights and all that is needed to build the model again, in one safetensors file.

The metadata of the file has one entry. Its name is the format (`cisgrammar-profile-1`), so that a file of another
stage is recognised; its value is JSON with `version` (of this package), `model` (kind and architecture) and
`provenance` (config, fingerprints of the data). Reading runs no code from the file.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

import cisgrammar
from cisgrammar.files.atomic import atomic_path
from cisgrammar.files.compression import compression_of
from cisgrammar.files.text import check_is_file

_HDF5, _ZIP = b"\x89HDF\r\n", b"PK\x03\x04"
_OURS = "cisgrammar-"


@dataclass(frozen=True)
class ModelHeader:
    """What a model file says besides its weights.

    Attributes
    ----------
    format
        Name of the stage's format.
    version
        Version of the package that wrote the file.
    model
        Kind and architecture, as the stage describes them.
    provenance
        Config, fingerprints of the data, and what else the writer gave.
    """

    format: str
    version: str
    model: dict[str, Any]
    provenance: dict[str, Any]


def write_model_file(
    path: str | Path,
    file_format: str,
    model: Mapping[str, Any],
    weights: Mapping[str, Tensor],
    provenance: Mapping[str, Any],
) -> None:
    """Write a model; the same content gives the same bytes.

    Parameters
    ----------
    path
        File to write.
    file_format
        Name of the stage's format, such as `cisgrammar-profile-1`.
    model
        Kind and architecture: JSON values from which the stage builds the model again.
    weights
        Name -> tensor, of any dtype and device. Tensors that share memory are written once for each name.
    provenance
        JSON values: config, fingerprints of the data.

    Raises
    ------
    ValueError
        If the format's name does not begin with `cisgrammar-`.
    DiskFullError
        If there is no room.
    """
    if not file_format.startswith(_OURS):
        raise ValueError(f"{path}: format {file_format!r}; wanted a name that begins with {_OURS!r}")
    header = {"version": cisgrammar.__version__, "model": dict(model), "provenance": dict(provenance)}
    # safetensors refuses tensors that share memory.
    own = {name: value.detach().cpu().contiguous().clone() for name, value in weights.items()}
    with atomic_path(path) as temporary:
        # One entry: safetensors writes several in an order that varies.
        temporary.write_bytes(save(own, {file_format: json.dumps(header, sort_keys=True)}))


def read_model_header(path: str | Path, file_format: str | None = None) -> ModelHeader:
    """Read what a model file says besides its weights.

    Parameters
    ----------
    path
        Model file.
    file_format
        The format that it must have; None takes that of any stage.

    Raises
    ------
    ValueError
        One line with the path: no such file, no safetensors file, a truncated one, one that this package did not
        write, or one of another format.
    """
    with _opened(path) as handle:
        return _header(path, file_format, handle.metadata() or {})


def read_model_file(path: str | Path, file_format: str | None = None) -> tuple[ModelHeader, dict[str, Tensor]]:
    """Read a model file: its header, and name -> tensor on the CPU; errors as `read_model_header`."""
    with _opened(path) as handle:
        header = _header(path, file_format, handle.metadata() or {})
        return header, {name: handle.get_tensor(name) for name in handle.keys()}  # noqa: SIM118 - no mapping


def suffix_of(path: str | Path) -> str:
    """The ending that a model file's content asks for, whatever it is called: `.keras`, `.h5`, `.pt`, `.safetensors`.

    The ending of its name, in small letters, where the content is none of these. ValueError if there is no such file,
    it is compressed, or stands for another (a pointer of Git LFS, a web page).
    """
    check_is_file(path)
    with open(path, "rb") as handle:
        head = handle.read(9)
    if head.startswith(_HDF5):
        return ".h5"
    if head[8:] == b"{":
        return ".safetensors"
    names = []
    if not head.startswith(_ZIP):
        _check_stored(path)
    else:
        with suppress(zipfile.BadZipFile), zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    if "config.json" in names:
        return ".keras"
    return ".pt" if any(name.endswith("data.pkl") for name in names) else Path(path).suffix.lower()


def _check_stored(path: str | Path) -> None:
    """ValueError if a file is compressed or stands for another."""
    if packed := compression_of(path):
        raise ValueError(f"{path}: compressed ({packed}); unpack it, a model file is read as it is") from None


def load_weights(module: nn.Module, weights: Mapping[str, Tensor], path: str | Path) -> None:
    """Put the weights of a model file into a module that was built as the file's header says.

    Raises
    ------
    ValueError
        One line that names the path and the first weight that is missing, unknown, of another shape or nan.
    """
    wanted = module.state_dict()
    odd = sorted(set(wanted) ^ set(weights))
    if odd:
        fault = "is missing" if odd[0] in wanted else "is unknown"
        raise ValueError(f"{path}: weight {odd[0]!r} {fault}: header and weights are not of one model")
    for name, value in weights.items():
        if value.shape != wanted[name].shape:
            shapes = f"{tuple(value.shape)}, wanted {tuple(wanted[name].shape)}"
            raise ValueError(f"{path}: weight {name!r} has shape {shapes}: header and weights are not of one model")
    check_weights(weights, path)
    module.load_state_dict(dict(weights))


def check_weights(weights: Mapping[str, Tensor], path: str | Path) -> None:
    """ValueError that names the first weight with a nan: of a training that diverged, or a damaged file."""
    for name, value in weights.items():
        if value.is_floating_point() and bool(value.isnan().any()):
            raise ValueError(f"{path}: weight {name!r} has a value that is no number; train the model again")


@contextmanager
def one_line(path: str | Path, wanted: str) -> Iterator[None]:
    """Whatever a file that is built otherwise makes of its reader: ValueError in one line with its path.

    A file may be that of another program or have been written by hand, so that any part of it may be missing, or of
    another kind.
    """
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError) as error:
        said = " ".join(str(error).split())
        if isinstance(error, ValueError) and said.startswith(str(path)) and said == str(error):
            raise
        raise ValueError(f"{path}: cannot be read ({type(error).__name__}: {said[:200]}); wanted {wanted}") from None


@contextmanager
def _opened(path: str | Path) -> Iterator[Any]:
    check_is_file(path)
    try:
        with safe_open(str(path), "pt") as handle:
            yield handle
    except (OSError, SafetensorError) as error:
        _check_stored(path)
        raise ValueError(
            f"{path}: not a readable model file ({error}); wanted a whole .safetensors of this package"
        ) from None


def _header(path: str | Path, wanted: str | None, metadata: Mapping[str, str]) -> ModelHeader:
    ours = [name for name in metadata if name.startswith(_OURS)]
    if len(ours) != 1:
        raise ValueError(
            f"{path}: its header has {sorted(metadata)}; wanted a model that this package wrote "
            f"({wanted or _OURS + '...'})"
        )
    if wanted not in (None, ours[0]):
        raise ValueError(f"{path}: a model of format {ours[0]}; wanted one of {wanted}")
    try:
        content = json.loads(metadata[ours[0]])
        return ModelHeader(ours[0], content["version"], content["model"], content["provenance"])
    except (json.JSONDecodeError, KeyError, RecursionError, TypeError) as error:
        raise ValueError(
            f"{path}: damaged header ({type(error).__name__}: {error}); wanted JSON with version, model and provenance"
        ) from None
