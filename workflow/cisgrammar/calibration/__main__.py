"""`python -m cisgrammar.calibration results/calibration.tsv`: simulate all rates; exit code 1 if one misses its bar."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str]) -> int:
    """Write the table, print each rate; 0 if all lie in their bars, else 1."""
    parser = argparse.ArgumentParser(prog="python -m cisgrammar.calibration")
    parser.add_argument("table", type=Path, help="TSV to write")
    parser.add_argument("--seed", type=int, default=7, help="of all simulations")
    parser.add_argument("--processes", type=int, default=2, help="how many at once, one thread each")
    parser.add_argument("--quick", action="store_true", help="fewer simulations, wider bars: a minute")
    given = parser.parse_args(arguments)
    if given.processes < 1:
        parser.error(f"--processes: must be at least 1, got {given.processes}")
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    from cisgrammar.calibration.run import calibrate
    from cisgrammar.tables.contracts.calibration import CALIBRATION

    table = calibrate(given.seed, given.processes, given.quick)
    given.table.parent.mkdir(parents=True, exist_ok=True)
    CALIBRATION.write(given.table, table)
    missed = table["name"][table["verdict"] != "pass"].tolist()
    print(f"{len(table)} rates, {len(missed)} outside of their bars" + "".join(f"\n  {name}" for name in missed))
    return int(bool(missed))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
