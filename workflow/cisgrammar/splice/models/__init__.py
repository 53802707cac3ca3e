"""Splice models: networks, position weights, their training and their files."""
