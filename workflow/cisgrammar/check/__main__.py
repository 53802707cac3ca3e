"""`python -m cisgrammar.check CONFIG.yaml`: the plan of a run, and every fault of its inputs; exit code 1 if any."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import yaml

from cisgrammar.check.faults import find_faults
from cisgrammar.check.plan import plan
from cisgrammar.config.fields import ConfigError
from cisgrammar.config.samples import read_samples
from cisgrammar.config.schema import Config, parse_config
from cisgrammar.config.selex_sheet import read_selex_sheet


def read_config(path: str | Path) -> Config:
    """Read a config; ConfigError if there is no such file, it is no YAML, or it is not valid."""
    try:
        raw = yaml.safe_load(Path(path).read_text())
    except OSError:
        raise ConfigError(f"no file {path}; say CONFIG=config/mine.yaml") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: wanted keys and values, got {type(raw).__name__}; config/README.md lists the keys")
    return parse_config(raw)


def main(arguments: Sequence[str]) -> int:
    """Print plan and faults of the config that is named; 0 if there is no fault, 1 if there is, 2 without a config."""
    if len(arguments) != 1:
        print("usage: python -m cisgrammar.check CONFIG.yaml", file=sys.stderr)
        return 2
    logging.basicConfig(level=logging.WARNING, format="  note: %(message)s", stream=sys.stdout)
    try:
        config = read_config(arguments[0])
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    with suppress(ConfigError):
        samples = read_samples(config.samples) if config.samples else {}
        models = read_selex_sheet(config.binding.libraries) if config.binding else {}
        print("\n".join(plan(config, samples, models)))
    faults = find_faults(config)
    if faults:
        print(f"{len(faults)} to mend before this can run:", file=sys.stderr)
        for number, line in enumerate(faults, start=1):
            print(f"  {number}. {line}", file=sys.stderr)
        return 1
    print("nothing is wrong with the inputs, as far as their beginnings tell")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
