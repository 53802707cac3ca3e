"""Figures of the discover stage."""
