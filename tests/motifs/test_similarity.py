"""Similarity of motifs."""

import numpy as np
import pytest

from cisgrammar.motifs.motif import from_consensus
from cisgrammar.motifs.similarity import similarity


def test_similarity_is_one_for_itself_shifted_less_and_on_the_other_strand():
    one = from_consensus("x", "GGTTACCCGG").shares
    assert similarity(one, one) == pytest.approx(1)
    assert similarity(one, one[::-1, ::-1]) == pytest.approx(1)
    assert similarity(one, np.concatenate([np.full((3, 4), 0.25), one])) == pytest.approx(1)
    assert similarity(one, one[4:]) == pytest.approx(np.sqrt(0.6))
    assert similarity(one, np.full((5, 4), 0.25)) == 0
