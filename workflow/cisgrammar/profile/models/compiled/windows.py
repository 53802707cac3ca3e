"""Compiled functions over the windows of a batch: what they are called with, and in how many threads."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch
from torch import Tensor

Result = TypeVar("Result")


class Plan:
    """The integers that a compiled function reads, of one window at a time; for one thread.

    Parameters
    ----------
    names
        Of the integers, in order. Those that are not given are 0.
    numbers
        Sizes, and addresses of what the caller holds.
    arrays
        The same for all windows.
    of_windows
        The first axis is that of the windows.
    """

    def __init__(
        self,
        names: Sequence[str],
        numbers: Mapping[str, int],
        arrays: Mapping[str, Tensor],
        of_windows: Mapping[str, Tensor],
    ) -> None:
        self._held = arrays, of_windows
        fields = {**numbers, **{name: values.data_ptr() for name, values in arrays.items()}}
        self._integers = (ctypes.c_int64 * len(names))(*[fields.get(name, 0) for name in names])
        self._address = ctypes.addressof(self._integers)
        self._moving = [
            (names.index(name), values.data_ptr(), values.stride(0) * values.element_size())
            for name, values in of_windows.items()
        ]

    def call(self, window: int, *functions: Callable[[int], None]) -> None:
        """Functions, one after the other, each with the address of the integers of a window."""
        for index, address, apart in self._moving:
            self._integers[index] = address + window * apart
        for function in functions:
            function(self._address)


def in_parts(windows: int, call: Callable[[int, int], Result]) -> list[Result]:
    """Call with a first window and one after the last, in as many threads as torch has."""
    threads = max(1, min(torch.get_num_threads(), windows))
    if threads == 1:
        return [call(0, windows)]
    bounds = [windows * thread // threads for thread in range(threads + 1)]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(call, bounds[:-1], bounds[1:]))
