"""Thresholds, accuracy and reliability of a splice model."""
