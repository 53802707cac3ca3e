"""`cisgrammar completion`: commands and options by the Tab key, for bash, zsh and fish."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

_BASH = """\
_cisgrammar() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} words
    case ${{COMP_WORDS[1]}} in
{cases}
    *) words="{commands}" ;;
    esac
    if [ "$COMP_CWORD" -eq 1 ]; then words="{commands}"; fi
    COMPREPLY=($(compgen -W "$words" -- "$word") $(compgen -f -- "$word"))
}}
complete -o filenames -F _cisgrammar cisgrammar
"""
_ZSH = "autoload -U +X bashcompinit && bashcompinit\n"


def add_to(commands: Any) -> None:
    """Add the command to a parser's."""
    found = commands.add_parser("completion", help="print the completion of commands and options for a shell")
    found.add_argument("shell", choices=("bash", "zsh", "fish"), help='use: eval "$(cisgrammar completion bash)"')
    # All commands are in `choices` by the time that this one is called.
    found.set_defaults(function=lambda options, rest: completion(options.shell, commands.choices))


def completion(shell: str, commands: Mapping[str, argparse.ArgumentParser]) -> int:
    """Print a shell's script for commands and their parsers."""
    print(script(shell, {name: options_of(one) for name, one in commands.items()}), end="")
    return 0


def options_of(parser: argparse.ArgumentParser) -> list[str]:
    """The options of a command, those with two dashes."""
    return [text for action in parser._actions for text in action.option_strings if text.startswith("--")]


def script(shell: str, commands: Mapping[str, Sequence[str]]) -> str:
    """The script of a shell.

    Parameters
    ----------
    shell
        bash, zsh or fish.
    commands
        Command -> its options.
    """
    if shell == "fish":
        names = " ".join(commands)
        lines = [f"complete -c cisgrammar -n __fish_use_subcommand -a '{names}'"]
        lines += [
            f"complete -c cisgrammar -n '__fish_seen_subcommand_from {name}' -l {option.removeprefix('--')}"
            for name, options in commands.items()
            for option in options
        ]
        return "\n".join(lines) + "\n"
    cases = "\n".join(f'    {name}) words="{" ".join(options)}" ;;' for name, options in commands.items())
    return (_ZSH if shell == "zsh" else "") + _BASH.format(cases=cases, commands=" ".join(commands))
