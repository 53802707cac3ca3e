"""Training of bias and combined models, and the fit of the transformation."""
