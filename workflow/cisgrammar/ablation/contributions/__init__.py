"""Contributions of bases to a model's outputs, for peaks: computed, written, and called as seqlets."""
