"""Public names of a package, loaded when first asked for: importing the package costs nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import lazy_loader


class _Package(ModuleType):
    """A package whose public names stay what they are when a module of the same name is imported (`ablate.ablate`)."""

    def __setattr__(self, name: str, value: object) -> None:
        if isinstance(value, ModuleType) and name in self.__dict__.get("__all__", ()):
            return
        super().__setattr__(name, value)


def attach(package: str, file: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """`__getattr__`, `__dir__` and `__all__` of a package (PEP 562), from the stub beside its `__init__.py`.

    Parameters
    ----------
    package, file
        The package's `__name__` and `__file__`. The stub (`__init__.pyi`) says from which module each name is; type
        checkers and editors read the same file.
    """
    sys.modules[package].__class__ = _Package
    return lazy_loader.attach_stub(package, file)
