"""What a run asks of the machine: a folder that takes files, and GPUs."""

import logging
import tempfile

import pytest
import torch

from cisgrammar.check import machine
from cisgrammar.check.machine import check_gpu, check_writable
from cisgrammar.config.schema import parse_config
from toy_check import CONFIG


def test_a_folder_that_is_there_or_can_be_made_takes_files_and_keeps_none(tmp_path):
    for folder in (tmp_path, tmp_path / "a" / "b"):
        check_writable(folder)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("folder", ["/proc/none", "/proc/none/results", "/sys/x"])
def test_a_file_system_that_takes_no_files_is_named(folder):
    with pytest.raises(
        ValueError, match=rf"results: nothing can be written into {folder.split('/x')[0][:5]}.*permissions"
    ):
        check_writable(folder)


def test_a_folder_without_permission_is_named(tmp_path, monkeypatch):
    def refuse(dir):
        raise PermissionError(13, "Permission denied", str(dir))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(ValueError, match=rf"results: nothing can be written into {tmp_path} \(Permission denied\)"):
        check_writable(tmp_path / "results")


@pytest.mark.parametrize("name", ["f", "f/results"])
def test_a_file_is_no_folder(tmp_path, name):
    (tmp_path / "f").write_text("")
    with pytest.raises(ValueError, match="f is a file; name a folder"):
        check_writable(tmp_path / name)


def test_a_link_to_nowhere_is_named(tmp_path):
    (tmp_path / "results").symlink_to(tmp_path / "none")
    with pytest.raises(ValueError, match="results is a link to nowhere"):
        check_writable(tmp_path / "results" / "a")


def gpus(monkeypatch, number, slurm=False):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: number > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: number)
    monkeypatch.setattr(machine.shutil, "which", lambda name: "/bin/sbatch" if slurm else None)


ON_GPU = {
    **CONFIG,
    "combined": {"architecture": {"layers": 2}, "training": {"device": "cuda", "processes": 2}},
    "binding": {**CONFIG["binding"], "device": "cuda"},
}


def test_without_a_gpu_the_keys_that_ask_for_one_are_named(monkeypatch):
    gpus(monkeypatch, 0)
    check_gpu(parse_config(CONFIG))
    with pytest.raises(
        ValueError, match=r"combined\.training\.device, binding\.device: cuda, 2 GPUs wanted, torch sees 0"
    ):
        check_gpu(parse_config(ON_GPU))


def test_each_process_needs_its_own(monkeypatch):
    gpus(monkeypatch, 1)
    with pytest.raises(ValueError, match=r"^combined\.training\.device: cuda, 2 GPUs wanted, torch sees 1 here; use"):
        check_gpu(parse_config(ON_GPU))
    gpus(monkeypatch, 2)
    check_gpu(parse_config(ON_GPU))


def test_where_slurm_is_a_missing_gpu_is_a_note(monkeypatch, caplog):
    gpus(monkeypatch, 0, slurm=True)
    with caplog.at_level(logging.WARNING):
        check_gpu(parse_config(ON_GPU))
    assert "torch sees 0 here; the nodes of the cluster must have them" in caplog.text
