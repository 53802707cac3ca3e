"""config/README.md is what the schema says."""

import re

import yaml

from cisgrammar.config.page import list_keys, model_in, render
from cisgrammar.config.profile import Loss
from cisgrammar.config.schema import Config
from places import ROOT


def keys_of(settings, prefix=""):
    for name, value in settings.items():
        yield prefix + name, value
        if isinstance(value, dict):
            yield from keys_of(value, f"{prefix}{name}.")


def test_the_committed_page_is_current():
    text = (ROOT / "config" / "README.md").read_text()
    assert text == render(), "run: python -m cisgrammar.config.page config/README.md"


def test_defaults_are_those_in_place_not_those_of_the_section():
    defaults = {key.name: key.default for key in list_keys(Config)}
    assert defaults["prepare.peaks.min_counts"] == "`20`"
    assert defaults["prepare.background.min_counts"] == "none"
    assert defaults["genome.fasta"] == "*required*"


def test_every_key_of_the_example_configs_is_listed():
    listed = [re.escape(key.name).replace("<name>", r"[^.]+") for key in list_keys(Config)]
    # A section is listed by the keys in it; free names end a key.
    known = re.compile("|".join(f"{name}(\\.[^.]+)?" for name in listed))
    for path in ("config.yaml", "yeast.yaml"):
        for key, value in keys_of(yaml.safe_load((ROOT / "config" / path).read_text())):
            assert isinstance(value, dict) or known.fullmatch(key), f"{path}: {key}"


def test_every_key_has_a_meaning():
    assert [key.name for key in list_keys(Config) if not key.meaning] == []


def test_sections_are_found_inside_optional_and_mapped_types():
    assert model_in(Loss | None) is Loss
    assert model_in(dict[str, Loss]) is Loss
    assert model_in(dict[str, int]) is None


def test_choices_are_listed():
    meaning = {key.name: key.meaning for key in list_keys(Config)}
    assert "`none`, `centre`, `start`, `summit`" in meaning["prepare.resize"]
