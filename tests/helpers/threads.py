"""A number of torch's threads, for as long as something is called."""

from collections.abc import Callable
from typing import TypeVar

import torch

Result = TypeVar("Result")


def with_threads(number: int, call: Callable[[], Result]) -> Result:
    """What `call` gives while torch has so many threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        return call()
    finally:
        torch.set_num_threads(before)
