"""What a failed run says at its end."""

import ast
import os
from pathlib import Path

from places import ROOT

RULES = ROOT / "workflow" / "rules" / "common.smk"
BEGAN = 1_000_000_000.0


def failure(logs: Path) -> str:
    """Call the rules' own `failure`, for a run that began at `BEGAN`."""
    tree = ast.parse(RULES.read_text())
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "failure"]
    names = {"Path": Path, "BEGAN": BEGAN, "mirror": lambda folder: str(logs)}
    exec(compile(ast.Module(found, []), str(RULES), "exec"), names)
    return names["failure"]()


def write_log(path: Path, text: str, age: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"10:00 INFO begin\n10:01 ERROR {text}\n")
    os.utime(path, (BEGAN - age, BEGAN - age))


def test_only_logs_of_this_run_are_told(tmp_path):
    write_log(tmp_path / "yeast" / "bias" / "old.log", "a peak is missing", 60)
    assert failure(tmp_path) == "the run failed; see above"
    write_log(tmp_path / "bias" / "new.log", "a read is malformed", -1)
    assert failure(tmp_path) == f"the run failed; read the job's log:\n  {tmp_path}/bias/new.log: a read is malformed"
