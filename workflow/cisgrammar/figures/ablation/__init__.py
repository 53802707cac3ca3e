"""Figures of the ablation stage."""
