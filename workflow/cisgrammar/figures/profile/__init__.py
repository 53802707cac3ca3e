"""Figures of the profile chain: bias, transformation, combined, evaluate."""
