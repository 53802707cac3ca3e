"""What a read's binding is made of: matrices, spacings, position bias, rounds."""
