"""Every command in every page is taken by the program that it calls, or its block names what it needs."""

import argparse
import importlib.util
import re
import shlex
import shutil
import subprocess

import pytest

from cisgrammar.cli.main import parser
from places import ROOT

PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "containers/README.md", "benchmarks/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
BLOCK = re.compile(r"(?m)^( *)```(bash|sh|shell|console)?\n(.*?)^ *```", re.S)
NEEDS = re.compile(r"# needs (the network|Slurm|Apptainer)\b")
PROGRAMS = (
    *("make", "snakemake", "cisgrammar", "python", "source", "export"),
    *("pip", "apptainer", "squeue", "curl", "macs3"),
)


def blocks(page):
    """Language and lines of each block of a page that is a shell's, or has no language."""
    found = BLOCK.findall(re.sub(r"(?ms)^ *```(?!bash|sh|shell|console|\n)\w+.*?^ *```$", "", page.read_text()))
    return [(language, text.strip().splitlines()) for _, language, text in found]


TYPED = [
    pytest.param(line.strip(), id=f"{page.name}: {line.strip()[:50]}")
    for page in PAGES
    for language, lines in blocks(page)
    if language and not NEEDS.match(lines[0].strip())
    for line in lines
    if line.strip() and not line.strip().startswith("#")
]


def words_of(line):
    return shlex.split(line, comments=True)


def takes_make(words):
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    done = subprocess.run([*words, "--dry-run"], cwd=ROOT, text=True, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr


def takes_snakemake(words):
    from snakemake.cli import get_argument_parser

    known = {option for action in get_argument_parser()._actions for option in action.option_strings}
    assert {word.split("=")[0] for word in words if word.startswith("--")} <= known | {"--logger"}


def takes_cisgrammar(words):
    options, rest = parser().parse_known_args(words[1:])
    assert callable(options.function)
    assert not rest or words[1] == "run", "what is left goes to Snakemake"


def takes_python(words):
    assert words[1] == "-m"
    assert importlib.util.find_spec(words[2]) is not None


def takes_shell(words):
    assert words[0] == "export" or words[1:] == [".venv/bin/activate"]


TAKES = {
    "make": takes_make,
    "snakemake": takes_snakemake,
    "cisgrammar": takes_cisgrammar,
    "python": takes_python,
    "source": takes_shell,
    "export": takes_shell,
}


@pytest.mark.parametrize("line", TYPED)
def test_a_command_is_taken(line):
    words = words_of(line)
    assert words[0] in TAKES, "no test takes it; test it, or begin the block with what it needs: # needs the network"
    TAKES[words[0]](words)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_stand_in_blocks_of_a_shell(page):
    unmarked = [lines[0] for language, lines in blocks(page) if not language and lines]
    loose = [line for line in unmarked if words_first(line) in PROGRAMS]
    assert loose == []


def words_first(line):
    return line.split()[0] if line.split() else ""


def test_a_command_that_is_not_there_is_found(monkeypatch):
    monkeypatch.setattr(argparse.ArgumentParser, "_print_message", lambda *_: None)
    with pytest.raises(SystemExit):
        takes_cisgrammar(["cisgrammar", "fly"])
    with pytest.raises(AssertionError):
        takes_snakemake(["snakemake", "--corse", "2"])
    with pytest.raises(AssertionError):
        takes_python(["python", "-m", "cisgrammar.nothing"])


def test_sums_of_the_tutorial_are_those_of_the_files(data):
    import hashlib

    sums = re.findall(r"(?m)^([0-9a-f]{64})  (\S+)$", (ROOT / "docs" / "tutorial.md").read_text())
    assert len(sums) == 4
    for wanted, name in sums:
        assert hashlib.sha256((data / name).read_bytes()).hexdigest() == wanted, name
