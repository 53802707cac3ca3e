"""cisgrammar: learn what regulatory DNA says, and prove it."""

__version__ = "0.1.0"
