"""Networks on a processor in machine code: residual blocks, convolutions, and inner loops of the rescale rule."""
