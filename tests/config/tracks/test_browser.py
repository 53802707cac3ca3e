"""The section of genome browsers."""

import pytest

from cisgrammar.config.fields import ConfigError
from cisgrammar.config.schema import parse_config

RUN = {"genome": {"fasta": "g.fa"}, "predict": {"models": ["m.h5"]}}


def test_it_needs_a_genome_and_takes_the_name_of_an_assembly():
    assert parse_config({**RUN, "browser": {}}).browser.assembly is None
    assert parse_config({**RUN, "browser": {"assembly": "sacCer3"}}).browser.assembly == "sacCer3"
    with pytest.raises(ConfigError, match="browser needs the genome section"):
        parse_config({"predict": {"models": ["m.h5"], "fasta": "y.fa"}, "browser": {}})


@pytest.mark.parametrize("email", ["a@b.org\ntrackDb evil.txt", "a b", ""])
def test_an_address_is_one_word_of_the_hub(email):
    with pytest.raises(ConfigError, match=r"browser\.email"):
        parse_config({**RUN, "browser": {"email": email}})
