"""Checks whether a splice model is sensitive to reading frames."""
