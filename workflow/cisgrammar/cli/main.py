"""`cisgrammar <command>`: the commands, their options and their help."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from cisgrammar import __version__
from cisgrammar.cli import check, completion, init, predict, run, schema, show, stages, variants
from cisgrammar.config.fields import ConfigError

_COMMANDS = (init, check, run, stages, predict, variants, show, schema, completion)
_PASSED_ON = ("run", *stages.STAGES)
_HELP = """\
Models of regulatory DNA, and tests of what they learned.

In an empty folder:

  cisgrammar run --demo            a simulated genome with known truth, everything, a report
  cisgrammar init --organism yeast --reads reads.bam --peaks peaks.narrowPeak --fasta genome.fa
  cisgrammar check                 what would run, and what is wrong with the inputs, in seconds
  cisgrammar run                   config/config.yaml, up to results/report.html

With the models of a run, or of other tools:

  cisgrammar predict results/combined/demo --bed regions.bed --fasta genome.fa
  cisgrammar variants my.vcf.gz --fasta genome.fa --model results/combined/demo
"""


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    found = argparse.ArgumentParser(
        prog="cisgrammar", description=_HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    found.add_argument("--version", action="version", version=f"cisgrammar {__version__}")
    commands = found.add_subparsers(dest="command", metavar="command", required=True)
    for command in _COMMANDS:
        command.add_to(commands)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit code. What is wrong is said in one line on standard error, with code 1."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given:
        # The name alone: a person asks which commands exist.
        parser().print_help(sys.stderr)
        return 2
    # What follows `run`, `figures`, ... is Snakemake's, in its order: only a call for help is read here.
    passed = given[1:] if given and given[0] in _PASSED_ON and not {"-h", "--help"} & set(given) else []
    options = parser().parse_args(given[:1] if passed else given)
    try:
        return options.function(options, passed)
    except (ConfigError, ValueError, OSError) as error:
        print(f"cisgrammar {options.command}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
