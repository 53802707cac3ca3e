"""The `ablation` section: what it refuses, and whether it has sites."""

import pytest

from cisgrammar.config.ablation import Ablation


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"consensus": {"a": "GATXC"}}, "IUPAC letters, found 'X'"),
        ({"consensus": {"a": "NNNNNGA"}}, "says too little"),
        ({"models": []}, "at least one of combined"),
        ({"models": ["bias", "bias"]}, "names one twice"),
        ({"spacings": [5, 2]}, "5 is above 2"),
        ({"n": 1}, "greater than or equal to 2"),
        ({"shufle": "plain"}, "Extra inputs"),
    ],
)
def test_a_bad_section_is_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        Ablation(**bad)


def test_the_section_knows_whether_it_has_sites():
    assert Ablation(consensus={"a": "gatac"}).consensus == {"a": "GATAC"}
    assert not Ablation().has_sites(binding=False)
    assert Ablation().has_sites(binding=True)
    assert not Ablation(binding=False).has_sites(binding=True)
