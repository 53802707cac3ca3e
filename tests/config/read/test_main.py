"""`python -m cisgrammar.config.read`: the line for a config that Snakemake would answer with a traceback."""

from cisgrammar.config.read.__main__ import main


def test_a_config_that_is_no_text_ends_with_one_line(tmp_path, capsys):
    path = tmp_path / "c.yaml"
    path.write_text("results: größe\n", encoding="utf-8")
    assert main([str(path)]) == 0
    path.write_text("results: größe\n", encoding="latin-1")
    assert main([str(path)]) == 1
    assert capsys.readouterr().err.startswith(f"bad config:\n  {path}:1: not UTF-8 text (byte 0xf6")
