"""The tables that one part of the package writes and another reads."""
