"""Jobs in processes of their own, whose peak of resident memory the kernel tells.

This module imports nothing heavy: until a child is another program it counts with its parent's memory.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
SCRIPTS = HERE.parents[1] / "scripts"


def run(program, given, threads=1):
    """Run a program of this folder on values; gives its peak of resident memory in MB, and its seconds."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
    environment.setdefault("PYTHONPATH", str(HERE.parents[1] / "workflow"))
    start = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, str(HERE / f"{program}.py"), json.dumps(given)],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    said = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{said}\n{program} {given} ended with {child.returncode}")
    # Linux counts in kB, macOS in bytes.
    size = usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    return size, time.perf_counter() - start
