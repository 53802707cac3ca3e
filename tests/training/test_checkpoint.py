"""The state of a training on disk, and requests to stop."""

import signal

import pytest
import torch

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


@pytest.mark.parametrize(("number", "error"), [(signal.SIGTERM, Preempted), (signal.SIGINT, KeyboardInterrupt)])
def test_a_signal_waits_for_the_step_and_stops_at_once_elsewhere(number, error):
    with StopRequest() as stop:
        signal.raise_signal(number)
        assert stop.asked == number
        with pytest.raises(error), stop.at_once():
            pytest.fail("work began after a signal")
    with StopRequest() as stop, pytest.raises(error), stop.at_once():
        signal.raise_signal(number)
