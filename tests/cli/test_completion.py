"""The shells complete what the command has."""

import argparse
import os
import shutil
import subprocess

import pytest

from cisgrammar.cli.completion import options_of, script
from cisgrammar.cli.main import main, parser

PROBE = """
COMP_WORDS=({words}); COMP_CWORD={at}; _cisgrammar; printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def commands():
    (found,) = (action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    return {name: options_of(one) for name, one in found.choices.items()}


def complete(tmp_path, words, at):
    text = script("bash", commands()) + PROBE.format(words=" ".join(words), at=at)
    done = subprocess.run(["bash", "-c", text], cwd=tmp_path, text=True, capture_output=True, check=True)
    return done.stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_completes_commands_options_and_files(tmp_path):
    (tmp_path / "my.yaml").touch()
    assert complete(tmp_path, ["cisgrammar", "sch"], 1) == ["schema"]
    assert complete(tmp_path, ["cisgrammar", "init", "--fas"], 2) == ["--fasta"]
    assert complete(tmp_path, ["cisgrammar", "run", "my"], 2) == ["my.yaml"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_itself_reads_the_script(shell, tmp_path):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    (tmp_path / "script").write_text(script(shell, commands()))
    # zsh loads its own completion first, as a user's shell has by then.
    start = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    load = {"zsh": "autoload -U compinit && compinit -u -D; "}.get(shell, "")
    ask = {"bash": "complete -p cisgrammar", "zsh": "print $_comps[cisgrammar]", "fish": "complete -C 'cisgrammar sch'"}
    done = subprocess.run(
        [shell, *start, "-c", f"{load}source {tmp_path / 'script'}; {ask[shell]}"],
        text=True,
        capture_output=True,
        env={**os.environ, "HOME": str(tmp_path)},
        check=True,
    )
    assert done.stderr == ""
    assert {"bash": "_cisgrammar", "zsh": "_bash_complete", "fish": "schema"}[shell] in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_command_and_option_is_there(shell, capsys):
    assert main(["completion", shell]) == 0
    text = capsys.readouterr().out
    for name, options in commands().items():
        assert name in text
        for option in options:
            assert option.removeprefix("--") in text
