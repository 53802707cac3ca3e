"""cisgrammar: models of regulatory DNA, and tests of what they learned."""

__version__ = "0.1.0"
