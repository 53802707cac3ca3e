"""Threads of commands that compute."""

import subprocess
import sys

import pytest

from cisgrammar.cli.main import main

CODE = """
from cisgrammar.cli.threads import use_threads
with use_threads({}):
    import torch
    print(torch.get_num_threads())
"""


@pytest.mark.parametrize("threads", [1, 2])
def test_torch_has_the_threads_that_were_asked_for(threads):
    done = subprocess.run([sys.executable, "-c", CODE.format(threads)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(threads)]


def test_a_number_of_threads_is_at_least_one(capsys):
    with pytest.raises(SystemExit):
        main(["predict", "m", "ACGT", "--threads", "0"])
    assert "is no number of threads" in capsys.readouterr().err
