"""`cisgrammar schema`: the JSON schema of a config, for editors."""

from __future__ import annotations

import argparse
import json
from typing import Any

from cisgrammar.config.schema import Config


def add_to(commands: Any) -> None:
    """Add the command to a parser's."""
    found = commands.add_parser("schema", help="print the JSON schema of a config, for editors that complete keys")
    found.set_defaults(function=schema)


def schema(options: argparse.Namespace, rest: list[str]) -> int:
    """Print the schema."""
    print(json.dumps(Config.model_json_schema(), indent=1))
    return 0
