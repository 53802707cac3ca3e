"""Heads: what makes a list of them valid, and BPReveal's head list."""

import pytest

from cisgrammar.profile.models.heads import Head, check_same_heads, checked_heads, head_list, heads_from_list

HEADS = (Head("nexus", 2, use_bias_counts=True), Head("atac"))


@pytest.mark.parametrize(
    ("heads", "message"),
    [([], "at least one head"), ([Head("a"), Head("a")], "must differ"), ([Head("a", 0)], "at least 1")],
)
def test_bad_heads(heads, message):
    with pytest.raises(ValueError, match=message):
        checked_heads(heads)


def test_tasks_change_places_on_the_other_strand():
    assert HEADS[0].task_order_on_other_strand() == [1, 0]
    assert HEADS[1].task_order_on_other_strand() == [0]


def test_the_head_list_comes_back_and_needs_name_and_tasks():
    entries = head_list(HEADS)
    assert entries[0] == {"head-name": "nexus", "num-tasks": 2, "use-bias-counts": True}
    assert heads_from_list(entries) == HEADS
    assert heads_from_list([{"head-name": "a", "num-tasks": 1, "profile-loss-weight": 1}]) == (Head("a"),)
    with pytest.raises(ValueError, match="head 1 of the list has no num-tasks, only \\['head-name'\\]"):
        heads_from_list([entries[0], {"head-name": "b"}])


def test_heads_are_the_same_by_name_tasks_and_order_whatever_becomes_of_bias_counts():
    check_same_heads(HEADS, (Head("nexus", 2), Head("atac")), "a", "b")
    for other in (HEADS[::-1], (Head("nexus"), Head("atac")), HEADS[:1]):
        with pytest.raises(ValueError, match="must agree"):
            check_same_heads(HEADS, other, "a", "b")
