"""The command's help, its errors, and that it starts without torch."""

from __future__ import annotations

import subprocess
import sys
import tomllib

import pytest

from cisgrammar import __version__
from cisgrammar.cli.main import main
from places import ROOT


@pytest.mark.parametrize("arguments", [["--help"], ["init", "--help"], ["run", "--help"], ["run", "my.yaml", "-h"]])
def test_help_teaches(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 0
    assert "usage: cisgrammar" in capsys.readouterr().out


def test_an_unknown_command_or_word_is_refused(capsys):
    for arguments in (["fly"], ["check", "a", "b"]):
        with pytest.raises(SystemExit) as end:
            main(arguments)
        assert end.value.code == 2
    assert "unrecognized arguments: b" in capsys.readouterr().err


def test_the_name_alone_shows_what_there_is(capsys):
    assert main([]) == 2
    text = capsys.readouterr().err
    assert "cisgrammar run --demo" in text
    assert "error" not in text


def test_the_version_is_the_package_s(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"cisgrammar {__version__}\n"


def test_the_console_script_is_this_one():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["scripts"] == {"cisgrammar": "cisgrammar.cli.main:main"}


def test_the_command_starts_without_torch():
    code = "import sys; from cisgrammar.cli.main import parser; parser(); print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
