"""Which stretches are ablated: sites of motifs and of decoys, control windows, pairs."""
