"""How probable the reads are under a model, and how precisely they determine it."""
