"""Tracks of values per base, written piece by piece as bigWigs."""
