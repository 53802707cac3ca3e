"""Windows of the genome with their counts, as training draws them."""
