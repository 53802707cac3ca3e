"""`cisgrammar check` is the same check as that of the module."""

import os
import subprocess
import sys

from cisgrammar.cli.main import main


def test_faults_are_listed(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["check"]) == 1
    assert "no file config/config.yaml; write one (`cisgrammar init`)" in capsys.readouterr().err
    (tmp_path / "my.yaml").write_text("sead: 1\n")
    assert main(["check", "my.yaml"]) == 1
    assert "seed" in capsys.readouterr().err


def test_the_number_of_jobs_comes_last_in_a_pipe_too(tmp_path):
    """Another program writes it: what was printed before must have left this one."""
    code = (
        "import subprocess; from cisgrammar.cli import check, main\n"
        "check.named_config = lambda config: None\n"
        "check.check_inputs = lambda configs: print('inputs') or 0\n"
        "check.snakemake_command = lambda words: ['echo', 'jobs']\n"
        "main.main(['check', 'my.yaml'])\n"
    )
    command, environment = [sys.executable, "-c", code], {**os.environ, "PYTHONUNBUFFERED": ""}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "inputs\njobs\n"
