"""Figures of the binding stage."""
