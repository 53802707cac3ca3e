"""Genomes, reads, SELEX libraries and genes with known truth, and how much of it a run recovers."""
