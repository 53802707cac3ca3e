"""Plans of windows, and windows shared out to threads."""

import ctypes
import threading

import pytest
import torch

from cisgrammar.profile.models.compiled.windows import Plan, in_parts


def integers(plan, window, number):
    """What each of two functions is called with."""
    seen = []
    call = lambda address: seen.append(list((ctypes.c_int64 * number).from_address(address)))  # noqa: E731
    plan.call(window, call, call)
    assert seen[0] == seen[1]
    return seen[0]


def test_a_plan_has_numbers_addresses_and_those_of_the_window():
    fixed, moving = torch.zeros(3), torch.zeros(4, 5)
    plan = Plan(("n", "none", "fixed", "moving"), {"n": 7}, {"fixed": fixed}, {"moving": moving})
    for window in (2, 0):
        row = moving[window].data_ptr()
        assert integers(plan, window, 4) == [7, 0, fixed.data_ptr(), row]


def test_one_array_can_stand_for_all_windows():
    array = torch.zeros(5).expand(4, -1)
    plan = Plan(("array",), {}, {}, {"array": array})
    assert integers(plan, 3, 1) == [array.data_ptr()]


@pytest.mark.parametrize(("windows", "threads", "parts"), [(0, 3, 1), (1, 3, 1), (7, 1, 1), (7, 3, 3), (2, 8, 2)])
def test_each_window_is_in_one_part(windows, threads, parts):
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        found = in_parts(windows, lambda begin, end: (begin, end, threading.get_ident()))
    finally:
        torch.set_num_threads(before)
    assert [i for begin, end, _ in found for i in range(begin, end)] == list(range(windows))
    assert len(found) == parts
    if parts > 1:
        assert threading.get_ident() not in {thread for _, _, thread in found}
