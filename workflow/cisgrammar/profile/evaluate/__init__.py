"""Predictions against observed profiles and counts, beside baselines."""
