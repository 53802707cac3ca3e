"""DNA as codes: letters, FASTA files, intervals, annotation, folds, shuffles."""
