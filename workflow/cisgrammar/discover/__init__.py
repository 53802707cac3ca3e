"""The discover stage: motifs from contributions without a list of motifs, their names, hits and tables."""
