"""Single cells: the fragments of one file shared out over groups of barcodes."""
