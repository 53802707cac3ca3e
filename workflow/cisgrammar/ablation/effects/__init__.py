"""What sites, pairs of sites and motifs change in a model's outputs."""
