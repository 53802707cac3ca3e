"""`python -m cisgrammar.check CONFIG.yaml`: the plan of a run, and every fault of its inputs; exit code 1 if any."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from cisgrammar.check.estimate import shown_estimate
from cisgrammar.check.faults import find_faults
from cisgrammar.check.plan import plan
from cisgrammar.check.sizes import shown_sizes, sizes_of
from cisgrammar.config.fields import ConfigError
from cisgrammar.config.read.fold_files import with_fold_files
from cisgrammar.config.read.groups import read_grouped_samples
from cisgrammar.config.read.yaml_file import read_yaml
from cisgrammar.config.schema import parse_what_is_sound
from cisgrammar.config.selex_sheet import read_selex_sheet
from cisgrammar.files.durations import Durations

_BENCHMARKS = "benchmarks"


def main(arguments: Sequence[str]) -> int:
    """Print plan and faults of the config that is named; 0 if there is no fault, 1 if there is, 2 without a config."""
    if len(arguments) != 1:
        print("usage: python -m cisgrammar.check CONFIG.yaml", file=sys.stderr)
        return 2
    logging.basicConfig(level=logging.WARNING, format="  note: %(message)s", stream=sys.stdout)
    try:
        raw = read_yaml(arguments[0])
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    config, faults = parse_what_is_sound(raw)
    try:
        config = with_fold_files(config)
    except ConfigError as error:
        faults += str(error).splitlines()
        config = config.model_copy(update={"folds": None})
    if not faults:
        with suppress(ConfigError):
            samples = read_grouped_samples(config)
            models = read_selex_sheet(config.binding.libraries) if config.binding else {}
            sizes = sizes_of(samples, config.simulate)
            print("\n".join([*plan(config, samples, models), *shown_sizes(sizes)]))
            estimate = shown_estimate(config, sizes, list(models), Durations(_BENCHMARKS), os.cpu_count() or 1)
            print("\n".join(estimate))
    faults += find_faults(config)
    if faults:
        print(f"{len(faults)} to mend before this can run:", file=sys.stderr)
        for number, line in enumerate(faults, start=1):
            print(f"  {number}. {line}", file=sys.stderr)
        return 1
    print("nothing is wrong with the inputs, as far as their beginnings tell")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
