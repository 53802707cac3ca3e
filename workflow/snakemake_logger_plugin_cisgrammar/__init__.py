"""Where Snakemake looks for `--logger cisgrammar`; the display is `cisgrammar.terminal`.

Snakemake imports this module in every run, before it reads rules: no cisgrammar may be imported with it, for the rules
bring their own.
"""

from __future__ import annotations

from typing import Any

from snakemake_interface_logger_plugins.base import LogHandlerBase

__all__ = ["LogHandler"]


class LogHandler(LogHandlerBase):
    """The display, which is made where it is asked for."""

    def __new__(cls, *settings: Any) -> Any:
        """The handler of `cisgrammar.terminal`."""
        from cisgrammar.terminal.handler import LogHandler as Display

        return Display(*settings)
