"""A training that is told to stop: it saves first, it stops at once, and the next run ends with the same bytes."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
import torch

from cisgrammar.training.checkpoint import Preempted
from cisgrammar.training.loop import fit
from toy_loop import SETTINGS, Regression, weights

# A training of minutes, which says when it has begun; its objective is that of the tests.
SLOW = """
import sys, time
from pathlib import Path
from toy_loop import SETTINGS, Regression
from cisgrammar.training.loop import fit

class Slow(Regression):
    def loss(self, batch):
        print(self.calls, flush=True)
        time.sleep(float(sys.argv[2]))
        return super().loss(batch)

    def validate(self):
        print("validating", flush=True)
        time.sleep(float(sys.argv[3]))
        return super().validate()

fit(Slow(), SETTINGS, Path(sys.argv[1]), "a")
print("done", flush=True)
"""


class StoppedInValidation(Regression):
    """Gets a signal during a validation, which then goes on for ever."""

    def __init__(self, number, at):
        super().__init__()
        self.number, self.at, self.validations = number, at, 0

    def validate(self):
        self.validations += 1
        if self.validations == self.at:
            os.kill(os.getpid(), self.number)
            while True:
                time.sleep(0.01)
        return super().validate()


def start(path, step=0.0, validation=0.0):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", SLOW, str(path), str(step), str(validation)]
    return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE)


def wait_for(process, word):
    for line in process.stdout:
        if line.strip() == word:
            return
    pytest.fail(f"the training ended without {word}")


@pytest.mark.parametrize("at", [1, 3, 6])
@pytest.mark.parametrize(("number", "error"), [(signal.SIGTERM, Preempted), (signal.SIGINT, KeyboardInterrupt)])
def test_validation_is_broken_off_and_no_step_is_lost(tmp_path, number, error, at):
    whole = Regression()
    expected = fit(whole, SETTINGS)
    first = StoppedInValidation(number, at)
    with pytest.raises(error):
        fit(first, SETTINGS, tmp_path / "checkpoint.pt", "a")
    assert first.calls == 4 * at
    second = Regression()
    history = fit(second, SETTINGS, tmp_path / "checkpoint.pt", "a")
    assert second.calls == whole.calls - first.calls
    assert history == expected
    assert torch.equal(weights(second), weights(whole))


def test_ctrl_c_between_steps_saves_too(tmp_path):
    class Interrupted(Regression):
        def loss(self, batch):
            if self.calls == 6:
                os.kill(os.getpid(), signal.SIGINT)
            return super().loss(batch)

    with pytest.raises(KeyboardInterrupt):
        fit(Interrupted(), SETTINGS, tmp_path / "checkpoint.pt", "a")
    second = Regression()
    history = fit(second, SETTINGS, tmp_path / "checkpoint.pt", "a")
    assert (second.calls, history) == (24 - 7, fit(Regression(), SETTINGS))


def test_the_handlers_of_before_are_back_afterwards():
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    fit(Regression(), SETTINGS)
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before


def test_a_thread_that_gets_no_signals_trains_too():
    found = []
    thread = threading.Thread(target=lambda: found.append(fit(Regression(), SETTINGS)))
    thread.start()
    thread.join()
    assert found == [fit(Regression(), SETTINGS)]


@pytest.mark.parametrize(("word", "step", "validation"), [("5", 0.5, 0.0), ("validating", 0.0, 60.0)])
def test_sigterm_ends_the_process_with_143_and_sigkill_after_it_loses_nothing(tmp_path, word, step, validation):
    path = tmp_path / "checkpoint.pt"
    with start(path, step, validation) as process:
        wait_for(process, word)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 143
    assert path.exists()
    assert not list(tmp_path.glob(".*")), "a temporary file is left"
    resumed = Regression()
    history = fit(resumed, SETTINGS, path, "a")
    assert resumed.calls == 24 - (6 if word == "5" else 4)
    assert history == fit(Regression(), SETTINGS)


def test_sigkill_without_warning_costs_what_was_done_since_the_last_checkpoint(tmp_path):
    path = tmp_path / "checkpoint.pt"
    with start(path, step=0.3) as process:
        wait_for(process, "6")
        process.kill()
    resumed = Regression()
    history = fit(resumed, SETTINGS, path, "a")
    assert resumed.calls == 20
    assert history == fit(Regression(), SETTINGS)
