"""What the workflow needs on data of human size: a made-up genome with planted signal, sizes as arguments.

A sub-command is a module of `human_scale` with `HELP`, `add_arguments(parser)` and `main(args)`.
"""

import argparse
import importlib

COMMANDS = ("memory", "prepare")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in COMMANDS:
        module = importlib.import_module(f"human_scale.{name}")
        command = commands.add_parser(name, help=module.HELP, description=module.__doc__)
        module.add_arguments(command)
        command.set_defaults(main=module.main)
    args = parser.parse_args()
    args.main(args)


if __name__ == "__main__":
    main()
