"""The schema for editors is that of the config."""

import json

from cisgrammar.cli.main import main


def test_the_schema_has_every_section_with_its_description(capsys):
    assert main(["schema"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"samples", "genome", "bias", "combined", "binding", "splice", "ablation"} <= set(found["properties"])
    assert found["properties"]["output_length"]["description"] == "bp predicted at base resolution"
