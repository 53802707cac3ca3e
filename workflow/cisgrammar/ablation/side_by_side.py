"""Independent pieces of work, one to a core.

Windows are small: shared among threads, each operation would wait for the slowest of them. So each piece of work
keeps to one thread, and as many pieces run at once as torch may use threads. Results do not depend on how many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

Item = TypeVar("Item")
Result = TypeVar("Result")


def side_by_side(function: Callable[[Item], Result], items: Iterable[Item], device: torch.device) -> Iterator[Result]:
    """Yield the function's result for each item, in order, without gradients.

    Parameters
    ----------
    function
        Must not change anything that others read.
    items
        Few enough to be held at once.
    device
        On a GPU, which has parallelism of its own, the items go one by one.
    """
    threads = torch.get_num_threads() if device.type == "cpu" else 1

    def alone(item: Item) -> Result:
        # Gradients are a setting of each thread.
        with torch.no_grad():
            return function(item)

    try:
        with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            yield from pool.map(alone, items)
    finally:
        torch.set_num_threads(threads)
