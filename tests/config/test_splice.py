"""Sections of splicing that contradict themselves."""

import pytest
from pydantic import ValidationError

from cisgrammar.config.splice import Checks, Genes, SimulateGenes, SplicePredict


@pytest.mark.parametrize(
    ("section", "keys", "message"),
    [
        (Genes, {"annotation": None}, "exactly one of `annotation`"),
        (Genes, {"table": "b.txt"}, "exactly one of `annotation`"),
        (Genes, {"test": ("chr2",)}, "in both test and validation"),
        (Checks, {"min_exon": 50}, "use at least 98"),
        (Checks, {"which": ("minigene",)}, "the minigene check needs `variants`"),
        (SplicePredict, {"splits": ()}, "nothing to predict; give splits, regions or fasta"),
        (SimulateGenes, {"exons": (5, 3)}, "exons: 5 is above 3"),
    ],
)
def test_sections_that_contradict_themselves(section, keys, message):
    base = {"annotation": "a.gtf", "test": ("chr3",), "validation": ("chr2",)} if section is Genes else {}
    with pytest.raises(ValidationError, match=message):
        section.model_validate({**base, **keys})
