"""Where Snakemake looks for `--logger cisgrammar`; the display is `cisgrammar.terminal`."""

from cisgrammar.terminal.handler import LogHandler

__all__ = ["LogHandler"]
