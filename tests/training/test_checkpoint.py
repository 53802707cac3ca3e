"""The state of a training on disk, and requests to stop."""

import signal

import pytest
import torch

from cisgrammar.training import checkpoint
from cisgrammar.training.checkpoint import Preempted, StopRequest, load_checkpoint, save_checkpoint


def test_a_state_comes_back_unless_it_is_of_another_run(tmp_path):
    path = tmp_path / "folder" / "checkpoint.pt"
    assert load_checkpoint(path, "a") is None
    save_checkpoint(path, {"fingerprint": "a", "weights": torch.arange(3), "step": 7})
    state = load_checkpoint(path, "a")
    assert state["weights"].tolist() == [0, 1, 2]
    assert state["step"] == 7
    assert load_checkpoint(path, "b") is None


def test_equal_states_are_equal_files(tmp_path):
    for name in ("a.pt", "b.pt"):
        save_checkpoint(tmp_path / name, {"fingerprint": "a", "weights": torch.ones(3)})
    assert (tmp_path / "a.pt").read_bytes() == (tmp_path / "b.pt").read_bytes()


@pytest.mark.parametrize(
    ("number", "error"), [(signal.SIGTERM, Preempted), (signal.SIGHUP, Preempted), (signal.SIGINT, KeyboardInterrupt)]
)
def test_a_signal_waits_for_the_step_and_stops_at_once_elsewhere(number, error):
    with StopRequest() as stop:
        signal.raise_signal(number)
        assert stop.asked == number
        with pytest.raises(error), stop.at_once():
            pytest.fail("work began after a signal")
    with StopRequest() as stop, pytest.raises(error), stop.at_once():
        signal.raise_signal(number)


@pytest.mark.parametrize("content", [b"", b"garbage", b"PK\x03\x04 cut", None])
def test_what_is_no_checkpoint_is_one_line_and_a_fresh_start(tmp_path, caplog, content):
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, {"fingerprint": "a", "weights": torch.arange(1000)})
    path.write_bytes(path.read_bytes()[:-300] if content is None else content)
    assert load_checkpoint(path, "a") is None
    (record,) = caplog.records
    assert str(path) in record.message
    assert "starting afresh" in record.message
    assert "\n" not in record.message


@pytest.mark.parametrize("foreign", [{"weights": 3}, torch.arange(3), [1, 2], {"fingerprint": "a"}])
def test_a_foreign_file_of_torch_is_a_fresh_start(tmp_path, foreign):
    path = tmp_path / "checkpoint.pt"
    torch.save(foreign, path)
    assert load_checkpoint(path, "a") is None


def test_a_state_of_other_code_is_not_gone_on_with(tmp_path, monkeypatch):
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, {"fingerprint": "a"})
    real = checkpoint._code_of
    monkeypatch.setattr(checkpoint, "_code_of", lambda name: "0" if name.endswith(".checkpoint") else real(name))
    assert load_checkpoint(path, "a") is None


def test_another_number_of_threads_is_said(tmp_path, monkeypatch, caplog):
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, {"fingerprint": "a"})
    threads = torch.get_num_threads()
    assert load_checkpoint(path, "a") == {"fingerprint": "a"}
    assert not caplog.records
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads + 1)
    assert load_checkpoint(path, "a") == {"fingerprint": "a"}
    assert f"made with {threads} threads and goes on with {threads + 1}" in caplog.text


def test_a_hangup_that_is_ignored_stays_ignored():
    """As under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with StopRequest() as stop:
            signal.raise_signal(signal.SIGHUP)
            assert stop.asked is None
    finally:
        signal.signal(signal.SIGHUP, before)
