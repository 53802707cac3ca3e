"""Pieces of work side by side, one thread a piece.

On a CPU two pieces on a thread each take a half to a quarter of the time that one after the other takes on two threads:
no layer waits for its slower half. And what a piece gives no longer depends on the number of threads.
"""

from __future__ import annotations

import copy
import itertools
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch
from torch import nn

log = logging.getLogger(__name__)

Lane = TypeVar("Lane")
Network = TypeVar("Network", bound=nn.Module)
Item = TypeVar("Item")
Result = TypeVar("Result")

_AHEAD = 2
"""Pieces handed out for each lane, so that it need not wait for the reader; it bounds the memory."""


def lane_count(device: torch.device) -> int:
    """As many as torch has threads on a CPU; one on a GPU, which has parallelism of its own."""
    return torch.get_num_threads() if device.type == "cpu" else 1


def model_lanes(model: Network) -> list[Network]:
    """A copy of the model for each lane, of the same parameters and buffers; the model alone if it cannot be copied.

    What else a model holds is its own in each copy: a layer that keeps something from one step for the next does not
    meet another thread's.
    """
    tensors = [t for source in (model.parameters(), model.buffers()) for t in source]
    number = lane_count(tensors[0].device if tensors else torch.device("cpu"))
    if number == 1:
        return [model]
    try:
        return [copy.deepcopy(model, {id(t): t for t in tensors}) for _ in range(number)]
    except Exception as error:
        log.info("the model cannot be copied (%s): one piece at a time", error)
        return [model]


def map_in_lanes(
    function: Callable[[Lane, Item], Result], lanes: Sequence[Lane], items: Iterable[Item]
) -> Iterator[Result]:
    """Yield `function(lane, item)` of each item, in their order.

    Parameters
    ----------
    function
        Called from a thread for each lane, with torch on one thread; from the caller's thread, as it is, where there
        is one lane. What is local to a thread (gradients, autocast) is the function's to set.
    lanes
        What each thread has to itself, such as `model_lanes` gives.
    items
        Drawn from the caller's thread, two for each lane ahead of the results at most.
    """
    if len(lanes) == 1:
        yield from (function(lanes[0], item) for item in items)
        return
    threads, mine, free = torch.get_num_threads(), threading.local(), iter(lanes)

    def enter() -> None:
        # New threads start with the number set last, so that the caller's is put back at the end.
        torch.set_num_threads(1)
        mine.lane = next(free)

    def work(item: Item) -> Result:
        return function(mine.lane, item)

    items = iter(items)
    waiting: deque[Future[Result]] = deque()
    try:
        with ThreadPoolExecutor(len(lanes), initializer=enter) as pool:
            try:
                waiting.extend(pool.submit(work, item) for item in itertools.islice(items, _AHEAD * len(lanes)))
                while waiting:
                    result = waiting.popleft().result()
                    waiting.extend(pool.submit(work, item) for item in itertools.islice(items, 1))
                    yield result
            finally:
                # A reader that stops early, or an error, waits for what runs and starts no more.
                pool.shutdown(cancel_futures=True)
    finally:
        torch.set_num_threads(threads)
