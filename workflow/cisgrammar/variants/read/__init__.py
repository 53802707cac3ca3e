"""Variants as files have them, held against the genome."""
