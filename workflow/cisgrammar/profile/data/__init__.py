"""Windows of a sample: which ones are shown, and as what."""
