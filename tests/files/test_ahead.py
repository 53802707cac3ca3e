"""Items made ahead of their use come in order, with their errors."""

import threading

import pytest

from cisgrammar.files.ahead import one_ahead


def test_items_come_in_order_and_one_is_made_while_one_is_used():
    made, used = [], threading.Event()

    def items():
        for item in range(4):
            made.append(item)
            if item == 2:
                used.set()
            yield item

    found = one_ahead(items())
    assert [next(found), next(found)] == [0, 1]
    # the third is made, though nobody has asked for it
    assert used.wait(10)
    assert list(found) == [2, 3]
    assert made == [0, 1, 2, 3]


def test_an_error_comes_where_its_item_would():
    def items():
        yield 1
        raise ValueError("line 2")

    found = one_ahead(items())
    assert next(found) == 1
    with pytest.raises(ValueError, match="line 2"):
        next(found)


def test_one_who_stops_early_leaves_no_thread():
    before = threading.active_count()
    found = one_ahead(iter(range(100)))
    next(found)
    found.close()
    assert threading.active_count() == before
