"""A path alone tells what is loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest

import cisgrammar
from cisgrammar.api.binding import BindingModel
from cisgrammar.api.load import load, results
from cisgrammar.api.profile import ProfileModels
from cisgrammar.api.splice import SpliceModel
from cisgrammar.files.model_file import write_model_file
from cisgrammar.profile.models.saved import save_model
from cisgrammar.profile.models.solo import SoloModel
from toy_profile import network
from toy_profile_models import HEADS


def write_folds(folder, folds=2):
    paths = []
    for i in range(folds):
        path = folder / f"fold{i}" / "residual.safetensors"
        path.parent.mkdir(parents=True)
        save_model(path, SoloModel(network(4, 1, 3, 3), 20, HEADS, seed=i))
        paths.append(path)
    return paths


def test_files_and_folders_of_a_run(tmp_path, binding_file, splice_folder):
    paths = write_folds(tmp_path / "combined" / "yeast")
    for given, folds in ((tmp_path, 2), (tmp_path / "combined" / "yeast", 2), (paths[0], 1), (paths, 2)):
        found = load(given)
        assert isinstance(found, ProfileModels)
        assert len(found.models) == folds
    for given in (binding_file, binding_file.parent):
        assert isinstance(load(given), BindingModel)
    for given in (splice_folder, splice_folder / "model.safetensors"):
        found = load(given)
        assert isinstance(found, SpliceModel)
        assert found.model.thresholds.tolist() == [0.3, 0.35]
    both = load([splice_folder / "model.safetensors"] * 2)
    assert isinstance(both, SpliceModel)
    assert len(both.paths) == 2
    assert results(tmp_path).path == tmp_path


def test_several_samples_are_not_averaged(tmp_path):
    for sample in ("a", "b"):
        write_folds(tmp_path / "combined" / sample)
    with pytest.raises(ValueError, match="samples a, b; load one"):
        load(tmp_path)


def test_what_cannot_be_loaded_is_said(tmp_path):
    with pytest.raises(ValueError, match="no model in it"):
        load(tmp_path)
    with pytest.raises(ValueError, match="no such file or folder"):
        load(tmp_path / "none")
    (tmp_path / "x.safetensors").write_text("no")
    with pytest.raises(ValueError, match=r"x\.safetensors"):
        load(tmp_path / "x.safetensors")
    (tmp_path / "x.h5").write_text("no")
    with pytest.raises(ValueError, match=r"x\.h5: no HDF5 file .* wanted a Keras"):
        load(tmp_path / "x.h5")
    write_model_file(tmp_path / "odd.safetensors", "cisgrammar-odd-1", {}, {}, {})
    with pytest.raises(ValueError, match="cisgrammar-odd-1"):
        load(tmp_path / "odd.safetensors")


def test_the_package_offers_both_and_imports_no_torch_for_it():
    assert cisgrammar.load is load
    assert cisgrammar.results is results
    with pytest.raises(AttributeError, match="absent"):
        cisgrammar.absent  # noqa: B018 - the access is the test
    code = "import sys, cisgrammar; print(sorted({'torch', 'numpy', 'pandas'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


def test_a_model_called_otherwise_is_loaded_by_its_content(tmp_path, splice_folder):
    (profile,) = write_folds(tmp_path, 1)
    for name, of in (("x.h5", profile), ("x", profile), ("x.MODEL", splice_folder / "model.safetensors")):
        (tmp_path / name).write_bytes(of.read_bytes())
    assert isinstance(load(tmp_path / "x.h5"), ProfileModels)
    assert isinstance(load(tmp_path / "x"), ProfileModels)
    assert isinstance(load(tmp_path / "x.MODEL"), SpliceModel)


def test_no_model_at_all_is_said():
    with pytest.raises(ValueError, match="no model file; wanted one or more to average"):
        load([])
