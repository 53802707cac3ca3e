"""Layers are tested in double precision."""

from toy_layers import double  # noqa: F401 - a fixture
