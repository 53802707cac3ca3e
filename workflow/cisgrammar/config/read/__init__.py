"""Configs and sheets as people write them: files of YAML, tables of text, and kinds of values."""
