"""Where Snakemake looks for `--logger cisgrammar`; the display is `cisgrammar.terminal`.

Snakemake imports this module in every run, before it reads rules: no cisgrammar may be imported with it, for the rules
bring their own. It also does so before it reads a config that `--configfile` names: only from here a config that is no
text can be told in a line, where Snakemake itself ends in a traceback.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

from snakemake_interface_logger_plugins.base import LogHandlerBase

__all__ = ["LogHandler"]

_READER, _PATH = "_load_configfile", "configpath_or_obj"
"""Snakemake's function that reads a config, and what it calls the path."""


class LogHandler(LogHandlerBase):
    """The display, which is made where it is asked for."""

    def __new__(cls, *settings: Any) -> Any:
        """The handler of `cisgrammar.terminal`."""
        from cisgrammar.terminal.handler import LogHandler as Display

        return Display(*settings)


def no_text(error: BaseException | None) -> str:
    """What a person needs of an error: a line if a config could not be read as text, else nothing."""
    if not isinstance(error, OSError | ValueError | RecursionError):
        return ""
    frame, path = error.__traceback__, None
    while frame is not None:
        if frame.tb_frame.f_code.co_name == _READER:
            path = frame.tb_frame.f_locals.get(_PATH)
        frame = frame.tb_next
    if path is None:
        return ""
    if isinstance(error, UnicodeDecodeError):
        what = "UTF-16 text" if error.object[:2] in (b"\xff\xfe", b"\xfe\xff") else "not UTF-8 text"
        where = f"{path}:{error.object[: error.start].count(10) + 1}" if what[0] == "n" else path
        byte = f" (byte 0x{error.object[error.start]:02x})" if what[0] == "n" else ""
        return f"{where}: {what}{byte}; save the file as UTF-8, which is what Snakemake reads"
    if isinstance(error, OSError):
        return f"{path}: cannot be read ({error.strerror}); name a config file"
    return f"{path}: not a config ({' '.join(str(error).split())}); `make check` names the line to correct"


def _in_one_line(record: logging.LogRecord) -> bool:
    """Snakemake's report of such an error loses its traceback; every record is kept."""
    if record.levelno >= logging.ERROR and (line := no_text(sys.exc_info()[1])):
        record.msg, record.args = line, ()
    return True


logging.getLogger("snakemake.logging").addFilter(_in_one_line)
