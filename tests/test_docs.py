"""What the documentation shows can be typed (test_site.py: the site that is built of it)."""

import importlib
import re
import shutil
import subprocess

import pytest
import yaml

from cisgrammar.config.schema import parse_config
from places import ROOT

PAGES = sorted((ROOT / "docs").rglob("*.md"))
# What a snippet that shows one section needs beside it to be a whole config.
AROUND = {
    "samples": "config/samples.tsv",
    "genome": {"fasta": "genome.fa"},
    "folds": {"k": 3},
    "bias": {},
    "transformation": {},
}


def blocks(language):
    """Page and text of each block of a language, also of those in a list."""
    return [
        (page.name, text) for page in PAGES for text in re.findall(rf"```{language}\n(.*?)```", page.read_text(), re.S)
    ]


def indented(page):
    """The blocks that are set off by eight spaces, in steps of a list."""
    return [re.sub(r"(?m)^ {8}", "", text) for text in re.findall(r"(?m)(?:^ {8}.*\n)+", page)]


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_make_targets_are_there(page):
    text = page.read_text()
    for target in set(re.findall(r"(?m)^\s*make ([a-z]+)", text)) | set(re.findall(r"`make ([a-z]+)", text)):
        done = subprocess.run(["make", "--dry-run", target], cwd=ROOT, text=True, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("page", "text"), blocks("yaml"), ids=lambda value: value.split("\n")[0][:40])
def test_configs_are_valid(page, text):
    shown = yaml.safe_load(text)
    alone = {"binding", "splice"} & set(shown)
    assert parse_config(shown if alone else {**AROUND, **shown})


def test_own_data_in_steps_is_a_valid_config():
    texts = indented((ROOT / "docs" / "own_data.md").read_text())
    (config,) = [yaml.safe_load(text) for text in texts if text.startswith("results:")]
    found = parse_config(config)
    (sheet,) = [text for text in texts if text.startswith("sample\t")]
    assert found.combined is not None
    assert sheet.split("\n")[0].split("\t") == ["sample", "signal", "peaks"]


@pytest.mark.parametrize(("page", "text"), [b for b in blocks("python") if "import" in b[1]], ids=lambda v: v[:20])
def test_names_that_are_imported_are_there(page, text):
    for module, names in re.findall(r"from (\S+) import (.+)", text):
        for name in names.split(", "):
            assert hasattr(importlib.import_module(module), name), f"{page}: {module}.{name}"


def test_snakemake_options_are_real():
    from snakemake.cli import get_argument_parser

    known = {option for action in get_argument_parser()._actions for option in action.option_strings}
    typed = {o for _, text in blocks("bash") for o in re.findall(r"snakemake .*", text)}
    used = {option for line in typed for option in re.findall(r"(--[a-z-]+)", line)}
    assert used - known == set()


def test_every_stage_has_a_page_with_its_formula_and_stands_in_the_contents():
    contents = (ROOT / "mkdocs.yml").read_text()
    stages = ("prepare", "bias", "transformation", "combined", "evaluate", "binding", "splice", "ablation")
    for stage in stages:
        assert f"stages/{stage}.md" in contents
        assert re.search(r"(?m)^## (How|The|In)", (ROOT / "docs" / "stages" / f"{stage}.md").read_text()), stage


def test_every_stage_page_opens_with_in_out_and_what_to_change():
    keys = set(re.findall(r"(?m)^\| `([a-z_.]+)` \|", (ROOT / "config" / "README.md").read_text()))
    sections = {key[: end.start()] for key in keys for end in re.finditer(r"\.|$", key)} | {"folds", "combined.counts"}
    for page in sorted((ROOT / "docs" / "stages").glob("*.md")):
        if page.stem == "index":
            continue
        opening = page.read_text().split("\n")[2:7]
        assert [line.split(" | ")[0] for line in opening[2:]] == ["| **in**", "| **out**", "| **what to change**"], page
        named = [key for key in re.findall(r"`([a-z_.]+)`", opening[4]) if key != "cooperativity"]
        assert [key for key in named if key not in keys | sections] == [], page
