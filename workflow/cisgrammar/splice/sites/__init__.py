"""Splice sites of genes, regions and sequences: probabilities, calls, tables and tracks."""
