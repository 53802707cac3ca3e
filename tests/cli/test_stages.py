"""`cisgrammar figures`, `report` and `archive` are `cisgrammar run` up to a target of the rules."""

import re
import subprocess

import pytest

from cisgrammar.cli.main import main
from cisgrammar.cli.run import snakemake_command
from cisgrammar.cli.stages import STAGES, with_target
from places import ROOT


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ([], ["figures"]),
        (["my.yaml"], ["my.yaml", "figures"]),
        # An option with many values would take a target that came last.
        (["my.yaml", "--config", "seed=2"], ["my.yaml", "figures", "--config", "seed=2"]),
        (["--cores", "2"], ["figures", "--cores", "2"]),
    ],
)
def test_the_target_stands_behind_the_config(words, wanted):
    assert with_target("figures", words) == wanted


@pytest.mark.parametrize("name", STAGES)
def test_a_command_runs_snakemake_up_to_its_target(name, tmp_path, monkeypatch, capsys):
    (tmp_path / "my.yaml").write_text("results: results\n")
    monkeypatch.chdir(tmp_path)
    called = []
    monkeypatch.setattr(subprocess, "run", lambda command: called.append(command) or subprocess.CompletedProcess([], 3))
    assert main([name, "my.yaml", "--cores", "2"]) == 3
    assert called == [snakemake_command(["my.yaml", name, "--cores", "2"])]
    assert main([name]) == 1
    assert capsys.readouterr().err.startswith(f"cisgrammar {name}: no file config/config.yaml")
    with pytest.raises(SystemExit):
        main([name, "--help"])
    assert f"usage: cisgrammar {name}" in capsys.readouterr().out


def test_each_is_a_target_of_the_rules():
    rules = "".join(path.read_text() for path in (ROOT / "workflow" / "rules").glob("*.smk"))
    assert all(re.search(rf"(?m)^ *rule {name}:", rules) for name in STAGES)
