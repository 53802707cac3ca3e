"""Variants with known effects: drawn from a simulation, written, and held against their scores."""
