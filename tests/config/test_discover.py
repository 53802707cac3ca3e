"""The section `discover`: defaults, what is refused, and what ablation takes from it."""

import pytest
from pydantic import ValidationError

from cisgrammar.config.discover import Discover
from cisgrammar.config.fields import ConfigError
from cisgrammar.config.schema import parse_config

BASE = {
    "samples": "s.tsv",
    "genome": {"fasta": "g.fa"},
    "folds": {"k": 3},
    "bias": {},
    "transformation": {},
    "combined": {"counts": None},
}


def test_outputs():
    assert Discover().outputs == ("counts", "profile")
    with pytest.raises(ValidationError, match="names one twice"):
        Discover(outputs=("counts", "counts"))


def test_it_needs_a_model():
    with pytest.raises(ConfigError, match="discover needs the combined section"):
        parse_config({key: value for key, value in BASE.items() if key != "combined"} | {"discover": {}})


def test_counts_of_networks_are_explained_too():
    blended = {**BASE, "combined": {"counts": {}}}
    assert parse_config({**blended, "discover": {"outputs": ["counts"]}}).discover.outputs == ("counts",)


def test_ablation_may_have_no_sites_of_its_own():
    with pytest.raises(ConfigError, match="ablation has no sites"):
        parse_config({**BASE, "ablation": {}})
    assert parse_config({**BASE, "discover": {}, "ablation": {}}).ablation is not None
