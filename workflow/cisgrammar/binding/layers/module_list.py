"""A list of modules of one type, so that its items have that type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, Self, TypeVar, cast, overload

from torch import nn

M = TypeVar("M", bound=nn.Module)


class ModuleListOf(nn.ModuleList, Generic[M]):
    """`nn.ModuleList` of modules of type `M`."""

    def __iter__(self) -> Iterator[M]:
        return cast(Iterator[M], super().__iter__())

    @overload
    def __getitem__(self, idx: slice) -> Self: ...

    @overload
    def __getitem__(self, idx: int) -> M: ...

    def __getitem__(self, idx: int | slice) -> M | Self:
        return cast("M | Self", super().__getitem__(idx))
