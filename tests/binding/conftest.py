"""Fixtures that several folders of the binding tests share."""

from toy_fit import table, truth  # noqa: F401 - fixtures
