"""A record without doubts is settled."""

from cisgrammar.variants.read.raw import SETTLED, Doubt, RawRecord


def test_a_record_leaves_nothing_open_unless_it_says_so():
    assert RawRecord("chr1", "5", ".", "A", ("C",), 1).doubt == SETTLED == Doubt()
    assert SETTLED.span < 0
    assert Doubt(span=0) != SETTLED
