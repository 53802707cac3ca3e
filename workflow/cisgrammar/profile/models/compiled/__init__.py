"""Inner loops of the rescale rule on a processor, in machine code."""
