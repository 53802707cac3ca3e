"""Commands as a user types them, with this environment's programs first."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def run(arguments: Sequence[str], folder: Path, seconds: int = 120) -> subprocess.CompletedProcess:
    """Run a command in a folder; what it prints, errors too, is in `stdout`."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        arguments,
        cwd=folder,
        env={**os.environ, "PATH": path},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=seconds,
    )
