"""Scores of reads on the processor by tables of k-mers, compiled by numba."""
