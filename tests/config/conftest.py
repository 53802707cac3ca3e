"""The checks run in a folder with sound inputs, which a test spoils."""

from toy_check import good  # noqa: F401 - a fixture
