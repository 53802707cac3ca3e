"""Figures of a simulation's truth."""
