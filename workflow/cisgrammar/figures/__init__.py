"""Figures: one module each, which tabulates files of a run and paints that table."""
