"""Splice models on variants: genes, passes of both alleles, SpliceAI's scores, and what changes at sites and exons."""
