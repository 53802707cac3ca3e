"""Outputs for edited sequences by recomputing only what an edit reaches."""
