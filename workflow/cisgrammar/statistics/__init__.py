"""Errors and tests that several stages share."""
