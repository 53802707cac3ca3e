"""Figures of the splice stage."""
