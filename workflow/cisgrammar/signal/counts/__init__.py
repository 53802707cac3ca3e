"""Counts per base and per tile of a genome, in memory that follows the reads and not the genome."""
