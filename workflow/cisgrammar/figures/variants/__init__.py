"""Figures of the variants stage."""
