"""`python -m cisgrammar.config.read CONFIG.yaml`: what is wrong with a config as text, before Snakemake reads it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cisgrammar.config.fields import ConfigError
from cisgrammar.config.read.yaml_file import check_config_files


def main(arguments: Sequence[str]) -> int:
    """Print what is wrong with the configs that are named; 0 if nothing is, else 1."""
    try:
        check_config_files(arguments)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
