"""Float64 for all tests of this folder."""

from toy_layers import double  # noqa: F401 - a fixture that each test takes by itself
